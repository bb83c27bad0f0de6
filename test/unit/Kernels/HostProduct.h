//===- HostProduct.h - What products are measured against -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_KERNELS_HOSTPRODUCT_H
#define ASHLAR_TEST_UNIT_KERNELS_HOSTPRODUCT_H

#include <cstddef>
#include <cstdint>

namespace ashlar::test {

/// c[i][j] = sum over k of a[i][k] * b[j][k]; single-threaded, tiled, compiled
/// for this very host. Sizes are multiples of 64.
void hostProductI8(const int8_t *a, const int8_t *b, int32_t *c, int m, int n,
                   int k);
/// The same for f32, in any order of k.
void hostProductF32(const float *a, const float *b, float *c, int m, int n,
                    int k);

} // namespace ashlar::test

#endif // ASHLAR_TEST_UNIT_KERNELS_HOSTPRODUCT_H
