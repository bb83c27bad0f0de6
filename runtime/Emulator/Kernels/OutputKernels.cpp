//===- OutputKernels.cpp - Loops of the output stage ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/OutputKernels.h"
#include "Emulator/Kernels/Numbers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Emulator/Kernels/OutputKernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "Emulator/Kernels/Targets.h"

HWY_BEFORE_NAMESPACE();
namespace ashlar::runtime {
namespace HWY_NAMESPACE {

void saturate(float *x, float lo, float hi, size_t n) {
  ASHLAR_LANE_LOOP
  for (size_t i = 0; i < n; ++i) {
    float v = x[i] < lo ? lo : x[i];
    v = v > hi ? hi : v;
    x[i] = v != v ? 0.0f : v;
  }
}

void lookUp(float *x, const float (&table)[256], size_t n) {
  for (size_t i = 0; i < n; ++i)
    x[i] = table[uint32_t(num::saturate<int32_t>(num::roundEven(x[i]))) & 255];
}

void polynomial(float *x, const float *table, int32_t segments, size_t n) {
  float lo = table[0], inverse = table[1], last = float(segments - 1);
  for (size_t i = 0; i < n; ++i) {
    float t = (x[i] - lo) * inverse;
    float segment = __builtin_floorf(t);
    segment = segment > 0 ? segment : 0.0f; // NaN too
    segment = segment > last ? last : segment;
    const float *c = table + 2 + 4 * int32_t(segment);
    float u = t - segment;
    float r = num::fusedMulAdd(
        num::fusedMulAdd(num::fusedMulAdd(c[3], u, c[2]), u, c[1]), u, c[0]);
    x[i] = num::canonical(r);
  }
}

const OutputKernels *outputKernelsFn() {
  static constexpr OutputKernels kernels = {saturate, lookUp, polynomial};
  return &kernels;
}

} // namespace HWY_NAMESPACE
} // namespace ashlar::runtime
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ashlar::runtime {
namespace {
HWY_EXPORT(outputKernelsFn);
}
const OutputKernels &outputKernels() {
  return *HWY_DYNAMIC_DISPATCH(outputKernelsFn)();
}
} // namespace ashlar::runtime
#endif
