#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Property test: random depthwise convolutions and pools against the host path.

Each seed makes one linalg program with channels innermost: one to three window
dimensions, any stride and dilation, i8, u8 (any pairing), f32, bf16 or f16, a
maximum, minimum, sum or product with weights, then nothing, work for the output
stage, or work for the vector unit. `ashlar verify --sanitize` runs it on the
preset that follows from the seed. Prints failures and a summary; exits 1 if any
failed. `--keep DIR` leaves the programs that failed there.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

PRESETS = ["nano", "edge", "server", "hbm"]


def tensor(shape, element):
    return "tensor<" + "".join(f"{d}x" for d in shape) + element + ">"


def dims(names):
    return "(" + ", ".join(names) + ")"


class Window:
    """What a seed stands for."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.pick = lambda items: items[int(rng.integers(len(items)))]
        self.rank = self.pick([1, 2, 2, 2, 3])
        most = [40, 19, 9][self.rank - 1]
        self.kind = self.pick(["mac", "mac", "mac", "max", "min", "sum"])
        self.element = self.pick(["i8", "i8", "f32", "bf16", "f16"])
        self.unsigned = [self.pick([False, True]) for _ in range(2)]
        self.batch = self.pick([1, 1, 2, 3])
        self.channels = self.pick([2, 3, 8, 16, 17, 24, 32, 40, 64, 65, 100, 144, 200])
        self.places = [self.pick([2, 3, 5, 7, 12, most]) for _ in range(self.rank)]
        self.window = [self.pick([1, 2, 3, 3, 5]) for _ in range(self.rank)]
        if max(self.window) == 1:
            self.window[0] = 3
        self.strides = [self.pick([1, 1, 2, 3]) for _ in range(self.rank)]
        self.dilations = [self.pick([1, 1, 2]) for _ in range(self.rank)]
        self.integers = self.element == "i8"
        # Largest and smallest values may stay in the type of the elements.
        chooses = self.kind in ("max", "min")
        narrow = chooses and self.pick([False, True])
        self.sum = self.element if narrow else "i32" if self.integers else "f32"
        self.epilogue = self.pick(["none", "stage", "stage", "vector"])
        if self.sum != "i32" and self.sum != "f32":
            self.epilogue = "none"

    def widen(self, name, value, operand):
        if self.sum == self.element:
            return [], value
        op = ("arith.extui" if self.unsigned[operand] else "arith.extsi") if self.integers else "arith.extf"
        return [f"%{name} = {op} {value} : {self.element} to {self.sum}"], f"%{name}"

    def body(self):
        suffix = "i" if self.integers else "f"
        lines, value = self.widen("x", "%a", 0)
        if self.kind == "mac":
            more, weight = self.widen("y", "%b", 1)
            lines += more + [f"%p = arith.mul{suffix} {value}, {weight} : {self.sum}"]
            value = "%p"
        combiner = f"arith.add{suffix}"
        if self.kind in ("max", "min"):
            sign = "u" if self.unsigned[0] and self.sum == self.element else "s"
            combiner = f"arith.{self.kind}{sign}i" if self.integers else f"arith.{self.kind}imumf"
        lines += [f"%r = {combiner} %o, {value} : {self.sum}", f"linalg.yield %r : {self.sum}"]
        return lines

    def identity(self):
        if self.kind not in ("max", "min"):
            return "0" if self.integers else "0.0"
        if not self.integers:
            return {"f32": {"max": "0xFF800000", "min": "0x7F800000"},
                    "f16": {"max": "0xFC00", "min": "0x7C00"},
                    "bf16": {"max": "0xFF80", "min": "0x7F80"}}[self.sum][self.kind]
        if self.unsigned[0] and self.sum == "i8":
            return {"max": "0", "min": "-1"}[self.kind]
        bits = int(self.sum[1:])
        return str({"max": -2 ** (bits - 1), "min": 2 ** (bits - 1) - 1}[self.kind])

    def finish(self, out):
        """The epilogue: its lines and what the function returns."""
        if self.epilogue == "none":
            return [], "%sums", tensor(out, self.sum), ""
        space = [f"d{i}" for i in range(len(out))]
        result = "i8" if self.integers else self.element
        body = ["%v = arith.sitofp %a : i32 to f32"] if self.integers else ["%v = arith.addf %a, %zero : f32"]
        body.append("%m = arith.mulf %v, %b : f32")
        if self.epilogue == "vector":
            body.append("%n = arith.mulf %m, %v : f32")
        last = "%n" if self.epilogue == "vector" else "%m"
        if self.integers:
            body += [f"%q = math.roundeven {last} : f32", "%l = arith.maximumf %q, %low : f32",
                     "%h = arith.minimumf %l, %high : f32", "%z = arith.fptosi %h : f32 to i8"]
        else:
            body.append(f"%h = arith.maximumf {last}, %zero : f32")
            if result != "f32":
                body.append(f"%z = arith.truncf %h : f32 to {result}")
        value = "%h" if result == "f32" else "%z"
        body.append(f"linalg.yield {value} : {result}")
        parallel = ", ".join(['"parallel"'] * len(out))
        lines = [
            f"%scaled = tensor.empty() : {tensor(out, result)}",
            f"%done = linalg.generic {{indexing_maps = [affine_map<{dims(space)} -> {dims(space)}>, "
            f"affine_map<{dims(space)} -> ({space[-1]})>, affine_map<{dims(space)} -> {dims(space)}>], "
            f"iterator_types = [{parallel}]}} "
            f"ins(%sums, %s : {tensor(out, self.sum)}, {tensor(out[-1:], 'f32')}) "
            f"outs(%scaled : {tensor(out, result)}) {{",
            f"^bb0(%a: {self.sum}, %b: f32, %o: {result}):", *body, f"}} -> {tensor(out, result)}"]
        return lines, "%done", tensor(out, result), f", %s: {tensor(out[-1:], 'f32')}"

    def text(self):
        r, place, step = self.rank, [], []
        out = [self.batch, *self.places, self.channels]
        size = [(p - 1) * s + (k - 1) * d + 1
                for p, s, k, d in zip(self.places, self.strides, self.window, self.dilations)]
        image = [self.batch, *size, self.channels]
        place = [f"h{i}" for i in range(r)]
        step = [f"k{i}" for i in range(r)]
        space = dims(["n", *place, "c", *step])
        slide = [f"{h} * {s} + {k} * {d}" for h, s, k, d in zip(place, self.strides, step, self.dilations)]
        weights = [*self.window, self.channels] if self.kind == "mac" else self.window
        reads = [*step, "c"] if self.kind == "mac" else step
        kinds = ", ".join(['"parallel"'] * (r + 2) + ['"reduction"'] * r)
        tail, result, result_type, argument = self.finish(out)
        second = "%w" if self.kind == "mac" else "%shape"
        lines = [
            f"func.func @main(%x0: {tensor(image, self.element)}, %w: {tensor(weights, self.element)}{argument}) -> {result_type} {{",
            f"%first = arith.constant {self.identity()} : {self.sum}",
            "%zero = arith.constant 0.0 : f32", "%low = arith.constant -128.0 : f32",
            "%high = arith.constant 127.0 : f32",
            f"%shape = tensor.empty() : {tensor(self.window, self.element)}",
            f"%e = tensor.empty() : {tensor(out, self.sum)}",
            f"%f = linalg.fill ins(%first : {self.sum}) outs(%e : {tensor(out, self.sum)}) -> {tensor(out, self.sum)}",
            f"%sums = linalg.generic {{indexing_maps = [affine_map<{space} -> {dims(['n', *slide, 'c'])}>, "
            f"affine_map<{space} -> {dims(reads)}>, affine_map<{space} -> {dims(['n', *place, 'c'])}>], "
            f"iterator_types = [{kinds}]}} "
            f"ins(%x0, {second} : {tensor(image, self.element)}, {tensor(weights, self.element)}) "
            f"outs(%f : {tensor(out, self.sum)}) {{",
            f"^bb0(%a: {self.element}, %b: {self.element}, %o: {self.sum}):", *self.body(),
            f"}} -> {tensor(out, self.sum)}", *tail, f"return {result} : {result_type}", "}"]
        return "\n".join(lines) + "\n"


def run(seed, folder):
    target = PRESETS[seed % len(PRESETS)]
    path = os.path.join(folder, f"window{seed}.mlir")
    with open(path, "w") as file:
        file.write(Window(seed).text())
    done = subprocess.run(["ashlar", "verify", path, "--target", target, "--sanitize", "--seed", str(seed)],
                          capture_output=True, text=True, timeout=300)
    if done.returncode == 0:
        os.remove(path)
        return True
    print(f"FAIL seed {seed} on {target}: {done.stdout.strip()} {done.stderr.strip()[:1500]}")
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=int(os.environ.get("ASHLAR_SEEDS", "16")))
    parser.add_argument("--keep")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or temporary
        os.makedirs(folder, exist_ok=True)
        good = sum(run(seed, folder) for seed in range(args.first, args.first + args.count))
    print(f"{good} of {args.count} random windows agree")
    sys.exit(good != args.count)


if __name__ == "__main__":
    main()
