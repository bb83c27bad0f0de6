# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""make_resnet.py 18|50 OUT.onnx [PIXELS [BATCH]]: ResNet-18 or -50 (He et al., 2015, table 1) with random weights."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(18)
BLOCKS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}
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


def block(x, channels, filters, stride, is_bottleneck):
    results = filters * (4 if is_bottleneck else 1)
    shortcut = x
    if stride != 1 or channels != results:
        shortcut = conv(x, channels, results, 1, stride)
    if is_bottleneck:
        x = node("Relu", conv(x, channels, filters, 1))
        x = node("Relu", conv(x, filters, filters, 3, stride))
        x = conv(x, filters, results, 1)
    else:
        x = node("Relu", conv(x, channels, filters, 3, stride))
        x = conv(x, filters, results, 3)
    return node("Relu", node("Add", x, shortcut)), results


def main():
    depth = int(sys.argv[1])
    pixels = int(sys.argv[3]) if len(sys.argv) > 3 else 224
    batch = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    x = node("Relu", conv("x", 3, 64, 7, 2))
    x = node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for filters, blocks in zip((64, 128, 256, 512), BLOCKS[depth]):
        for number in range(blocks):
            stride = 2 if number == 0 and filters != 64 else 1
            x, channels = block(x, channels, filters, stride, depth == 50)
    x = node("Flatten", node("GlobalAveragePool", x))
    x = node("Gemm", x, constant(random.normal(0, 0.05, (1000, channels))),
             constant(random.normal(0, 0.05, 1000)), transB=1)
    graph = helper.make_graph(
        nodes, f"resnet{depth}",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, pixels, pixels])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, [batch, 1000])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)],
                                ir_version=8), sys.argv[2])


main()
