#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bounds on a timed run, and on how far the compiler's estimate is from it."""

import argparse
import json

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("compile_stats")
parser.add_argument("run_stats")
parser.add_argument("--utilization", type=float, help="of the matrix unit, at least")
parser.add_argument("--dram", type=float, help="bytes to and from dram, at most")
args = parser.parse_args()
compiled, ran = json.load(open(args.compile_stats)), json.load(open(args.run_stats))
dram = ran["dram_read_bytes"] + ran["dram_write_bytes"]
assert ran["mxu_utilization"] >= args.utilization, ran["mxu_utilization"]
assert dram <= args.dram, dram
assert 0.85 <= compiled["estimated_cycles"] / ran["cycles"] <= 1.15, (
    compiled["estimated_cycles"], ran["cycles"])
