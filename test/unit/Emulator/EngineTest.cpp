//===- EngineTest.cpp - Whole programs on all engines ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EnginePrograms.h"
#include "TextualProgram.h"

#include <random>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

class Engines : public testing::TestWithParam<std::tuple<bool, bool>> {
protected:
  EmulatorOptions options() const {
    EmulatorOptions o;
    std::tie(o.timed, o.sanitize) = GetParam();
    return o;
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, Engines,
                         testing::Combine(testing::Bool(), testing::Bool()));

TEST_P(Engines, productOfTiles) {
  ProductProgram product;
  Session session({product.text()}, options());
  product.fill(session.io);
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  product.check(session.io);
  EXPECT_EQ(result.statistics.macs, product.macs());
  EXPECT_EQ(result.statistics.instructions.matrix, product.tiles);
  // Operands are read once and results written once, in whole bursts.
  EXPECT_EQ(result.statistics.dramWriteBytes, product.outBytes());
  EXPECT_GE(result.statistics.dramReadBytes, product.inBytes());
}

TEST_P(Engines, vectorProgramInPlace) {
  Session session({onChip +
                   "dnew d0, f32, r20, 0\nddim d0, 5, 16, 1\n"
                   "dnew d1, f32, r1, 0\nddim d1, 5, 16, 1\n"
                   "copy dma0, d0, d1 {\n c.signal s1, 1\n}\nwait vec, s1, 1\n"
                   "vrun {\n v.in v0, d0\n v.add.f32 v1, v0, v0\n"
                   " v.out.f32 d0, v1, store, 0, set\n}\n"
                   "signal vec, s2, 1\nwait dma1, s2, 1\n"
                   "copy dma1, d1, d0 {\n}\nhalt"},
                  options());
  std::vector<float> values(16);
  for (int i = 0; i < 16; ++i)
    values[size_t(i)] = float(i) - 4.5f;
  std::memcpy(session.io.data(), values.data(), 64);
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  for (int i = 0; i < 16; ++i) {
    float got;
    std::memcpy(&got, session.io.data() + 4 * i, 4);
    EXPECT_EQ(got, 2 * values[size_t(i)]);
  }
}

TEST_P(Engines, zeroSizesDoNothingButSignal) {
  Session session({onChip +
                   "dnew d0, f32, r20, 1\n" // misaligned, but empty
                   "dsize d0, 3, r0, 0\ndmov d1, d0\n"
                   "copy dma0, d0, d1 {\n c.signal s1, 1\n}\n"
                   "vrun {\n v.in v0, d0\n v.out.f32 d1, v0, store, 0, set\n}\n"
                   "signal vec, s1, 1\nwait scalar, s1, 2\nli r5, 3\nhalt"},
                  options());
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  EXPECT_EQ(session.reg(5), 3u);
}

TEST_P(Engines, stridesFromRegisters) {
  // Every third element backwards: a stride is the register plus the constant.
  Session session({onChip +
                   "li r6, 1\nstore.i32 r6, r0, 0\nli r6, 2\n"
                   "store.i32 r6, r0, 12\nli r6, 3\nstore.i32 r6, r0, 24\n"
                   "dnew d0, i32, r20, 24\nddim d0, 5, 3, 99\nli r7, -2\n"
                   "dstride d0, 5, r7, -1\n"
                   "dnew d1, i32, r1, 0\nddim d1, 5, 3, 99\n"
                   "dstride d1, 5, r0, 1\n"
                   "signal scalar, s1, 1\nwait dma0, s1, 1\n"
                   "copy dma0, d1, d0 {\n}\nhalt"},
                  options());
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  for (int32_t i = 0; i < 3; ++i) {
    int32_t got;
    std::memcpy(&got, session.io.data() + 4 * i, 4);
    EXPECT_EQ(got, 3 - i);
  }
}

TEST_P(Engines, multicastSignalsEveryDestination) {
  std::string others = "wait scalar, s4, 2\nload.i32 r5, r0, 128\nhalt";
  Session session(
      {onChip + "li r6, 1234\nstore.i32 r6, r0, 0\nli r7, 7\n"
                "dnew d0, i32, r20, 0\ndnew d1, i32, r20, 128\n"
                "signal scalar, s1, 1\nwait dma0, s1, 1\n"
                "copy dma0, d1, d0 {\n c.multicast r7\n c.signal s4, 2\n}\n"
                "wait scalar, s4, 2\nload.i32 r5, r0, 128\nhalt",
       others, others},
      options());
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  for (uint32_t core = 0; core < 3; ++core)
    EXPECT_EQ(session.reg(5, core), 1234u) << core;
}

TEST_P(Engines, descriptorsAreCapturedAtDispatch) {
  // The descriptor and the fill value change while the copy still waits.
  Session session({onChip +
                   "dnew d0, i32, r20, 0\nddim d0, 5, 4, 1\n"
                   "dnew d1, i32, r1, 0\nddim d1, 5, 4, 1\n"
                   "li r6, 9\nwait dma0, s1, 1\n"
                   "copy dma0, d0, d1 {\n c.window 5, r0, r0\n c.fill r6\n}\n"
                   "signal dma0, s2, 1\n"
                   "li r6, 1\ndbase d0, r0, 0\nddim d1, 5, 0, 0\n"
                   "signal scalar, s1, 1\nwait scalar, s2, 1\n"
                   "load.i32 r5, r0, 12\nhalt"},
                  options());
  RunResult result = session.run();
  ASSERT_TRUE(result.ok()) << result.trap.message();
  EXPECT_EQ(session.reg(5), 9u);
}

TEST(EngineTraps, comeWithTheEngine) {
  for (bool timed : {false, true}) {
    EmulatorOptions o;
    o.timed = timed;
    // Runs past the scratchpad; a null base; a wrong space.
    Trap trap =
        trapOf(onChip + "dnew d0, i8, r20, 0x100000\ndnew d1, i8, r1, 0\n"
                        "copy dma1, d0, d1 {\n}\nhalt",
               o);
    EXPECT_EQ(trap.kind, TrapKind::OutOfRange) << trap.message();
    EXPECT_EQ(trap.engine, "dma1");
    EXPECT_EQ(trap.pc, 6u);
    trap = trapOf("dnew d0, i8, r0, 0\ncopy dma0, d0, d0 {\n}\nhalt", o);
    EXPECT_EQ(trap.kind, TrapKind::OutOfRange) << trap.message();
    trap = trapOf("dnew d0, f32, r1, 2\ndnew d1, f32, r3, 0\n"
                  "copy dma0, d1, d0 {\n}\nhalt",
                  o);
    EXPECT_EQ(trap.kind, TrapKind::MisalignedDescriptor) << trap.message();
    trap = trapOf("dnew d0, f32, r2, 0\ndnew d1, f32, r3, 0\n"
                  "copy dma0, d0, d1 {\n}\nhalt",
                  o);
    EXPECT_EQ(trap.kind, TrapKind::OutOfRange) << trap.message();
    EXPECT_NE(trap.message().find("read-only"), std::string::npos);
  }
}

} // namespace
