# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A relu between quantised edges (i8 in the graph), with bytes for its caller."""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in
           [("s", np.float32(0.5)), ("z", np.int8(2)), ("t", np.float32(0.25)), ("u", np.int8(-3))]]
nodes = [helper.make_node(kind, inputs, [output], name=output) for kind, inputs, output in
         [("QuantizeLinear", ["x", "s", "z"], "xq"), ("DequantizeLinear", ["xq", "s", "z"], "xf"), ("Relu", ["xf"], "r"),
          ("QuantizeLinear", ["r", "t", "u"], "yq"), ("DequantizeLinear", ["yq", "t", "u"], "y")]]
graph = helper.make_graph(nodes, "edges", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [256])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [256])], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 8
onnx.save(model, os.path.join(folder, "model.onnx"))
x = np.arange(256, dtype=np.uint8)
np.save(os.path.join(folder, "x_u8.npy"), x)
real = np.maximum((x.astype(np.float64) - 130) * 0.5, 0)
y = np.clip(np.rint(real / 0.25) - 3, -128, 127).astype(np.int8)
np.save(os.path.join(folder, "y_i8.npy"), y)
# The same in the model's own floats; and results that are far off.
for sets, step in ((folder, 0), (os.path.join(folder, "wrong"), 40)):
    data = os.path.join(sets, "test_data_set_0")
    os.makedirs(data, exist_ok=True)
    onnx.save(model, os.path.join(sets, "model.onnx"))
    for name, value in (("input_0", (x.astype(np.float32) - 130) * np.float32(0.5)), ("output_0", (y.astype(np.float32) + 3 + step) * np.float32(0.25))):
        with open(os.path.join(data, name + ".pb"), "wb") as file:
            file.write(numpy_helper.from_array(value).SerializeToString())
