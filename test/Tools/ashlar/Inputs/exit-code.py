# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""exit-code.py CODE COMMAND...: passes the command's output on and fails if it
ends with another code (a signal counts as one) or takes longer than a minute."""

import subprocess
import sys

done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT, timeout=60)
sys.stdout.buffer.write(done.stdout)
if done.returncode != int(sys.argv[1]):
    sys.exit(f"{sys.argv[2:]}: exit code {done.returncode}, expected {sys.argv[1]}")
