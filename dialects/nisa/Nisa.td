//===- Nisa.td - The whole instruction set ------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

include "ScalarInsts.td"
include "EngineInsts.td"
include "VectorInsts.td"
include "NisaStructure.td"
