# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small ONNX models whose outputs NumPy tells, through `ashlar verify`.

    check_import.py FOLDER GROUP...

Each case is a folder in ONNX's backend-test layout. Prints a line for each that
fails and a summary.
"""

import itertools
import os
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PRESETS = ["nano", "edge", "server", "hbm"]


class Cases:
    def __init__(self, folder):
        self.folder, self.count, self.failed = folder, 0, 0
        self.rng = np.random.default_rng(5)

    def floats(self, *shape):
        return self.rng.standard_normal(shape).astype(np.float32)

    def check(self, nodes, inputs, expected, opset=17, weights=(), domain=None, given=None, sparse=(), functions=()):
        """`inputs`, `weights` and `expected` map names to arrays; `given` those of
        the data set, if they differ from the model's inputs; `sparse` and
        `functions` are the graph's and model's protobuf messages."""
        folder = os.path.join(self.folder, str(self.count))
        data = os.path.join(folder, "test_data_set_0")
        os.makedirs(data)

        def info(name, array):
            kind = helper.np_dtype_to_tensor_dtype(array.dtype) if hasattr(
                helper, "np_dtype_to_tensor_dtype") else onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[array.dtype]
            return helper.make_tensor_value_info(name, kind, array.shape)

        graph = helper.make_graph(
            nodes, "case", [info(*i) for i in inputs.items()], [info(*o) for o in expected.items()],
            [numpy_helper.from_array(np.asarray(a), n) for n, a in dict(weights).items()],
            sparse_initializer=list(sparse))
        opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))
        onnx.save(model, os.path.join(folder, "model.onnx"))
        for prefix, arrays in (("input", given or inputs), ("output", expected)):
            for i, (name, array) in enumerate(arrays.items()):
                with open(os.path.join(data, f"{prefix}_{i}.pb"), "wb") as out:
                    out.write(numpy_helper.from_array(array, name).SerializeToString())
        target = PRESETS[self.count % len(PRESETS)]
        done = subprocess.run(["ashlar", "verify", folder, "--sanitize", "--target", target],
                              capture_output=True, text=True, timeout=100)
        self.count += 1
        if done.returncode != 0:
            self.failed += 1
            print(f"FAIL on {target}: {nodes[0]}\n{done.stdout}{done.stderr}")


# Coordinates and neighbours of one axis, written as ONNX's text has them.

def source(mode, x, scale, size, out):
    return {
        "half_pixel": (x + 0.5) / scale - 0.5,
        "pytorch_half_pixel": (x + 0.5) / scale - 0.5 if out > 1 else 0,
        "align_corners": x * (size - 1) / (out - 1) if out > 1 else 0,
        "asymmetric": x / scale,
    }[mode]


def resize_axis(x, axis, out, mode, coordinates, nearest="floor"):
    size = x.shape[axis]
    x = np.moveaxis(x, axis, 0)
    at = [source(coordinates, i, out / size, size, out) for i in range(out)]
    pick = lambda i: x[np.clip(i, 0, size - 1)]
    if mode == "nearest":
        rounded = {"floor": np.floor, "ceil": np.ceil, "round_prefer_floor": lambda v: np.ceil(v - 0.5),
                   "round_prefer_ceil": lambda v: np.floor(v + 0.5)}[nearest]
        result = [pick(int(rounded(v))) for v in at]
    elif mode == "linear":
        result = [pick(int(np.floor(v))) * (1 - (v - np.floor(v))) + pick(int(np.floor(v)) + 1) * (v - np.floor(v))
                  for v in at]
    else:
        a, result = -0.75, []
        for v in at:
            s, low = v - np.floor(v), int(np.floor(v))
            w = [((a * (s + 1) - 5 * a) * (s + 1) + 8 * a) * (s + 1) - 4 * a,
                 ((a + 2) * s - (a + 3)) * s * s + 1,
                 ((a + 2) * (1 - s) - (a + 3)) * (1 - s) ** 2 + 1,
                 ((a * (2 - s) - 5 * a) * (2 - s) + 8 * a) * (2 - s) - 4 * a]
            result.append(sum(weight * pick(low - 1 + i) for i, weight in enumerate(w)))
    return np.moveaxis(np.stack(result), 0, axis)


def resize(c):
    # Coordinates that are exact in f32, so that ties fall to one side only.
    for mode, coordinates in itertools.product(
            ["linear", "cubic"], ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"]):
        x = c.floats(1, 3, 5, 8)
        y = resize_axis(resize_axis(x.astype("d"), 2, 10, mode, coordinates), 3, 4, mode, coordinates)
        node = helper.make_node("Resize", ["x", "", "", "s"], ["y"], mode=mode, coordinate_transformation_mode=coordinates)
        c.check([node], {"x": x}, {"y": y.astype("f")}, weights={"s": np.array([1, 3, 10, 4], np.int64)})
    for nearest, sizes in itertools.product(
            ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"], [(10, 24), (5, 4), (15, 2)]):
        x = c.floats(1, 2, 5, 8)
        y = resize_axis(resize_axis(x, 2, sizes[0], "nearest", "half_pixel", nearest), 3, sizes[1], "nearest",
                        "half_pixel", nearest)
        node = helper.make_node("Resize", ["x", "", "", "s"], ["y"], mode="nearest", nearest_mode=nearest)
        c.check([node], {"x": x}, {"y": y}, weights={"s": np.array([1, 2, *sizes], np.int64)})
    x = c.floats(1, 2, 3, 4)
    c.check([helper.make_node("Upsample", ["x", "s"], ["y"])], {"x": x}, {"y": x.repeat(2, 2).repeat(3, 3)}, opset=9,
            weights={"s": np.array([1, 1, 2, 3], np.float32)})


def einsum(c):
    shapes = {"i": 3, "j": 4, "k": 5, "b": 2, "n": 6}
    for equation in ["ij,jk->ik", "bij,bjk->bik", "ij->ji", "ij->", "ii->i", "iij->j", "ij,ij->ij", "i,j->ij", "ij,jk,kn->in",
                     "bin,bjn->bij", "ij,kj", "bijk,nk->binj", "bi,bj,bk->bijk"]:
        operands = [c.floats(*(shapes[label] for label in term)) for term in equation.split("->")[0].split(",")]
        names = [f"x{i}" for i in range(len(operands))]
        c.check([helper.make_node("Einsum", names, ["y"], equation=equation)], dict(zip(names, operands)),
                {"y": np.asarray(np.einsum(equation, *operands), np.float32)})
    a, b = c.floats(2, 3, 4, 5), c.floats(3, 5, 6)
    c.check([helper.make_node("Einsum", ["a", "b"], ["y"], equation="...ij,...jk->...ik")], {"a": a, "b": b},
            {"y": np.einsum("...ij,...jk->...ik", a, b)})


def shapes(c):
    """Sizes that the graph computes, and inputs that have to be known."""
    x = c.floats(2, 3, 4)
    one = np.array([1], np.int64)
    nodes = [helper.make_node("Shape", ["x"], ["s"]), helper.make_node("Gather", ["s", "last"], ["n"]),
             helper.make_node("Cast", ["n"], ["f"], to=TensorProto.FLOAT), helper.make_node("Mul", ["f", "half"], ["h"]),
             helper.make_node("Floor", ["h"], ["g"]), helper.make_node("Cast", ["g"], ["m"], to=TensorProto.INT64),
             helper.make_node("Concat", ["minus", "m"], ["t"], axis=0), helper.make_node("Reshape", ["x", "t"], ["y"])]
    c.check(nodes, {"x": x}, {"y": x.reshape(-1, 2)},
            weights={"last": one * -1, "half": np.array([0.6], np.float32), "minus": one * -1})
    c.check([helper.make_node("Reshape", ["x", "s"], ["y"])], {"x": x, "s": np.array([4, -1], np.int64)},
            {"y": x.reshape(4, 6)})
    # The second value is needed only when the first is known.
    c.check([helper.make_node("Reshape", ["x", "s"], ["r"]), helper.make_node("ReduceSum", ["r", "a"], ["y"], keepdims=0)],
            {"x": x, "s": np.array([4, -1], np.int64), "a": one}, {"y": x.reshape(4, 6).sum(1)})
    c.check([helper.make_node("Range", ["a", "b", "d"], ["r"]), helper.make_node("Add", ["x", "r"], ["y"])],
            {"x": x}, {"y": x + np.arange(1, 5, dtype=np.float32)},
            weights={"a": np.float32(1), "b": np.float32(4.5), "d": np.float32(1)})
    for upper, k in itertools.product([0, 1], [-2, 0, 1, 9]):
        x = c.floats(2, 5, 4)
        c.check([helper.make_node("Trilu", ["x", "k"], ["y"], upper=upper)], {"x": x},
                {"y": (np.triu if upper else np.tril)(x, k)}, weights={"k": np.int64(k)})


def versions(c):
    """What older opsets wrote differently, and another domain's operator."""
    x, b = c.floats(2, 3, 4, 5), c.floats(3, 4)
    c.check([helper.make_node("Add", ["x", "b"], ["y"], broadcast=1, axis=1)], {"x": x, "b": b},
            {"y": x + b[None, :, :, None]}, opset=6)
    c.check([helper.make_node("Reshape", ["x"], ["y"], shape=[6, -1])], {"x": x}, {"y": x.reshape(6, 20)}, opset=1)
    c.check([helper.make_node("Concat", ["x", "x"], ["y"])], {"x": x}, {"y": np.concatenate([x, x], 1)}, opset=1)
    c.check([helper.make_node("Cast", ["x"], ["y"], to="INT32")], {"x": x * 9}, {"y": (x * 9).astype(np.int32)}, opset=5)
    c.check([helper.make_node("PRelu", ["x", "s"], ["y"])], {"x": x}, {"y": np.where(x < 0, x * b[:, :1, None], x)}, opset=6,
            weights={"s": b[:, 0]})
    x64 = x.astype("d")
    gelu = x64 * 0.5 * (1 + np.vectorize(__import__("math").erf)(x64 / np.sqrt(2)))
    c.check([helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")], {"x": x}, {"y": gelu.astype("f")},
            domain="com.microsoft")
    c.check([helper.make_node("OneHot", ["i", "n", "v"], ["y"], axis=0)], {"i": np.array([[0, -1], [2, 7]], np.int64)},
            {"y": np.array([[[5, 2], [2, 2]], [[2, 2], [2, 2]], [[2, 5], [5, 2]]], np.float32)},
            weights={"n": np.int64(3), "v": np.array([2, 5], np.float32)})


def ints(*values):
    return np.array(values, np.int64)


def corners(c):
    """Ends of ranges, tensors without elements, single elements."""
    least, most = -2**63, 2**63 - 1
    x = c.floats(5, 7)
    # Backwards, a start before the first element is the first element.
    for start, end, step, result in ((-100, -most, -1, x[:1]), (2, least, least, x[2:3]), (most, least, -3, x[4::-3]),
                                     (least, most, most, x[:1]), (0, 3, -1, x[:0])):
        c.check([helper.make_node("Slice", ["x", "s", "e", "a", "p"], ["y"])], {"x": x}, {"y": result},
                weights={"s": ints(start), "e": ints(end), "a": ints(0), "p": ints(step)})
    none = c.floats(2, 0, 3)
    c.check([helper.make_node("Concat", ["a", "b", "a"], ["y"], axis=1)], {"a": none, "b": none[:, :0]}, {"y": none})
    b = c.floats(2, 4, 3)
    c.check([helper.make_node("Concat", ["a", "b", "a"], ["y"], axis=1)], {"a": none, "b": b}, {"y": b})
    c.check([helper.make_node("Gather", ["x", "i"], ["y"], axis=1)], {"x": x}, {"y": x[:, :0]}, weights={"i": ints()})
    c.check([helper.make_node("Softmax", ["x"], ["y"])], {"x": none}, {"y": none})
    c.check([helper.make_node("MatMul", ["x", "z"], ["y"])], {"x": x[:0]}, {"y": x[:0, :3]}, weights={"z": c.floats(7, 3)})
    # Differences that f64 does not hold.
    for start, limit, delta in ((2**60, 2**60 + 3, 1), (most - 5, most, 2), (least + 4, least, -3), (most, least, least)):
        c.check([helper.make_node("Range", ["a", "b", "d"], ["r"]), helper.make_node("Add", ["x", "r"], ["y"])],
                {"x": np.zeros((), np.int64)}, {"y": ints(*range(start, limit, delta))},
                weights={"a": np.int64(start), "b": np.int64(limit), "d": np.int64(delta)})
    # Pads hold the lowest value, but are nobody's maximum.
    for kind in (np.uint8, np.int8, np.float32):
        lowest = np.float32(-np.inf) if kind == np.float32 else np.iinfo(kind).min
        pool = helper.make_node("MaxPool", ["x"], ["y", "i"], kernel_shape=[3, 3], strides=[2, 1], pads=[1, 2, 1, 0],
                                dilations=[1, 2])
        columns = np.array([0, 1, 0])
        c.check([pool], {"x": np.full((1, 1, 4, 5), lowest, kind)},
                {"y": np.full((1, 1, 2, 3), lowest, kind), "i": (ints(0, 1)[:, None] * 5 + columns)[None, None]})
    # A single element is one with how many dimensions ever.
    one = np.array([3], np.float32)
    c.check([helper.make_node("Mul", ["x", "k"], ["y"])], {"x": x, "k": one[0]}, {"y": x * 3}, given={"x": x, "k": one})
    c.check([helper.make_node("Expand", ["x", "k"], ["y"])], {"x": x, "k": ints(1)}, {"y": x},
            given={"x": x, "k": ints(1)})
    c.check([helper.make_node("CumSum", ["x", "k"], ["y"])], {"x": x, "k": np.int64(1)}, {"y": x.cumsum(1)},
            given={"x": x, "k": ints(1)})


def types(c):
    """Types that attributes say."""
    x = np.array([-200, -1.5, 0.4, 99, 300], np.float32)
    c.check([helper.make_node("QuantizeLinear", ["x", "s"], ["y"], output_dtype=TensorProto.INT8)], {"x": x},
            {"y": np.array([-128, -2, 0, 99, 127], np.int8)}, opset=21, weights={"s": np.float32(1)})
    q = np.array([-128, 3, 127], np.int8)
    c.check([helper.make_node("DequantizeLinear", ["q", "s"], ["y"], output_dtype=TensorProto.DOUBLE)], {"q": q},
            {"y": q * 0.5}, opset=23, weights={"s": np.float32(0.5)})
    x = c.floats(3, 8).astype(np.float16)
    wide = x.astype(np.float32)
    mean, spread = wide.mean(1, keepdims=True), wide.std(1, keepdims=True)
    c.check([helper.make_node("LayerNormalization", ["x", "s"], ["y", "m", "d"])], {"x": x},
            {"y": ((wide - mean) / spread).astype(np.float16), "m": mean, "d": 1 / spread},
            weights={"s": np.ones(8, np.float16)})


def main(groups):
    cases = Cases(sys.argv[1])
    for group in sys.argv[2:]:
        groups[group](cases)
    print(f"{cases.failed} of {cases.count} imported models differ")


if __name__ == "__main__":
    main(globals())
