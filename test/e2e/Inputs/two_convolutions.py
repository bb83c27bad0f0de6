# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a model of two convolutions and an input; or compares two outputs."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write(model, data):
    rng = np.random.default_rng(0)

    def weights(name, *shape):
        values = 0.3 * rng.standard_normal(shape)
        return numpy_helper.from_array(values.astype(np.float32), name)

    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
         helper.make_node("Relu", ["c"], ["r"]),
         helper.make_node("Conv", ["r", "v"], ["y"], pads=[1, 1, 1, 1], strides=[2, 2])],
        "two", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 34, 34])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 80, 17, 17])],
        [weights("w", 64, 3, 3, 3), weights("b", 64), weights("v", 80, 64, 3, 3)])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)],
                                ir_version=8), model)
    np.save(data, rng.standard_normal((1, 3, 34, 34)).astype(np.float32))


def compare(expected, actual):
    expected, actual = np.load(expected), np.load(actual)
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


if sys.argv[1] == "--compare":
    compare(*sys.argv[2:])
else:
    write(*sys.argv[1:])
