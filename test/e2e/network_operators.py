#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each quantised operator of whole networks by itself, against ONNX Runtime.

A network multiplies the quantum by which a tie may move one element of one
operator, so that its outputs say little about the operators. Here ONNX Runtime,
without optimisations, computes all quantised tensors of a network (a folder in
ONNX's backend-test layout, QDQ form). What lies between some of them and the next
becomes a model of its own that gets ONNX Runtime's bytes; its outputs are compared
with ONNX Runtime's.

    network_operators.py [--ashlar ASHLAR] [--target edge] FOLDER...

Prints a line for each kind of operator. Exits 1 if an element is off by more than
a quantum, or more of a kind's elements than --most by one.
"""

import argparse
import collections
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper, shape_inference

from quantized_case import OnnxRuntime

CASTS = ("QuantizeLinear", "DequantizeLinear", "Constant")


class Network:
    """A model all of whose quantised tensors are outputs, with their values."""

    def __init__(self, folder, runtime):
        self.model = onnx.load(os.path.join(folder, "model.onnx"))
        graph = self.model.graph
        known = {info.name: info for info in shape_inference.infer_shapes(self.model).graph.value_info}
        self.weights = {weight.name: weight for weight in graph.initializer}
        self.producers = {name: node for node in graph.node for name in node.output}
        self.quantised = {node.output[0]: known[node.output[0]] for node in graph.node
                          if node.op_type == "QuantizeLinear" and node.input[0] not in self.weights
                          and node.output[0] in known}
        del graph.output[:]
        graph.output.extend(self.quantised.values())
        inputs = [info.name for info in graph.input if info.name not in self.weights]
        feeds = {name: numpy_helper.to_array(onnx.load_tensor(os.path.join(folder, f"test_data_set_0/input_{i}.pb")))
                 for i, name in enumerate(inputs)}
        values, error = runtime.run(self.model, feeds)
        if error:
            raise RuntimeError(error)
        self.values = dict(zip(self.quantised, values))
        for name, data in self.values.items():  # the sizes of this run
            kind = self.quantised[name].type.tensor_type.elem_type
            self.quantised[name] = helper.make_tensor_value_info(name, kind, data.shape)

    def operator(self, output):
        """The nodes between quantised tensors and `output`, and those tensors; None if they read something else."""
        nodes, inputs, seen, stack = set(), [], set(), [output]
        while stack:
            name = stack.pop()
            if name in seen or name in self.weights or not name:
                continue
            seen.add(name)
            if name in self.quantised and name != output:
                inputs.append(name)
                continue
            node = self.producers.get(name)
            if node is None:
                return None
            nodes.add(node.output[0])
            stack.extend(node.input)
        return [node for node in self.model.graph.node if node.output[0] in nodes], inputs

    def single(self, nodes, inputs, output):
        """A model of these nodes."""
        read = {name for node in nodes for name in node.input}
        graph = helper.make_graph(nodes, "operator", [self.quantised[name] for name in inputs], [self.quantised[output]],
                                  [weight for name, weight in self.weights.items() if name in read])
        return helper.make_model(graph, opset_imports=self.model.opset_import, ir_version=self.model.ir_version)


def run(options, model, feeds, scratch):
    path = os.path.join(scratch, "model.onnx")
    onnx.save(model, path)
    given = []
    for i, (name, data) in enumerate(feeds.items()):
        np.save(os.path.join(scratch, f"in{i}.npy"), data)
        given.append(f"{name}={scratch}/in{i}.npy")
    subprocess.run([options.ashlar, "compile", path, "-o", path + ".npu", "--target", options.target], check=True)
    folder = os.path.join(scratch, "out")
    subprocess.run([options.ashlar, "run", path + ".npu", "--outputs", folder, "--inputs", *given], check=True,
                   stdout=subprocess.DEVNULL)
    [file] = os.listdir(folder)
    result = np.load(os.path.join(folder, file))
    os.remove(os.path.join(folder, file))
    return result


def compare(options, network):
    """Elements, those that are off and the largest distance, by kind of operator."""
    tally = collections.defaultdict(lambda: [0, 0, 0])
    with tempfile.TemporaryDirectory() as scratch:
        for output in network.quantised:
            found = network.operator(output)
            if not found or not found[1]:
                continue
            nodes, inputs = found
            actual = run(options, network.single(nodes, inputs, output), {i: network.values[i] for i in inputs}, scratch)
            distance = np.abs(actual.astype(int) - network.values[output].astype(int))
            line = tally[" + ".join(node.op_type for node in nodes if node.op_type not in CASTS)]
            line[0] += distance.size
            line[1] += int((distance > 0).sum())
            line[2] = max(line[2], int(distance.max(initial=0)))
    return tally


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ashlar", default="ashlar")
    parser.add_argument("--target", default="edge")
    parser.add_argument("--most", type=float, default=1e-4, help="share of a kind's elements that may be a quantum off")
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    options = parser.parse_args()
    runtime, failed, total = OnnxRuntime(), 0, [0, 0]
    if runtime.missing:
        print(f"skipped: {runtime.missing}")
        return 0
    for folder in options.folders:
        for kind, (elements, off, largest) in compare(options, Network(folder, runtime)).items():
            bad = largest > 1 or off > max(1, options.most * elements)
            failed += bad
            total = [total[0] + elements, total[1] + off]
            print(f"{os.path.basename(folder):24} {kind:32} {off:6} of {elements:10} off, by {largest}{'  FAIL' if bad else ''}")
    runtime.close()
    print(f"{total[1]} of {total[0]} elements are a quantum off, {failed} kinds of operators fail")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
