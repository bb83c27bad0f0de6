# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""documented_program.py extract PAGE.md OUT.s X.npy: writes the first program of
a page and an input for it. check X.npy Y.npy: y has to be x + 1."""

import sys

import numpy as np

if sys.argv[1] == "extract":
    with open(sys.argv[2]) as page:
        program = page.read().split("```\n")[1]
    with open(sys.argv[3], "w") as file:
        file.write(program)
    values = np.arange(128 * 64, dtype=np.float32).reshape(128, 64)
    np.save(sys.argv[4], values / 8 - 500)
else:
    x, y = np.load(sys.argv[2]), np.load(sys.argv[3])
    assert np.array_equal(y, x + np.float32(1)), y
