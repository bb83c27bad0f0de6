# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-levels.py FOLDER: holds what was compiled at levels 0 to 3 against each
other: LEVEL.json are statistics, LEVEL.why.json explanations."""

import json
import sys

cycles, candidates = [], []
for level in range(4):
    cycles.append(json.load(open(f"{sys.argv[1]}/{level}.json"))["estimated_cycles"])
    groups = json.load(open(f"{sys.argv[1]}/{level}.why.json"))["groups"]
    candidates.append(sum(group["candidates"] for group in groups))
assert cycles == sorted(cycles, reverse=True), cycles
assert candidates == sorted(candidates) and candidates[0] < candidates[3] / 4, candidates
