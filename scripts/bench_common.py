# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the sections of scripts/bench share."""

import os
import pathlib
import resource
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("ASHLAR_BIN", ROOT / "build" / "bin"))
PRESETS = ["nano", "edge", "server", "hbm"]


def run(command, **options):
    """The finished process and the CPU seconds that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([str(part) for part in command], text=True, capture_output=True,
                            check=False, **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result, seconds


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
