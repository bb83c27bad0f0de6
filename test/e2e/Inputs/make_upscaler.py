# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_upscaler.py OUT.onnx BATCH SIZE: convolutions whose output is sixteen times the input, random weights."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(3)
batch, size = int(sys.argv[2]), int(sys.argv[3])
shapes = {"w": (32, 3, 3, 3), "b": (32,), "v": (48, 32, 3, 3), "c": (48,)}
weights = [numpy_helper.from_array(random.normal(0, 0.1, shape).astype(np.float32), name)
           for name, shape in shapes.items()]
nodes = [helper.make_node("Conv", ["x", "w", "b"], ["h"], name="first", pads=[1] * 4),
         helper.make_node("Relu", ["h"], ["r"], name="relu"),
         helper.make_node("Conv", ["r", "v", "c"], ["d"], name="second", pads=[1] * 4),
         helper.make_node("DepthToSpace", ["d"], ["y"], name="upscale", blocksize=4, mode="CRD")]
graph = helper.make_graph(
    nodes, "upscaler",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, size, size])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3, 4 * size, 4 * size])], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), sys.argv[1])
