#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the demo's model: a multi-layer perceptron on scikit-learn's handwritten digits.

Writes into demo/digits_mlp (or the folder given):
  model.onnx        image [N, 1, 8, 8] f32 (pixel / 16) -> logits [N, 10] f32
  test_inputs.npz   `image`: the held-back images, never seen in training
  test_labels.npy   what they show
  reference.json    accuracy of the model on them, computed here with numpy in f32

Needs python3-sklearn, python3-numpy and python3-onnx. Seeds are fixed: the same
packages give the same files.
"""

import argparse
import json
import pathlib
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

TRAINED_IMAGES = 1497  # of 1797; the rest is held back
HIDDEN = (64, 32)
EPOCHS = 60


def train(images, labels):
    """Weights and biases of each layer, f32, weights as [inputs, outputs]."""
    classifier = MLPClassifier(hidden_layer_sizes=HIDDEN, activation="relu", alpha=1e-3,
                               learning_rate_init=2e-3, batch_size=64, max_iter=EPOCHS,
                               random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(images.reshape(len(images), -1), labels)
    return [(w.astype(np.float32), b.astype(np.float32))
            for w, b in zip(classifier.coefs_, classifier.intercepts_)]


def forward(layers, images):
    """The model in numpy, f32."""
    x = images.reshape(len(images), -1)
    for i, (weight, bias) in enumerate(layers):
        x = x @ weight + bias
        if i + 1 < len(layers):
            x = np.maximum(x, np.float32(0))
    return x


def make_model(layers):
    nodes = [helper.make_node("Flatten", ["image"], ["flat"], name="flatten", axis=1)]
    weights = []
    value = "flat"
    for i, (weight, bias) in enumerate(layers):
        last = i + 1 == len(layers)
        name = f"layer{i + 1}"
        # Stored as [outputs, inputs], as exporters of PyTorch do.
        weights.append(numpy_helper.from_array(np.ascontiguousarray(weight.T), f"{name}.weight"))
        weights.append(numpy_helper.from_array(bias, f"{name}.bias"))
        result = "logits" if last else f"{name}.out"
        nodes.append(helper.make_node("Gemm", [value, f"{name}.weight", f"{name}.bias"], [result],
                                      name=name, transB=1))
        value = result
        if not last:
            nodes.append(helper.make_node("Relu", [value], [f"{name}.relu"], name=f"{name}/relu"))
            value = f"{name}.relu"
    graph = helper.make_graph(
        nodes, "digits_mlp",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])], weights)
    model = helper.make_model(graph, producer_name="ashlar-demo", ir_version=7,
                              opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    default = pathlib.Path(__file__).resolve().parent.parent / "demo" / "digits_mlp"
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=default)
    folder = parser.parse_args().folder

    digits = load_digits()
    images = (digits.images / 16).astype(np.float32).reshape(-1, 1, 8, 8)
    labels = digits.target.astype(np.int64)
    layers = train(images[:TRAINED_IMAGES], labels[:TRAINED_IMAGES])
    held_images, held_labels = images[TRAINED_IMAGES:], labels[TRAINED_IMAGES:]
    predicted = forward(layers, held_images).argmax(axis=1)
    correct = int((predicted == held_labels).sum())

    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(make_model(layers), folder / "model.onnx")
    np.savez_compressed(folder / "test_inputs.npz", image=held_images)
    np.save(folder / "test_labels.npy", held_labels)
    reference = {"images": len(held_labels), "correct": correct,
                 "accuracy": round(correct / len(held_labels), 4)}
    (folder / "reference.json").write_text(json.dumps(reference, indent=2) + "\n")
    print(f"{folder}: {correct} of {len(held_labels)} held-back images right")


if __name__ == "__main__":
    main()
