# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_utilization.py STATS.json PEAK SIZES...: the utilisation is that of
products of these sizes (24x24x9) at PEAK multiply-accumulates a cycle, and the
matrix unit has executed fewer than all of them."""

import json
import math
import sys

statistics = json.load(open(sys.argv[1]))
work = sum(math.prod(map(int, sizes.split("x"))) for sizes in sys.argv[3:])
assert statistics["source_macs"] == work, statistics["source_macs"]
assert 0 < statistics["macs"] < work, statistics["macs"]
expected = work / (statistics["cycles"] * int(sys.argv[2]))
got = statistics["mxu_utilization"]
assert abs(got / expected - 1) < 1e-6, (got, expected, statistics["operators"])
