# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_perceptron.py OUT.onnx BATCH INPUTS WIDTH LAYERS: products with ReLU behind each, random weights."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

batch, inputs, width, layers = map(int, sys.argv[2:6])
random = np.random.default_rng(1)
nodes, weights, value = [], [], "x"
for layer in range(layers):
    depth = inputs if layer == 0 else width
    weight = random.normal(0, depth**-0.5, (depth, width)).astype(np.float32)
    weights.append(numpy_helper.from_array(weight, f"w{layer}"))
    nodes += [helper.make_node("MatMul", [value, f"w{layer}"], [f"m{layer}"], name=f"/product{layer}"),
              helper.make_node("Relu", [f"m{layer}"], [f"r{layer}"], name=f"/relu{layer}")]
    value = f"r{layer}"
graph = helper.make_graph(
    nodes, "perceptron",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, inputs])],
    [helper.make_tensor_value_info(value, TensorProto.FLOAT, [batch, width])], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7), sys.argv[1])
