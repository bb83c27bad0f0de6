#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Single quantised operators against ONNX Runtime without optimisations.

Goes through operators, element types and attributes, in QDQ form and in operator
form, several in a model, on the presets in turn. Integer results must equal ONNX
Runtime's or differ by one quantum, floats by a few units in the last place.
Prints a line for each operator: how many elements there are, how many are equal,
how many are one quantum off. With --floats (one model for each case) it also
says in which memories there are tiles of f32. Exits 1 if anything differs by more.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

import quantized_cases
from quantized_case import Case, OnnxRuntime, Refused, element

PRESETS = ["nano", "edge", "server", "hbm"]
ONE_ULP = 2.0 ** -23


class Tally:
    def __init__(self):
        self.cases = self.elements = self.equal = self.near = self.far = self.refused = 0
        self.floats = set()

    def add(self, expected, actual):
        """Whether it agrees."""
        if expected.shape != actual.shape or expected.dtype != actual.dtype:
            self.far += expected.size
            return False
        a, e = actual.astype(np.float64), expected.astype(np.float64)
        quantum = 1 if expected.dtype.kind in "iu" else 4 * ONE_ULP * np.maximum(np.abs(e), np.abs(e).max() / 16)
        equal, near = a == e, np.abs(a - e) <= quantum
        self.elements += e.size
        self.equal += int(equal.sum())
        self.near += int((near & ~equal).sum())
        self.far += int((~near).sum())
        return bool(near.all())


def join(cases):
    """One model of all of them."""
    parts = [case.model([(name, data.dtype) for name, data in case.outputs]).graph for case in cases]
    graph = helper.make_graph([n for p in parts for n in p.node], "cases", [i for p in parts for i in p.input],
                              [o for p in parts for o in p.output], [w for p in parts for w in p.initializer])
    for case in cases:
        for name, data in case.outputs:
            info = next(o for o in graph.output if o.name == name)
            info.CopyFrom(helper.make_tensor_value_info(name, element(data.dtype), data.shape))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", cases[0].opset)])
    model.ir_version = 8 if cases[0].opset < 21 else 10
    return model


def call(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def find_floats(args, path, preset, cases):
    """Where there are tiles of f32 about as large as what the cases are about."""
    result = call(args.ashlar, "compile", path, "--emit", "npu", "-o", path + ".mlir", "--target", preset)
    if result.returncode:
        return set()
    smallest = min(max(d.size for c in cases for d in c.feeds.values()), max(o.size for c in cases for _, o in c.outputs))
    found = set()
    with open(path + ".mlir") as file:
        for line in file:
            match = re.search(r"npu\.alloc .*: memref<([0-9x]+)xf32, #npu\.space<(\w+)>>", line)
            if match and np.prod([int(n) for n in match[1].split("x")], dtype=np.int64) * 2 >= smallest:
                found.add(match[2])
    return found


def check(args, number, cases, folder):
    """Compiles and runs cases as one model: lines of failures."""
    preset = args.target or PRESETS[number % len(PRESETS)]
    folder = os.path.join(folder, str(number))
    os.makedirs(folder)
    path = os.path.join(folder, "model.onnx")
    onnx.save(join(cases), path)
    names = ", ".join(case.name for case in cases)
    image = os.path.join(folder, "model.npu")
    result = call(args.ashlar, "compile", path, "-o", image, "--target", preset)
    if result.returncode:
        return [f"{names} on {preset}: {result.stdout.strip()}"], {}, set()
    command = [args.ashlar, "run", image, "--sanitize", "--outputs", folder, "--inputs"]
    for case in cases:
        for name, data in case.feeds.items():
            np.save(os.path.join(folder, name + ".npy"), data)
            command.append(f"{name}={folder}/{name}.npy")
    result = call(*command)
    if result.returncode:
        return [f"{names} on {preset}: {result.stdout.strip()}"], {}, set()
    actual = {name: np.load(os.path.join(folder, name + ".npy")) for case in cases for name, _ in case.outputs}
    return [], actual, find_floats(args, path, preset, cases) if args.floats else set()


def batches(cases, size):
    """Lists of cases of one opset."""
    byOpset = {}
    for case in cases:
        byOpset.setdefault(case.opset, []).append(case)
    for same in byOpset.values():
        for first in range(0, len(same), size):
            yield same[first:first + size]


def report(tallies, showFloats):
    print(f"{'operator':28}{'cases':>6}{'elements':>10}{'equal':>10}{'one off':>9}{'more':>6}" + ("  f32 in" if showFloats else ""))
    for operator, t in tallies.items():
        print(f"{operator:28}{t.cases:6}{t.elements:10}{t.equal:10}{t.near:9}{t.far:6}" + (f"  {' '.join(sorted(t.floats)) or '-'}" if showFloats else "") +
              (f"  ({t.refused} not run by ONNX Runtime)" if t.refused else ""))


def make_cases(args, runtime, tallies):
    cases = []
    for operator, variant, opset, make in quantized_cases.all_cases():
        name = f"{operator} {variant}"
        if args.only and not re.search(args.only, name):
            continue
        case = Case(runtime, name, f"t{len(cases)}", opset, args.seed)
        case.operator = operator
        tally = tallies.setdefault(operator, Tally())
        try:
            make(case)
        except Refused as reason:
            tally.refused += 1
            if args.verbose:
                print(f"{name}: not run by ONNX Runtime: {reason}")
            continue
        tally.cases += 1
        cases.append(case)
    return cases


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ashlar", default="ashlar")
    parser.add_argument("--target", help="one preset for all")
    parser.add_argument("--only", help="a regular expression that names must match")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("ASHLAR_SEEDS", 0)), help="of parameters, sizes and data")
    parser.add_argument("--floats", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    runtime, tallies, failures = OnnxRuntime(), {}, []
    if runtime.missing:
        print(f"skipped: {runtime.missing}")
        return 0
    cases = make_cases(args, runtime, tallies)
    runtime.close()
    groups = list(batches(cases, 1 if args.floats else 12))
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda item: check(args, *item, folder), enumerate(groups)))
    for group, (errors, actual, floats) in zip(groups, results):
        failures += errors
        for case in group:
            tally = tallies[case.operator]
            tally.floats |= floats
            good = [not errors and tally.add(expected, actual[name]) for name, expected in case.outputs]
            if not errors and not all(good):
                failures.append(f"{case.name}: differs")
            if args.verbose and floats:
                print(f"{case.name}: f32 in {' '.join(sorted(floats))}")
    report(tallies, args.floats)
    for failure in failures:
        print(failure)
    print(f"{len(cases)} quantised operators, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
