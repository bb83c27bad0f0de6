# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The cases of quantized_operators.py: tuples of operator, variant, opset and a
function that makes the graph."""

import itertools

import numpy as np

I8, U8, I16, U16, I32 = np.int8, np.uint8, np.int16, np.uint16, np.int32
PAIRS = [(I8, I8), (U8, I8), (I8, U8), (U8, U8)]
CASES = []


def short(*dtypes):
    return " ".join(np.dtype(d).name for d in dtypes)


def add(operator, variant, make, opset=17):
    CASES.append((operator, variant, opset, make))


def all_cases():
    if not CASES:
        for define in (convolutions, transposed, products, arithmetic, concats, pools, reductions, resizes, functions, along_axes, movements,
                       conversions, operator_forms, wide_types):
            define()
    return CASES


def bias(c, count, step, quantized):
    data = c.rng.integers(-2000, 2000, count).astype(I32)
    if not quantized:
        return c.weight((data * np.float32(step) * 1.37).astype(np.float32))
    return c.node("DequantizeLinear", [c.weight(data), c.weight(np.full(count, step, np.float32)), c.weight(np.zeros(count, I32))], axis=0)


# Name, input, weights, attributes.
GEOMETRIES = [
    ("1-D", [2, 5, 19], [7, 5, 3], dict(pads=[2, 0], strides=[2])),
    ("2-D", [1, 3, 11, 13], [17, 3, 3, 3], dict(pads=[1, 1, 1, 1])),
    ("3-D", [1, 4, 5, 6, 7], [6, 4, 2, 3, 3], dict(pads=[0, 1, 2, 1, 1, 0], strides=[1, 2, 1])),
    ("grouped", [1, 10, 9, 7], [15, 2, 3, 3], dict(group=5, pads=[1, 1, 1, 1])),
    ("depthwise", [1, 33, 9, 11], [33, 1, 3, 3], dict(group=33, pads=[1, 0, 1, 2], strides=[1, 2])),
    ("dilated", [1, 6, 15, 12], [9, 6, 3, 3], dict(dilations=[2, 3], pads=[2, 3, 1, 3])),
    ("pointwise", [2, 65, 5, 7], [34, 65, 1, 1], dict(strides=[2, 1])),
    ("multiplier", [1, 7, 8, 9], [14, 1, 3, 2], dict(group=7, pads=[1, 1, 0, 1])),
]
ACTIVATIONS = [None, "Relu", "Clip", "LeakyRelu"]


def activate(c, name, kind):
    if kind == "Clip":
        return c.node("Clip", [name, c.weight(np.float32(-0.3)), c.weight(np.float32(6.0))])
    return c.node(kind, [name], **({"alpha": 0.1} if kind == "LeakyRelu" else {})) if kind else name


def convolutions():
    def make(c, x, w, geometry, number):
        _, xshape, wshape, attributes = geometry
        xshape = c.vary(xshape)
        operands = [c.input(xshape, x), c.constant(wshape, w, 0 if number % 2 else None, centred=number % 3 != 0)]
        if number % 3:
            operands.append(bias(c, wshape[0], 1e-3, quantized=number % 3 == 1))
        name = activate(c, c.node("Conv", operands, **attributes), ACTIVATIONS[number % 4])
        c.finish(name, [x, U8, I8][number % 3])

    numbers = itertools.count()
    for geometry, (x, w) in itertools.product(GEOMETRIES, PAIRS):
        number = next(numbers)
        add("Conv", f"{geometry[0]} {short(x, w)}", lambda c, a=(x, w, geometry, number): make(c, *a))

    def residual(c, x, w):
        operands = [c.input([1, 8, 9, 11], x), c.constant([8, 8, 3, 3], w, 0)]
        inner = c.requantize(c.node("Conv", operands, pads=[1, 1, 1, 1]), x)
        c.finish(c.node("Relu", [c.node("Add", [c.input([1, 8, 9, 11], x), inner])]), x)

    for x, w in PAIRS:
        add("Conv + Add", short(x, w), lambda c, a=(x, w): residual(c, *a))


def transposed():
    shapes = [
        ("1-D", [2, 5, 7], [5, 3, 4], dict(strides=[2], pads=[1, 1])),
        ("2-D", [1, 6, 5, 7], [6, 9, 3, 3], dict(strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])),
        ("2 x 2", [1, 17, 6, 5], [17, 8, 2, 2], dict(strides=[2, 2])),
        ("3-D", [1, 3, 3, 4, 5], [3, 4, 2, 3, 2], dict(strides=[2, 1, 3], pads=[0, 1, 0, 1, 0, 1])),
        ("grouped", [1, 8, 5, 6], [8, 3, 3, 3], dict(group=4, strides=[2, 1])),
        ("dilated", [1, 4, 6, 6], [4, 5, 3, 3], dict(dilations=[2, 2], pads=[1, 0, 2, 1])),
    ]

    def make(c, x, w, shape, number):
        _, xshape, wshape, attributes = shape
        xshape = c.vary(xshape)
        perFeature = number % 2 and "group" not in attributes
        operands = [c.input(xshape, x), c.constant(wshape, w, 1 if perFeature else None, centred=number % 3 != 0)]
        if number % 3 != 2:
            operands.append(bias(c, wshape[1] * attributes.get("group", 1), 1e-3, quantized=number % 3 == 1))
        c.finish(activate(c, c.node("ConvTranspose", operands, **attributes), ACTIVATIONS[number % 2]), x)

    for number, (shape, (x, w)) in enumerate(itertools.product(shapes, PAIRS)):
        add("ConvTranspose", f"{shape[0]} {short(x, w)}", lambda c, a=(x, w, shape, number): make(c, *a))


def products():
    def matmul(c, x, w, lhs, rhs, known, number):
        left = c.input(lhs, x)
        right = c.constant(rhs, w, len(rhs) - 1 if number % 2 else None, centred=number % 3 != 0) if known else c.input(rhs, w)
        c.finish(activate(c, c.node("MatMul", [left, right]), ACTIVATIONS[number % 3]), [x, I8, U8][number % 3])

    shapes = [([7, 33], [33, 18], True), ([2, 3, 17], [17, 65], True), ([3, 5, 19], [3, 19, 9], False), ([1, 40], [40, 31], False)]
    for number, ((lhs, rhs, known), (x, w)) in enumerate(itertools.product(shapes, PAIRS)):
        kind = "weights" if known else "both inputs"
        add("MatMul", f"{lhs} {rhs} {kind} {short(x, w)}", lambda c, a=(x, w, lhs, rhs, known, number): matmul(c, *a))

    def gemm(c, x, w, number):
        transA, transB = number & 1, number >> 1 & 1
        left = c.input([29, 13] if transA else [13, 29], x)
        right = c.constant([21, 29] if transB else [29, 21], w, (0 if transB else 1) if number % 3 else None)
        operands = [left, right] + ([bias(c, 21, 1e-3, quantized=bool(number & 2))] if number % 3 != 2 else [])
        numbers = dict(alpha=0.5, beta=1.5) if number >= 12 else {}
        c.finish(activate(c, c.node("Gemm", operands, transA=transA, transB=transB, **numbers), ACTIVATIONS[number % 4]), x)

    for number, (_, (x, w)) in enumerate(itertools.product(range(4), PAIRS)):
        add("Gemm", f"{number} {short(x, w)}", lambda c, a=(x, w, number): gemm(c, *a))


def arithmetic():
    def make(c, kind, a, b, number):
        other = [[1, 5, 7, 9], [1, 5, 1, 1], [9], [1, 5, 7, 9]][number]
        operands = [c.input([1, 5, 7, 9], a), c.input(other, b, avoidZero=kind == "Div")]
        c.finish(activate(c, c.node(kind, operands), ACTIVATIONS[number]), a)

    for kind in ("Add", "Sub", "Mul", "Div", "Max", "Min"):
        for number, (a, b) in enumerate(PAIRS):
            add(kind, f"{number} {short(a, b)}", lambda c, args=(kind, a, b, number): make(c, *args))

    def constant(c, kind, dtype):
        shape = [2, 6, 5, 3]
        number = c.weight(np.asarray(c.rng.uniform(0.5, 2, [6, 1, 1]), np.float32))
        c.finish(c.node(kind, [c.input(shape, dtype), number]), dtype)

    for kind, dtype in itertools.product(("Add", "Mul"), (I8, U8)):
        add(f"{kind} (f32 a channel)", short(dtype), lambda c, args=(kind, dtype): constant(c, *args))


def concats():
    def make(c, dtypes, axis, same):
        shape = [2, 3, 5, 7]
        parts = []
        for i, dtype in enumerate(dtypes):
            shape[axis] = 2 + 3 * i
            parts.append(c.input(list(shape), dtype, *([0.05, 3] if same else [])))
        c.finish(c.node("Concat", parts, axis=axis), dtypes[0])

    for dtypes, axis, same in [((I8, I8), 1, False), ((U8, U8, U8), 1, False), ((I8, U8), 3, False), ((U8, I8, U8), 0, False), ((I8, I8), 2, True)]:
        add("Concat", f"{short(*dtypes)} axis {axis}" + (" one scale" if same else ""), lambda c, a=(dtypes, axis, same): make(c, *a))


def pools():
    geometries = [
        ("1-D", [2, 5, 17], dict(kernel_shape=[3], strides=[2], pads=[1, 1])),
        ("2-D", [1, 7, 10, 13], dict(kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])),
        ("2-D wide", [1, 33, 9, 9], dict(kernel_shape=[2, 2], strides=[2, 2])),
        ("3-D", [1, 3, 5, 6, 7], dict(kernel_shape=[2, 3, 2], strides=[2, 1, 3], pads=[1, 1, 0, 0, 1, 1])),
    ]

    def make(c, kind, dtype, shape, attributes):
        c.finish(c.node(kind, [c.input(c.vary(shape), dtype)], **attributes), dtype)

    for (name, shape, attributes), dtype, ceil in itertools.product(geometries, (I8, U8), (0, 1)):
        more = {**attributes, "ceil_mode": ceil}
        add("MaxPool", f"{name} ceil {ceil} {short(dtype)}", lambda c, a=("MaxPool", dtype, shape, more): make(c, *a))
        for include in (0, 1):
            every = {**more, "count_include_pad": include}
            # From opset 19 on ceil_mode is what it says.
            add("AveragePool", f"{name} ceil {ceil} include {include} {short(dtype)}", lambda c, a=("AveragePool", dtype, shape, every): make(c, *a), 19)
    for kind, dtype, shape in itertools.product(("GlobalAveragePool", "GlobalMaxPool"), (I8, U8), ([2, 19, 7, 5], [1, 6, 31])):
        add(kind, f"{shape} {short(dtype)}", lambda c, a=(kind, dtype, shape, {}): make(c, *a))


def reductions():
    def make(c, kind, dtype, axes, keep):
        c.finish(c.node(kind, [c.input([2, 5, 6, 7], dtype)], axes=axes, keepdims=keep), dtype)

    for kind, dtype, (axes, keep) in itertools.product(("ReduceMean", "ReduceMax", "ReduceMin"), (I8, U8), (([2, 3], 1), ([1], 0))):
        add(kind, f"{axes} {short(dtype)}", lambda c, a=(kind, dtype, axes, keep): make(c, *a))


def resizes():
    def make(c, dtype, shape, sizes, attributes):
        x = c.input(shape, dtype)
        c.finish(c.node("Resize", [x, "", "", c.weight(np.array(sizes, np.int64))], **attributes), dtype)

    kinds = [("nearest", "asymmetric", dict(nearest_mode="floor")), ("nearest", "half_pixel", {}), ("linear", "half_pixel", {}),
             ("linear", "align_corners", {}), ("linear", "asymmetric", {}), ("linear", "pytorch_half_pixel", {}), ("cubic", "half_pixel", {}),
             ("cubic", "align_corners", {})]
    shapes = [("by 2", [1, 5, 6, 7], [1, 5, 12, 14]), ("by 4", [1, 3, 4, 5], [1, 3, 16, 20]), ("odd", [1, 4, 7, 5], [1, 4, 11, 13]),
              ("down", [1, 6, 12, 11], [1, 6, 6, 5])]
    for number, ((mode, coordinates, more), (name, shape, sizes)) in enumerate(itertools.product(kinds, shapes)):
        dtype = (I8, U8)[(number + number // 4) % 2]
        attributes = dict(mode=mode, coordinate_transformation_mode=coordinates, **more)
        add(f"Resize {mode}", f"{coordinates} {name} {short(dtype)}", lambda c, a=(dtype, shape, sizes, attributes): make(c, *a))


FUNCTIONS = [("Relu", {}), ("LeakyRelu", {"alpha": 0.07}), ("Sigmoid", {}), ("HardSigmoid", {"alpha": 0.17, "beta": 0.45}), ("Tanh", {}), ("HardSwish", {}),
             ("Elu", {}), ("Selu", {}), ("Celu", {}), ("Softplus", {}), ("Softsign", {}), ("ThresholdedRelu", {}), ("Exp", {}), ("Erf", {}), ("Abs", {}), ("Neg", {}), ("Floor", {}), ("Sin", {})]


def functions():
    def make(c, kind, attributes, dtype):
        x = c.input(c.vary([2, 3, 7, 11]), dtype)
        c.finish(c.node(kind, [x], **attributes), dtype)

    for (kind, attributes), dtype in itertools.product(FUNCTIONS, (I8, U8)):
        add(kind, short(dtype), lambda c, a=(kind, attributes, dtype): make(c, *a))

    def clip(c, dtype):
        c.finish(c.node("Clip", [c.input([3, 5, 17], dtype), c.weight(np.float32(-0.7)), c.weight(np.float32(1.9))]), dtype)

    def prelu(c, dtype):
        c.finish(c.node("PRelu", [c.input([1, 6, 5, 7], dtype), c.constant([6, 1, 1], I8)]), dtype)

    def silu(c, dtype):
        x = c.input([1, 6, 5, 7], dtype)
        c.finish(c.node("Mul", [x, c.requantize(c.node("Sigmoid", [x]), dtype)]), dtype)

    for dtype in (I8, U8):
        add("Clip", short(dtype), lambda c, d=dtype: clip(c, d))
        add("PRelu", short(dtype), lambda c, d=dtype: prelu(c, d))
        add("SiLU", short(dtype), lambda c, d=dtype: silu(c, d))
        add("Gelu", short(dtype), lambda c, d=dtype: make(c, "Gelu", {}, d), 20)


def along_axes():
    def softmax(c, kind, dtype, axis):
        c.finish(c.node(kind, [c.input([3, 7, 13], dtype)], axis=axis), dtype)

    for kind, dtype, axis in itertools.product(("Softmax", "LogSoftmax"), (I8, U8), (-1, 1)):
        add(kind, f"axis {axis} {short(dtype)}", lambda c, a=(kind, dtype, axis): softmax(c, *a))

    def normalization(c, kind, dtype):
        shape = [2, 6, 5, 8]
        size = 8 if kind == "LayerNormalization" else 6
        numbers = [c.weight(np.asarray(c.rng.uniform(0.5, 1.5, size), np.float32)) for _ in range(2)]
        c.finish(c.node(kind, [c.input(shape, dtype)] + numbers), dtype)

    for kind, dtype in itertools.product(("LayerNormalization", "InstanceNormalization"), (I8, U8)):
        add(kind, short(dtype), lambda c, a=(kind, dtype): normalization(c, *a))


def movements():
    def ints(c, *values):
        return c.weight(np.array(values, np.int64))

    def pad(mode):
        return lambda c, x: c.node("Pad", [x, ints(c, 0, 1, 2, 0, 0, 0, 1, 3)] + ([c.weight(np.float32(0.37))] if mode == "constant" else []), mode=mode)

    moves = {
        "Transpose": lambda c, x: c.node("Transpose", [x], perm=[0, 3, 1, 2]),
        "Reshape": lambda c, x: c.node("Reshape", [x, ints(c, 2, -1)]),
        "Flatten": lambda c, x: c.node("Flatten", [x], axis=2),
        "Slice": lambda c, x: c.node("Slice", [x, ints(c, 1, -1), ints(c, 4, -8), ints(c, 1, 3), ints(c, 1, -2)]),
        "Pad (0)": lambda c, x: c.node("Pad", [x, ints(c, 0, 0, 1, 2, 0, 0, 3, 0)]),
        "Pad (constant)": pad("constant"), "Pad (edge)": pad("edge"), "Pad (reflect)": pad("reflect"),
        "Gather": lambda c, x: c.node("Gather", [x, ints(c, 3, 0, 3, 1)], axis=1),
        "Split": lambda c, x: c.node("Split", [x, ints(c, 1, 3)], 2, axis=1)[1],
        "DepthToSpace": lambda c, x: c.node("DepthToSpace", [x], blocksize=2),
        "SpaceToDepth": lambda c, x: c.node("SpaceToDepth", [x], blocksize=2),
        "Expand": lambda c, x: c.node("Expand", [x, ints(c, 3, 2, 4, 6, 8)]),
        "Tile": lambda c, x: c.node("Tile", [x, ints(c, 1, 2, 1, 3)]),
        "Unsqueeze": lambda c, x: c.node("Unsqueeze", [x, ints(c, 2)]),
    }

    def make(c, move, dtype):
        c.finish(moves[move](c, c.input([2, 4, 6, 8], dtype)), dtype)

    def between(c, move, dtype):
        """The same parameters on both sides: bytes move as they are."""
        scale, zero = np.float32(0.03), c.zero(dtype)
        x = c.input([2, 4, 6, 8], dtype, scale, zero)
        c.output(c.node("QuantizeLinear", [moves[move](c, x), c.weight(scale), c.weight(zero)]), dtype)

    for move, dtype in itertools.product(moves, (I8, U8)):
        add(move, f"other scale {short(dtype)}", lambda c, a=(move, dtype): make(c, *a))
        add(move, f"same scale {short(dtype)}", lambda c, a=(move, dtype): between(c, *a))


def conversions():
    def requantize(c, a, b):
        c.finish(c.input([3, 5, 17], a), b)

    for a, b in PAIRS:
        add("requantise", short(a, b), lambda c, args=(a, b): requantize(c, *args))

    def quantize(c, dtype, axis):
        x = c.feed(np.asarray(c.rng.normal(0, 2, [2, 6, 5]), np.float32))
        scale, zero, _ = c.parameters(6 if axis else None, dtype, False)
        c.output(c.node("QuantizeLinear", [x, scale, zero], **({"axis": 1} if axis else {})), dtype)

    def dequantize(c, dtype, axis):
        x = c.feed(c.stored([2, 6, 5], dtype, 20 if dtype == I32 else None))
        scale, zero, _ = c.parameters(6 if axis else None, dtype, dtype == I32)
        c.output(c.node("DequantizeLinear", [x, scale, zero], **({"axis": 1} if axis else {})), np.float32)

    for dtype, axis in itertools.product((I8, U8, I16, U16), (False, True)):
        opset = 21 if dtype in (I16, U16) else 17
        add("QuantizeLinear", f"{short(dtype)}" + (" per axis" if axis else ""), lambda c, a=(dtype, axis): quantize(c, *a), opset)
        add("DequantizeLinear", f"{short(dtype)}" + (" per axis" if axis else ""), lambda c, a=(dtype, axis): dequantize(c, *a), opset)
    for axis in (False, True):
        add("DequantizeLinear", "int32" + (" per axis" if axis else ""), lambda c, a=axis: dequantize(c, I32, a))

    def dynamic(c, low, high):
        x = c.feed(np.asarray(c.rng.uniform(low, high, [5, 17]), np.float32))
        names = c.node("DynamicQuantizeLinear", [x], 3)
        for name, dtype in zip(names, (U8, np.float32, U8)):
            c.output(name, dtype)

    for low, high in ((-1, 2), (0.5, 3), (-4, -1)):
        add("DynamicQuantizeLinear", f"{low} to {high}", lambda c, a=(low, high): dynamic(c, *a))


def operator_forms():
    # Seven bits of weights, because ONNX Runtime's kernels for unsigned times
    # signed bytes saturate sums of two products on some hosts.
    def conv(c, x, w, geometry, number):
        _, xshape, wshape, attributes = geometry
        xshape = c.vary(xshape)
        scale, zero, steps = c.parameters(wshape[0] if number % 2 else None, w, centred=number % 4 < 2)
        input_ = [c.feed(c.stored(xshape, x)), c.weight(np.float32(0.02)), c.weight(c.zero(x))]
        result = [c.weight(np.float32(0.02 * steps.max() * 600)), c.weight(x(c.zero(x, symmetric=True)))]
        more = [c.weight(c.rng.integers(-2000, 2000, wshape[0]).astype(I32))] if number % 3 else []
        c.output(c.node("QLinearConv", input_ + [c.weight(c.stored(wshape, w, 7)), scale, zero] + result + more, **attributes), x)

    for number, (geometry, (x, w)) in enumerate(itertools.product(GEOMETRIES, PAIRS)):
        add("QLinearConv", f"{geometry[0]} {short(x, w)}", lambda c, a=(x, w, geometry, number): conv(c, *a))

    def matmul(c, x, w, known, perColumn):
        scale, zero, steps = c.parameters(18 if perColumn else None, w, centred=perColumn)
        right = c.stored([33, 18], w, 7)
        input_ = [c.feed(c.stored([5, 33], x)), c.weight(np.float32(0.02)), c.weight(c.zero(x))]
        result = [c.weight(np.float32(0.02 * steps.max() * 500)), c.weight(c.zero(x, symmetric=True))]
        c.output(c.node("QLinearMatMul", input_ + [c.weight(right) if known else c.feed(right), scale, zero] + result), x)

    for (x, w), known, perColumn in itertools.product(PAIRS, (True, False), (False, True)):
        add("QLinearMatMul", f"{short(x, w)} {'weights' if known else 'both inputs'}" + (" per column" if perColumn else ""),
            lambda c, a=(x, w, known, perColumn): matmul(c, *a))

    def conv_integer(c, x, w, geometry, known):
        _, xshape, wshape, attributes = geometry
        xshape = c.vary(xshape)
        right = c.stored(wshape, w, 7)
        operands = [c.feed(c.stored(xshape, x)), c.weight(right) if known else c.feed(right), c.weight(c.zero(x)), c.weight(c.zero(w))]
        c.output(c.node("ConvInteger", operands, **attributes), I32)

    def matmul_integer(c, x, w, known):
        right = c.stored([33, 18], w, 7)
        operands = [c.feed(c.stored([2, 5, 33], x)), c.weight(right) if known else c.feed(right), c.weight(c.zero(x)), c.weight(c.zero(w))]
        c.output(c.node("MatMulInteger", operands), I32)

    for (x, w), known in itertools.product(PAIRS, (True, False)):
        add("MatMulInteger", f"{short(x, w)} {'weights' if known else 'both inputs'}", lambda c, a=(x, w, known): matmul_integer(c, *a))
        for geometry in GEOMETRIES[:5]:
            add("ConvInteger", f"{geometry[0]} {short(x, w)} {'weights' if known else 'both inputs'}", lambda c, a=(x, w, geometry, known): conv_integer(c, *a))


def wide_types():
    def conv(c, x):
        c.finish(c.node("Conv", [c.input([1, 5, 7, 9], x), c.constant([6, 5, 3, 3], I8, 0)]), x)

    def matmul(c, x):
        c.finish(c.node("MatMul", [c.input([5, 19], x), c.constant([19, 7], I8, 1)]), x)

    def sum_(c, x):
        c.finish(c.node("Add", [c.input([5, 19], x), c.input([5, 19], x)]), x)

    def sigmoid(c, x):
        c.finish(c.node("Sigmoid", [c.input([5, 19], x, 1e-4, 3)]), x)

    def pool(c, x):
        c.finish(c.node("AveragePool", [c.input([1, 3, 8, 8], x)], kernel_shape=[2, 2]), x)

    def move(c, x):
        c.finish(c.node("Transpose", [c.input([5, 19, 3], x)], perm=[2, 0, 1]), x)

    for (name, make), x in itertools.product([("Conv", conv), ("MatMul", matmul), ("Add", sum_), ("Sigmoid", sigmoid), ("AveragePool", pool),
                                              ("Transpose", move)], (I16, U16)):
        add(f"{name} (16 bits)", short(x), lambda c, a=(make, x): a[0](c, a[1]), 21)
