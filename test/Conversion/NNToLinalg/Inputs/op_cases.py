# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One module of nn operators on random inputs, with the results they should have."""

import os
import subprocess

import numpy as np

MLIR = {
    np.dtype("float64"): "f64", np.dtype("float32"): "f32",
    np.dtype("float16"): "f16", np.dtype("bool"): "i1",
    np.dtype("int8"): "i8", np.dtype("int16"): "i16",
    np.dtype("int32"): "i32", np.dtype("int64"): "i64",
    np.dtype("uint8"): "ui8", np.dtype("uint16"): "ui16",
    np.dtype("uint32"): "ui32", np.dtype("uint64"): "ui64",
}
FLOATS = ["float64", "float32", "float16"]
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTS = SIGNED + UNSIGNED


def mlir_type(array):
    return "tensor<%s%s>" % ("".join("%dx" % n for n in array.shape), MLIR[array.dtype])


def wide(x):
    """Half types compute in f32."""
    return x.astype("float32") if x.dtype == np.float16 else x


class Cases:
    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.inputs, self.lines, self.expected = [], [], []

    def shape(self, rank=None, low=1, high=6):
        rank = self.rng.integers(0, 5) if rank is None else rank
        return tuple(int(n) for n in self.rng.integers(low, high + 1, rank))

    def array(self, dtype, shape, low=-4.0, high=4.0):
        dtype = np.dtype(dtype)
        if dtype == bool:
            return self.rng.integers(0, 2, shape).astype(bool)
        if dtype.kind == "f":
            return self.rng.uniform(low, high, shape).astype(dtype)
        if dtype.kind == "u":
            low = 0
        info = np.iinfo(dtype)
        wide = self.rng.random() < 0.5
        low, high = (max(info.min, -2**40), min(info.max, 2**40)) if wide else (max(low, -9), 9)
        return self.rng.integers(low, high, shape).astype(dtype)

    def broadcast_pair(self):
        full = self.shape()
        parts = []
        for _ in range(2):
            drop = int(self.rng.integers(0, len(full) + 1))
            part = [1 if self.rng.random() < 0.3 else n for n in full[drop:]]
            parts.append(tuple(part))
        return parts

    def add(self, op, inputs, expected, attributes="", tolerance=None):
        """`op` may have a kind in brackets; expected is a numpy array, or a list of several results."""
        names = []
        for array in inputs:
            names.append("%%i%d" % len(self.inputs))
            self.inputs.append(array)
        results = [np.asarray(e) for e in (expected if isinstance(expected, list) else [expected])]
        types = ", ".join(map(mlir_type, results))
        if inputs:
            types = "(%s) -> (%s)" % (", ".join(mlir_type(a) for a in inputs), types)
        first = len(self.expected)
        self.lines.append("  %s = nn.%s %s %s : %s" % (
            ", ".join("%%r%d" % (first + i) for i in range(len(results))), op, ", ".join(names),
            "{%s}" % attributes if attributes else "", types))
        self.expected += [(op, inputs, result, tolerance) for result in results]

    def run(self, folder):
        os.makedirs(folder, exist_ok=True)
        command = ["ashlar-reference", os.path.join(folder, "ops.mlir"), "--outputs=" + folder]
        for i, array in enumerate(self.inputs):
            path = os.path.join(folder, "in%d.npy" % i)
            np.save(path, array)
            command.append("--inputs=" + path)
        types = ", ".join(mlir_type(e) for _, _, e, _ in self.expected)
        with open(os.path.join(folder, "ops.mlir"), "w") as out:
            out.write("func.func @main(%s) -> (%s) {\n" % (
                ", ".join("%%i%d: %s" % (i, mlir_type(a)) for i, a in enumerate(self.inputs)), types))
            out.write("\n".join(self.lines))
            out.write("\n  return %s : %s\n}\n" % (
                ", ".join("%%r%d" % i for i in range(len(self.expected))), types))
        subprocess.run(command, check=True)
        return sum(not self.check(i, np.load(os.path.join(folder, "%d.npy" % i)))
                   for i in range(len(self.expected)))

    def check(self, i, actual):
        op, inputs, expected, tolerance = self.expected[i]
        if expected.dtype.kind != "f":
            good = actual.shape == expected.shape and actual.dtype == expected.dtype \
                and np.array_equal(actual, expected)
        else:
            limit = {8: 1e-12, 4: 2e-6, 2: 2e-3}[expected.itemsize]
            limit = max(limit, tolerance or 0)
            good = actual.shape == expected.shape and actual.dtype == expected.dtype \
                and np.allclose(actual.astype("d"), expected.astype("d"), rtol=limit,
                                atol=limit, equal_nan=True)
        if not good:
            print("FAIL nn.%s on %s" % (op, [mlir_type(a) for a in inputs]))
            print(self.lines[i])
            for array in inputs:
                print("  input", repr(array))
            print("  expected", repr(expected), "\n  actual", repr(actual))
        return good
