# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_left.py ALONE.json QUEUED.json BYTES: a queue hides at least half of what BYTES of outputs take to leave."""

import json
import sys

alone, queued = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:3])
RATE = 28 / 0.7  # GB/s over GHz: bytes a cycle
per_request = queued["queued"]["cycles_per_request"]
assert per_request < alone["cycles"] - 0.5 * int(sys.argv[3]) / RATE, (per_request, alone["cycles"])
for name in ("dram_read_bytes", "dram_write_bytes", "macs"):
    assert queued[name] == alone[name], name
