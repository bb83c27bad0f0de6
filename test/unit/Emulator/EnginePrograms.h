//===- EnginePrograms.h - Programs that several tests run -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_EMULATOR_ENGINEPROGRAMS_H
#define ASHLAR_TEST_UNIT_EMULATOR_ENGINEPROGRAMS_H

#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ashlar::runtime::test {

/// r20 = this core's scratchpad, r21 = its accumulators. Four words.
inline const std::string onChip = "li r20, 0\nlih r20, 0x2000ff00\n"
                                  "li r21, 0\nlih r21, 0x3000ff00\n";

/// i8 product of `tiles` tiles of 16 x 64 with one stationary 32 x 64: double
/// buffered loads, one mm and drain a tile, stores on the other copy engine.
struct ProductProgram {
  unsigned tiles = 6;
  unsigned m = 16, n = 32, k = 64;
  static constexpr unsigned bAt = 16384, outAt = 32768; // in io

  uint64_t macs() const { return uint64_t(tiles) * m * n * k; }
  uint64_t inBytes() const { return uint64_t(tiles) * m * k + n * k; }
  uint64_t outBytes() const { return uint64_t(tiles) * m * n * 4; }

  std::string text() const {
    return onChip +
           "dnew d10, i8, r20, 0x8000\nddim d10, 2, 32, 64\nddim d10, 5, 64, "
           "1\n"
           "dnew d11, i8, r1, 16384\nddim d11, 2, 32, 64\nddim d11, 5, 64, 1\n"
           "copy dma0, d10, d11 {\n c.signal s1, 1\n}\nwait mxu, s1, 1\n"
           "dnew d0, i8, r20, 0\nddim d0, 2, 16, 64\nddim d0, 5, 64, 1\n"
           "dnew d1, i8, r1, 0\nddim d1, 2, 16, 64\nddim d1, 5, 64, 1\n"
           "dnew d2, i32, r21, 0\nddim d2, 4, 16, 32\nddim d2, 5, 32, 1\n"
           "dnew d3, i32, r20, 0x4000\nddim d3, 2, 16, 32\nddim d3, 5, 32, 1\n"
           "dnew d4, i32, r1, 0\ndadd d4, r0, 32768\n"
           "ddim d4, 2, 16, 32\nddim d4, 5, 32, 1\n"
           "signal scalar, s2, 2\nsignal scalar, s3, 2\nsignal scalar, s4, 2\n"
           "li r30, 0\nli r31, 0\n"
           "loopi " +
           std::to_string(tiles) +
           ", e\n"
           // Slot 0 or 1 of each ring.
           "muli r32, r30, 0x400\nadd r32, r32, r20\ndbase d0, r32, 0\n"
           "muli r33, r30, 0x800\nadd r34, r33, r21\ndbase d2, r34, 0\n"
           "add r35, r33, r20\ndbase d3, r35, 0x4000\n"
           "wait dma0, s2, 1\ncopy dma0, d0, d1 {\n c.signal s5, 1\n}\n"
           "wait mxu, s5, 1\nwait mxu, s3, 1\nmm d2, d0, d10, set {\n}\n"
           "signal mxu, s2, 1\nsignal mxu, s6, 1\n"
           "wait out, s6, 1\nwait out, s4, 1\ndrain d3, d2, row {\n}\n"
           "signal out, s3, 1\nsignal out, s7, 1\n"
           "wait dma1, s7, 1\ncopy dma1, d4, d3 {\n}\nsignal dma1, s4, 1\n"
           "dadd d1, r0, 1024\ndadd d4, r0, 2048\nxori r30, r30, 1\n"
           "e: halt";
  }

  static int8_t a(unsigned i, unsigned j) {
    return int8_t(i * 37 + j * 11 + 5);
  }
  static int8_t b(unsigned i, unsigned j) { return int8_t(i * 13 - j * 7 + 3); }

  void fill(std::vector<uint8_t> &io) const {
    for (unsigned i = 0; i < tiles * m; ++i)
      for (unsigned j = 0; j < k; ++j)
        io[i * k + j] = uint8_t(a(i, j));
    for (unsigned i = 0; i < n; ++i)
      for (unsigned j = 0; j < k; ++j)
        io[bAt + i * k + j] = uint8_t(b(i, j));
  }
  void check(const std::vector<uint8_t> &io) const {
    for (unsigned i = 0; i < tiles * m; ++i)
      for (unsigned j = 0; j < n; ++j) {
        int32_t expected = 0, got;
        for (unsigned x = 0; x < k; ++x)
          expected += a(i, x) * b(j, x);
        std::memcpy(&got, io.data() + outAt + 4 * (i * n + j), 4);
        ASSERT_EQ(got, expected) << i << ", " << j;
      }
  }
};

} // namespace ashlar::runtime::test

#endif // ASHLAR_TEST_UNIT_EMULATOR_ENGINEPROGRAMS_H
