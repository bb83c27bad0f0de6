//===- Targets.h - One source for every vector width ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Highway compiles a kernel file once per target and picks one at run time. The
// loops themselves are plain C++ that clang vectorises for the target at hand,
// except where a product is worth intrinsics. The EMU128 target is the scalar
// build: its loops are not vectorised. A file of kernels begins with
//
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "Emulator/Kernels/Name.cpp"
//   #include "hwy/foreach_target.h"
//   #include "hwy/highway.h"
//   #include "Emulator/Kernels/Targets.h"
//
//===----------------------------------------------------------------------===//

// Included once per target: no include guard, macros only.
#undef ASHLAR_LANE_LOOP
#if HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SCALAR
#define ASHLAR_LANE_LOOP _Pragma("clang loop vectorize(disable)")
#else
// Output and input of a lane kernel are the same array or disjoint.
#define ASHLAR_LANE_LOOP _Pragma("clang loop vectorize(assume_safety)")
#endif
