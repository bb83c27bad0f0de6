# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A quantised relu with outputs of up to 10, so that 0.5 is allowed: `near` has one
that is 0.7 off, as if a tie had gone the other way, `far` one that is 1.2 off."""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
weights = [numpy_helper.from_array(np.float32(0.25), "s"), numpy_helper.from_array(np.int8(-3), "z")]
nodes = [helper.make_node("QuantizeLinear", ["x", "s", "z"], ["xq"]), helper.make_node("DequantizeLinear", ["xq", "s", "z"], ["xf"]),
         helper.make_node("Relu", ["xf"], ["r"]), helper.make_node("QuantizeLinear", ["r", "s", "z"], ["yq"]),
         helper.make_node("DequantizeLinear", ["yq", "s", "z"], ["y"])]
graph = helper.make_graph(nodes, "relu", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [21])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [21])], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 8
x = np.arange(-10, 11).astype(np.float32)
for name, error in ("near", 0.7), ("far", 1.2):
    data = os.path.join(folder, name, "test_data_set_0")
    os.makedirs(data)
    onnx.save(model, os.path.join(folder, name, "model.onnx"))
    y = np.maximum(x, 0)
    y[4] += np.float32(error)
    for kind, values in ("input", x), ("output", y):
        with open(os.path.join(data, kind + "_0.pb"), "wb") as file:
            file.write(numpy_helper.from_array(values, kind).SerializeToString())
