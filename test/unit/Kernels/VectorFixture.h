//===- VectorFixture.h - Vector programs in tests -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_KERNELS_VECTORFIXTURE_H
#define ASHLAR_TEST_UNIT_KERNELS_VECTORFIXTURE_H

#include "KernelFixture.h"

namespace ashlar::test {

class VectorFixture : public KernelFixture {
public:
  static E elementOf(L type) {
    switch (type) {
    case L::f32:
      return E::f32;
    case L::f64:
      return E::f64;
    case L::i32:
      return E::i32;
    case L::u32:
      return E::u32;
    case L::i64:
      return E::i64;
    case L::u64:
      return E::u64;
    }
    return E::f32;
  }
  static bool isWide(L type) {
    return type == L::f64 || type == L::i64 || type == L::u64;
  }

  void in(uint8_t v, const Descriptor &d) { add(isa::VIn{v, desc(d)}); }
  void out(L type, uint8_t v, const Descriptor &d,
           isa::OutKind kind = isa::OutKind::store, unsigned dims = 0,
           isa::OutMode mode = isa::OutMode::set) {
    isa::VOut o{};
    o.type = type, o.tensor = desc(d), o.vs = v, o.kind = kind, o.mode = mode;
    o.dims = decltype(o.dims)(dims);
    add(o);
  }
  Fault run() { return execVrun(context, isa::Vrun{}, finish()); }
  void runOk() {
    Fault f = run();
    ASSERT_FALSE(f) << trapKindName(f.kind) << ": " << f.detail;
  }

  /// A flat tensor with given bits.
  Descriptor flat(E type, const std::vector<uint64_t> &bits) {
    Descriptor d = place(type, {1, 1, 1, 1, 1, int64_t(bits.size())}, false);
    for (size_t i = 0; i < bits.size(); ++i)
      setBits(d, {0, 0, 0, 0, 0, int64_t(i)}, bits[i]);
    return d;
  }
  std::vector<uint64_t> bitsOf(const Descriptor &d) {
    std::vector<uint64_t> v;
    forAll(d.size, [&](const Index &i) { v.push_back(getBits(d, i)); });
    return v;
  }

  /// Interesting and random bits of a lane type.
  std::vector<uint64_t> samples(L type, size_t count) {
    std::vector<uint64_t> v;
    if (type == L::f32)
      for (float x : {0.0f,           -0.0f,         1.0f,        -1.0f,
                      0.5f,           -0.5f,         1.5f,        2.5f,
                      -2.5f,          1e-40f,        3e38f,       INFINITY,
                      -INFINITY,      NAN,           0x1p-149f,   2147483648.0f,
                      -2147483648.0f, 4294967296.0f, 0.49999997f, 8388609.0f})
        v.push_back(std::bit_cast<uint32_t>(x));
    else if (type == L::f64)
      for (double x : {0.0, -0.0, 1.0, -1.0, 0.5, -1.5, 2.5, 1e-310, 1e308,
                       double(INFINITY), -double(INFINITY), double(NAN), 0x1p63,
                       -0x1p63, 0x1p64, 4294967295.5})
        v.push_back(std::bit_cast<uint64_t>(x));
    else
      for (uint64_t x :
           {0ull, 1ull, 2ull, 7ull, 31ull, 32ull, 63ull, 64ull, ~0ull, ~1ull,
            1ull << 31, (1ull << 31) - 1, 1ull << 63, (1ull << 63) - 1})
        v.push_back(x);
    v.push_back(type == L::f32   ? 0xffc12345u
                : type == L::f64 ? 0xfff8000012345678u
                                 : 12345u);
    while (v.size() < count) {
      uint64_t bits = rng();
      if (type == L::f32 && chance(60))
        bits = std::bit_cast<uint32_t>(float(random(-100000, 100000)) / 1000);
      if (type == L::f64 && chance(60))
        bits = std::bit_cast<uint64_t>(double(random(-100000, 100000)) / 997);
      if (!isFloatLane(type) && chance(40))
        bits = uint64_t(random(-40, 40));
      v.push_back(bits);
    }
    for (uint64_t &x : v)
      if (!isWide(type))
        x &= 0xffffffffu;
    return v;
  }
  static bool isFloatLane(L type) { return type == L::f32 || type == L::f64; }
};

} // namespace ashlar::test

#endif // ASHLAR_TEST_UNIT_KERNELS_VECTORFIXTURE_H
