//===- HostProduct.cpp - What products are measured against ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostProduct.h"

#include <vector>

using std::size_t;

namespace ashlar::test {
namespace {

// b is packed in panels of 32 columns; tiles of 6 x 32 sums live in registers.
constexpr int kColumns = 32, kRows = 6;

template <typename T, typename Sum>
void tile(const T *a, int lda, const T *panel, Sum *c, int ldc, int rows,
          int k) {
  Sum sum[kRows][kColumns] = {};
  for (int x = 0; x < k; ++x)
    for (int i = 0; i < kRows; ++i) {
      Sum value = a[(i < rows ? i : 0) * lda + x];
      for (int j = 0; j < kColumns; ++j)
        sum[i][j] += value * Sum(panel[x * kColumns + j]);
    }
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < kColumns; ++j)
      c[i * ldc + j] = sum[i][j];
}

template <typename T, typename Sum, typename Packed>
void product(const T *a, const T *b, Sum *c, int m, int n, int k) {
  std::vector<T> panel(size_t(k) * kColumns);
  for (int j = 0; j < n; j += kColumns) {
    for (int x = 0; x < k; ++x)
      for (int y = 0; y < kColumns; ++y)
        panel[size_t(x) * kColumns + y] = b[size_t(j + y) * k + x];
    for (int i = 0; i < m; i += kRows)
      tile(a + size_t(i) * k, k, panel.data(), c + size_t(i) * n + j, n,
           m - i < kRows ? m - i : kRows, k);
  }
}

// Dot products of i8 rows: compilers know this pattern best.
int32_t dot(const int8_t *a, const int8_t *b, int k) {
  int32_t sum = 0;
  for (int x = 0; x < k; ++x)
    sum += int32_t(a[x]) * int32_t(b[x]);
  return sum;
}

} // namespace

void hostProductI8(const int8_t *a, const int8_t *b, int32_t *c, int m, int n,
                   int k) {
  // Blocks of b's rows stay in the first-level cache.
  constexpr int kBlock = 16;
  for (int j0 = 0; j0 < n; j0 += kBlock)
    for (int i = 0; i < m; ++i)
      for (int j = j0; j < j0 + kBlock; ++j)
        c[size_t(i) * n + j] = dot(a + size_t(i) * k, b + size_t(j) * k, k);
}

void hostProductF32(const float *a, const float *b, float *c, int m, int n,
                    int k) {
  product<float, float, float>(a, b, c, m, n, k);
}

} // namespace ashlar::test
