# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_resident.py STATS.json INSPECT.json: a run does not load the weights that its session has."""

import json
import sys

stats, image = (json.load(open(path)) for path in sys.argv[1:])
text = sum(s["bytes"] for s in image["sections"] if s["name"].startswith(".text"))
weights = 4 * (64 * 32 * 9 + 64 + 24 * 64 * 9 + 24)
inputs, outputs = (4 * 4 * channels * 13 * 13 for channels in (32, 24))
opening = stats["opening"]
assert opening["dram_read_bytes"] >= weights and opening["cycles"] > 0, opening
assert stats["dram_read_bytes"] <= 2 * text + 1.5 * inputs, (stats["dram_read_bytes"], text, inputs)
assert stats["dram_write_bytes"] <= 1.5 * outputs, stats["dram_write_bytes"]
