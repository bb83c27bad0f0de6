#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Property test: quantised operators against arithmetic in f64.

Each seed makes a model of one operator (or a few) on i8 and u8 tensors, with
random parameters, odd sizes, scales per tensor or per channel; NumPy computes
what it means in real numbers and quantises it. `ashlar verify --sanitize` has to
agree within one step, on the preset that follows from the seed. Prints a line
for each failure and a summary; exits 1 if any failed. `--keep DIR` leaves the
models that failed there.
"""

import argparse
import concurrent.futures
import math
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PRESETS = ["nano", "edge", "server", "hbm"]


class Quantized:
    """Stored integers, and what they stand for."""

    def __init__(self, name, stored, scale, zero, axis=None):
        self.name, self.stored, self.axis = name, stored, axis
        self.scale, self.zero = np.float32(scale), np.asarray(zero, stored.dtype)
        self.dequantized = None

    def real(self):
        shape = [1] * self.stored.ndim
        if self.axis is not None:
            shape[self.axis] = -1
        scale = np.asarray(self.scale, np.float64).reshape(shape)
        return (self.stored.astype(np.float64) - self.zero.astype(np.float64).reshape(shape)) * scale


def quantize(real, scale, zero):
    info = np.iinfo(np.asarray(zero).dtype)
    scaled = np.rint(np.float32(real) / np.float32(scale)).astype(np.float64) + float(zero)
    return np.clip(scaled, info.min, info.max).astype(info.dtype)


class Model:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.inputs, self.feeds = [], [], [], []
        self.count = 0

    def pick(self, items):
        return items[int(self.rng.integers(len(items)))]

    def fresh(self, prefix="t"):
        self.count += 1
        return f"{prefix}{self.count}"

    def node(self, kind, inputs, outputs=1, **attributes):
        names = [self.fresh() for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"{kind}_{names[0]}", **attributes))
        return names[0] if outputs == 1 else names

    def weight(self, data):
        name = self.fresh("w")
        self.weights.append(numpy_helper.from_array(np.asarray(data), name))
        return name

    def dtype(self):
        return self.pick([np.int8, np.uint8])

    def zero(self, dtype, symmetric=False):
        info = np.iinfo(dtype)
        if symmetric and dtype == np.int8:
            return dtype(0)
        return dtype(self.pick([0, 3, 114, 128, 255] if dtype == np.uint8 else [0, -128, -17, 5, 127]))

    def stored(self, shape, dtype):
        info = np.iinfo(dtype)
        return self.rng.integers(info.min, info.max + 1, shape).astype(dtype)

    def input(self, shape, symmetric=False):
        """A quantised input of the model."""
        dtype = self.dtype()
        name = f"x{len(self.inputs)}"
        data = self.stored(shape, dtype)
        self.inputs.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)) if hasattr(helper, "np_dtype_to_tensor_dtype") else onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[np.dtype(dtype)], shape))
        self.feeds.append(data)
        return Quantized(name, data, self.rng.uniform(0.005, 0.1), self.zero(dtype, symmetric))

    def constant(self, shape, channel=None, axis=None):
        """Quantised weights, with scales per index of `channel` or per tensor."""
        dtype = self.pick([np.int8, np.int8, np.uint8])
        data = self.stored(shape, dtype)
        if channel is not None and self.rng.random() < 0.6:
            count = shape[channel]
            zeros = np.zeros(count, dtype) if self.rng.random() < 0.7 else self.stored([count], dtype)
            scales = self.rng.uniform(0.002, 0.05, count).astype(np.float32)
            return Quantized(self.weight(data), data, scales, zeros, channel)
        return Quantized(self.weight(data), data, self.rng.uniform(0.002, 0.05), self.zero(dtype, self.rng.random() < 0.7))

    def dequantize(self, value):
        if not value.dequantized:
            attributes = {} if value.axis is None else {"axis": value.axis}
            value.dequantized = self.node("DequantizeLinear", [value.name, self.weight(value.scale), self.weight(value.zero)], **attributes)
        return value.dequantized

    def result(self, name, real):
        """Quantises a value so that most of its range is used."""
        dtype = self.dtype()
        low, high = min(0.0, float(real.min())), max(0.0, float(real.max()))
        scale = np.float32(max((high - low) / self.rng.uniform(180, 300), 1e-4))
        info = np.iinfo(dtype)
        zero = dtype(np.clip(round(info.min - low / scale), info.min, info.max))
        stored = quantize(real, scale, zero)
        output = self.node("QuantizeLinear", [name, self.weight(scale), self.weight(zero)])
        return Quantized(output, stored, scale, zero)

    def bias(self, count, scales):
        kind = self.rng.integers(3)
        if kind == 0:
            return None, 0.0
        scales = np.broadcast_to(np.asarray(scales, np.float32), [count]).astype(np.float32)
        if kind == 1:  # floats that are no multiples
            data = (self.rng.standard_normal(count) * scales * 1000).astype(np.float32)
            return self.weight(data), data.astype(np.float64)
        data = self.rng.integers(-3000, 3000, count).astype(np.int32)
        name = self.node("DequantizeLinear", [self.weight(data), self.weight(scales), self.weight(np.zeros(count, np.int32))], axis=0)
        return name, data.astype(np.float64) * scales

    def activate(self, name, real):
        kind = self.rng.integers(3)
        if kind == 1:
            return self.node("Relu", [name]), np.maximum(real, 0)
        if kind == 2:
            low, high = np.float32(np.quantile(real, 0.2)), np.float32(np.quantile(real, 0.9))
            return self.node("Clip", [name, self.weight(low), self.weight(high)]), np.clip(real, low, high)
        return name, real


def convolve(x, w, strides, dilations, pads, groups):
    spatial = x.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0)] + [(pads[i], pads[spatial + i]) for i in range(spatial)])
    sizes = [(x.shape[i + 2] - (w.shape[i + 2] - 1) * dilations[i] - 1) // strides[i] + 1 for i in range(spatial)]
    out = np.zeros([x.shape[0], w.shape[0]] + sizes)
    features, channels = w.shape[0] // groups, w.shape[1]
    for at in np.ndindex(*w.shape[2:]):
        window = tuple(slice(at[i] * dilations[i], at[i] * dilations[i] + (sizes[i] - 1) * strides[i] + 1, strides[i]) for i in range(spatial))
        part = x[(slice(None), slice(None)) + window]
        for g in range(groups):
            out[:, g * features:(g + 1) * features] += np.einsum(
                "nc...,fc->nf...", part[:, g * channels:(g + 1) * channels], w[(slice(g * features, (g + 1) * features), slice(None)) + at])
    return out


def conv_shape(m):
    spatial = int(m.pick([1, 2, 2, 2]))
    groups = int(m.pick([1, 1, 2, 5]))
    channels, features = int(m.pick([1, 3, 8, 17])), int(m.pick([1, 2, 7, 16]))
    if m.rng.random() < 0.3:  # depthwise
        groups, channels, features = int(m.pick([4, 9, 33])), 1, 1
    window = [int(m.pick([1, 2, 3])) for _ in range(spatial)]
    strides = [int(m.pick([1, 1, 2])) for _ in range(spatial)]
    dilations = [int(m.pick([1, 1, 2])) for _ in range(spatial)]
    pads = [int(m.pick([0, 1, 2])) for _ in range(2 * spatial)]
    sizes = [int(m.pick([5, 7, 13, 19])) for _ in range(spatial)]
    return [int(m.pick([1, 2])), groups * channels] + sizes, [groups * features, channels] + window, \
        dict(strides=strides, dilations=dilations, pads=pads, group=groups)


def conv(m):
    xshape, wshape, attributes = conv_shape(m)
    x, w = m.input(xshape), m.constant(wshape, 0)
    b, breal = m.bias(wshape[0], x.scale * w.scale)
    name = m.node("Conv", [m.dequantize(x), m.dequantize(w)] + ([b] if b else []), **attributes)
    real = convolve(x.real(), w.real(), attributes["strides"], attributes["dilations"], attributes["pads"], attributes["group"])
    if b:
        real = real + breal.reshape([1, -1] + [1] * (len(xshape) - 2))
    return m.result(*m.activate(name, real))


def residual(m):
    xshape = [1, 8, 9, 11]
    x, w = m.input(xshape), m.constant([8, 8, 3, 3], 0)
    name = m.node("Conv", [m.dequantize(x), m.dequantize(w)], pads=[1, 1, 1, 1])
    inner = m.result(name, convolve(x.real(), w.real(), [1, 1], [1, 1], [1, 1, 1, 1], 1))
    other = m.input(xshape)
    other.scale = np.float32(inner.scale * m.rng.uniform(0.5, 2))
    pair = [m.dequantize(inner), m.dequantize(other)]
    name = m.node("Add", pair if m.rng.random() < 0.5 else pair[::-1])
    return m.result(*m.activate(name, inner.real() + other.real()))


def matmul(m):
    rows, inner, columns = (int(m.pick([1, 3, 16, 33, 65])) for _ in range(3))
    batch = m.pick([[], [], [3]])
    x = m.input(batch + [rows, inner])
    if m.rng.random() < 0.3:
        y = m.input(batch + [inner, columns])
    else:
        y = m.constant([inner, columns], 1)
    name = m.node("MatMul", [m.dequantize(x), m.dequantize(y)])
    return m.result(*m.activate(name, x.real() @ y.real()))


def gemm(m):
    rows, inner, columns = (int(m.pick([1, 5, 16, 31, 64])) for _ in range(3))
    x = m.input([rows, inner])
    transposed = bool(m.rng.random() < 0.5)
    w = m.constant([columns, inner] if transposed else [inner, columns], 0 if transposed else 1)
    b, breal = m.bias(columns, x.scale * w.scale)
    name = m.node("Gemm", [m.dequantize(x), m.dequantize(w)] + ([b] if b else []), transB=int(transposed))
    real = x.real() @ (w.real().T if transposed else w.real()) + breal
    return m.result(*m.activate(name, real))


def arithmetic(m):
    shape = m.pick([[1, 5, 7, 9], [2, 33], [3, 4, 17]])
    a = m.input(shape)
    b = m.input([1] * (len(shape) - 1) + shape[-1:] if m.rng.random() < 0.3 else shape)
    kind = m.pick(["Add", "Sub", "Mul"])
    work = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply}[kind]
    return m.result(*m.activate(m.node(kind, [m.dequantize(a), m.dequantize(b)]), work(a.real(), b.real())))


def concat(m):
    parts = [m.input([2, int(m.pick([1, 3, 8])), 7]) for _ in range(3)]
    name = m.node("Concat", [m.dequantize(p) for p in parts], axis=1)
    return m.result(name, np.concatenate([p.real() for p in parts], 1))


def pool(m):
    spatial = int(m.pick([1, 2, 2, 3]))
    size, window = [int(m.pick([6, 9, 14])) for _ in range(spatial)], [int(m.pick([1, 2, 3])) for _ in range(spatial)]
    stride = [int(m.pick([1, 2, 3])) for _ in range(spatial)]
    begin, end = ([int(m.rng.integers(w)) for w in window] for _ in range(2))
    include, ceil = int(m.pick([0, 1])), int(m.pick([0, 1]))
    x = m.input([1, int(m.pick([3, 16])), *size])
    real, axes = x.real(), tuple(range(2, 2 + spatial))
    if m.rng.random() < 0.2:
        return m.result(m.node("GlobalAveragePool", [m.dequantize(x)]), real.mean(axes, keepdims=True))
    is_max = m.rng.random() < 0.3
    attributes = {} if is_max else {"count_include_pad": include}
    if ceil and m.rng.random() < 0.8:
        attributes["ceil_mode"] = 1
    ceil = attributes.get("ceil_mode", 0)
    name = m.node("MaxPool" if is_max else "AveragePool", [m.dequantize(x)], kernel_shape=window, strides=stride, pads=begin + end, **attributes)
    sizes = []
    for n, w, s, b, e in zip(size, window, stride, begin, end):
        count = -(-(n + b + e - w) // s) + 1 if ceil else (n + b + e - w) // s + 1
        # The last window begins inside of what there is.
        sizes.append(count - 1 if ceil and (count - 1) * s >= n + b else count)
    margins = [(b, max(e, (c - 1) * s + w - n - b)) for n, w, s, b, e, c in zip(size, window, stride, begin, end, sizes)]
    padded = np.pad(real, [(0, 0), (0, 0)] + margins, constant_values=-np.inf if is_max else 0)
    ones = np.pad(np.pad(np.ones(size), list(zip(begin, end)), constant_values=include), [(0, after - e) for (_, after), e in zip(margins, end)])
    out = np.zeros([1, real.shape[1], *sizes])
    for at in np.ndindex(*sizes):
        where = tuple(slice(i * s, i * s + w) for i, s, w in zip(at, stride, window))
        part = padded[(slice(None), slice(None)) + where]
        out[(slice(None), slice(None)) + at] = part.max(axes) if is_max else part.sum(axes) / ones[where].sum()
    return m.result(name, out)


def movement(m):
    x = m.input([2, 3, 4, 5])
    name = m.node("Transpose", [m.dequantize(x)], perm=[0, 2, 3, 1])
    name = m.node("Reshape", [name, m.weight(np.array([2, -1], np.int64))])
    name = m.node("Slice", [name, m.weight(np.array([1], np.int64)), m.weight(np.array([58], np.int64)), m.weight(np.array([1], np.int64)), m.weight(np.array([3], np.int64))])
    return m.result(name, x.real().transpose(0, 2, 3, 1).reshape(2, -1)[:, 1:58:3])


def erf(x):
    return np.vectorize(math.erf, otypes=[np.float64])(x)


# What ONNX has of functions of one number, with what they are in real numbers.
FUNCTIONS = [
    ("Sigmoid", {}, lambda x: 1 / (1 + np.exp(-x))),
    ("HardSigmoid", {"alpha": 0.17, "beta": 0.45}, lambda x: np.clip(np.float32(0.17) * x + np.float32(0.45), 0, 1)),
    ("Tanh", {}, np.tanh),
    ("HardSwish", {}, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)),
    ("LeakyRelu", {"alpha": 0.25}, lambda x: np.where(x < 0, 0.25 * x, x)),
    ("Elu", {}, lambda x: np.where(x < 0, np.expm1(x), x)),
    ("Softplus", {}, lambda x: np.log1p(np.exp(x))),
    ("Exp", {}, np.exp),
    ("Erf", {}, erf),
    ("Abs", {}, np.abs),
    ("Neg", {}, np.negative),
    ("Sin", {}, np.sin),
    ("Relu", {}, lambda x: np.maximum(x, 0)),
]


def apply(m, x, steps):
    """A chain of functions and numbers, quantised at its end."""
    name, real = m.dequantize(x), x.real()
    for _ in range(steps):
        if m.rng.random() < 0.3:
            number = np.float32(m.rng.uniform(0.3, 2))
            kind, work = m.pick([("Mul", np.multiply), ("Add", np.add), ("Sub", np.subtract)])
            name, real = m.node(kind, [name, m.weight(number)]), work(real, np.float64(number))
        else:
            kind, attributes, work = m.pick(FUNCTIONS[:7] if np.abs(real).max() > 20 else FUNCTIONS)
            name, real = m.node(kind, [name], **attributes), work(real)
    return m.result(name, real)


def tables(m):
    """Functions of single bytes, alone or behind other work, some of which has
    other readers."""
    shape = m.pick([[], [1], [37], [3, 41], [2, 5, 7], [1, 3, 9, 11], [2, 3, 4, 3, 5]])
    x = m.input(shape)
    if len(shape) == 4:
        before = m.pick(["", "Conv", "MaxPool", "Add", "Transpose"])
        if before == "Conv":
            depthwise = m.rng.random() < 0.5
            w = m.constant([3, 1, 3, 3] if depthwise else [8, 3, 3, 3], 0)
            groups = 3 if depthwise else 1
            name = m.node("Conv", [m.dequantize(x), m.dequantize(w)], pads=[1, 0, 1, 2], group=groups)
            x = m.result(name, convolve(x.real(), w.real(), [1, 1], [1, 1], [1, 0, 1, 2], groups))
        elif before == "MaxPool":
            name = m.node("MaxPool", [m.dequantize(x)], kernel_shape=[2, 2])
            real = x.real()
            x = m.result(name, np.maximum(np.maximum(real[:, :, 1:, 1:], real[:, :, :-1, 1:]), np.maximum(real[:, :, 1:, :-1], real[:, :, :-1, :-1])))
        elif before == "Add":
            y = m.input(shape)
            x = m.result(m.node("Add", [m.dequantize(x), m.dequantize(y)]), x.real() + y.real())
        elif before == "Transpose":
            x = m.result(m.node("Transpose", [m.dequantize(x)], perm=[0, 2, 3, 1]), x.real().transpose(0, 2, 3, 1))
    elif len(shape) == 2 and m.rng.random() < 0.5:
        w = m.constant([41, 19], 1)
        x = m.result(m.node("MatMul", [m.dequantize(x), m.dequantize(w)]), x.real() @ w.real())
    y = apply(m, x, int(m.pick([1, 1, 2, 3])))
    if m.rng.random() < 0.5:  # x * f(x), as SiLU is
        y = m.result(m.node("Mul", [m.dequantize(x), m.dequantize(y)]), x.real() * y.real())
    if m.rng.random() < 0.2:  # a second reader of what the table is of
        y = m.result(m.node("Sub", [m.dequantize(x), m.dequantize(y)]), x.real() - y.real())
    return y


def gate(m):
    """Channels scaled by a function of their averages."""
    x = m.input([1, int(m.pick([3, 16, 35])), 5, 7])
    mean = m.result(m.node("GlobalAveragePool", [m.dequantize(x)]), x.real().mean((2, 3), keepdims=True))
    scale = apply(m, mean, 1)
    pair = [m.dequantize(x), m.dequantize(scale)]
    return m.result(m.node("Mul", pair if m.rng.random() < 0.5 else pair[::-1]), x.real() * scale.real())


def resize(m):
    x = m.input([1, int(m.pick([3, 16])), int(m.pick([4, 7])), 6])
    scales = m.weight(np.array([1, 1, 2, 3], np.float32))
    name = m.node("Resize", [m.dequantize(x), "", scales], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return m.result(name, x.real().repeat(2, 2).repeat(3, 3))


def pad(m):
    x = m.input([1, 3, 5, 6])
    name = m.node("Pad", [m.dequantize(x), m.weight(np.array([0, 0, 1, 2, 0, 0, 3, 0], np.int64))])
    return m.result(name, np.pad(x.real(), [(0, 0), (0, 0), (1, 3), (2, 0)]))


def qlinear_conv(m):
    xshape, wshape, attributes = conv_shape(m)
    x, w = m.input(xshape), m.constant(wshape, 0)
    real = convolve(x.real(), w.real(), attributes["strides"], attributes["dilations"], attributes["pads"], attributes["group"])
    bias = []
    if m.rng.random() < 0.5:
        data = m.rng.integers(-3000, 3000, wshape[0]).astype(np.int32)
        bias = [m.weight(data)]
        real = real + (data * np.float64(x.scale) * w.scale).reshape([1, -1] + [1] * (len(xshape) - 2))
    dtype = x.stored.dtype.type
    scale, zero = np.float32(np.abs(real).max() / 120 + 1e-4), dtype(100 if dtype == np.uint8 else -3)
    name = m.node("QLinearConv", [x.name, m.weight(x.scale), m.weight(x.zero), w.name, m.weight(w.scale), m.weight(w.zero), m.weight(scale), m.weight(zero)] + bias, **attributes)
    return Quantized(name, quantize(real, scale, zero), scale, zero)


def qlinear_matmul(m):
    x, w = m.input([5, 33]), m.constant([33, 18], 1)
    real = x.real() @ w.real()
    dtype = x.stored.dtype.type
    scale, zero = np.float32(np.abs(real).max() / 120), dtype(100 if dtype == np.uint8 else -3)
    name = m.node("QLinearMatMul", [x.name, m.weight(x.scale), m.weight(x.zero), w.name, m.weight(w.scale), m.weight(w.zero), m.weight(scale), m.weight(zero)])
    return Quantized(name, quantize(real, scale, zero), scale, zero)


def integer_product(m):
    """ConvInteger and MatMulInteger are exact."""
    if m.rng.random() < 0.5:
        x, w = m.input([7, 19]), m.constant([19, 12], 1)
        zero = w.zero if m.rng.random() < 0.7 else np.zeros_like(w.zero)
        stored = (x.stored.astype(np.int64) - int(x.zero)) @ (w.stored.astype(np.int64) - zero.astype(np.int64))
        name = m.node("MatMulInteger", [x.name, w.name, m.weight(x.zero), m.weight(zero)])
    else:
        xshape, wshape, attributes = conv_shape(m)
        x, w = m.input(xshape), m.constant(wshape)
        stored = convolve(x.stored.astype(np.float64) - float(x.zero), w.stored.astype(np.float64) - float(w.zero), attributes["strides"],
                          attributes["dilations"], attributes["pads"], attributes["group"])
        name = m.node("ConvInteger", [x.name, w.name, m.weight(x.zero), m.weight(w.zero)], **attributes)
    return Quantized(name, stored.astype(np.int32), 1, 0)


KINDS = [conv, conv, conv, residual, matmul, gemm, arithmetic, concat, pool, movement, tables, tables, tables, gate, resize, pad, qlinear_conv, qlinear_matmul, integer_product]


def write(seed, folder):
    m = Model(seed)
    out = KINDS[seed % len(KINDS)](m)
    kind = onnx.mapping.NP_TYPE_TO_TENSOR_TYPE[out.stored.dtype]
    infos = [helper.make_tensor_value_info(out.name, kind, out.stored.shape)]
    graph = helper.make_graph(m.nodes, "random", m.inputs, infos, m.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    data = os.path.join(folder, "test_data_set_0")
    os.makedirs(data)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    for prefix, arrays in (("input", m.feeds), ("output", [out.stored])):
        for i, array in enumerate(arrays):
            with open(os.path.join(data, f"{prefix}_{i}.pb"), "wb") as file:
                file.write(numpy_helper.from_array(array).SerializeToString())
    return KINDS[seed % len(KINDS)].__name__


def run(args, seed, folder):
    path = os.path.join(folder, str(seed))
    os.makedirs(path)
    kind = write(seed, path)
    preset = PRESETS[(seed // len(KINDS)) % len(PRESETS)]
    command = [args.ashlar, "verify", path, "--sanitize", "--target", preset]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        print(f"seed {seed} ({kind}) on {preset}: {result.stdout.strip()}")
        if args.keep:
            shutil.copytree(path, os.path.join(args.keep, str(seed)), dirs_exist_ok=True)
    shutil.rmtree(path)
    return result.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ashlar", default="ashlar")
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("ASHLAR_SEEDS", 3 * len(KINDS))))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        good = list(pool.map(lambda s: run(args, s, folder), range(args.first, args.first + args.seeds)))
    print(f"{sum(good)} of {len(good)} quantised models agree")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
