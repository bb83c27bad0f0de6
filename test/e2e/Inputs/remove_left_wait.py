# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""remove_left_wait.py IN.s OUT.s: core 0 no longer waits for the copies that the run before has left."""

import re
import sys

lines = open(sys.argv[1], encoding="utf-8").read().split("\n")
queue = next(line.split()[1] for line in lines if line.split()[:1] == ["leave"])
signal = next(i for i, line in enumerate(lines) if re.match(rf"\s*signal {queue}, s\d+, 1$", line))
semaphore = lines[signal].split()[2]  # with its comma
wait = next(i for i, line in enumerate(lines) if i > signal and re.match(rf"\s*wait \w+, {semaphore} 1$", line))
del lines[wait]
open(sys.argv[2], "w", encoding="utf-8").write("\n".join(lines))
