#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the demo's model: a convolutional network on scikit-learn's handwritten digits.

Writes into demo/digits_cnn (or the folder given):
  model.onnx        image [N, 1, 8, 8] f32 (pixel / 16) -> logits [N, 10] f32
  model_int8.onnx   the same with QuantizeLinear and DequantizeLinear around every
                    layer: i8 activations per tensor, i8 weights per channel, i32 biases
  test_inputs.npz   `image`: the held-back images, never seen in training
  test_labels.npy   what they show
  reference.json    accuracy of both models on them, computed here with PyTorch in f32
                    (of the quantised one as its graph says: dequantised operands, a
                    float operator, a quantised result)

Needs python3-torch, python3-sklearn, python3-numpy and python3-onnx, to train only.
Seeds are fixed: the same packages give the same files.
"""

import argparse
import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional

TRAINED_IMAGES = 1497  # of 1797; the rest is held back
CALIBRATION_IMAGES = 256
EPOCHS = 30
# name, output channels, groups (0: one per channel), followed by a pool
CONVOLUTIONS = [("conv1", 16, 1, False), ("conv2", 16, 0, False), ("conv3", 32, 1, True),
                ("conv4", 32, 1, True)]


class Network(nn.Module):
    """3 x 3 convolutions with batch normalisation; the second one is depthwise and has
    a connection around it."""

    def __init__(self):
        super().__init__()
        channels = 1
        for name, features, groups, _ in CONVOLUTIONS:
            self.add_module(name, nn.Conv2d(channels, features, 3, padding=1, bias=False,
                                            groups=groups or channels))
            self.add_module(name + "_norm", nn.BatchNorm2d(features))
            channels = features
        self.classifier = nn.Linear(channels, 10)

    def forward(self, x):
        for name, _, groups, pool in CONVOLUTIONS:
            y = functional.relu(getattr(self, name + "_norm")(getattr(self, name)(x)))
            x = x + y if groups == 0 else y
            if pool:
                x = functional.max_pool2d(x, 2)
        return self.classifier(x.mean(dim=(2, 3)))


def train(images, labels):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = Network()
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3, weight_decay=1e-4)
    for _ in range(EPOCHS):
        order = torch.randperm(len(images))
        for start in range(0, len(order), 64):
            batch = order[start:start + 64]
            loss = functional.cross_entropy(network(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return network.eval()


def fold_norm(network, name):
    """Weights and bias of a convolution with its batch normalisation folded in."""
    norm = getattr(network, name + "_norm")
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = getattr(network, name).weight * scale.reshape(-1, 1, 1, 1)
    return weight.detach(), (norm.bias - norm.running_mean * scale).detach()


class GraphBuilder:
    """Builds a graph and computes it on `images` at the same time."""

    def __init__(self, images):
        self.nodes, self.constants, self.values = [], [], {"image": images}

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def add(self, kind, inputs, name, value, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        self.values[name] = value
        return name

    def save(self, path):
        graph = helper.make_graph(
            self.nodes, path.stem,
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])],
            self.constants)
        model = helper.make_model(graph, producer_name="ashlar-demo", ir_version=7,
                                  opset_imports=[helper.make_opsetid("", 13)])
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


class FloatLayers:
    """How a layer of the float model is written: as it is."""

    def __init__(self, network, images):
        self.network, self.graph = network, GraphBuilder(images)

    def activation(self, value):
        return value

    def output(self, value):
        return self.graph.add("Identity", [value], "logits", self.graph.values[value])

    def conv(self, x, name, groups):
        g, conv = self.graph, getattr(self.network, name)
        weight = conv.weight.detach()
        y = g.add("Conv", [x, g.constant(name + ".weight", weight.numpy())], name,
                  functional.conv2d(g.values[x], weight, padding=1, groups=groups),
                  kernel_shape=[3, 3], pads=[1] * 4, group=groups)
        norm = getattr(self.network, name + "_norm")
        parts = [norm.weight, norm.bias, norm.running_mean, norm.running_var]
        names = [g.constant(f"{name}_norm.{part}", array.detach().numpy()) for part, array in
                 zip(["scale", "bias", "mean", "var"], parts)]
        return g.add("BatchNormalization", [y, *names], name + "_norm", norm(g.values[y]).detach(),
                     epsilon=norm.eps)

    def gemm(self, x, name):
        g, linear = self.graph, getattr(self.network, name)
        names = [g.constant(name + ".weight", linear.weight.detach().numpy()),
                 g.constant(name + ".bias", linear.bias.detach().numpy())]
        return g.add("Gemm", [x, *names], name, linear(g.values[x]).detach(), transB=1)


class QuantizedLayers:
    """How a layer of the quantised model is written: between DequantizeLinear and
    QuantizeLinear, whose scales come from the range of `calibration`'s values."""

    def __init__(self, network, images, calibration):
        self.network, self.graph, self.calibration = network, GraphBuilder(images), calibration
        self.scales = {}

    def activation(self, value, result=None):
        g, seen = self.graph, self.calibration[value]
        low, high = min(float(seen.min()), 0.0), max(float(seen.max()), 0.0)
        scale = np.float32((high - low) / 255)
        zero = np.int8(np.clip(round(-128 - low / scale), -128, 127))
        parameters = [g.constant(value + ".scale", scale), g.constant(value + ".zero", zero)]
        quantized = torch.clamp(torch.round(g.values[value] / scale) + int(zero), -128, 127)
        q = g.add("QuantizeLinear", [value, *parameters], value + ".q", quantized)
        x = g.add("DequantizeLinear", [q, *parameters], result or value + ".dq",
                  (quantized - int(zero)) * scale)
        self.scales[x] = scale
        return x

    def output(self, value):
        return self.activation(value, "logits")

    def weights(self, x, name, weight, bias):
        """The dequantised weights and bias of a layer that reads `x`."""
        g, flat = self.graph, weight.reshape(len(weight), -1)
        scale = (flat.abs().amax(dim=1) / 127).numpy()
        shape = [-1] + [1] * (weight.dim() - 1)
        stored = torch.clamp(torch.round(weight / torch.tensor(scale).reshape(shape)), -127, 127)
        bias_scale = (scale * self.scales[x]).astype(np.float32)
        stored_bias = np.round(bias.numpy() / bias_scale).astype(np.int32)
        zeros = np.zeros(len(scale))
        w = g.add("DequantizeLinear",
                  [g.constant(name + ".weight", stored.numpy().astype(np.int8)),
                   g.constant(name + ".weight.scale", scale),
                   g.constant(name + ".weight.zero", zeros.astype(np.int8))], name + ".weight.dq",
                  stored * torch.tensor(scale).reshape(shape), axis=0)
        b = g.add("DequantizeLinear",
                  [g.constant(name + ".bias", stored_bias),
                   g.constant(name + ".bias.scale", bias_scale),
                   g.constant(name + ".bias.zero", zeros.astype(np.int32))], name + ".bias.dq",
                  torch.tensor(stored_bias.astype(np.float32) * bias_scale), axis=0)
        return w, b

    def conv(self, x, name, groups):
        g = self.graph
        w, b = self.weights(x, name, *fold_norm(self.network, name))
        result = functional.conv2d(g.values[x], g.values[w], g.values[b], padding=1, groups=groups)
        return g.add("Conv", [x, w, b], name, result, kernel_shape=[3, 3], pads=[1] * 4,
                     group=groups)

    def gemm(self, x, name):
        g, linear = self.graph, getattr(self.network, name)
        w, b = self.weights(x, name, linear.weight.detach(), linear.bias.detach())
        result = g.values[x] @ g.values[w].T + g.values[b]
        return g.add("Gemm", [x, w, b], name, result, transB=1)


def build(layers):
    """The network, layer by layer; its result is called `logits`."""
    g, channels = layers.graph, 1
    x = layers.activation("image")
    for name, features, groups, pool in CONVOLUTIONS:
        y = layers.conv(x, name, groups or channels)
        y = layers.activation(g.add("Relu", [y], name + ".relu", functional.relu(g.values[y])))
        if groups == 0:
            y = layers.activation(g.add("Add", [x, y], name + ".sum", g.values[x] + g.values[y]))
        if pool:
            y = layers.activation(g.add("MaxPool", [y], name + ".pool",
                                        functional.max_pool2d(g.values[y], 2),
                                        kernel_shape=[2, 2], strides=[2, 2]))
        x, channels = y, features
    x = g.add("GlobalAveragePool", [x], "mean", g.values[x].mean(dim=(2, 3), keepdim=True))
    x = layers.activation(g.add("Flatten", [x], "features", g.values[x].flatten(1)))
    layers.output(layers.gemm(x, "classifier"))


def accuracy(logits, labels):
    correct = int((logits.argmax(dim=1) == labels).sum())
    return {"correct": correct, "accuracy": round(correct / len(labels), 4)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    default = pathlib.Path(__file__).resolve().parent.parent / "demo" / "digits_cnn"
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=default)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    digits = load_digits()
    images = torch.tensor((digits.images / 16).astype(np.float32).reshape(-1, 1, 8, 8))
    labels = torch.tensor(digits.target.astype(np.int64))
    network = train(images[:TRAINED_IMAGES], labels[:TRAINED_IMAGES])
    held, held_labels = images[TRAINED_IMAGES:], labels[TRAINED_IMAGES:]

    calibration = FloatLayers(network, images[:CALIBRATION_IMAGES])
    build(calibration)
    models = {"model": FloatLayers(network, held),
              "model_int8": QuantizedLayers(network, held, calibration.graph.values)}
    reference = {"images": len(held)}
    for name, layers in models.items():
        build(layers)
        layers.graph.save(folder / f"{name}.onnx")
        reference[name] = accuracy(layers.graph.values["logits"], held_labels)
    np.savez_compressed(folder / "test_inputs.npz", image=held.numpy())
    np.save(folder / "test_labels.npy", held_labels.numpy())
    (folder / "reference.json").write_text(json.dumps(reference, indent=2) + "\n")
    print(f"{folder}: {reference}")


if __name__ == "__main__":
    main()
