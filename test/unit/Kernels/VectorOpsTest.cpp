//===- VectorOpsTest.cpp - Every micro-operation at every type ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorFixture.h"

#include <optional>
#include <type_traits>

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr L kLaneTypes[] = {L::f32, L::f64, L::i32, L::u32, L::i64, L::u64};

template <typename T> T fromBits(uint64_t b) {
  T v;
  std::memcpy(&v, &b, sizeof v);
  return v;
}
template <typename T> uint64_t toBits(T v) {
  uint64_t b = 0;
  if constexpr (std::is_floating_point_v<T>)
    if (std::isnan(v))
      return sizeof(T) == 4 ? 0x7fc00000u : 0x7ff8000000000000u;
  std::memcpy(&b, &v, sizeof v);
  return b;
}

/// What an operation gives, written without the kernels: wide integers instead
/// of wrapping, the host's library instead of selections.
template <typename T>
std::optional<uint64_t> reference(isa::Opcode op, T a, T b, T c) {
  using O = isa::Opcode;
  constexpr bool isFloat = std::is_floating_point_v<T>;
  using Wide = std::conditional_t<isFloat, T, __int128>;
  auto value = [](Wide w) { return toBits(T(w)); };
  auto flag = [](bool x) { return uint64_t(x); };
  switch (op) {
  case O::VAdd:
    return value(Wide(a) + Wide(b));
  case O::VSub:
    return value(Wide(a) - Wide(b));
  case O::VMul:
    if constexpr (!isFloat)
      return toBits(T(uint64_t(a) * uint64_t(b)));
    return value(Wide(a) * Wide(b));
  case O::VEq:
    return flag(a == b);
  case O::VNe:
    return flag(a != b);
  case O::VLt:
    return flag(a < b);
  case O::VLe:
    return flag(a <= b);
  default:
    break;
  }
  if constexpr (isFloat) {
    bool nan = std::isnan(a) || std::isnan(b);
    auto less = [](T x, T y) {
      return x < y || (x == y && std::signbit(x) && !std::signbit(y));
    };
    T lower = less(a, b) ? a : b, upper = less(b, a) ? a : b;
    switch (op) {
    case O::VFma:
      return toBits(std::fma(a, b, c));
    case O::VMin:
      return toBits(nan ? T(NAN) : lower);
    case O::VMax:
      return toBits(nan ? T(NAN) : upper);
    case O::VMinnum:
      return toBits(std::isnan(a) ? b : std::isnan(b) ? a : lower);
    case O::VMaxnum:
      return toBits(std::isnan(a) ? b : std::isnan(b) ? a : upper);
    case O::VCopysign:
      return toBits(std::copysign(a, b));
    case O::VDiv:
      return toBits(a / b);
    case O::VRem:
      return toBits(std::fmod(a, b));
    case O::VUno:
      return flag(nan);
    case O::VNeg:
      return toBits(-a);
    case O::VAbs:
      return toBits(std::fabs(a));
    case O::VFloor:
      return toBits(std::floor(a));
    case O::VCeil:
      return toBits(std::ceil(a));
    case O::VTrunc:
      return toBits(std::trunc(a));
    case O::VRint:
      return toBits(std::nearbyint(a));
    case O::VRound:
      return toBits(std::round(a));
    case O::VSqrt:
      return toBits(std::sqrt(a));
    case O::VRsqrt:
      return toBits(T(1) / std::sqrt(a));
    case O::VRcp:
      return toBits(T(1) / a);
    default:
      return std::nullopt;
    }
  } else {
    constexpr unsigned width = sizeof(T) * 8;
    using U = std::make_unsigned_t<T>;
    bool small = U(b) < width;
    switch (op) {
    case O::VFma:
      return toBits(T(uint64_t(a) * uint64_t(b) + uint64_t(c)));
    case O::VMin:
      return toBits(std::min(a, b));
    case O::VMax:
      return toBits(std::max(a, b));
    case O::VDiv:
      return b == 0 ? toBits(T(-1)) : value(Wide(a) / Wide(b));
    case O::VRem:
      return b == 0 ? toBits(a) : value(Wide(a) % Wide(b));
    case O::VNeg:
      return value(-Wide(a));
    case O::VAbs:
      return value(a < T(0) ? -Wide(a) : Wide(a));
    case O::VAnd:
      return toBits(T(a & b));
    case O::VOr:
      return toBits(T(a | b));
    case O::VXor:
      return toBits(T(a ^ b));
    case O::VShl:
      return toBits(small ? T(U(a) << U(b)) : T(0));
    case O::VShr: {
      T r = a;
      for (unsigned i = 0; i < (small ? unsigned(U(b)) : width); ++i)
        r = T(std::is_signed_v<T> ? T(r >> 1) : T(U(r) >> 1));
      return toBits(r);
    }
    case O::VNot:
      return toBits(T(~a));
    case O::VClz: {
      unsigned n = 0;
      while (n < width && !(U(a) >> (width - 1 - n) & 1))
        ++n;
      return toBits(T(n));
    }
    case O::VCtz: {
      unsigned n = 0;
      while (n < width && !(U(a) >> n & 1))
        ++n;
      return toBits(T(n));
    }
    case O::VPopcount: {
      unsigned n = 0;
      for (unsigned i = 0; i < width; ++i)
        n += unsigned(U(a) >> i & 1);
      return toBits(T(n));
    }
    default:
      return std::nullopt;
    }
  }
}

std::optional<uint64_t> referenceAt(L type, isa::Opcode op, uint64_t a,
                                    uint64_t b, uint64_t c) {
  switch (type) {
  case L::f32:
    return reference(op, fromBits<float>(a), fromBits<float>(b),
                     fromBits<float>(c));
  case L::f64:
    return reference(op, fromBits<double>(a), fromBits<double>(b),
                     fromBits<double>(c));
  case L::i32:
    return reference(op, fromBits<int32_t>(a), fromBits<int32_t>(b),
                     fromBits<int32_t>(c));
  case L::u32:
    return reference(op, fromBits<uint32_t>(a), fromBits<uint32_t>(b),
                     fromBits<uint32_t>(c));
  case L::i64:
    return reference(op, fromBits<int64_t>(a), fromBits<int64_t>(b),
                     fromBits<int64_t>(c));
  case L::u64:
    return reference(op, fromBits<uint64_t>(a), fromBits<uint64_t>(b),
                     fromBits<uint64_t>(c));
  }
  return std::nullopt;
}

class VectorOpsTest : public VectorFixture {
public:
  /// Runs one word (made from opcode and registers) over three inputs.
  template <typename Inst>
  void checkOp(const Inst &inst, isa::Opcode op, L type, bool comparison) {
    release();
    size_t n = 613;
    std::vector<uint64_t> a = samples(type, n), b = samples(type, n),
                          c = samples(type, n);
    std::shuffle(b.begin(), b.end(), rng),
        std::shuffle(c.begin(), c.end(), rng);
    E element = elementOf(type);
    Descriptor da = flat(element, a), db = flat(element, b),
               dc = flat(element, c);
    L outType = comparison ? L::i32 : type;
    Descriptor dd = flat(elementOf(outType), std::vector<uint64_t>(n, 0));
    begin();
    in(0, da), in(1, db), in(2, dc);
    add(inst);
    out(outType, 3, dd);
    auto probe = referenceAt(type, op, a[0], b[0], c[0]);
    if (!probe) {
      EXPECT_EQ(run().kind, TrapKind::IllegalInstruction);
      return;
    }
    onEveryTarget([&] {
      runOk();
      std::vector<uint64_t> got = bitsOf(dd);
      for (size_t i = 0; i < n; ++i)
        ASSERT_EQ(*referenceAt(type, op, a[i], b[i], c[i]), got[i])
            << "opcode " << int(op) << " type " << int(type) << std::hex
            << " a " << a[i] << " b " << b[i] << " c " << c[i];
    });
  }
};

template <typename Inst> Inst three(L type) {
  Inst i{};
  i.type = type, i.vd = 3, i.va = 0, i.vb = 1;
  return i;
}
template <typename Inst> Inst two(L type) {
  Inst i{};
  i.type = type, i.vd = 3, i.va = 0;
  return i;
}

TEST_F(VectorOpsTest, TwoOperands) {
  for (L type : kLaneTypes) {
#define CHECK3(NAME, COMPARISON)                                               \
  checkOp(three<isa::NAME>(type), isa::Opcode::NAME, type, COMPARISON)
    CHECK3(VAdd, false);
    CHECK3(VSub, false);
    CHECK3(VMul, false);
    CHECK3(VMin, false);
    CHECK3(VMax, false);
    CHECK3(VMinnum, false);
    CHECK3(VMaxnum, false);
    CHECK3(VCopysign, false);
    CHECK3(VDiv, false);
    CHECK3(VRem, false);
    CHECK3(VEq, true);
    CHECK3(VNe, true);
    CHECK3(VLt, true);
    CHECK3(VLe, true);
    CHECK3(VUno, true);
    CHECK3(VAnd, false);
    CHECK3(VOr, false);
    CHECK3(VXor, false);
    CHECK3(VShl, false);
    CHECK3(VShr, false);
  }
}

TEST_F(VectorOpsTest, OneOperandAndFma) {
  for (L type : kLaneTypes) {
#define CHECK2(NAME)                                                           \
  checkOp(two<isa::NAME>(type), isa::Opcode::NAME, type, false)
    CHECK2(VNeg);
    CHECK2(VAbs);
    CHECK2(VFloor);
    CHECK2(VCeil);
    CHECK2(VTrunc);
    CHECK2(VRint);
    CHECK2(VRound);
    CHECK2(VSqrt);
    CHECK2(VRsqrt);
    CHECK2(VRcp);
    CHECK2(VNot);
    CHECK2(VClz);
    CHECK2(VCtz);
    CHECK2(VPopcount);
    isa::VFma fma{};
    fma.type = type, fma.vd = 3, fma.va = 0, fma.vb = 1, fma.vc = 2;
    checkOp(fma, isa::Opcode::VFma, type, false);
  }
}

TEST_F(VectorOpsTest, SelectKeepsBits) {
  for (L type : kLaneTypes) {
    release();
    std::vector<uint64_t> a = samples(type, 100), b = samples(type, 100), c;
    std::shuffle(b.begin(), b.end(), rng);
    for (size_t i = 0; i < a.size(); ++i)
      c.push_back(uint64_t(random(-1, 1)) & 0xffffffffu);
    Descriptor da = flat(elementOf(type), a), db = flat(elementOf(type), b),
               dc = flat(E::i32, c);
    Descriptor dd = flat(elementOf(type), a);
    onEveryTarget([&] {
      begin();
      in(0, da), in(1, db), in(2, dc);
      isa::VSel s{};
      s.type = type, s.vd = 0, s.va = 0, s.vb = 1, s.vc = 2;
      add(s);
      out(type, 0, dd);
      runOk();
      std::vector<uint64_t> got = bitsOf(dd);
      for (size_t i = 0; i < a.size(); ++i)
        ASSERT_EQ(c[i] ? a[i] : b[i], got[i]);
    });
  }
}

/// v.cvt by way of long double, which holds every value exactly.
uint64_t convertReference(L to, L from, uint64_t bits, bool even) {
  long double x = from == L::f32   ? fromBits<float>(bits)
                  : from == L::f64 ? fromBits<double>(bits)
                  : from == L::i32 ? fromBits<int32_t>(bits)
                  : from == L::u32 ? fromBits<uint32_t>(bits)
                  : from == L::i64
                      ? static_cast<long double>(fromBits<int64_t>(bits))
                      : static_cast<long double>(fromBits<uint64_t>(bits));
  if (to == L::f32)
    return toBits(float(x));
  if (to == L::f64)
    return toBits(double(x));
  bool fromFloat = from == L::f32 || from == L::f64;
  if (!fromFloat) {
    __int128 wide = __int128(x);
    return uint64_t(wide) & (VectorFixture::isWide(to) ? ~0ull : 0xffffffffull);
  }
  if (std::isnan(x))
    return 0;
  long double r = even ? std::nearbyint(x) : std::trunc(x);
  long double lo = to == L::i32 ? -0x1p31L : to == L::i64 ? -0x1p63L : 0;
  long double hi = to == L::i32   ? 0x1p31L - 1
                   : to == L::u32 ? 0x1p32L - 1
                   : to == L::i64 ? 0x1p63L - 1
                                  : 0x1p64L - 1;
  r = r < lo ? lo : r > hi ? hi : r;
  return uint64_t(__int128(r)) &
         (VectorFixture::isWide(to) ? ~0ull : 0xffffffffull);
}

TEST_F(VectorOpsTest, Conversions) {
  for (L from : kLaneTypes)
    for (L to : kLaneTypes)
      for (auto mode : {isa::CvtMode::trunc, isa::CvtMode::even}) {
        release();
        std::vector<uint64_t> a = samples(from, 600);
        Descriptor da = flat(elementOf(from), a);
        Descriptor dd = flat(elementOf(to), std::vector<uint64_t>(a.size(), 0));
        onEveryTarget([&] {
          begin();
          in(0, da);
          isa::VCvt cvt{};
          cvt.to = to, cvt.from = from, cvt.vd = 1, cvt.va = 0, cvt.mode = mode;
          add(cvt);
          out(to, 1, dd);
          runOk();
          std::vector<uint64_t> got = bitsOf(dd);
          for (size_t i = 0; i < a.size(); ++i)
            ASSERT_EQ(
                convertReference(to, from, a[i], mode == isa::CvtMode::even),
                got[i])
                << int(from) << " to " << int(to) << " bits " << std::hex
                << a[i];
        });
      }
}

TEST_F(VectorOpsTest, BitsNarrowAndSat) {
  std::vector<uint64_t> a = samples(L::f32, 500);
  for (E type : {E::i4, E::u4, E::i8, E::u8, E::i16, E::u16, E::f16, E::bf16,
                 E::f8e4m3, E::f8e5m2, E::i32, E::f32})
    for (bool sat : {false, true}) {
      release();
      bool real = test::isFloat(type);
      std::vector<uint64_t> x = real ? a : samples(L::i32, 500);
      Descriptor da = flat(real ? E::f32 : E::i32, x), dd = flat(E::i32, x);
      begin();
      in(0, da);
      if (sat)
        add(isa::VSat{type, 1, 0});
      else
        add(isa::VNarrow{type, 1, 0});
      if (real) {
        isa::VBits bits{};
        bits.to = L::i32, bits.from = L::f32, bits.vd = 1, bits.va = 1;
        add(bits);
      }
      out(L::i32, 1, dd);
      if (type == E::i32 || type == E::f32 || (sat && real)) {
        EXPECT_EQ(run().kind, TrapKind::IllegalInstruction);
        continue;
      }
      onEveryTarget([&] {
        runOk();
        std::vector<uint64_t> got = bitsOf(dd);
        for (size_t i = 0; i < x.size(); ++i) {
          if (real) {
            double expected = roundTo(type, fromBits<float>(uint32_t(x[i])));
            ASSERT_TRUE(sameFloat(expected, fromBits<float>(got[i])))
                << std::hex << x[i];
          } else {
            int64_t v = int32_t(x[i]), width = elementBits(type);
            int64_t lo = isSignedType(type) ? -(int64_t(1) << (width - 1)) : 0;
            int64_t hi = lo + (int64_t(1) << width) - 1;
            int64_t wrapped =
                ((v - lo) % (hi - lo + 1) + (hi - lo + 1)) % (hi - lo + 1) + lo;
            ASSERT_EQ(sat ? std::clamp(v, lo, hi) : wrapped, int32_t(got[i]));
          }
        }
      });
    }
}

} // namespace
