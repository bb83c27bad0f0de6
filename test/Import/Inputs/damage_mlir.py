#!/usr/bin/env python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Damages a bytecode file and gives it to a tool, which must end with an exit code and say why.

usage: damage_mlir.py FILE COUNT CODES COMMAND...
FILE's copies are truncated or have flipped bits; "@" in COMMAND stands for each in turn, CODES are
the exit codes that are right, with commas.
"""

import pathlib
import random
import subprocess
import sys


def damaged(data, rng):
    if rng.random() < 0.2:
        return data[:rng.randrange(len(data))]
    copy = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        copy[rng.randrange(len(copy))] ^= 1 << rng.randrange(8)
    return bytes(copy)


def main():
    source, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    codes = {int(code) for code in sys.argv[3].split(",")}
    rng = random.Random(7)
    refused = failures = 0
    for i in range(count):
        path = source.with_name(f"damaged-{i}{source.suffix}")
        path.write_bytes(damaged(source.read_bytes(), rng))
        command = [str(path) if word == "@" else word for word in sys.argv[4:]]
        result = subprocess.run(command, capture_output=True, timeout=100, check=False)
        refused += result.returncode != 0
        explains = result.returncode == 0 or b"error: " in result.stderr
        if result.returncode not in codes or not explains:
            failures += 1
            print(f"{path}: exit code {result.returncode}: {result.stderr[-300:]}")
    print(f"{failures} of {count} ended otherwise, some refused: {refused > 0}")


main()
