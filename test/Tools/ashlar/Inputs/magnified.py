# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""magnified.py FOLDER: how far Exp is from the host's, times 1e7. Two implementations of Exp agree in all that they round,
and in nothing of this."""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

x = np.linspace(-1, 1, 50000, dtype=np.float32)
np.save(sys.argv[1] + "/magnified.npy", x)
nodes = [helper.make_node("Exp", ["x"], ["e"]), helper.make_node("Sub", ["e", "host"], ["d"]), helper.make_node("Mul", ["d", "much"], ["y"])]
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [50000]) for name in ("x", "y")]
constants = [numpy_helper.from_array(np.exp(x), "host"), numpy_helper.from_array(np.float32(1e7), "much")]
graph = helper.make_graph(nodes, "magnified", ends[:1], ends[1:], constants)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), sys.argv[1] + "/magnified.onnx")
