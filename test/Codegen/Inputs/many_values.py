# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A text whose values are all alive at once: many_values.py COUNT"""

import sys

print("nisa.text 0 {")
for i in range(int(sys.argv[1])):
    print("  nisa.li %%r%d, %d" % (64 + i, i))
for i in range(int(sys.argv[1])):
    print("  nisa.store i64, %%r%d, r0, %d" % (64 + i, 8 * i))
print("  nisa.halt\n}")
