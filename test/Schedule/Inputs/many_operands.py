# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sum of many vectors as one operation: many_operands.py COUNT"""

import sys

count = int(sys.argv[1])
vector = "tensor<8xf32>"
names = ["%%a%d" % i for i in range(count)]
print("#i = affine_map<(i) -> (i)>")
print("func.func @sum(%s, %%z: %s) -> %s {" % (
    ", ".join("%s: %s" % (name, vector) for name in names), vector, vector))
print('  %%0 = linalg.generic {indexing_maps = [%s], iterator_types = ["parallel"]}' %
      ", ".join(["#i"] * (count + 1)))
print("      ins(%s : %s) outs(%%z : %s) {" % (
    ", ".join(names), ", ".join([vector] * count), vector))
print("  ^bb0(%s):" % ", ".join("%%x%d: f32" % i for i in range(count + 1)))
total = "%x0"
for i in range(1, count):
    print("    %%y%d = arith.addf %s, %%x%d : f32" % (i, total, i))
    total = "%%y%d" % i
print("    linalg.yield %s : f32" % total)
print("  } -> %s" % vector)
print("  return %%0 : %s\n}" % vector)
