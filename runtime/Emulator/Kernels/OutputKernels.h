//===- OutputKernels.h - Loops of the output stage ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_OUTPUTKERNELS_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_OUTPUTKERNELS_H

#include <cstddef>
#include <cstdint>

namespace ashlar::runtime {

struct OutputKernels {
  /// x = x clamped to [lo, hi]; NaN becomes 0.
  void (*saturate)(float *x, float lo, float hi, size_t n);
  /// x = entry of `table` at the 8-bit integer x.
  void (*lookUp)(float *x, const float (&table)[256], size_t n);
  /// Piecewise cubic (`o.poly`): lo, 1/step, then `segments` times 4
  /// coefficients.
  void (*polynomial)(float *x, const float *table, int32_t segments, size_t n);
};

/// The kernels for the best target of this host.
const OutputKernels &outputKernels();

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_OUTPUTKERNELS_H
