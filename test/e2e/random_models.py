#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Property test: small random ONNX models against the host reference path.

Each seed makes one model (a perceptron, a chain of matrix products, a graph of
elementwise operators, reductions and rearrangements, a convolutional network in
one to three dimensions, or batches of small products: grouped convolutions and
matrix products; odd sizes throughout)
and runs `ashlar verify --sanitize` on it. The preset and the precision follow
from the seed. Prints a line for each failure and a summary; exits 1 if any
failed. `--keep DIR` leaves the models that failed there.
"""

import argparse
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PRESETS = ["nano", "edge", "server", "hbm"]
SIZES = [1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 33, 48, 63, 64, 65, 100, 127, 129, 200, 257]


class Model:
    """A graph under construction. Values are (name, shape) pairs of f32."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.inputs, self.count = [], [], [], 0

    def pick(self, items):
        return items[int(self.rng.integers(len(items)))]

    def size(self, limit=300):
        return self.pick([s for s in SIZES if s <= limit])

    def fresh(self):
        self.count += 1
        return f"t{self.count}"

    def input(self, shape):
        name = f"x{len(self.inputs)}"
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name, list(shape)

    def weight(self, shape, scale=1.0, low=None):
        if low is None:
            data = self.rng.standard_normal(shape) * scale
        else:
            data = self.rng.uniform(low, low + scale, shape)
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(data, np.float32), name))
        return name, list(shape)

    def ints(self, values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, np.int64), name))
        return name

    def op(self, kind, inputs, shape, **attributes):
        name = self.fresh()
        names = [i if isinstance(i, str) else i[0] for i in inputs]
        self.nodes.append(helper.make_node(kind, names, [name], name=f"{kind}_{name}", **attributes))
        return name, list(shape)

    def finish(self, outputs):
        infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs]
        graph = helper.make_graph(self.nodes, "random", self.inputs, infos, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        return model


def activation(m, x):
    kind = m.pick(["Relu", "Tanh", "Sigmoid", "LeakyRelu", "Elu", "HardSwish", "none"])
    return x if kind == "none" else m.op(kind, [x], x[1])


def perceptron(m):
    batch, width = m.size(40), m.size()
    x = m.input([batch, width])
    for _ in range(int(m.rng.integers(1, 5))):
        wide = m.size()
        if m.rng.random() < 0.7:
            transposed = int(m.rng.integers(2))
            shape = [wide, width] if transposed else [width, wide]
            inputs = [x, m.weight(shape, width ** -0.5)]
            if m.rng.random() < 0.8:
                inputs.append(m.weight(m.pick([[wide], [1, wide], [1]])))
            x = m.op("Gemm", inputs, [batch, wide], transB=transposed)
        else:
            x = m.op("MatMul", [x, m.weight([width, wide], width ** -0.5)], [batch, wide])
        x = activation(m, x)
        if m.rng.random() < 0.2 and wide == width:
            x = m.op("Add", [x, x], x[1])
        width = wide
    if m.rng.random() < 0.5:
        x = m.op("Softmax", [x], x[1], axis=-1)
    return [x]


def chain(m):
    batch = m.pick([[], [], [1], [2], [3], [2, 3]])
    rows, width = m.size(140), m.size(140)
    x = m.input(batch + [rows, width])
    for _ in range(int(m.rng.integers(1, 4))):
        wide = m.size(140)
        lead = m.pick([[], batch])
        if m.rng.random() < 0.5:
            w = m.weight(lead + [width, wide], width ** -0.5)
        else:
            w = m.input(lead + [width, wide])
        x = m.op("MatMul", [x, w], batch + [rows, wide])
        width = wide
        if m.rng.random() < 0.3:
            order = list(range(len(batch))) + [len(batch) + 1, len(batch)]
            x = m.op("Transpose", [x], batch + [width, rows], perm=order)
            rows, width = width, rows
        if m.rng.random() < 0.3:
            x = activation(m, x)
        if m.rng.random() < 0.4:
            x = m.op("Mul", [x, m.weight([1], 0.5, low=0.25)], x[1])
    return [x]


UNARY = ["Abs", "Neg", "Relu", "Tanh", "Sigmoid", "Erf", "Exp", "Floor", "Ceil", "Sin", "Cos",
         "Softplus", "Identity", "Atan", "HardSigmoid", "Softsign", "Sign", "Round"]
BINARY = ["Add", "Sub", "Mul", "Max", "Min"]


def tame(m, x):
    """Keeps magnitudes small so that tolerances mean something."""
    return m.op("Tanh", [x], x[1])


def step(m, values):
    x = m.pick(values)
    kind = m.pick(["unary", "unary", "binary", "binary", "broadcast", "divide", "reduce", "reshape",
                   "transpose", "softmax", "norm"])
    if kind == "unary":
        return m.op(m.pick(UNARY), [tame(m, x)], x[1])
    if kind == "binary":
        same = [v for v in values if v[1] == x[1]]
        return m.op(m.pick(BINARY), [x, m.pick(same)], x[1])
    if kind == "broadcast":
        shape = [s if m.rng.random() < 0.5 else 1 for s in x[1]]
        shape = shape[int(m.rng.integers(len(shape) + 1)):]
        return m.op(m.pick(BINARY), [x, m.weight(shape)], x[1])
    if kind == "divide":
        return m.op("Div", [x, m.weight(x[1][-1:], 1.0, low=0.5)], x[1])
    if kind == "reduce" and x[1]:
        axes = sorted(set(int(a) for a in m.rng.integers(0, len(x[1]), 2)))
        keep = int(m.rng.integers(2))
        shape = [1 if i in axes else s for i, s in enumerate(x[1]) if keep or i not in axes]
        name = m.pick(["ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2"])
        return m.op(name, [x], shape, axes=axes, keepdims=keep)
    if kind == "reshape":
        total = int(np.prod(x[1], dtype=np.int64))
        first = m.pick([d for d in range(1, total + 1) if total % d == 0][:12])
        shape = m.pick([[total], [first, total // first], [1, total // first, first]])
        return m.op("Reshape", [x, m.ints(shape)], shape)
    if kind == "transpose" and x[1]:
        order = [int(i) for i in m.rng.permutation(len(x[1]))]
        return m.op("Transpose", [x], [x[1][i] for i in order], perm=order)
    if kind == "softmax" and x[1]:
        return m.op("Softmax", [x], x[1], axis=int(m.rng.integers(len(x[1]))))
    if kind == "norm" and x[1] and x[1][-1] > 1:
        width = x[1][-1]
        return m.op("LayerNormalization", [x, m.weight([width]), m.weight([width])], x[1], axis=-1)
    return m.op("Add", [x, m.weight([])], x[1])


def elementwise(m):
    shape = [m.size(70) for _ in range(int(m.rng.integers(1, 4)))]
    while int(np.prod(shape)) > 40000:
        shape[int(m.rng.integers(len(shape)))] = m.size(7)
    values = [m.input(shape) for _ in range(int(m.rng.integers(1, 4)))]
    for _ in range(int(m.rng.integers(2, 10))):
        values.append(step(m, values))
    used = {i for node in m.nodes for i in node.input}
    return [v for v in values if v[0] not in used and not v[0].startswith("x")] or [
        m.op("Identity", [values[0]], values[0][1])]


def window(m, shape, largest):
    """Attributes of a window that moves over `shape`, and what comes out of it."""
    rank = len(shape)
    kernel = [int(k) for k in m.rng.integers(1, largest + 1, rank)]
    strides = [m.pick([1, 1, 1, 2, 2, 3]) for _ in shape]
    # Pads must stay below the kernel's extent for pools.
    pads = [[int(m.rng.integers(0, k)) if m.rng.random() < 0.6 else 0 for k in kernel]
            for _ in range(2)]
    dilations = [m.pick([1, 1, 1, 2, 3]) if k > 1 else 1 for k in kernel]
    out = []
    for i, size in enumerate(shape):
        extent = (kernel[i] - 1) * dilations[i] + 1
        missing = max(0, extent - size - pads[0][i] - pads[1][i])
        if missing:  # A smaller window instead.
            kernel[i], dilations[i], pads[0][i], pads[1][i], extent = 1, 1, 0, 0, 1
        out.append((size + pads[0][i] + pads[1][i] - extent) // strides[i] + 1)
    return {"kernel_shape": kernel, "strides": strides, "pads": pads[0] + pads[1],
            "dilations": dilations}, out


def convolve(m, x):
    channels, shape = x[1][1], x[1][2:]
    attributes, out = window(m, shape, 5 if len(shape) < 3 else 3)
    groups = m.pick([1, 1, 1, channels, m.pick([g for g in range(1, channels + 1)
                                                 if channels % g == 0])])
    filters = groups * m.pick([1, 1, 2, 3]) if groups > 1 else m.pick([1, 3, 8, 13, 16, 40, 70])
    fan = channels // groups * int(np.prod(attributes["kernel_shape"]))
    inputs = [x, m.weight([filters, channels // groups] + attributes["kernel_shape"], fan ** -0.5)]
    if m.rng.random() < 0.7:
        inputs.append(m.weight([filters]))
    return m.op("Conv", inputs, [x[1][0], filters] + out, group=groups, **attributes)


def pool(m, x):
    attributes, out = window(m, x[1][2:], 4 if len(x[1]) < 5 else 2)
    if m.rng.random() < 0.5:
        del attributes["dilations"]
        kernel, pads = attributes["kernel_shape"], attributes["pads"]
        rank = len(kernel)
        out = [(size + pads[i] + pads[rank + i] - kernel[i]) // attributes["strides"][i] + 1
               for i, size in enumerate(x[1][2:])]
        return m.op("AveragePool", [x], x[1][:2] + out, count_include_pad=int(m.rng.integers(2)),
                    **attributes)
    return m.op("MaxPool", [x], x[1][:2] + out, **attributes)


def convolutional(m):
    rank = m.pick([1, 2, 2, 2, 2, 3])
    limit = {1: 200, 2: 33, 3: 9}[rank]
    shape = [m.pick([1, 1, 2, 3]), m.pick([1, 3, 4, 8, 12, 16])]
    x = m.input(shape + [int(m.rng.integers(3, limit)) for _ in range(rank)])
    for _ in range(int(m.rng.integers(1, 5))):
        kind = m.pick(["conv", "conv", "conv", "pool", "residual", "scale", "concat"])
        if kind == "conv":
            x = activation(m, convolve(m, x))
        elif kind == "pool":
            x = pool(m, x)
        elif kind == "residual":
            channels = x[1][1]
            odd = m.op("Conv", [x, m.weight([channels, channels] + [3] * rank, 0.2)], x[1],
                       kernel_shape=[3] * rank, pads=[1] * 2 * rank)
            x = m.op("Relu", [m.op("Add", [odd, x], x[1])], x[1])
        elif kind == "scale":
            x = m.op("Mul", [x, m.weight([x[1][1]] + [1] * rank, 0.5, low=0.5)], x[1])
        else:
            other = m.op("Conv", [x, m.weight([5, x[1][1]] + [1] * rank, 0.3)],
                         [x[1][0], 5] + x[1][2:], kernel_shape=[1] * rank)
            x = m.op("Concat", [x, other], [x[1][0], x[1][1] + 5] + x[1][2:], axis=1)
    if m.rng.random() < 0.3:
        x = m.op("GlobalAveragePool", [x], x[1][:2] + [1] * rank)
    return [x if not x[0].startswith("x") else m.op("Relu", [x], x[1])]


def grouped(m):
    """Grouped convolutions with few channels each, or products of small matrices."""
    if m.rng.random() < 0.3:
        batch = m.pick([[5], [13], [3, 7], [2, 3, 5]])
        rows, inner, wide = (m.pick([1, 2, 3, 5, 8, 17]) for _ in range(3))
        shapes = [batch + [rows, inner], m.pick([batch, batch[-1:], []]) + [inner, wide]]
        sides = [m.input(s) if m.rng.random() < 0.7 else m.weight(s, inner ** -0.5) for s in shapes]
        return [activation(m, m.op("MatMul", sides, batch + [rows, wide]))]
    rank = m.pick([1, 2, 2, 2, 3])
    groups = m.pick([2, 3, 5, 6, 7, 13, 16])
    x = m.input([m.pick([1, 1, 2]), groups * m.pick([2, 3, 4, 8, 16, 24])] +
                [int(m.rng.integers(3, {1: 70, 2: 20, 3: 7}[rank])) for _ in range(rank)])
    for _ in range(int(m.rng.integers(1, 3))):
        channels, shape = x[1][1], x[1][2:]
        attributes, out = window(m, shape, 3)
        filters = groups * m.pick([1, 2, 3, 5, 8, 16])
        size = [filters, channels // groups] + attributes["kernel_shape"]
        inputs = [x, m.weight(size, int(np.prod(size[1:])) ** -0.5)]
        if m.rng.random() < 0.7:
            inputs.append(m.weight([filters]))
        x = m.op("Conv", inputs, [x[1][0], filters] + out, group=groups, **attributes)
        if m.rng.random() < 0.3:
            x = m.op("Add", [x, m.input(x[1])], x[1])
        x = activation(m, x)
        if m.rng.random() < 0.3:
            x = m.op("Mul", [x, m.op("GlobalAveragePool", [x], x[1][:2] + [1] * rank)], x[1])
    return [x]


# 200 of 280 are perceptrons, chains and elementwise graphs.
KINDS = [perceptron, chain, elementwise, convolutional, perceptron, elementwise, grouped]


def make(seed):
    m = Model(seed)
    return m.finish(KINDS[seed % len(KINDS)](m))


def run(args, seed, folder):
    path = os.path.join(folder, f"seed{seed}.onnx")
    onnx.save(make(seed), path)
    command = [args.ashlar, "verify", path, "--sanitize", "--seed", str(seed),
               "--target", args.target or PRESETS[(seed // len(KINDS)) % 4]]
    if args.precision == "bf16" or (not args.precision and (seed // 16) % 3 == 2):
        command += ["--precision", "bf16"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        code, text = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        code, text = -1, "no end within 300 s"
    if code != 0 and args.keep:
        os.makedirs(args.keep, exist_ok=True)
        shutil.copy(path, args.keep)
    os.unlink(path)
    return seed, code, " ".join(command), text.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ashlar", default="ashlar")
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("ASHLAR_SEEDS", "280")))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--target", help="one preset instead of all in turn")
    parser.add_argument("--precision", choices=["keep", "bf16"])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="folder for the models that failed")
    args = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            seeds = range(args.first, args.first + args.seeds)
            for seed, code, command, text in pool.map(lambda s: run(args, s, folder), seeds):
                if code != 0:
                    failures += 1
                    print(f"seed {seed}: exit code {code}: {command}\n{text}\n")
    print(f"{args.seeds - failures} of {args.seeds} random models agree")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
