#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX's own backend tests (Debian's libonnx-testdata) through `ashlar verify`.

Runs every test whose operators are all among those that Ashlar promises, with
tensors of numbers or truth values at its edges. The preset goes round with the
tests, so that every preset meets every operator. Prints a line for each failure
and a summary; exits 1 if any failed.
"""

import argparse
import collections
import concurrent.futures
import os
import re
import subprocess
import sys

import onnx

DATA = "/usr/share/libonnx-testdata/data"
FOLDERS = ["node", "pytorch-converted", "pytorch-operator", "simple"]
PRESETS = ["nano", "edge", "server", "hbm"]

OPERATORS = set("""
Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization BitShift BitwiseAnd
BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil Celu Clip Concat ConcatFromSequence Constant ConstantOfShape Conv
ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace DequantizeLinear Div Dropout DynamicQuantizeLinear Einsum Elu
Equal Erf Exp Expand Flatten Floor Gather Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater
GreaterOrEqual GroupNormalization HardSigmoid HardSwish Hardmax Identity If InstanceNormalization IsInf IsNaN LRN
LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax Loop LpPool MatMul MatMulInteger Max MaxPool Mean
MeanVarianceNormalization Min Mish Mod Mul Neg Not Or PRelu Pad Pow QLinearConv QLinearMatMul QuantizeLinear Range
Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
ReduceSumSquare Relu Reshape Resize Round ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase
SequenceInsert SequenceLength Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth
Split SplitToSequence Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where
Xor
""".split())

# Operators of which some tests are refused so far: what is refused of their tests
# is counted apart. ScatterND with a reduction.
PENDING = {"ScatterND"}

# Drop elements at random, by NumPy's generator; data whose shape is not the model's.
UNFIT = re.compile(r"^test_training_dropout(_default)?(_mask)?$|^test_castlike_(FLOAT_to_)?BFLOAT16")


def is_numeric(info):
    kind = info.type
    return kind.HasField("tensor_type") and kind.tensor_type.elem_type != onnx.TensorProto.STRING


def load(name):
    return onnx.load(os.path.join(DATA, name, "model.onnx")).graph


def is_pending(name):
    return any(node.op_type in PENDING for node in load(name).node)


def is_promised(name):
    if UNFIT.match(os.path.basename(name)):
        return False
    graph = load(name)
    return (all(node.op_type in OPERATORS for node in graph.node)
            and all(is_numeric(info) for info in [*graph.input, *graph.output]))


def run(task):
    index, name, options = task
    target = options.target or PRESETS[index % len(PRESETS)]
    command = [options.ashlar, "verify", os.path.join(DATA, name), "--sanitize", "--target", target]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, errors="replace")
    except subprocess.TimeoutExpired:
        return name, target, "timeout", "timed out"
    lines = (done.stdout if done.returncode == 1 else done.stderr).strip().splitlines() or [""]
    return name, target, done.returncode, lines[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ashlar", default="ashlar", help="the command to test")
    parser.add_argument("--target", help="one preset for all tests")
    parser.add_argument("--only", default="", help="a regular expression of names")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if not os.path.isdir(DATA):
        print(f"skipped: {DATA} is absent (Debian package libonnx-testdata)")
        return 0
    names = [f"{folder}/{name}" for folder in FOLDERS for name in sorted(os.listdir(os.path.join(DATA, folder)))]
    names = [name for name in names if re.search(options.only, name) and is_promised(name)]
    outcomes = collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, target, code, line in pool.map(run, [(i, n, options) for i, n in enumerate(names)]):
            # Refused is not wrong.
            pending = code == 3 and is_pending(name)
            outcomes["pending" if pending else code] += 1
            if code != 0 and not pending:
                print(f"{name} on {target}: exit {code}: {line}")
    judged = len(names) - outcomes["pending"]
    print(f"{outcomes[0]} of {judged} ONNX backend tests pass, {outcomes['pending']} more are refused so far")
    return 0 if outcomes[0] == judged else 1


if __name__ == "__main__":
    sys.exit(main())
