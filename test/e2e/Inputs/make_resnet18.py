# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_resnet18.py OUT.onnx [PIXELS [BATCH]]: ResNet-18 (He et al., 2015, table 1) with random weights."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(18)
nodes, weights = [], []


def constant(array):
    name = f"w{len(weights)}"
    weights.append(numpy_helper.from_array(array.astype(np.float32), name))
    return name


def node(op, *inputs, **attributes):
    output = f"{op}{len(nodes)}"
    nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
    return output


def conv(x, channels, filters, size, stride=1):
    deviation = (2 / (channels * size * size)) ** 0.5
    kernel = random.normal(0, deviation, (filters, channels, size, size))
    x = node("Conv", x, constant(kernel), kernel_shape=[size] * 2, strides=[stride] * 2,
             pads=[size // 2] * 4)
    scale, bias, mean = (random.normal(at, 0.1, filters) for at in (1, 0, 0))
    variance = random.uniform(0.5, 1.5, filters)
    return node("BatchNormalization", x, *map(constant, (scale, bias, mean, variance)))


def block(x, channels, filters, stride):
    shortcut = x
    if stride != 1 or channels != filters:
        shortcut = conv(x, channels, filters, 1, stride)
    x = node("Relu", conv(x, channels, filters, 3, stride))
    return node("Relu", node("Add", conv(x, filters, filters, 3), shortcut))


def main():
    pixels = int(sys.argv[2]) if len(sys.argv) > 2 else 224
    batch = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    x = node("Relu", conv("x", 3, 64, 7, 2))
    x = node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for filters in (64, 128, 256, 512):
        x = block(x, channels, filters, 1 if filters == 64 else 2)
        x = block(x, filters, filters, 1)
        channels = filters
    x = node("Flatten", node("GlobalAveragePool", x))
    x = node("Gemm", x, constant(random.normal(0, 0.05, (1000, 512))),
             constant(random.normal(0, 0.05, 1000)), transB=1)
    graph = helper.make_graph(
        nodes, "resnet18",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, pixels, pixels])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, [batch, 1000])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)],
                                ir_version=8), sys.argv[1])


main()
