# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes random tensors: tensors.py FOLDER NAME=TYPE:SIZExSIZE[:LOW:HIGH] ...

Integers are uniform over [LOW, HIGH], by default over all of their type; floats
(bfloat16 too) are normal, with LOW as mean and HIGH as deviation. The seed is the place in the
list, so that results repeat.
"""

import sys

import numpy as np


def make(kind, shape, low, high, rng):
    if np.issubdtype(kind, np.floating):
        mean, deviation = float(low or 0), float(high or 1)
        return (rng.standard_normal(shape) * deviation + mean).astype(kind)
    info = np.iinfo(kind)
    low = info.min if low is None else int(low)
    high = info.max if high is None else int(high)
    return rng.integers(low, high, shape, dtype=kind, endpoint=True)


def main():
    folder = sys.argv[1]
    for seed, spec in enumerate(sys.argv[2:]):
        name, rest = spec.split("=")
        kind, sizes, *bounds = rest.split(":")
        low, high = bounds if bounds else (None, None)
        shape = [int(size) for size in sizes.split("x")]
        rng = np.random.default_rng(seed)
        if kind == "bfloat16":
            bits = make(np.dtype("float32"), shape, low, high, rng).view(np.uint32)
            # numpy has no bf16: raw bytes of the upper halves.
            np.save(f"{folder}/{name}.npy", (bits >> 16).astype(np.uint16).view("V2"))
            continue
        np.save(f"{folder}/{name}.npy", make(np.dtype(kind), shape, low, high, rng))


main()
