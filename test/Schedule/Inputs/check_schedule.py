# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs random programs on the host before and after scheduling and compares.

Both sides have the same signature: buffers of the inputs, then of the outputs.
Before: bufferised, nothing else. After: tiles, npu operations, back to linalg.
"""

import argparse
import ctypes
import os
import re
import subprocess
import sys
import tempfile

import numpy as np

import random_linalg

NUMPY = {"f16": np.float16, "f32": np.float32, "f64": np.float64,
         "i8": np.int8, "i32": np.int32, "i64": np.int64}
TO_LLVM = [
    "--convert-linalg-to-loops", "--expand-strided-metadata", "--lower-affine",
    "--convert-scf-to-cf", "--arith-expand", "--convert-math-to-libm", "--convert-to-llvm",
    "--reconcile-unrealized-casts", "--mlir-print-op-generic=false"]
RTOL = {"f16": 2e-2, "f32": 1e-4, "f64": 1e-9}


def run(command, text):
    result = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600)
    if result.returncode != 0:
        sys.stderr.write(result.stderr)
        raise RuntimeError(" ".join(command))
    return result.stdout


def build(opt, text, passes, path):
    """`text` through `passes` to a shared library with C interfaces."""
    text = run([opt, "-"] + passes, text)
    text = re.sub(r", #npu\.space<\w+>", "", text)
    text = re.sub(r"\{npu\.io = \"\w+\"\}", "", text)
    text = re.sub(r"(func\.func @\w+\([^\n]*?\)) (attributes \{[^}]*\} )?\{\n",
                  r"\1 attributes {llvm.emit_c_interface} {\n", text)
    text = run([opt, "-"] + TO_LLVM, text)
    ir = run(["mlir-translate", "--mlir-to-llvmir", "-"], text)
    run(["clang", "-x", "ir", "-", "-O1", "-w", "-shared", "-fPIC", "-o", path, "-lm"], ir)
    return ctypes.CDLL(path)


def descriptor(array):
    """The memref descriptor that a C interface takes by pointer."""
    rank = array.ndim

    class Memref(ctypes.Structure):
        _fields_ = [("allocated", ctypes.c_void_p), ("aligned", ctypes.c_void_p),
                    ("offset", ctypes.c_int64)] + (
                        [("sizes", ctypes.c_int64 * rank), ("strides", ctypes.c_int64 * rank)]
                        if rank else [])

    data = array.ctypes.data
    result = Memref(data, data, 0)
    for i in range(rank):
        result.sizes[i] = array.shape[i]
        result.strides[i] = array.strides[i] // array.itemsize
    return result


def call(library, name, arrays):
    descriptors = [descriptor(a) for a in arrays]
    getattr(library, f"_mlir_ciface_{name}")(*[ctypes.byref(d) for d in descriptors])


def inputs(program, seed):
    rng = np.random.default_rng(seed)
    arrays = []
    for _, shape, dtype in program.args:
        if dtype.startswith("f"):
            arrays.append(rng.standard_normal(shape).astype(NUMPY[dtype]).reshape(shape))
        else:
            arrays.append(rng.integers(-9, 9, shape).astype(NUMPY[dtype]).reshape(shape))
    return [np.ascontiguousarray(a).reshape(s[1]) for a, s in zip(arrays, program.args)]


def compare(program, before, after, seed):
    arrays = inputs(program, seed)
    outs = [[np.zeros(shape, NUMPY[dtype]) for _, shape, dtype in program.results]
            for _ in range(2)]
    call(before, program.name, [a.copy() for a in arrays] + outs[0])
    call(after, program.name, [a.copy() for a in arrays] + outs[1])
    for index, (expected, actual) in enumerate(zip(*outs)):
        if expected.dtype.kind == "f":
            expected, actual = expected.astype(np.float64), actual.astype(np.float64)
            scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=1.0)
            tolerance = RTOL[program.results[index][2]]
            same = np.allclose(actual, expected, rtol=tolerance, atol=tolerance * scale,
                               equal_nan=True)
        else:
            same = np.array_equal(actual, expected)
        if not same:
            return f"{program.name}: output {index} differs\nexpected {expected}\nactual {actual}"
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--opt", default="ashlar-opt")
    parser.add_argument("--target", default="nano")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--keep", help="write failing programs here")
    options = parser.parse_args()
    failures = 0
    schedule = [f"--schedule=target={options.target}", "--convert-linalg-to-npu",
                "--convert-npu-to-linalg"]
    with tempfile.TemporaryDirectory() as folder:
        for first in range(options.first, options.first + options.count, options.batch):
            last = min(first + options.batch, options.first + options.count)
            programs = [random_linalg.make(f"case{s}", s) for s in range(first, last)]
            text = "module {\n" + "\n".join(p.finish() for p in programs) + "\n}\n"
            if options.keep:
                with open(os.path.join(options.keep, f"batch{first}.mlir"), "w") as file:
                    file.write(text)
            try:
                before = build(options.opt, text, ["--schedule-normalize-linalg", "--schedule-bufferize"],
                               os.path.join(folder, f"before{first}.so"))
                after = build(options.opt, text, schedule, os.path.join(folder, f"after{first}.so"))
            except RuntimeError as error:
                print(f"batch {first}: {error}")
                failures += 1
                continue
            for seed, program in zip(range(first, last), programs):
                message = compare(program, before, after, seed)
                if message:
                    failures += 1
                    print(message)
    print(f"{options.count} programs, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
