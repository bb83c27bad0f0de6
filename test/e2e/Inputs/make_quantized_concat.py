# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_quantized_concat.py FIRST LAST FILE: QDQ graphs that join a tensor and what was made of it.

FIRST: Relu, Tanh, Conv (1x1) or depthwise (3x3), with a scale of its own; Same is the tensor itself.
LAST: Conv (1x1), grouped (3x3, padded, two groups), MaxPool or none. The batch is a symbol, N.
"""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

CHANNELS = 8
random = np.random.default_rng(1)
nodes, weights = [], []


def constant(name, value):
    weights.append(numpy_helper.from_array(value, name))
    return name


def node(op, *inputs, **attributes):
    name = f"{op.lower()}{len(nodes)}"
    nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
    return name


def scale(name, value, zero):
    return [constant(f"{name}_scale", np.float32(value)), constant(f"{name}_zero", zero)]


def requantize(value, parameters):
    return node("DequantizeLinear", node("QuantizeLinear", value, *parameters), *parameters)


def convolve(value, shape, **attributes):
    bytes_ = constant(f"w{len(nodes)}", random.integers(-128, 128, shape).astype(np.int8))
    return node("Conv", value, node("DequantizeLinear", bytes_, *scale(bytes_, 0.01, np.int8(0))), **attributes)


def make(first, last):
    ours, other = scale("x", 0.05, np.uint8(100)), scale("other", 0.03, np.int8(-5))
    x = node("DequantizeLinear", "x", *ours)
    made = {"Same": lambda: x, "Relu": lambda: node("Relu", x), "Tanh": lambda: node("Tanh", x),
            "Conv": lambda: convolve(x, (CHANNELS, CHANNELS, 1, 1)),
            "depthwise": lambda: convolve(x, (CHANNELS, 1, 3, 3), group=CHANNELS, pads=[1] * 4)}[first]()
    if first != "Same":
        made = requantize(made, other)
    joined = requantize(node("Concat", made, x, axis=1), other if first == "Same" else ours)
    result = {"none": lambda: joined, "MaxPool": lambda: node("MaxPool", joined, kernel_shape=[3, 3], pads=[1] * 4),
              "Conv": lambda: convolve(joined, (12, 2 * CHANNELS, 1, 1)),
              "grouped": lambda: convolve(joined, (16, CHANNELS, 3, 3), group=2, pads=[1] * 4)}[last]()
    node("QuantizeLinear", result, *scale("y", 0.2, np.uint8(128)))
    return nodes[-1].output[0]


output = make(*sys.argv[1:3])
graph = helper.make_graph(
    nodes, "joined", [helper.make_tensor_value_info("x", TensorProto.UINT8, ["N", CHANNELS, 9, 11])],
    [helper.make_tensor_value_info(output, TensorProto.UINT8, None)], weights)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), sys.argv[3])
