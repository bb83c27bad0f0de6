# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that statistics add up and that a trace is well formed."""

import json
import sys

stats = json.load(open(sys.argv[1]))
trace = json.load(open(sys.argv[2]))

for key in ("cycles", "time_us", "macs", "mxu_utilization", "dram_read_bytes",
            "dram_write_bytes", "instructions", "host_seconds", "operators"):
    assert key in stats, key
assert stats["cycles"] > 0
for engine in stats["engines"]:
    total = engine["busy"] + engine["stall"] + engine["idle"]
    assert total == stats["cycles"], engine
    assert engine["stall"] == sum(engine["stall_by_cause"].values()), engine
assert stats["dram_read_bytes"] >= 512 and stats["dram_write_bytes"] >= 256
names = [op["name"] for op in stats["operators"]]
assert {"/load", "/mul", "/store"} <= set(names), names
assert sum(op["dram_read_bytes"] for op in stats["operators"]) == stats["dram_read_bytes"]

events = trace["traceEvents"]
assert any(e["ph"] == "X" and e["name"] == "/mul" for e in events)
assert all(e["dur"] >= 0 for e in events if e["ph"] == "X")
