# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_two_convolutions.py OUT.onnx BATCH: two convolutions with borders, random weights."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(2)
shapes = {"w": (64, 32, 3, 3), "b": (64,), "v": (24, 64, 3, 3), "c": (24,)}
weights = [numpy_helper.from_array(random.normal(0, 0.1, shape).astype(np.float32), name)
           for name, shape in shapes.items()]
nodes = [helper.make_node("Conv", ["x", "w", "b"], ["h"], name="first", pads=[1] * 4),
         helper.make_node("Relu", ["h"], ["r"], name="relu"),
         helper.make_node("Conv", ["r", "v", "c"], ["y"], name="second", pads=[1] * 4)]
batch = int(sys.argv[2])
graph = helper.make_graph(
    nodes, "two convolutions",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 32, 13, 13])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 24, 13, 13])], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), sys.argv[1])
