# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_queued.py IMAGE.json ALONE.json QUEUED.json REQUESTS: a queue hides at least half of the input's arrival."""

import json
import sys

image, alone, queued = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:4])
requests, queue = int(sys.argv[4]), queued["queued"]
assert "queued" not in alone, alone
assert queue["requests"] == requests and queue["arrived"] == requests - 1, queue
assert queue["cycles"] >= requests * queue["cycles_per_request"] * 0.5, queue
arriving = 4 * 32 * 13 * 13 * 4 / image["machine"]["dramBytesPerCycle"]
assert queue["cycles_per_request"] < alone["cycles"] - 0.5 * arriving, (queue, alone["cycles"])
assert queue["mxu_utilization"] > alone["mxu_utilization"], queue
