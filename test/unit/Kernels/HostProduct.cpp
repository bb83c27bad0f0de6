//===- HostProduct.cpp - What products are measured against ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostProduct.h"

#include <cstdint>
#include <cstring>
#include <vector>

#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
#include <immintrin.h>
#endif

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

#if defined(__AVX512VNNI__) && defined(__AVX512BW__)

// What the host's own instruction for it can do: sums of four products of u8
// and i8, columns of b packed as u8 (128 added), 6 x 64 sums in registers. Rows
// of a are corrected by 128 times their sum.
constexpr int kPanel = 64;

void packPanel(const int8_t *b, int k, uint8_t *panel) {
  for (int x = 0; x < k; x += 4)
    for (int y = 0; y < kPanel; ++y) {
      uint32_t word;
      std::memcpy(&word, b + size_t(y) * k + x, 4);
      word ^= 0x80808080u;
      std::memcpy(panel + (size_t(x) * kPanel + size_t(y) * 4), &word, 4);
    }
}

template <int rows>
void panelProduct(const int8_t *a, const uint8_t *panel, const int32_t *fix,
                  int32_t *c, int n, int k) {
  __m512i sum[rows][4];
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < 4; ++v)
      sum[i][v] = _mm512_set1_epi32(fix[i]);
  for (int x = 0; x < k; x += 4) {
    __m512i column[4];
    for (int v = 0; v < 4; ++v)
      column[v] = _mm512_loadu_si512(panel + size_t(x) * kPanel + v * 64);
    for (int i = 0; i < rows; ++i) {
      int32_t word;
      std::memcpy(&word, a + size_t(i) * k + x, 4);
      __m512i row = _mm512_set1_epi32(word);
      for (int v = 0; v < 4; ++v)
        sum[i][v] = _mm512_dpbusd_epi32(sum[i][v], column[v], row);
    }
  }
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < 4; ++v)
      _mm512_storeu_si512(c + size_t(i) * n + v * 16, sum[i][v]);
}

void integerProduct(const int8_t *a, const int8_t *b, int32_t *c, int m, int n,
                    int k) {
  std::vector<int32_t> fix(size_t(m), 0);
  for (int i = 0; i < m; ++i) {
    int32_t sum = 0;
    for (int x = 0; x < k; ++x)
      sum += a[size_t(i) * k + x];
    fix[i] = -128 * sum;
  }
  std::vector<uint8_t> panel(size_t(k) * kPanel);
  for (int j = 0; j < n; j += kPanel) {
    packPanel(b + size_t(j) * k, k, panel.data());
    int i = 0;
    for (; i + 6 <= m; i += 6)
      panelProduct<6>(a + size_t(i) * k, panel.data(), &fix[i],
                      c + size_t(i) * n + j, n, k);
    for (; i < m; ++i)
      panelProduct<1>(a + size_t(i) * k, panel.data(), &fix[i],
                      c + size_t(i) * n + j, n, k);
  }
}

#else

// Dot products of i8 rows: compilers know this pattern best.
int32_t dot(const int8_t *a, const int8_t *b, int k) {
  int32_t sum = 0;
  for (int x = 0; x < k; ++x)
    sum += int32_t(a[x]) * int32_t(b[x]);
  return sum;
}

void integerProduct(const int8_t *a, const int8_t *b, int32_t *c, int m, int n,
                    int k) {
  // Blocks of b's rows stay in the first-level cache.
  constexpr int kBlock = 16;
  for (int j0 = 0; j0 < n; j0 += kBlock)
    for (int i = 0; i < m; ++i)
      for (int j = j0; j < j0 + kBlock; ++j)
        c[size_t(i) * n + j] = dot(a + size_t(i) * k, b + size_t(j) * k, k);
}

#endif

} // namespace

void hostProductI8(const int8_t *a, const int8_t *b, int32_t *c, int m, int n,
                   int k) {
  integerProduct(a, b, c, m, n, k);
}

void hostProductF32(const float *a, const float *b, float *c, int m, int n,
                    int k) {
  product<float, float, float>(a, b, c, m, n, k);
}

} // namespace ashlar::test
