//===- VectorProgramTest.cpp - Programs as a whole, and malformed ones ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorFixture.h"

using namespace ashlar;
using namespace ashlar::test;
using K = isa::OutKind;

namespace {

using VectorProgramTest = VectorFixture;

TEST_F(VectorProgramTest, InPlaceAndStoreTypes) {
  for (E type : {E::i4, E::u4, E::i8, E::u16, E::f16, E::bf16, E::f8e4m3,
                 E::f8e5m2, E::f32, E::f64}) {
    release();
    Descriptor d = place(
        type, {1, 1, 1, 3, 7, type == E::i4 || type == E::u4 ? 10 : 9}, true);
    fill(d);
    std::vector<uint64_t> before = bitsOf(d);
    L lane = type == E::f64 ? L::f64 : test::isFloat(type) ? L::f32 : L::i32;
    begin();
    in(0, d);
    add(isa::VAdd{lane, 1, 0, 0});
    out(lane, 1, d);
    runOk();
    std::vector<uint64_t> after = bitsOf(d);
    for (size_t i = 0; i < before.size(); ++i) {
      if (!test::isFloat(type)) {
        EXPECT_EQ((before[i] * 2) & ((1ull << elementBits(type)) - 1),
                  after[i]);
      } else if (type != E::f64 && type != E::f32) {
        EXPECT_TRUE(sameFloat(roundTo(type, 2 * decodeFloat(type, before[i])),
                              decodeFloat(type, after[i])));
      }
    }
  }
}

TEST_F(VectorProgramTest, MalformedPrograms) {
  Descriptor f = place(E::f32, {1, 1, 1, 1, 2, 8}),
             i = place(E::i32, {1, 1, 1, 1, 2, 8});
  Descriptor small = place(E::f32, {1, 1, 1, 1, 2, 7});
  auto expect = [&](TrapKind kind) {
    Fault fault = run();
    EXPECT_EQ(fault.kind, kind) << fault.detail;
  };
  begin();
  in(0, f);
  out(L::f32, 1, f); // never written
  expect(TrapKind::IllegalInstruction);
  begin();
  in(0, f);
  add(isa::VAdd{L::i32, 1, 0, 0});
  out(L::i32, 1, i);
  expect(TrapKind::IllegalInstruction);
  begin();
  in(0, f);
  out(L::f32, 0, i); // convert first
  expect(TrapKind::TypeMismatch);
  begin();
  in(0, f);
  in(1, small);
  out(L::f32, 0, f);
  expect(TrapKind::ShapeMismatch);
  begin();
  in(0, f);
  out(L::f32, 0, f, K::sum, 1 << 5); // not reduced to 1
  expect(TrapKind::ShapeMismatch);
  begin();
  in(0, f);
  out(L::f32, 0, f, K::And);
  expect(TrapKind::IllegalInstruction);
  begin();
  in(0, f);
  out(L::f32, 0, f, K::scansum, 0);
  expect(TrapKind::IllegalInstruction);
  begin();
  in(0, f);
  for (int n = 0; n < 33; ++n)
    add(isa::VAdd{L::f32, 0, 0, 0});
  out(L::f32, 0, f);
  expect(TrapKind::IllegalInstruction);
  begin();
  for (uint8_t n = 0; n < 5; ++n)
    in(n, f);
  out(L::f32, 0, f);
  expect(TrapKind::IllegalInstruction);
  begin();
  for (int n = 0; n < 3; ++n) {
    if (n == 0)
      in(0, f);
    out(L::f32, 0, f);
  }
  expect(TrapKind::IllegalInstruction);
  begin();
  expect(TrapKind::IllegalInstruction);
}

TEST_F(VectorProgramTest, OutputsInAccumulatorMemory) {
  Descriptor x = place(E::i32, {1, 1, 1, 2, 3, 16});
  forAll(x.size, [&](const Index &at) {
    setBits(x, at, uint64_t(at[3] * 1000 + at[4] * 100 + at[5]));
  });
  // Panels of 8 rows; element (panel, row, lane) at its row's lane.
  Descriptor acc = place(E::i32, {1, 1, 1, 2, 3, 16}, false);
  acc.base = makeAddress(Space::Acc, kThisCore, 64);
  acc.stride[3] = 8 * 16, acc.stride[4] = 16, acc.stride[5] = 1;
  begin();
  in(0, x);
  out(L::i32, 0, acc);
  runOk();
  forAll(x.size, [&](const Index &at) {
    int32_t value;
    std::memcpy(&value,
                memory.acc(0) + 64 + 4 * (at[3] * 8 * 16 + at[4] * 16 + at[5]),
                4);
    EXPECT_EQ(value, at[3] * 1000 + at[4] * 100 + at[5]);
  });
  // Not of other types, not combined with what is there, not as input.
  auto expectOutOfRange = [&] {
    Fault f = run();
    EXPECT_EQ(f.kind, TrapKind::OutOfRange) << f.detail;
  };
  begin();
  in(0, acc);
  out(L::i32, 0, x);
  expectOutOfRange();
  Descriptor bytes = acc;
  bytes.type = E::i8;
  begin();
  in(0, x);
  out(L::i32, 0, bytes);
  expectOutOfRange();
  Descriptor sums = acc;
  sums.size[5] = 1;
  begin();
  in(0, x);
  out(L::i32, 0, sums, isa::OutKind::sum, 32, isa::OutMode::acc);
  expectOutOfRange();
  begin();
  in(0, x);
  out(L::i32, 0, sums, isa::OutKind::sum, 32);
  runOk();
  int32_t sum;
  std::memcpy(&sum, memory.acc(0) + 64, 4);
  EXPECT_EQ(sum, 120);
}

TEST_F(VectorProgramTest, ConstantsAndRegisters) {
  Descriptor o = place(E::f64, {1, 1, 1, 1, 3, 600});
  begin();
  add(isa::VConst{L::f64, 0, std::bit_cast<uint32_t>(1.5f)});
  isa::VReg r{};
  r.type = L::f64, r.vd = 1, r.ra = reg(std::bit_cast<uint64_t>(0.1));
  add(r);
  add(isa::VMul{L::f64, 2, 0, 1});
  out(L::f64, 2, o);
  runOk();
  forAll(o.size,
         [&](const Index &at) { EXPECT_EQ(getFloat(o, at), 1.5 * 0.1); });
  Descriptor n = place(E::i64, {1, 1, 1, 1, 1, 2});
  begin();
  add(isa::VConst{L::i64, 0, 0xfffffffeu});
  out(L::i64, 0, n);
  runOk();
  EXPECT_EQ(getInt(n, {}), -2);
  begin();
  add(isa::VConst{L::u64, 0, 0xfffffffeu});
  out(L::u64, 0, n);
  runOk();
  EXPECT_EQ(getInt(n, {}), 0xfffffffell);
}

} // namespace
