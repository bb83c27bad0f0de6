# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the importer refuses, and what it says then: nodes that break ONNX's
specification (exit code 2), and nodes that nobody carries (exit code 3).

    check_refusals.py FOLDER

Every operator of ONNX also gets operands and attributes that it cannot have, so
that it is seen to be refused in good order. All nodes of a kind and opset stand in one model, because each is to be reported.
Prints a line for each that is not, and a summary.
"""

import os
import subprocess
import sys

import numpy as np
import onnx
import onnx.defs
from onnx import TensorProto, helper, numpy_helper


def ints(*values):
    return np.array(values, np.int64)


F, S, V, Q = (1, 4, 4, 4), (), (3,), np.uint8(3)
BIG = 2**62

# Message, operator, inputs (a tuple is the shape of an input, an array a
# constant, None absent, a list the nodes that make it), attributes, opset (17 if none is given).
MALFORMED = [
    ("expected an input", "Clip", [], {}),
    ("expected an input", "Concat", [], {"axis": 0}),
    ("attribute 'axis' has the wrong type", "Softmax", [F], {"axis": 1.5}),
    ("attribute 'value' is missing", "Constant", [], {"value": 1.5}),
    ("a constant needs one value", "Constant", [], {}),
    ("a constant needs one value", "Constant", [], {"value_int": 1, "value_float": 1.0}),
    ("input 1 (shape) is missing", "Expand", [F], {}),
    ("pads is not a tensor of integers", "Pad", [F, np.float32([1] * 8)], {}),
    ("split has 1048577 elements", "Split", [F, np.zeros(1048577, np.int64)], {}),
    ("axis 4 is outside [-4, 4)", "Softmax", [F], {"axis": 4}),
    ("an axis is named twice", "Unsqueeze", [F, ints(1, 1)], {}),
    ("cannot reshape 64 elements to 63", "Reshape", [F, ints(63)], {}),
    ("a shape cannot be broadcast to the result's", "Expand", [F, ints(2, 2)], {}),
    ("a result has a negative size or more elements than any memory", "ConstantOfShape", [ints(BIG, BIG)], {}),
    ("a result has a negative size or more elements than any memory", "Tile", [F, ints(BIG, 1, 1, 1)], {}),
    # Activations and contractions
    ("approximate is 'sigmoid'", "Gelu", [F], {"approximate": "sigmoid"}),
    ("expected two inputs", "PRelu", [F], {}),
    ("expected two inputs", "SwiGLU", [F], {}, 28),
    ("the inputs differ in type or shape", "SwiGLU", [F, V], {}, 28),
    ("expected two inputs", "MatMul", [F], {}),
    ("an operand is a scalar", "MatMul", [F, S], {}),
    ("expected two inputs", "Gemm", [F], {}),
    ("the operands are not matrices", "Gemm", [F, F], {}),
    ("the equation has a '1'", "Einsum", [V], {"equation": "1->1"}),
    ("the equation has 2 operands, the node 1", "Einsum", [V], {"equation": "i,i->i"}),
    ("an operand is missing", "Einsum", [V, None, V], {"equation": "i,i,i->i"}),
    ("operand 0 has 1 dimensions, its term 'ij' another number", "Einsum", [V], {"equation": "ij->i"}),
    ("a label stands for dimensions of different sizes", "Einsum", [(2, 3)], {"equation": "ii->i"}),
    ("a label stands for dimensions of sizes 3 and 4", "Einsum", [V, (4,)], {"equation": "i,i->i"}),
    ("the result's labels are not the operands'", "Einsum", [V], {"equation": "i->j"}),
    # Elementwise
    ("the second operand reaches past the first", "Add", [F, (4, 4)], {"axis": 3}, 6),
    ("floating-point operands need fmod = 1", "Mod", [F, F], {}),
    ("direction is 'UP', not LEFT or RIGHT", "BitShift", [np.uint8([1]), np.uint8([1])], {"direction": "UP"}),
    # Generators
    ("start, limit and delta are not scalars", "Range", [ints(0, 0), ints(9), ints(1)], {}),
    ("delta is 0", "Range", [ints(0), ints(9), ints(0)], {}),
    ("the range has more elements than any memory", "Range", [ints(0), ints(BIG), ints(1)], {}),
    ("expected an input of at least two dimensions", "Trilu", [V], {}),
    ("expected an input of two dimensions", "EyeLike", [V], {}),
    ("expected three inputs", "OneHot", [V, ints(3)], {}),
    ("depth is not a size", "OneHot", [V, ints(-1), np.float32([0, 1])], {}),
    # Indexing
    ("starts and ends do not have the same length", "Slice", [F, ints(0, 0), ints(1)], {}),
    ("axes or steps do not have the length of starts", "Slice", [F, ints(0), ints(1), ints(0, 1)], {}),
    ("a step is 0", "Slice", [F, ints(0), ints(1), ints(0), ints(0)], {}),
    ("the parts do not add up to the dimension's size 4", "Split", [F, ints(3)], {"axis": 1}),
    ("a part has 9223372036854775807 of the 4 elements", "Split", [F, ints(2**63 - 1)], {"axis": 1}),
    ("a part has -4 of the 4 elements", "Split", [F, ints(-4)], {"axis": 1}),
    ("expected two inputs", "Gather", [F], {}),
    ("pads does not have two entries for each axis", "Pad", [F, ints(1, 1)], {}),
    ("mode is 'mirror'", "Pad", [F, ints(*[1] * 8)], {"mode": "mirror"}),
    ("repeats does not have one entry for each dimension", "Tile", [F, ints(1)], {}),
    ("a repeat is negative", "Tile", [V, ints(-1)], {}),
    ("a size is negative", "ConstantOfShape", [ints(-1)], {}),
    ("expected an input of rank 4", "DepthToSpace", [V], {"blocksize": 2}),
    ("blocksize does not divide the channels", "DepthToSpace", [F], {"blocksize": 3}),
    ("blocksize does not divide the channels", "DepthToSpace", [(1, 2**32, 1, 1)], {"blocksize": 2**32}),
    ("mode is 'RCD'", "DepthToSpace", [F], {"blocksize": 2, "mode": "RCD"}),
    ("expected an input of rank 4", "SpaceToDepth", [V], {"blocksize": 2}),
    ("blocksize does not divide the spatial sizes", "SpaceToDepth", [F], {"blocksize": 3}),
    # Layout
    ("expected two inputs", "CastLike", [F], {}),
    ("shape is missing", "Reshape", [F], {}),
    ("size 0 copies a dimension that is not there", "Reshape", [V, ints(3, 0)], {}),
    ("the shape is not one", "Reshape", [F, ints(-1, -1)], {}),
    ("size -1 does not come out even", "Reshape", [F, ints(-1, 63)], {}),
    ("axis 5 is out of range", "Flatten", [F], {"axis": 5}),
    ("axis 1 has size 4", "Squeeze", [F, ints(1)], {}),
    ("axes are missing", "Unsqueeze", [F], {}),
    ("perm is not a permutation of the dimensions", "Transpose", [F], {"perm": [0, 0, 1, 2]}),
    ("a size of the shape is negative", "Expand", [V, ints(-1, 3)], {}),
    # Normalisations
    ("expected an input with channels", "InstanceNormalization", [V, V, V], {}),
    ("expected an input with channels", "GroupNormalization", [V, V, V], {"num_groups": 1}),
    ("num_groups does not divide the channels", "GroupNormalization", [F, V, V], {"num_groups": 3}),
    ("expected five inputs", "BatchNormalization", [F, (4,), (4,), (4,)], {}),
    ("expected an input with channels", "BatchNormalization", [V, V, V, V, V], {}),
    ("p is neither 1 nor 2", "LpNormalization", [F], {"p": 3}),
    ("expected an input with channels", "LRN", [V], {"size": 3}),
    ("size is missing or below 1", "LRN", [F], {}),
    # Quantisation
    ("expected two inputs", "QuantizeLinear", [F], {}),
    ("expected two inputs", "DequantizeLinear", [np.uint8([1])], {}),
    ("output_dtype is not the zero point's type", "QuantizeLinear", [F, np.float32(1), Q],
     {"output_dtype": TensorProto.INT8}, 21),
    ("expected 8 inputs", "QLinearConv", [np.uint8([1])], {}),
    ("the zero point of the input is not one number", "ConvInteger",
     [np.zeros(F, np.uint8), np.zeros((4, 4, 1, 1), np.uint8), np.uint8([1, 2, 3, 4])], {}),
    # Reductions
    ("axis is not a scalar", "CumSum", [F, ints(0, 1)], {}),
    # Resize
    ("mode is 'quadratic'", "Resize", [F, None, np.float32([1] * 4)], {"mode": "quadratic"}),
    ("coordinate_transformation_mode is 'quarter_pixel'", "Resize", [F, None, np.float32([1] * 4)],
     {"coordinate_transformation_mode": "quarter_pixel"}),
    ("nearest_mode is 'closest'", "Resize", [F, None, np.float32([1] * 4)], {"nearest_mode": "closest"}),
    ("an axis is named twice", "Resize", [F, None, np.float32([1, 1])], {"axes": [1, -3]}, 18),
    ("scales or sizes do not have one entry for each axis", "Resize", [F, None, np.float32([2])], {}),
    ("a scale or size is not positive", "Resize", [F, None, np.float32([1, 1, 0, 1])], {}),
    ("keep_aspect_ratio_policy is 'crop'", "Resize", [F, None, None, ints(1, 4, 8, 8)],
     {"keep_aspect_ratio_policy": "crop"}),
    ("roi does not have two entries for each axis", "Resize", [F, np.float32([0]), np.float32([1] * 4)],
     {"coordinate_transformation_mode": "tf_crop_and_resize"}),
    ("an empty axis cannot grow", "Resize", [(1, 1, 0, 4), None, None, ints(1, 1, 2, 4)], {}),
    # Windows
    ("an attribute of the window does not have one entry for each of the 2 spatial dimensions", "MaxPool", [F],
     {"kernel_shape": [2]}),
    ("kernel_shape is not the weights' window", "Conv", [F, (4, 4, 3, 3)], {"kernel_shape": [1, 1]}),
    ("a window size, stride or dilation is below 1", "MaxPool", [F], {"kernel_shape": [2, 2], "strides": [0, 1]}),
    ("a window size, stride, dilation or pad is larger than any memory", "MaxPool", [F],
     {"kernel_shape": [2, 2], "pads": [2**62] * 4}),
    ("auto_pad is 'FULL'", "MaxPool", [F], {"kernel_shape": [2, 2], "auto_pad": "FULL"}),
    ("expected an input (N, C, spatial...) and weights of the same rank", "Conv", [F, V], {}),
    ("expected an input (N, C, spatial...) and weights of the same rank", "ConvTranspose", [F, V], {}),
    ("output_shape does not have one entry for each spatial dimension", "ConvTranspose", [F, (4, 4, 3, 3)],
     {"output_shape": [4]}),
    ("output_padding does not have one entry for each spatial dimension", "ConvTranspose", [F, (4, 4, 3, 3)],
     {"output_padding": [4]}),
    ("expected an input (N, C, spatial...)", "MaxPool", [V], {"kernel_shape": [2]}),
    ("kernel_shape is missing", "AveragePool", [F], {}),
    ("kernel_shape is missing", "LpPool", [F], {}),
    ("expected an input (N, C, spatial...)", "LpPool", [V], {"kernel_shape": [2]}),
    ("p is not positive", "LpPool", [F], {"kernel_shape": [2, 2], "p": 0}),
    ("expected an input (N, C, spatial...)", "GlobalLpPool", [V], {}),
    ("p is not positive", "GlobalLpPool", [F], {"p": 0}),
    ("expected an input (N, C, spatial...)", "GlobalMaxPool", [V], {}),
]

NOT_SUPPORTED = [
    ("the machine has no strings", "StringNormalizer", [F], {}),
    ("its values are not tensors (sequences, optional values)", "Optional", [F], {}),
    ("the size of its result depends on data", "NonZero", [F], {}),
    ("nn has no operator for loops yet", "LSTM", [F], {}),
    ("it is not imported yet (nn can express it, by slice and pad)", "CenterCropPad", [F], {}, 18),
    ("output 1 ('{node}_1')", "GlobalMaxPool", [F], {"outputs": 2}),
    ("shape is computed at run time; it has to be a constant or follow from static shapes: fix what it depends on with "
     "--constant {input}=<file.npy>", "Reshape", [F, np.dtype(np.int64)], {}),
    ("shape is computed by operators that are not evaluated at compile time", "Reshape",
     [F, [helper.make_node("Constant", [], ["two"], value_ints=[1, 2]), helper.make_node("ArgMax", ["two"], ["one"])]],
     {}),
    ("a constant of strings", "Constant", [], {"value_string": "text"}),
    ("element type STRING is not supported", "Cast", [F], {"to": TensorProto.STRING}),
    ("element type of an unknown number is not supported", "Cast", [F], {"to": 99}),
    ("element type COMPLEX64 is not supported", "EyeLike", [(2, 2)], {"dtype": TensorProto.COMPLEX64}),
    ("training mode, which drops elements at random", "Dropout", [F, np.float32(0.5), np.array(True)], {}),
    ("statistics for every element (spatial = 0)", "BatchNormalization", [F] + [(4,)] * 4, {"spatial": 0}, 7),
    ("element type UINT4 is not supported", "QuantizeLinear", [F, np.float32(1)], {"output_dtype": 21}, 21),
    ("quantisation in blocks", "QuantizeLinear", [F, np.float32(1), Q], {"block_size": 2}, 21),
    ("a scale of more than one dimension", "QuantizeLinear", [F, np.float32([[1, 2]]), Q], {}),
    ("a scale of more than one dimension", "QLinearMatMul",
     [np.zeros((2, 2), np.uint8), np.ones((2, 2), np.float32), Q, np.zeros((2, 2), np.uint8), np.float32(1), Q,
      np.float32(1), Q], {}),
    ("a zero point of the product of a vector", "MatMulInteger",
     [np.zeros(3, np.uint8), np.zeros((3, 2), np.uint8), Q], {}),
    ("an axis of 4 elements that becomes one of 400000000", "Resize", [F, None, np.float32([1, 1, 1, 1e8])], {}),
    ("antialias", "Resize", [F, None, np.float32([1] * 4)], {"mode": "linear", "antialias": 1}),
]


# Operands and attributes that most operators cannot have.
STRANGE_OPERANDS = [
    [], [None, F], [S], [V], [F], [(0, 4, 4, 4)], [F, S], [F, V], [S, ints(0)], [F, ints(-1, 99)], [F, ints()],
    [F, np.float32([0.5])], [ints(BIG, BIG)] * 3, [F, V, V, V, V], [F, S, S], [F, None, ints(-1, 99)], [Q] * 8,
]
STRANGE_ATTRIBUTES = [
    {},
    {"axis": 7, "axes": [0, 99], "perm": [0, 0], "kernel_shape": [2, 2], "strides": [0, 1], "pads": [-9] * 8, "to": 1,
     "blocksize": 2, "group": 0, "num_groups": 3, "equation": "ij,jk->ik", "shape": [-1], "split": [1, 1]},
    {"axis": "x", "axes": 1.5, "perm": 2, "kernel_shape": 3, "strides": 1, "pads": "p", "to": "FLOAT", "mode": 4,
     "blocksize": [2], "group": "g", "equation": 3, "shape": "y", "value": 1, "alpha": "z", "scales": 2, "k": [1]},
    {"axis": 0, "kernel_shape": [1, 1], "pads": [-1] * 4, "strides": [2**50] * 2, "dilations": [2**40] * 2, "to": 99,
     "output_shape": [-1, -1], "group": 2, "scales": [1.0, 1.0, 1e8, 1e8], "shape": [2**40, 2**40], "ceil_mode": 1},
]


def strange_models():
    for attributes in STRANGE_ATTRIBUTES:
        model = Model(17)
        for op in sorted({schema.name for schema in onnx.defs.get_all_schemas() if not schema.domain}):
            for operands in STRANGE_OPERANDS:
                model.add("", op, operands, attributes)
        model.expected = []
        yield model


class Model:
    """The nodes of one opset and what is expected of each."""

    def __init__(self, opset):
        self.opset, self.nodes, self.inputs, self.weights, self.expected = opset, [], [], [], []

    def add(self, message, op, operands, attributes):
        node, names = f"node{len(self.expected)}", []
        for i, operand in enumerate(operands):
            name = f"{node}_in{i}"
            names.append("" if operand is None else name)
            if isinstance(operand, tuple):
                self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, operand))
            elif isinstance(operand, list):
                self.nodes += operand
                names[-1] = operand[-1].output[0]
            elif isinstance(operand, np.dtype):
                self.inputs.append(helper.make_tensor_value_info(name, TensorProto.INT64, [2]))
            elif operand is not None:
                self.weights.append(numpy_helper.from_array(np.asarray(operand), name))
        attributes = dict(attributes)
        outputs = [f"{node}_{i}" for i in range(attributes.pop("outputs", 1))]
        self.nodes.append(helper.make_node(op, names, outputs, name=node, **attributes))
        self.expected.append((f"{op} '{node}'", message.format(node=node, input=f"{node}_in1")))

    def failures(self, path, code):
        result = [helper.make_tensor_value_info("node0_0", TensorProto.FLOAT, [])]
        graph = helper.make_graph(self.nodes, "refused", self.inputs, result, self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8), path)
        done = subprocess.run(["ashlar", "compile", "--check", path], capture_output=True, text=True, timeout=200)
        if done.returncode != code:
            yield f"opset {self.opset}: exit code {done.returncode}, expected {code}\n{done.stderr[-2000:]}"
        lines = done.stderr.splitlines()
        for node, message in self.expected:
            if not any(node in line and line.endswith(message) for line in lines):
                said = [line for line in lines if node in line]
                yield f"{node}: expected '{message}', found {said}"


def main():
    folder = sys.argv[1]
    os.makedirs(folder)
    failures, count = [], 0
    for kind, code, rows in (("malformed", 2, MALFORMED), ("unsupported", 3, NOT_SUPPORTED)):
        models = {}
        for row in rows:
            opset = row[4] if len(row) > 4 else 17
            reason = {2: "breaks the ONNX specification: ", 3: "is not supported: "}[code] + row[0]
            models.setdefault(opset, Model(opset)).add(reason, *row[1:4])
            count += 1
        for opset, model in models.items():
            failures += model.failures(os.path.join(folder, f"{kind}{opset}.onnx"), code)
    for i, model in enumerate(strange_models()):
        failures += model.failures(os.path.join(folder, f"strange{i}.onnx"), 2)
    print("\n".join(failures + [f"{len(failures)} of {count} refusals differ"]))


if __name__ == "__main__":
    main()
