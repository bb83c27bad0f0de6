# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""far-from-zero.py FILE: how far 20,000 numbers are from their mean, which is about 10."""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

nodes = [helper.make_node("Add", ["x", "ten"], ["shifted"]), helper.make_node("ReduceMean", ["shifted"], ["mean"], axes=[1], keepdims=1),
         helper.make_node("Sub", ["shifted", "mean"], ["y"])]
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [3, 20000]) for name in ("x", "y")]
graph = helper.make_graph(nodes, "far", ends[:1], ends[1:], [numpy_helper.from_array(np.float32(10), "ten")])
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), sys.argv[1])
