# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""too-large.py FOLDER: models whose inputs and outputs (io.onnx) or intermediate
tensors (between.onnx) take more memory than any preset has, and one whose
weights take 2.25 MB (weights.onnx)."""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
os.makedirs(folder)


def save(name, nodes, inputs, outputs, weights=()):
    def values(shapes):
        return [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in shapes.items()]

    graph = helper.make_graph(nodes, name, values(inputs), values(outputs), list(weights))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
              f"{folder}/{name}.onnx")


HUGE = (100000, 100000)
save("io", [helper.make_node("Relu", ["x"], ["y"])], {"x": HUGE}, {"y": HUGE})
save("between", [helper.make_node("MatMul", ["x", "z"], ["p"], name="/product"),
                 helper.make_node("Softmax", ["p"], ["s"], name="/softmax", axis=0),
                 helper.make_node("MatMul", ["s", "x"], ["y"], name="/last")],
     {"x": (40000, 2), "z": (2, 40000)}, {"y": (40000, 2)})
weights = np.random.default_rng(1).standard_normal((750, 750)).astype(np.float32)
save("weights", [helper.make_node("MatMul", ["x", "w"], ["y"])], {"x": (1, 750)}, {"y": (1, 750)},
     [numpy_helper.from_array(weights, "w")])
