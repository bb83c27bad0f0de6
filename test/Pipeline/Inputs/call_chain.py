# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""call_chain.py LENGTH TIMES: a model of LENGTH functions, each of which calls the one before TIMES times."""

import sys

TYPE = "(tensor<4xf32>) -> tensor<4xf32>"
length, times = int(sys.argv[1]), int(sys.argv[2])
for i in range(length):
    name = "@main" if i == length - 1 else f"private @f{i}"
    print(f"func.func {name}(%0: tensor<4xf32>) -> tensor<4xf32> {{")
    for step in range(times):
        print(f"  %{step + 1} = " + (f"call @f{i - 1}(%{step}) : {TYPE}" if i else f"nn.relu %{step} : {TYPE}"))
    print(f"  return %{times} : tensor<4xf32>\n}}")
