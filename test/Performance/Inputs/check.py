# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks one performance test: results against numpy, time against the machine.

check.py KIND FOLDER [--least SHARE] [--most FACTOR] ...

The folder holds the inputs and outputs as NAME.npy and stats.json. Figures of
the machine are read from its target file, formulas are written out here: this is
a second opinion on the emulator's timing, not a use of it.
"""

import argparse
import json
import math
import os
import re
import sys

import numpy as np

TARGETS = os.path.join(os.path.dirname(__file__), "../../../lib/Machine/targets")


class Machine:
    """The figures of a target file, `section.key` by name."""

    UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "GB": 1e9, "GB/s": 1e9}

    def __init__(self, name):
        self.figures = {}
        section = ""
        for line in open(os.path.join(TARGETS, name + ".yaml"), encoding="utf-8"):
            line = line.split("#")[0].rstrip()
            if match := re.match(r"(\w+):$", line):
                section = match[1]
            elif match := re.match(r"  (\w+): ([\d.]+) ?(\S*)", line):
                value = float(match[2]) * self.UNITS.get(match[3], 1)
                self.figures[section, match[1]] = value

    def __getitem__(self, name):
        return self.figures[tuple(name.split("."))]

    @property
    def peak(self):
        """i8 multiply-accumulates a cycle of one core."""
        return self["matrix.m"] * self["matrix.k"] * self["matrix.n"]

    @property
    def dram_rate(self):
        """Bytes a cycle."""
        return self["dram.bandwidth"] / (self["chip.clock"] * 1e9)


class Test:
    def __init__(self, args):
        self.args = args
        with open(f"{args.folder}/stats.json", encoding="utf-8") as file:
            self.stats = json.load(file)
        self.machine = Machine(self.stats["target"])
        for engine in self.stats["engines"]:
            total = engine["busy"] + engine["stall"] + engine["idle"]
            assert total == self.stats["cycles"], f"{engine} does not add up"

    def load(self, name):
        return np.load(f"{self.args.folder}/{name}.npy")

    def node(self, name):
        return next(op for op in self.stats["operators"] if op["name"] == name)

    def span(self):
        """Cycles of what is measured: of the whole run, or from the end of the
        node --after to the end of the node --until."""
        if not self.args.after:
            return self.stats["cycles"]
        until = self.node(self.args.until)["last_cycle"]
        return until - self.node(self.args.after)["last_cycle"]

    def expect_equal(self, name, expected):
        actual = self.load(name)
        assert actual.dtype == expected.dtype, (actual.dtype, expected.dtype)
        wrong = np.argwhere(actual != expected)
        assert len(wrong) == 0, (
            f"{name}: {len(wrong)} elements differ, the first at {wrong[0]}: "
            f"{actual[tuple(wrong[0])]}, expected {expected[tuple(wrong[0])]}")

    def expect_close(self, name, expected, tolerance):
        error = np.abs(self.load(name).astype(np.float64) - expected)
        assert error.max() <= tolerance, f"{name}: off by {error.max()}"

    def reach(self, what, share):
        """The share of a rate that was reached must be --least, and not above 1,
        which would be a mistake in the model."""
        cycles = self.span()
        print(f"{what}: {share:.2%} in {cycles} cycles")
        assert self.args.least <= share <= 1, f"expected {self.args.least:.2%}"

    def stay_within(self, bound):
        """At most --most times a bound, and not below it."""
        factor = self.span() / bound
        print(f"{factor:.4f} times the bound of {bound:.0f} cycles")
        assert 1 <= factor <= self.args.most, f"expected at most {self.args.most}"


def requantise(accumulators, scale, bias=0):
    """As the output stage does: f32 product, ties to even, saturation."""
    scaled = accumulators.astype(np.float32) * np.asarray(scale, np.float32)
    return np.clip(np.rint(scaled) + bias, -128, 127).astype(np.int8)


def product(a, b):
    """Exact: all sums of i8 products here are far below 2^53."""
    return (a.astype(np.float64) @ b.astype(np.float64)).astype(np.int64)


def matmul(test):
    a, b = test.load("A"), test.load("B")
    test.expect_equal("C", requantise(product(a, b), 0.0001))
    macs = a.shape[0] * a.shape[1] * b.shape[1]
    test.reach("of the peak",
               macs / (test.span() * test.machine.peak * test.args.cores))


def from_bf16(raw):
    """f64 values of bf16 tensors: inputs are two raw bytes an element, outputs were
    widened when they were saved."""
    if raw.dtype == np.float32:
        return raw.astype(np.float64)
    return (raw.view(np.uint16).astype(np.uint32) << 16).view(np.float32).astype(
        np.float64)


def matmul_bf16(test):
    a, b, c = (from_bf16(test.load(name)) for name in "ABC")
    expected = a @ b
    # Half a unit in the last place of bf16, and what 1024 sums in f32 lose.
    error = np.abs(c - expected) - np.abs(expected) / 256
    assert error.max() <= 1e-3, f"C: off by {error.max()} more than rounding"
    macs = a.shape[0] * a.shape[1] * b.shape[1]
    test.reach("of the peak", macs / (test.span() * test.machine.peak / 2))


def matvec(test):
    w, x = test.load("W"), test.load("x")
    test.expect_equal("y", product(w, x).astype(np.int32))
    test.reach("of dram's bandwidth",
               w.nbytes / (test.span() * test.machine.dram_rate))


def windows(x, rows, columns):
    """[i][j] is the image shifted for place (i, j) of a window, zeros around."""
    pad = ((rows // 2, rows // 2), (columns // 2, columns // 2), (0, 0))
    padded = np.pad(x.astype(np.float64), pad)
    height, width, _ = x.shape
    return [[padded[i:i + height, j:j + width] for j in range(columns)]
            for i in range(rows)]


def conv(test):
    x, w, bias, scale = map(test.load, ("x", "w", "bias", "scale"))
    shifted = windows(x, w.shape[1], w.shape[2])
    total = sum(shifted[i][j] @ w[:, i, j].T.astype(np.float64)
                for i in range(w.shape[1]) for j in range(w.shape[2]))
    total = (total + bias).astype(np.int64)
    scaled = np.rint(total.astype(np.float32) * scale)
    test.expect_equal("y", np.clip(scaled, 0, 127).astype(np.int8))
    macs = x.shape[0] * x.shape[1] * w.size
    test.reach("of the peak", macs / (test.span() * test.machine.peak))


def depthwise(test):
    x, w, scale = map(test.load, ("x", "w", "scale"))
    shifted = windows(x, w.shape[0], w.shape[1])
    total = sum(shifted[i][j] * w[i, j]
                for i in range(w.shape[0]) for j in range(w.shape[1]))
    test.expect_equal("y", requantise(total.astype(np.int64), scale))
    macs = x.size * w.shape[0] * w.shape[1]
    test.reach("of the windows' rate",
               macs / (test.span() * test.machine["vector.window_macs"]))


def vector_bound(machine, elements, passes):
    """What rule 3 says of passes over a tensor of f32, each (lane operations,
    transcendentals, bytes) an element: the larger of operations, one class after
    the other, and bytes."""
    lanes = machine["vector.lanes"]
    exps = machine["vector.transcendentals"]
    rate = machine["vector.bandwidth"]
    return elements * sum(max(operations / lanes + slow / exps, moved / rate)
                          for operations, slow, moved in passes)


def softmax(test):
    x = test.load("x").astype(np.float64)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    test.expect_close("y", e / e.sum(axis=1, keepdims=True), 1e-6)
    test.stay_within(vector_bound(test.machine, x.size,
                                  [(1, 0, 4), (2, 1, 8), (1, 0, 8)]))


def gelu(test):
    x = test.load("x").astype(np.float64)
    erf = np.vectorize(math.erf)(x / math.sqrt(2))
    test.expect_close("y", x / 2 * (1 + erf), 1e-6)
    test.stay_within(vector_bound(test.machine, x.size, [(3, 1, 8)]))


def layernorm(test):
    x, gamma, beta = (test.load(name).astype(np.float64)
                      for name in ("x", "gamma", "beta"))
    d = x - x.mean(axis=1, keepdims=True)
    y = d / np.sqrt((d * d).mean(axis=1, keepdims=True) + 1e-5) * gamma + beta
    test.expect_close("y", y, 1e-5)
    test.stay_within(vector_bound(test.machine, x.size,
                                  [(1, 0, 4), (4, 0, 8), (1, 0, 8)]))


def gather(test):
    table, index = test.load("table"), test.load("index")
    test.expect_equal("y", table[index])
    rate = test.machine["copy.gather_rows"] * test.machine["copy.queues"]
    test.reach("of the gather rate", len(index) / (test.span() * rate))


KINDS = {
    "matmul": matmul, "matmul-bf16": matmul_bf16, "matvec": matvec,
    "conv": conv, "depthwise": depthwise,
    "softmax": softmax, "gelu": gelu, "layernorm": layernorm, "gather": gather,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--least", type=float, default=1)
    parser.add_argument("--most", type=float, default=1)
    parser.add_argument("--after")
    parser.add_argument("--until")
    test = Test(parser.parse_args())
    KINDS[test.args.kind](test)


main()
