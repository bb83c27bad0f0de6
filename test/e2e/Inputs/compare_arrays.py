# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare_arrays.py EXPECTED.npy ACTUAL.npy: the same within 1e-4."""

import sys

import numpy as np

np.testing.assert_allclose(np.load(sys.argv[2]), np.load(sys.argv[1]), rtol=1e-4, atol=1e-4)
