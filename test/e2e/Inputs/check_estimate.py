# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_estimate.py MODEL FOLDER TARGET...: expected cycles are within a fifth of the emulated ones."""

import json
import pathlib
import subprocess
import sys

model, folder = sys.argv[1], pathlib.Path(sys.argv[2])
for target in sys.argv[3:]:
    image, stats = folder / f"{target}.npu", folder / f"{target}.json"
    subprocess.run(["ashlar", "compile", model, "--dim", "N=100", "--target", target, "-o", image], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ashlar", "run", image, "--random-inputs", "--timed", "--stats", stats], check=True, stdout=subprocess.DEVNULL)
    inspected = subprocess.run(["ashlar", "inspect", image, "--json"], check=True, capture_output=True)
    expected, counted = json.loads(inspected.stdout)["estimated_cycles"], json.loads(stats.read_text())["cycles"]
    print(f"{target}: {expected} expected, {counted} counted, {expected / counted:.3f}")
    assert 0.8 < expected / counted < 1.2, target
