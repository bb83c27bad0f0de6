# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs programs at the npu level on the emulator, sanitised, against numpy."""

import os
import subprocess
import sys

import numpy as np

DRAM, SRAM, ACC = ("#npu.space<%s>" % s for s in ("dram", "sram", "acc"))


class Harness:
    """One per test: counts checks, and ends the process with what failed."""

    def __init__(self, folder):
        self.folder = folder
        self.failures = 0
        self.checks = 0
        os.makedirs(folder, exist_ok=True)

    def call(self, *args):
        done = subprocess.run(args, capture_output=True, text=True)
        if done.returncode != 0:
            print("FAIL", " ".join(args), done.stderr[:2000], done.stdout[:500])
            sys.exit(1)
        return done.stdout

    def run(self, name, text, inputs, target="edge", flags=("--sanitize",), passes=None):
        """The outputs by name of the module `text` on `inputs`."""
        base = os.path.join(self.folder, name)
        os.makedirs(base + ".out", exist_ok=True)
        with open(base + ".mlir", "w") as file:
            file.write(text)
        passes = passes or ["--tile=target=" + target, "--codegen=target=" + target]
        self.call("ashlar-opt", base + ".mlir", *passes, "-o", base + ".nisa.mlir")
        self.call("ashlar-translate", "--nisa-to-image", base + ".nisa.mlir", "-o", base + ".npu")
        files = []
        for key, value in inputs.items():
            np.save(f"{base}.{key}.npy", value)
            files.append(f"{key}={base}.{key}.npy")
        self.call("ashlar", "run", base + ".npu", *(["--inputs"] + files if files else []),
                  "--outputs", base + ".out", *flags)
        return {f[:-4]: np.load(os.path.join(base + ".out", f)) for f in os.listdir(base + ".out")}

    def check(self, name, actual, expected, tolerance=0.0):
        """Equal, or close where a tolerance is given; NaN equals NaN."""
        self.checks += 1
        expected = np.asarray(expected)
        same = actual.shape == expected.shape and (
            np.array_equal(actual, expected, equal_nan=actual.dtype.kind == "f") if tolerance == 0
            else np.allclose(actual.astype("f8"), expected.astype("f8"), rtol=tolerance,
                             atol=tolerance, equal_nan=True))
        if same:
            return
        self.failures += 1
        print("FAIL", name, actual.dtype, actual.shape, "expected", expected.dtype, expected.shape)
        if actual.shape == expected.shape:
            where = np.argwhere(np.atleast_1d(actual != expected))[0]
            at = tuple(where) if actual.shape else ()
            print("  at", where, actual[at], "expected", expected[at])

    def finish(self):
        print(f"{self.checks} checks, {self.failures} failed")
        sys.exit(1 if self.failures or not self.checks else 0)


def memref(shape, element, space):
    return "memref<%s%s, %s>" % ("".join(f"{d}x" for d in shape), element, space)


def iterators(text):
    """'pr' -> parallel, reduction."""
    names = {"p": "parallel", "r": "reduction"}
    return "[" + ", ".join(f"#linalg.iterator_type<{names[c]}>" for c in text) + "]"
