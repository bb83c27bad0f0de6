#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes DIR/<name>.onnx: small models with symbolic dimensions.

Those under REFUSED depend on the size in a way that no program for an upper
bound has.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(3)


def weights(name, *shape):
    return numpy_helper.from_array(
        (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32), name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def save(folder, name, inputs, outputs, nodes, constants):
    def value(spec):
        return helper.make_tensor_value_info(spec[0], (*spec, TensorProto.FLOAT)[2], spec[1])

    graph = helper.make_graph(
        nodes, name, [value(i) for i in inputs], [value(o) for o in outputs], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    onnx.save(model, f"{folder}/{name}.onnx")


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], name=output, **attributes)


def mlp(folder):
    save(folder, "mlp", [("x", ["N", 33])], [("y", ["N", 10])],
         [node("Gemm", "x w1 b1", "h1", transB=1), node("Relu", "h1", "h2"),
          node("Gemm", "h2 w2 b2", "h3"), node("Softmax", "h3", "y", axis=-1)],
         [weights("w1", 47, 33), weights("b1", 47),
          weights("w2", 47, 10), weights("b2", 10)])


def cnn(folder):
    save(folder, "cnn", [("x", ["N", 3, 14, 14])], [("y", ["N", 10])],
         [node("Conv", "x w1 b1", "c1", pads=[1, 1, 1, 1]), node("Relu", "c1", "r1"),
          node("MaxPool", "r1", "p1", kernel_shape=[2, 2], strides=[2, 2]),
          node("Conv", "p1 w2", "c2", pads=[1, 1, 1, 1]), node("Add", "c2 p1", "a2"),
          node("Relu", "a2", "r2"), node("GlobalAveragePool", "r2", "g"),
          node("Shape", "g", "s"), node("Gather", "s zero", "n"),
          node("Concat", "n rest", "ns", axis=0), node("Reshape", "g ns", "f"),
          node("Gemm", "f w3 b3", "l"), node("Softmax", "l", "y")],
         [weights("w1", 16, 3, 3, 3), weights("b1", 16), weights("w2", 16, 16, 3, 3),
          weights("w3", 16, 10), weights("b3", 10), ints("zero", 0), ints("rest", -1)])


def sequence(folder, name, others):
    """One block of a transformer; the sequence is neither first nor last. With `p`
    among the outputs its attention is not one operation."""
    save(folder, name, [("x", [1, "T", 32])], [("y", [1, "T", 32]), *others],
         [node("LayerNormalization", "x g b", "ln"),
          *[n for s in "qkv" for n in (
              node("MatMul", f"ln w{s}", f"{s}0"),
              node("Reshape", f"{s}0 heads", f"{s}1"),
              node("Transpose", f"{s}1", f"{s}2",
                   perm=[0, 2, 3, 1] if s == "k" else [0, 2, 1, 3]))],
          node("MatMul", "q2 k2", "qk"), node("Mul", "qk scale", "qks"),
          node("Softmax", "qks", "p", axis=-1), node("MatMul", "p v2", "pv"),
          node("Transpose", "pv", "pvt", perm=[0, 2, 1, 3]),
          node("Reshape", "pvt merged", "pvm"), node("MatMul", "pvm wo", "o"),
          node("Add", "x o", "y"), node("Transpose", "y", "t", perm=[0, 2, 1])],
         [weights("g", 32), weights("b", 32),
          *[weights("w" + s, 32, 32) for s in "qkvo"],
          ints("heads", 0, 0, 4, 8), ints("merged", 0, 0, 32),
          numpy_helper.from_array(np.float32(0.35), "scale")])


def both(folder):
    """Two dimensions, one of them innermost, and a sum over it."""
    save(folder, "both", [("x", ["N", "T"]), ("z", ["T", 5])],
         [("y", ["N", 5]), ("s", ["N", 1]), ("u", ["T", "N"])],
         [node("MatMul", "x z", "m"), node("Sigmoid", "m", "y"),
          node("ReduceSum", "x axes", "s", keepdims=1),
          node("Transpose", "x", "xt"), node("Tanh", "xt", "u")], [ints("axes", 1)])


def tokens(folder):
    """Rows by number, and the part of a table that the sequence is long."""
    save(folder, "tokens", [("ids", [1, "T"], TensorProto.INT64)], [("y", [1, "T", 50])],
         [node("Gather", "table ids", "e"), node("Shape", "ids", "s"),
          node("Slice", "s one two", "t"), node("Slice", "places zero t one", "p"),
          node("Add", "e p", "h"), node("MatMul", "h w", "l"), node("Softmax", "l", "y")],
         [weights("table", 50, 24), weights("places", 1, 64, 24), weights("w", 24, 50),
          ints("zero", 0), ints("one", 1), ints("two", 2)])


def running(folder):
    """A state beside a dimension that differs from run to run."""
    save(folder, "running", [("x", ["N", 5]), ("sum", [5])], [("y", ["N", 5]), ("next", [5])],
         [node("Add", "x sum", "y"), node("ReduceSum", "x axes", "s", keepdims=0),
          node("Add", "sum s", "next")], [ints("axes", 0)])


def wide(folder):
    """Operands that do not stay on chip, of which the cores need the same."""
    save(folder, "wide", [("x", ["N", 1030]), ("w", [1030, 1540])], [("y", ["N", 1540])],
         [node("MatMul", "x w", "y")], [])


def hole(folder):
    """A model that exists at all sizes but one, and is the same at the others."""
    save(folder, "hole", [("x", ["N", 4])], [("y", ["N", 4])],
         [node("Shape", "x", "s"), node("Gather", "s zero", "n"), node("Equal", "n fifty", "e"),
          node("Cast", "e", "i", to=TensorProto.INT64), node("Sub", "eight i", "j"),
          node("Reshape", "table j", "t"), node("ReduceSum", "t", "u"), node("Add", "x u", "y")],
         [ints("zero", 0), ints("fifty", 50), ints("eight", 8), weights("table", 2, 4)])
    for rows in (50, 60):
        np.save(f"{folder}/{rows}.npy", np.ones((rows, 4), np.float32))


def refused(folder):
    def one(name, inputs, outputs, nodes, constants=()):
        save(folder, name, inputs, outputs, nodes, list(constants))

    one("mean", [("x", ["N", 4])], [("y", [1, 4])],
        [node("ReduceMean", "x", "y", axes=[0])])
    one("last", [("x", ["N", 4])], [("y", [1, 4])],
        [node("Slice", "x from to", "y")], [ints("from", -1), ints("to", 1 << 40)])
    one("double", [("x", ["N", 4])], [("y", ["M", 4])],
        [node("Concat", "x x", "y", axis=0)])
    one("fold", [("x", [4, "N"])], [("y", ["M"])],
        [node("Reshape", "x flat", "y")], [ints("flat", -1)])
    one("swap", [("x", ["N", 8])], [("y", [8, "N"])],
        [node("Reshape", "x shape", "y")], [ints("shape", 8, -1)])
    one("window", [("x", [1, 4, "N"])], [("y", [1, 4, "M"])],
        [node("MaxPool", "x", "y", kernel_shape=[3], pads=[1, 1])])
    one("broadcast", [("x", ["N", 4])], [("y", ["N", 4])],
        [node("Add", "x c", "y")], [weights("c", 8, 4)])
    one("squeeze", [("x", ["N", 4])], [("y", ["N", 4])], [node("Squeeze", "x", "y")])
    one("shrink", [("x", ["N", 4])], [("y", [4, "N"])],
        [node("Squeeze", "x", "s"), node("Transpose", "s", "y", perm=[1, 0])])
    one("size", [("x", ["N", 4])], [("y", ["N", 4])],
        [node("Size", "x", "s"), node("Cast", "s", "f", to=TensorProto.FLOAT),
         node("Mul", "x f", "y")])
    for name, size in ("alone", 1), ("five", 5):
        def branch(op):
            return helper.make_graph([node(op, "x", op)], op, [], [helper.make_tensor_value_info(op, TensorProto.FLOAT, None)])
        one(name, [("x", ["N", 4])], [("y", ["N", 4])],
            [node("Shape", "x", "s"), node("Gather", "s first", "n"), node("Equal", "n size", "equal"),
             node("If", "equal", "b", then_branch=branch("Neg"), else_branch=branch("Abs")),
             node("Where", "equal x b", "y")], [ints("first", 0), ints("size", size)])
    one("least", [("x", ["N", 4])], [("y", ["N", 4])],
        [node("Size", "x", "s"), node("Min", "s most", "n"), node("Cast", "n", "f", to=TensorProto.FLOAT),
         node("Mul", "x f", "y")], [ints("most", 7)])
    one("clamp", [("x", ["N", 4])], [("y", ["M", 4])],
        [node("Slice", "x from to", "y")], [ints("from", 0), ints("to", 5)])


mlp(sys.argv[1])
cnn(sys.argv[1])
sequence(sys.argv[1], "sequence", [("p", [1, 4, "T", "T"]), ("t", [1, 32, "T"])])
sequence(sys.argv[1], "attention", [("t", [1, 32, "T"])])
both(sys.argv[1])
tokens(sys.argv[1])
running(sys.argv[1])
wide(sys.argv[1])
hole(sys.argv[1])
refused(sys.argv[1])
