# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs nn operators on random tensors of random shapes through the lowering and
the host, and compares with numpy. One module holds all cases of a seed.

    check_ops.py FOLDER SEED...
"""

import math
import os
import sys

import numpy as np

from op_cases import FLOATS, INTS, SIGNED, UNSIGNED, Cases, wide
from window_cases import convolutions, pools, transposed_convolutions


def erf(x):
    return np.vectorize(math.erf, otypes=["d"])(x).astype(x.dtype) if x.size else x


UNARY = {
    "abs": (np.abs, -4, 4), "neg": (np.negative, -4, 4), "sign": (np.sign, -4, 4),
    "ceil": (np.ceil, -4, 4), "floor": (np.floor, -4, 4), "trunc": (np.trunc, -4, 4),
    "round": (np.round, -4, 4), "sqrt": (np.sqrt, 0, 4), "rsqrt": (lambda x: 1 / np.sqrt(x), 0.1, 4),
    "reciprocal": (lambda x: 1 / x, 0.1, 4), "exp": (np.exp, -4, 4), "expm1": (np.expm1, -4, 4),
    "log": (np.log, 0.1, 9), "log1p": (np.log1p, -0.9, 9), "sin": (np.sin, -4, 4),
    "cos": (np.cos, -4, 4), "tan": (np.tan, -1, 1), "asin": (np.arcsin, -1, 1),
    "acos": (np.arccos, -1, 1), "atan": (np.arctan, -4, 4), "sinh": (np.sinh, -3, 3),
    "cosh": (np.cosh, -3, 3), "tanh": (np.tanh, -4, 4), "asinh": (np.arcsinh, -4, 4),
    "acosh": (np.arccosh, 1, 9), "atanh": (np.arctanh, -0.9, 0.9), "erf": (erf, -3, 3),
    "relu": (lambda x: np.maximum(x, 0), -4, 4),
    "sigmoid": (lambda x: 1 / (1 + np.exp(-x)), -9, 9),
    "softplus": (lambda x: np.log1p(np.exp(x)), -9, 9),
    "gelu": (lambda x: x * (1 + erf(x * math.sqrt(0.5))) / 2, -4, 4),
}


def unary(c):
    for name, (function, low, high) in UNARY.items():
        for dtype in FLOATS:
            x = c.array(dtype, c.shape(), low, high)
            c.add(name, [x], function(wide(x)).astype(dtype), tolerance=1e-5 if dtype == "float32" else 0)
    x = c.array("float32", c.shape())
    cube = x + 0.044715 * x**3
    c.add("gelu", [x], (x * (1 + np.tanh(math.sqrt(2 / math.pi) * cube)) / 2).astype("float32"),
          "approximate_tanh")
    for dtype in SIGNED:
        x = c.array(dtype, c.shape())
        c.add("neg", [x], -x)
        c.add("relu", [x], np.maximum(x, 0).astype(x.dtype))
    for dtype in INTS:
        x = c.array(dtype, c.shape())
        c.add("abs", [x], np.abs(x))
        c.add("sign", [x], np.sign(x))
        c.add("not", [x], ~x)
    x = c.array("bool", c.shape())
    c.add("not", [x], ~x)
    special = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0], "float32")
    c.add("is_nan", [special], np.isnan(special))
    c.add("is_inf", [special], np.isinf(special))
    c.add("is_inf", [special], np.isposinf(special), "negative = false")
    c.add("is_inf", [special], np.isneginf(special), "positive = false")
    c.add("relu", [special], np.maximum(special, 0))
    c.add("sign", [special], np.sign(special))


def int_divide(x, y):
    wide_x, wide_y = x.astype(object), np.where(y == 0, 1, y).astype(object)
    quotient = np.abs(wide_x) // np.abs(wide_y)
    quotient = np.where((wide_x < 0) != (wide_y < 0), -quotient, quotient)
    remainder = np.asarray(wide_x - quotient * wide_y, dtype=object)
    bits = 8 * x.itemsize
    wrapped = np.vectorize(lambda v: int(v) & (2**bits - 1), otypes=["O"])(quotient)
    wrapped = wrapped.astype("uint64").astype(x.dtype)
    return (np.where(y == 0, np.array(-1).astype(x.dtype), wrapped).astype(x.dtype),
            np.where(y == 0, x, remainder.astype(x.dtype)).astype(x.dtype))


def binary(c):
    def pair(dtype, low=-4, high=4):
        a, b = c.broadcast_pair()
        return c.array(dtype, a, low, high), c.array(dtype, b, low, high)

    for dtype in FLOATS + INTS:
        x, y = pair(dtype)
        for name, function in [("add", np.add), ("sub", np.subtract), ("mul", np.multiply),
                               ("max", np.maximum), ("min", np.minimum)]:
            c.add(name, [x, y], function(wide(x), wide(y)).astype(dtype))
        for name, function in [("eq", np.equal), ("ne", np.not_equal), ("lt", np.less),
                               ("le", np.less_equal), ("gt", np.greater), ("ge", np.greater_equal)]:
            c.add("compare <%s>" % name, [x, y], function(x, y))
    for dtype in FLOATS:
        x, y = pair(dtype)
        y[y == 0] = 1
        c.add("div", [x, y], (wide(x) / wide(y)).astype(dtype))
        c.add("rem", [x, y], np.fmod(wide(x), wide(y)).astype(dtype))
        c.add("mod", [x, y], np.mod(wide(x), wide(y)).astype(dtype))
        c.add("atan2", [x, y], np.arctan2(wide(x), wide(y)).astype(dtype), tolerance=1e-5)
        x, y = pair(dtype, 0.2, 3)
        c.add("pow", [x, y], np.power(wide(x), wide(y)).astype(dtype), tolerance=1e-5)
    for dtype in INTS:
        x, y = np.broadcast_arrays(*pair(dtype))
        x, y = x.copy(), y.copy()
        quotient, remainder = int_divide(x, y)
        c.add("div", [x, y], quotient)
        c.add("rem", [x, y], remainder)
        nonzero = np.where(y == 0, 1, y).astype(dtype)
        c.add("mod", [x, nonzero], np.mod(x, nonzero))
        x, y = pair(dtype)
        for name, function in [("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor)]:
            c.add(name, [x, y], function(x, y))
        count = np.abs(c.array(dtype, x.shape)) % np.array(8 * x.itemsize, dtype)
        c.add("shl", [x, count], np.left_shift(x, count))
        c.add("shr", [x, count], np.right_shift(x, count))
        base = np.array([0, 1, 2, 3, 5], dtype)
        power = np.array([[0], [1], [2], [3]], "int64")
        c.add("pow", [base, power.astype(dtype)], np.power(base, power.astype(dtype)))
    x, y = pair("bool")
    for name, function in [("and", np.logical_and), ("or", np.logical_or), ("xor", np.logical_xor)]:
        c.add(name, [x, y], function(x, y))
    special = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0], "float32")
    other = special.reshape(5, 1)
    for name, function in [("max", np.maximum), ("min", np.minimum)]:
        c.add(name, [special, other], function(special, other))
    for name, function in [("eq", np.equal), ("ne", np.not_equal), ("lt", np.less)]:
        c.add("compare <%s>" % name, [special, other], function(special, other))


def select_and_cast(c):
    for dtype in FLOATS + INTS + ["bool"]:
        a, b = c.broadcast_pair()
        condition = c.array("bool", a)
        x, y = c.array(dtype, a), c.array(dtype, b)
        c.add("select", [condition, x, y], np.where(condition, x, y))
    for dtype in FLOATS + INTS:
        x = c.array(dtype, c.shape())
        low, high = np.array(0, dtype), np.array(3, dtype)
        c.add("clamp", [x, low, high], np.clip(x, low, high))
    for source in FLOATS + INTS + ["bool"]:
        for target in FLOATS + INTS + ["bool"]:
            if source == target:
                continue
            low = 0 if target in UNSIGNED else -100
            x = c.array(source, c.shape(2), low, 100)
            if source in INTS and target == "float16":
                x = (x % 97).astype(source)
            through = x.astype("float32") if target == "float16" and source != "bool" else x
            c.add("cast", [x], through.astype(target))
    extremes = np.array([np.nan, 1e20, -1e20, 2.5, -2.5, -0.5], "float32")
    c.add("cast", [extremes], np.array([0, 2**31 - 1, -2**31, 2, -2, 0], "int32"))
    c.add("cast", [extremes], np.array([0, 2**63 - 1, -2**63, 2, -2, 0], "int64"))
    c.add("cast", [extremes], np.array([0, 2**32 - 1, 0, 2, 0, 0], "uint32"))
    c.add("cast", [extremes], np.array([1, 1, 1, 1, 1, 1], bool))


def quantization(c):
    for target in ["int8", "uint8", "int16", "uint16"]:
        info = np.iinfo(target)
        x = c.array("float32", (4, 5), -300, 300)
        x[0, 0], x[0, 1], x[0, 2] = 0.5, 1.5, 2.5
        for shape in [(), (5,)]:
            scale = c.array("float32", shape, 0.5, 2)
            zero = c.array(target, shape)
            scaled = np.round(x / scale) + zero.astype("float32")
            q = np.clip(scaled, info.min, info.max).astype(target)
            c.add("quantize", [x, scale, zero], q, "axis = 1 : i64")
            d = (q.astype("int32") - zero.astype("int32")).astype("float32") * scale
            c.add("dequantize", [q, scale, zero], d, "axis = 1 : i64")


def scatter(c, x):
    """Places repeat, lie before 0 and outside; the later update wins."""
    for depth in range(x.ndim + 1):
        sizes = np.array(x.shape[:depth], "int64")
        places = c.shape(2) + (depth,)
        indices = np.zeros(places, "int32") if depth == 0 else c.rng.integers(-sizes - 1, sizes + 2, places).astype("int32")
        updates = c.array(x.dtype, places[:-1] + x.shape[depth:])
        result = x.copy()
        for at in np.ndindex(places[:-1]):
            place = np.where(indices[at] < 0, indices[at] + sizes, indices[at])
            result[tuple(np.clip(place, 0, sizes - 1))] = updates[at]
        c.add("scatter_nd", [x, indices, updates], result)


def layout(c):
    for dtype in ["float64", "float32", "float16", "int8", "int64", "uint8", "uint32"]:
        shape = c.shape(3)
        axis = int(c.rng.integers(0, 3))
        c.add("iota", [], np.indices(shape)[axis].astype(dtype), "axis = %d : i64" % axis)
    for dtype in ["float32", "uint8", "bool", "float16", "int64"]:
        x = c.array(dtype, c.shape(4))
        perm = c.rng.permutation(4)
        c.add("transpose", [x], x.transpose(perm),
              "permutation = array<i64: %s>" % ", ".join(map(str, perm)))
        c.add("reshape", [x], x.reshape(-1))
        c.add("reshape", [x], x.reshape(x.shape[0], 1, x.shape[1] * x.shape[2], x.shape[3]))
        c.add("reshape", [x], x.reshape(x.shape[::-1]))
        c.add("broadcast", [x[:, :1]], np.broadcast_to(x[:, :1], (2,) + x.shape))
        axis = int(c.rng.integers(0, 4))
        other = c.array(dtype, x.shape[:axis] + (3,) + x.shape[axis + 1:])
        c.add("concat", [x, other, x], np.concatenate([x, other, x], axis), "axis = %d : i64" % axis)
        starts, sizes, steps, index = [], [], [], []
        for n in x.shape:
            step = int(c.rng.choice([-2, -1, 1, 2, 3]))
            start = int(c.rng.integers(0, n))
            most = (start if step < 0 else n - 1 - start) // abs(step) + 1
            size = int(c.rng.integers(1, most + 1))
            starts.append(start), sizes.append(size), steps.append(step)
            index.append([start + i * step for i in range(size)])
        c.add("slice", [x], x[np.ix_(*index)], "starts = array<i64: %s>, sizes = array<i64: %s>, steps = array<i64: %s>"
              % tuple(", ".join(map(str, v)) for v in (starts, sizes, steps)))
        for mode in ["constant", "edge", "reflect", "wrap"]:
            most = [n - (mode == "reflect") for n in x.shape]
            low = [int(c.rng.integers(0, n + 1)) for n in most]
            high = [int(c.rng.integers(0, n + 1)) for n in most]
            pads = list(zip(low, high))
            attributes = "low = array<i64: %s>, high = array<i64: %s>" % (
                ", ".join(map(str, low)), ", ".join(map(str, high)))
            c.add("pad <%s>" % mode, [x], np.pad(x, pads, mode=mode), attributes)
            if mode == "constant":
                value = c.array(dtype, ())
                c.add("pad <constant>", [x, value], np.pad(x, pads, constant_values=value), attributes)
        indices = c.rng.integers(-x.shape[axis], x.shape[axis], c.shape(2)).astype("int64")
        c.add("gather", [x, indices], np.take(x, indices, axis), "axis = %d : i64" % axis)
        scatter(c, x)
    x = c.array("float32", (1, 1))
    c.add("reshape", [x], x.reshape(()))
    c.add("reshape", [x[0, 0]], x.reshape((1, 1, 1)))


def matmul(c):
    for dtype in FLOATS + ["int32", "int64", "uint32"]:
        m, k, n = c.shape(3)
        for batch_a, batch_b in [((), ()), ((3,), (3,)), ((2, 3), ()), ((2, 1), (3,)), ((), (4,))]:
            for flags in range(4):
                a = c.array(dtype, batch_a + ((k, m) if flags & 1 else (m, k)))
                b = c.array(dtype, batch_b + ((n, k) if flags & 2 else (k, n)))
                left = wide(a.swapaxes(-1, -2) if flags & 1 else a)
                right = wide(b.swapaxes(-1, -2) if flags & 2 else b)
                names = [name for bit, name in ((1, "transpose_lhs"), (2, "transpose_rhs")) if flags & bit]
                c.add("matmul", [a, b], np.matmul(left, right).astype(dtype), ", ".join(names), 1e-4)
    for left in ["int8", "uint8"]:
        for right in ["int8", "uint8"]:
            a, b = c.array(left, (5, 7)), c.array(right, (7, 3))
            c.add("matmul", [a, b], a.astype("int32") @ b.astype("int32"))


def attention(c):
    for dtype in FLOATS:
        m, n, k, v = c.shape(4)
        for batch, mask in [((), None), ((3,), (n,)), ((2, 3), (3, m, 1)), ((2,), (m, n))]:
            query, key = c.array(dtype, batch + (m, k), -2, 2), c.array(dtype, batch + (n, k), -2, 2)
            value = c.array(dtype, batch + (n, v), -2, 2)
            scores = wide(query) @ wide(key).swapaxes(-1, -2) * 0.25
            arrays = [query, key, value]
            if mask:
                arrays.append(c.array(dtype, mask, -2, 2))
                scores = scores + wide(arrays[-1])
            power = np.exp(scores - scores.max(-1, keepdims=True))
            weights = (power / power.sum(-1, keepdims=True)).astype(dtype)
            expected = (wide(weights) @ wide(value)).astype(dtype)
            c.add("attention", arrays, expected, "scale = 0.25 : f32", 1e-4)


def resample(c):
    for dtype in FLOATS:
        for _ in range(4):
            x = c.array(dtype, c.shape(int(c.rng.integers(1, 5))), -2, 2)
            axis = int(c.rng.integers(0, x.ndim))
            w = c.array(dtype, (int(c.rng.integers(1, 9)), x.shape[axis]), -2, 2)
            expected = np.moveaxis(np.tensordot(wide(w), wide(x), (1, axis)), 0, axis)
            c.add("resample", [x, w], expected.astype(dtype), "axis = %d : i64" % axis, 1e-4)


def order(c, x, rounded, axis):
    for kind, function in [("sum", np.cumsum), ("prod", np.cumprod)]:
        running = function(wide(x), axis, dtype=wide(x).dtype)
        c.add("cumulative <%s>" % kind, [x], running.astype(x.dtype), "axis = %d : i64" % axis, 1e-4)
        turned = np.flip(function(np.flip(wide(x), axis), axis, dtype=wide(x).dtype), axis)
        start = np.full_like(np.take(turned, [0], axis), kind == "prod")
        turned = np.concatenate([np.delete(turned, 0, axis), start], axis)
        c.add("cumulative <%s>" % kind, [x], turned.astype(x.dtype), "axis = %d : i64, exclusive, reverse" % axis, 1e-4)
    k = int(c.rng.integers(1, x.shape[axis] + 1))
    for smallest in (False, True):
        # Equal elements in the order of their indices.
        at = np.arange(x.shape[axis])
        keys = np.moveaxis(rounded, axis, -1).astype(object)
        rows = keys.reshape(-1, len(at))
        picks = np.array([sorted(at, key=lambda i, row=row: (row[i] if smallest else -row[i], i))[:k] for row in rows], "int64")
        indices = np.moveaxis(picks.reshape(keys.shape[:-1] + (k,)), -1, axis)
        attributes = "axis = %d : i64, k = %d : i64%s" % (axis, k, ", smallest" if smallest else "")
        c.add("top_k", [rounded], [np.take_along_axis(rounded, indices, axis), indices], attributes)


def reductions(c):
    functions = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "mean": np.mean}
    for dtype in FLOATS + ["int32", "int64", "uint8", "uint32"]:
        x = c.array(dtype, c.shape(4, 1, 4), -2, 2)
        for kind, function in functions.items():
            axes = sorted(c.rng.choice(4, int(c.rng.integers(1, 5)), replace=False).tolist())
            keep = bool(c.rng.integers(0, 2))
            attributes = "axes = array<i64: %s>%s" % (", ".join(map(str, axes)), ", keep_dims" if keep else "")
            if kind in ("max", "min") or dtype in FLOATS:
                result = function(wide(x), axis=tuple(axes), keepdims=keep)
            else:
                total = np.sum if kind == "mean" else function
                result = total(x, axis=tuple(axes), keepdims=keep, dtype=dtype)
                if kind == "mean":
                    count = np.array(np.prod([x.shape[a] for a in axes])).astype(dtype)
                    result = int_divide(np.asarray(result), np.broadcast_to(count, np.shape(result)))[0]
            c.add("reduce <%s>" % kind, [x], np.asarray(result).astype(dtype), attributes, 1e-4)
        axis = int(c.rng.integers(0, 4))
        for kind, function in [("max", np.argmax), ("min", np.argmin)]:
            rounded = np.round(x) if dtype in FLOATS else x
            first = function(rounded, axis)
            c.add("arg_reduce <%s>" % kind, [rounded], first, "axis = %d : i64" % axis)
            last = rounded.shape[axis] - 1 - function(np.flip(rounded, axis), axis)
            c.add("arg_reduce <%s>" % kind, [rounded], np.expand_dims(last, axis),
                  "axis = %d : i64, keep_dims, select_last" % axis)
        order(c, x, rounded, axis)
    x = c.array("bool", (3, 4))
    c.add("reduce <max>", [x], x.any(1), "axes = array<i64: 1>")
    c.add("reduce <min>", [x], x.all(0), "axes = array<i64: 0>")
    x = np.array([[1, np.nan, 3], [-np.inf, 2, np.inf]], "float32")
    c.add("reduce <max>", [x], x.max(1), "axes = array<i64: 1>")
    c.add("arg_reduce <max>", [x], x.argmax(1), "axis = 1 : i64")
    for attributes, places in [("", [[1, 2], [2, 1]]), (", smallest", [[0, 2], [0, 1]])]:
        c.add("top_k", [x], [np.take_along_axis(x, np.array(places), 1), np.array(places)],
              "axis = 1 : i64, k = 2 : i64" + attributes)
    empty = np.zeros((2, 0), "float32")
    c.add("reduce <sum>", [empty], empty.sum(1), "axes = array<i64: 1>")
    c.add("reduce <prod>", [empty], empty.prod(1), "axes = array<i64: 1>")
    c.add("reduce <max>", [empty], np.full(2, -np.inf, "float32"), "axes = array<i64: 1>")


def normalizations(c):
    for dtype in FLOATS:
        x = c.array(dtype, c.shape(3), -9, 9)
        axis = int(c.rng.integers(0, 3))
        lane = wide(x)
        power = np.exp(lane - lane.max(axis, keepdims=True))
        total = power.sum(axis, keepdims=True)
        c.add("softmax", [x], (power / total).astype(dtype), "axis = %d : i64" % axis, 1e-5)
        log = lane - lane.max(axis, keepdims=True) - np.log(total)
        c.add("log_softmax", [x], log.astype(dtype), "axis = %d : i64" % axis, 1e-5)
        for axes in [(2,), (1, 2), (0,)]:
            text = "axes = array<i64: %s>, epsilon = 1.0e-3 : f64" % ", ".join(map(str, axes))
            centred = lane - lane.mean(axes, keepdims=True)
            scale = np.sqrt((centred**2).mean(axes, keepdims=True) + 1e-3)
            c.add("normalize", [x], (centred / scale).astype(dtype), text, 1e-4)
            scale = np.sqrt((lane**2).mean(axes, keepdims=True) + 1e-3)
            c.add("normalize", [x], (lane / scale).astype(dtype), text + ", rms", 1e-4)


FAMILIES = [unary, binary, select_and_cast, quantization, layout, matmul, reductions,
            normalizations, convolutions, transposed_convolutions, pools]


def main():
    folder, wrong, count = sys.argv[1], 0, 0
    np.seterr(all="ignore")
    for argument in sys.argv[2:]:
        names = argument.split(":")
        for family in FAMILIES:
            if len(names) > 1 and family.__name__ != names[1]:
                continue
            cases = Cases(int(names[0]))
            family(cases)
            wrong += cases.run(os.path.join(folder, family.__name__))
            count += len(cases.expected)
    print("%d of %d cases differ" % (wrong, count))
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
