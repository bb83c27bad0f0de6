# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small quantised graphs, and ONNX Runtime without optimisations to say what they
compute. Used by quantized_operators.py."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import zlib

import numpy as np
import onnx
from onnx import helper, numpy_helper

HERE = pathlib.Path(__file__).resolve().parent
TYPES = {np.dtype(t): n for t, n in [(np.float32, "float32"), (np.int8, "int8"), (np.uint8, "uint8"), (np.int16, "int16"),
                                     (np.uint16, "uint16"), (np.int32, "int32"), (np.int64, "int64")]}
DTYPES = {name: dtype for dtype, name in TYPES.items()}


class OnnxRuntime:
    """npm's onnxruntime-node, from $ORT_NODE_DIR or build/ort."""

    def __init__(self):
        self.folder = pathlib.Path(os.environ.get("ORT_NODE_DIR", HERE.parents[1] / "build" / "ort"))
        package = self.folder / "node_modules" / "onnxruntime-node"
        self.missing = "no node" if not shutil.which("node") else None if package.exists() else f"no {package}"
        self.process = None

    def run(self, model, feeds):
        """The outputs; None and the reason if it has no kernel for something."""
        if not self.process:
            self.process = subprocess.Popen(["node", HERE / "Inputs" / "onnxruntime_server.js", self.folder], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, text=True)
        inputs = [{"name": name, "type": TYPES[data.dtype], "dims": data.shape, "data": base64.b64encode(np.ascontiguousarray(data).tobytes()).decode()}
                  for name, data in feeds.items()]
        request = {"model": base64.b64encode(model.SerializeToString()).decode(), "inputs": inputs}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        if "error" in reply:
            return None, reply["error"]
        return [np.frombuffer(base64.b64decode(o["data"]), DTYPES[o["type"]]).reshape(o["dims"]) for o in reply["outputs"]], ""

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Refused(Exception):
    """ONNX Runtime does not run a case."""


def element(dtype):
    return onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[np.dtype(dtype)]


class Case:
    """A graph that is being made. All its names begin with `prefix`, so that cases
    can be joined to one model."""

    def __init__(self, runtime, name, prefix, opset, seed):
        self.runtime, self.name, self.prefix, self.opset = runtime, name, prefix, opset
        self.rng = np.random.default_rng([zlib.crc32(name.encode()), seed])
        self.nodes, self.weights, self.feeds, self.outputs = [], [], {}, []
        self.count = 0

    def fresh(self):
        self.count += 1
        return f"{self.prefix}_{self.count}"

    def node(self, kind, inputs, outputs=1, **attributes):
        names = [self.fresh() for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=names[0], **attributes))
        return names[0] if outputs == 1 else names

    def weight(self, data):
        name = self.fresh()
        self.weights.append(numpy_helper.from_array(np.asarray(data), name))
        return name

    def vary(self, shape):
        """Other places than those of `shape`: batch and channels stay."""
        return shape[:2] + [size + int(self.rng.integers(6)) for size in shape[2:]]

    def stored(self, shape, dtype, bits=None):
        info = np.iinfo(dtype)
        low, high = info.min, info.max
        if bits:  # fewer, around the middle of the range
            middle = (low + high + 1) // 2
            low, high = middle - (1 << (bits - 1)), middle + (1 << (bits - 1)) - 1
        return self.rng.integers(low, high + 1, shape).astype(dtype)

    def zero(self, dtype, symmetric=False):
        info = np.iinfo(dtype)
        middle = (info.min + info.max + 1) // 2
        if symmetric:
            return dtype(middle)
        return dtype(self.rng.choice([middle, middle + 11, middle - 37, info.min, info.max - 3]))

    def feed(self, data):
        name = self.fresh()
        self.feeds[name] = data
        return name

    def input(self, shape, dtype, scale=None, zero=None, avoidZero=False):
        """A dequantised input."""
        scale = np.float32(self.rng.uniform(0.005, 0.1) if scale is None else scale)
        zero = self.zero(dtype) if zero is None else dtype(zero)
        data = self.stored(shape, dtype)
        if avoidZero:
            data[data == zero] ^= dtype(1)
        name = self.feed(data)
        return self.node("DequantizeLinear", [name, self.weight(scale), self.weight(zero)])

    def parameters(self, count, dtype, centred):
        """Scales and zero points, `count` of each or scalars."""
        shape = [] if count is None else [count]
        scale = np.asarray(self.rng.uniform(0.002, 0.05, shape), np.float32)
        zeros = np.asarray([self.zero(dtype, centred) for _ in range(count or 1)], dtype).reshape(shape)
        return self.weight(scale), self.weight(zeros), scale

    def constant(self, shape, dtype, axis=None, centred=True):
        """Dequantised weights, per index of `axis` or per tensor."""
        scale, zero, _ = self.parameters(None if axis is None else shape[axis], dtype, centred)
        attributes = {} if axis is None else {"axis": axis}
        return self.node("DequantizeLinear", [self.weight(self.stored(shape, dtype)), scale, zero], **attributes)

    def model(self, outputs):
        """`outputs`: names and element types."""
        infos = [helper.make_tensor_value_info(name, element(data.dtype), data.shape) for name, data in self.feeds.items()]
        results = [helper.make_tensor_value_info(name, element(dtype), None) for name, dtype in outputs]
        graph = helper.make_graph(self.nodes, "case", infos, results, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        model.ir_version = 8 if self.opset < 21 else 10
        return model

    def evaluate(self, name, dtype=np.float32):
        results, error = self.runtime.run(self.model([(name, dtype)]), self.feeds)
        if results is None:
            raise Refused(error)
        return results[0]

    def range_of(self, name, dtype):
        """A scale and zero point that use most of the range, and saturate some."""
        real = self.evaluate(name)
        info = np.iinfo(dtype)
        low, high = min(0.0, float(real.min())), max(0.0, float(real.max()))
        scale = np.float32(max((high - low) / ((info.max - info.min) * self.rng.uniform(0.8, 1.1)), 1e-5))
        return scale, dtype(np.clip(round(info.min - low / scale), info.min, info.max))

    def quantize(self, name, dtype):
        scale, zero = self.range_of(name, dtype)
        return self.node("QuantizeLinear", [name, self.weight(scale), self.weight(zero)])

    def requantize(self, name, dtype):
        """Quantised and dequantised again."""
        scale, zero = self.range_of(name, dtype)
        parameters = [self.weight(scale), self.weight(zero)]
        return self.node("DequantizeLinear", [self.node("QuantizeLinear", [name] + parameters)] + parameters)

    def output(self, name, dtype):
        self.outputs.append((name, self.evaluate(name, dtype)))

    def finish(self, name, dtype):
        """The result is `name`, quantised."""
        self.output(self.quantize(name, dtype), dtype)
