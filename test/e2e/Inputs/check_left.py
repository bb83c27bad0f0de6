# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_left.py IMAGE.json ALONE.json QUEUED.json BYTES: a queue hides at least half of what BYTES of outputs take to leave."""

import json
import sys

image, alone, queued = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:4])
leaving = int(sys.argv[4]) / image["machine"]["dramBytesPerCycle"]
per_request = queued["queued"]["cycles_per_request"]
assert per_request < alone["cycles"] - 0.5 * leaving, (per_request, alone["cycles"])
for name in ("dram_write_bytes", "macs"):
    assert queued[name] == alone[name], name
