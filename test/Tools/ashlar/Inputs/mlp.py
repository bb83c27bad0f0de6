# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""mlp.py FOLDER: writes a small perceptron in ONNX's backend-test layout: two
data sets with outputs from NumPy, and with a third whose output is wrong;
dynamic.onnx is the same with a symbolic batch, unsupported.onnx uses operators
that the compiler does not know, reshape.onnx takes its shape (shape.npy) as an
input, two.onnx (two inputs, two outputs, a symbolic batch) comes with .npy
files, fewer/ has an output too few and wider/ one in f64, text.onnx is no model. steep/ has a product in which most cancels: bf16
moves its outputs far; so does steep/bad, whose second output is wrong."""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
rng = np.random.default_rng(7)
w1 = rng.standard_normal((5, 7)).astype(np.float32)
b1 = rng.standard_normal(7).astype(np.float32)
w2 = rng.standard_normal((7, 3)).astype(np.float32)


def model(batch, extra=(), w2=w2, b1=b1):
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"], name="/first"),
        helper.make_node("Relu", ["h"], ["r"], name="/relu"),
        helper.make_node("MatMul", ["r", "w2"], ["y"], name="/second"),
        *extra,
    ]
    graph = helper.make_graph(
        nodes, "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 5])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3])],
        [numpy_helper.from_array(a, n)
         for a, n in ((w1, "w1"), (b1, "b1"), (w2, "w2"))])
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)


os.makedirs(folder, exist_ok=True)
onnx.save(model(4), f"{folder}/model.onnx")
onnx.save(model("N"), f"{folder}/dynamic.onnx")
onnx.save(
    model(4, [helper.make_node("StringNormalizer", ["y"], ["a"], name="/odd"),
              helper.make_node("Det", ["y"], ["b"], name="/even")]),
    f"{folder}/unsupported.onnx")
onnx.save(helper.make_model(helper.make_graph(
    [helper.make_node("Reshape", ["x", "s"], ["y"], name="/reshape")], "reshape",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4, 5]),
     helper.make_tensor_value_info("s", TensorProto.INT64, [2])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, None])]),
    opset_imports=[helper.make_opsetid("", 13)], ir_version=7), f"{folder}/reshape.onnx")
np.save(f"{folder}/shape.npy", np.array([2, -1], np.int64))
np.save(f"{folder}/halves.npy", np.array([0.5, 2], np.float32))
with open(f"{folder}/text.onnx", "w") as file:
    file.write("no model")


def write_data(folder, x, y):
    os.makedirs(folder, exist_ok=True)
    for name, array, file in (("x", x, "input_0"), ("y", y, "output_0")):
        with open(f"{folder}/{file}.pb", "wb") as out:
            out.write(numpy_helper.from_array(array, name).SerializeToString())


for i in range(3):
    x = rng.standard_normal((4, 5)).astype(np.float32)
    y = np.maximum(x @ w1 + b1, 0) @ w2
    if i == 2:
        y[1, 2] += 1
    write_data(f"{folder}/{'bad' if i == 2 else ''}/test_data_set_{i}", x, y)
onnx.save(model(4), f"{folder}/bad/model.onnx")

lifted, even = b1 + 100, w2 - w2.mean(axis=0)
y = np.maximum(x.astype("d") @ w1 + lifted, 0) @ even.astype("d")
for name in ("steep", "steep/bad"):
    write_data(f"{folder}/{name}/test_data_set_0", x, y.astype("f"))
    onnx.save(model(4, w2=even, b1=lifted), f"{folder}/{name}/model.onnx")
    y[1, 2] += 0.2

two = helper.make_graph(
    [helper.make_node("Add", ["a", "b"], ["s"]), helper.make_node("Sub", ["a", "b"], ["d"])], "two",
    [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", 3]) for n in "ab"],
    [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", 3]) for n in "sd"])
two = helper.make_model(two, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
a, b = rng.standard_normal((2, 4, 3)).astype(np.float32)
for name, array in (("a", a), ("b", b), ("sum", a + b), ("difference", a - b)):
    np.save(f"{folder}/{name}.npy", array)
np.savez(f"{folder}/sums.npz", s=(a + b).astype(np.float64))
write_data(f"{folder}/fewer/test_data_set_0", a, a + b)
with open(f"{folder}/fewer/test_data_set_0/input_1.pb", "wb") as out:
    out.write(numpy_helper.from_array(b).SerializeToString())
onnx.save(two, f"{folder}/two.onnx")
onnx.save(two, f"{folder}/fewer/model.onnx")
write_data(f"{folder}/wider/test_data_set_0", x, (np.maximum(x @ w1 + b1, 0) @ w2).astype(np.float64))
onnx.save(model(4), f"{folder}/wider/model.onnx")
