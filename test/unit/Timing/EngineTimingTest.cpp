//===- EngineTimingTest.cpp -----------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cycles of each engine against values computed by hand.
//
//===----------------------------------------------------------------------===//

#include "Timing/Timing.h"

#include "gtest/gtest.h"

#include <random>

using namespace ashlar::runtime;

/// Round numbers, none of them a preset's.
static Machine machine() {
  Machine m;
  m.cores = 2;
  m.dramBytes = 1 << 30;
  m.dramBytesPerCycle = 32;
  m.dramBurstBytes = 64;
  m.dramLatencyCycles = 100;
  m.coreLinkBytesPerCycle = 16;
  m.coreLinkLatencyCycles = 10;
  m.sramBytes = 1 << 20;
  m.sramLineBytes = 64;
  m.sramBytesPerCycle = 256;
  m.mxuM = 4;
  m.mxuK = 32;
  m.mxuN = 32;
  m.accBytes = 1 << 18;
  m.blockLoadBytesPerCycle = 128;
  m.mxuFillCycles = 20;
  m.accLatencyCycles = 6;
  m.outLanesPerCycle = 64;
  m.outStartupCycles = 5;
  m.vecBytesPerCycle = 128;
  m.vecLanes = 32;
  m.vecTransPerCycle = 8;
  m.vecSlowDivisor = 4;
  m.vec64Divisor = 2;
  m.vecWindowMacsPerCycle = 256;
  m.vecStartupCycles = 7;
  m.copyBytesInFlight = 1600;
  m.copyGatherRowsPerCycle = 0.5;
  m.copyBytesPerCycle = 64;
  m.copyStartupCycles = 3;
  m.imemBytes = 65536;
  return m;
}

static AccessPattern matrix(uint32_t bits, int64_t rows, int64_t columns,
                            int64_t rowStride, int64_t columnStride) {
  AccessPattern p;
  p.elementBits = bits;
  p.size = {1, 1, rows, 1, 1, columns};
  p.stride = {0, 0, rowStride, 0, 0, columnStride};
  return p;
}

//===----------------------------------------------------------------------===//
// Matrix unit
//===----------------------------------------------------------------------===//

TEST(MatrixCost, LoadsHideBehindBlocks) {
  // 2 panels of 4 blocks, 16 cycles each; a block of 1024 bytes loads in 8.
  MatrixCost cost = matrixCost({64, 64, 128, 8, 8}, machine());
  EXPECT_EQ(cost.panels, 2u);
  EXPECT_EQ(cost.blocksPerPanel, 4u);
  EXPECT_EQ(cost.cyclesPerBlock, 16u);
  EXPECT_EQ(cost.blockCycles, 128u);
  EXPECT_EQ(cost.loadStallCycles, 0u);
  EXPECT_EQ(cost.accStallCycles, 0u);
  EXPECT_EQ(cost.firstLoadCycles, 8u);
  EXPECT_EQ(cost.aloneCycles(), 8u + 20 + 128);
  EXPECT_EQ(cost.macs, 64u * 64 * 128);
}

TEST(MatrixCost, ShortStreamsWaitForLoadsAndAdder) {
  // One cycle of work for each block, 8 of load: 7 lost between any two blocks.
  MatrixCost cost = matrixCost({4, 64, 128, 8, 8}, machine());
  EXPECT_EQ(cost.blockCycles, 8u);
  EXPECT_EQ(cost.loadStallCycles, 7u * 7);
  EXPECT_EQ(cost.accStallCycles, 0u);
  // With loads of 2 cycles the adder (6) is what a block of the same panel
  // waits for.
  Machine fast = machine();
  fast.blockLoadBytesPerCycle = 512;
  cost = matrixCost({4, 64, 128, 8, 8}, fast);
  EXPECT_EQ(cost.loadStallCycles, 7u * 1);
  EXPECT_EQ(cost.accStallCycles, 6u * 4);
}

TEST(MatrixCost, TypesShrinkK) {
  Machine m = machine();
  EXPECT_EQ(matrixBlockK(m, 4), 32u);
  EXPECT_EQ(matrixBlockK(m, 8), 32u);
  EXPECT_EQ(matrixBlockK(m, 16), 16u);
  EXPECT_EQ(matrixBlockK(m, 32), 4u);
  EXPECT_EQ(matrixPeakMacs(m, 8), 4096u);
  EXPECT_EQ(matrixCost({64, 32, 128, 16, 16}, m).blocksPerPanel, 8u);
  EXPECT_EQ(matrixCost({64, 32, 128, 32, 32}, m).blocksPerPanel, 32u);
  // Dequantised i4 weights against bf16: bf16's rate, a quarter of its load.
  MatrixCost dequantised = matrixCost({64, 32, 128, 16, 4}, m);
  EXPECT_EQ(dequantised.blocksPerPanel, 8u);
  EXPECT_EQ(dequantised.firstLoadCycles, 2u);
}

TEST(MatrixCost, OddTailsCountWholeCycles) {
  MatrixCost cost = matrixCost({65, 33, 33, 8, 8}, machine());
  EXPECT_EQ(cost.panels, 2u);
  EXPECT_EQ(cost.blocksPerPanel, 2u);
  EXPECT_EQ(cost.cyclesPerBlock, 17u);
  EXPECT_EQ(cost.blockCycles, 68u);
}

TEST(MatrixCost, EmptyShapes) {
  EXPECT_EQ(matrixCost({0, 32, 32, 8, 8}, machine()).aloneCycles(), 0u);
  EXPECT_EQ(matrixCost({32, 0, 32, 8, 8}, machine()).aloneCycles(), 0u);
  // K = 0 still writes zeros.
  MatrixCost zeros = matrixCost({32, 32, 0, 8, 8}, machine());
  EXPECT_EQ(zeros.blockCycles, 8u);
  EXPECT_EQ(zeros.macs, 0u);
  EXPECT_EQ(zeros.firstLoadCycles, 0u);
}

/// The same machine, block after block.
static uint64_t simulateBlocks(const MatrixShape &shape, const Machine &m) {
  uint64_t blockK =
      matrixBlockK(m, matrixRateBits(shape.streamBits, shape.stationaryBits));
  uint64_t work = (shape.m + m.mxuM - 1) / m.mxuM, time = 0, begun = 0;
  bool first = true;
  for (uint64_t n = 0; n < shape.n; n += m.mxuN) {
    for (uint64_t k = 0; k < shape.k; k += blockK) {
      uint64_t bits = std::min(blockK, shape.k - k) *
                      std::min<uint64_t>(m.mxuN, shape.n - n) *
                      shape.stationaryBits;
      uint64_t load = ((bits + 7) / 8 + m.blockLoadBytesPerCycle - 1) /
                      m.blockLoadBytesPerCycle;
      if (!first) {
        time = std::max(time, begun + load);
        if (k != 0)
          time = std::max(time, begun + m.accLatencyCycles);
      }
      begun = time;
      time += work;
      first = false;
    }
  }
  return time;
}

TEST(MatrixCost, AgreesWithBlockAfterBlock) {
  std::mt19937 rng(3);
  for (int round = 0; round < 2000; ++round) {
    MatrixShape shape{rng() % 100 + 1, rng() % 150 + 1, rng() % 200 + 1, 8, 8};
    shape.streamBits = 8u << (rng() % 3);
    shape.stationaryBits = shape.streamBits;
    Machine m = machine();
    m.blockLoadBytesPerCycle = 1u << (rng() % 10);
    m.accLatencyCycles = rng() % 20;
    EXPECT_EQ(matrixCost(shape, m).busyCycles(), simulateBlocks(shape, m));
  }
}

TEST(MatrixLines, DenseOperandsInEitherOrientation) {
  Machine m = machine();
  // 64 x 64 bytes: a slice of 32 columns touches each row's line; two slices.
  EXPECT_EQ(matrixStreamLines(matrix(8, 64, 64, 64, 1), 32, 8, m), 128u);
  EXPECT_EQ(matrixStreamLines(matrix(8, 64, 64, 64, 1), 64, 8, m), 256u);
  // Stored the other way round, a slice is 32 lines of 64 rows each.
  EXPECT_EQ(matrixStreamLines(matrix(8, 64, 64, 1, 64), 32, 8, m), 64u);
  // Stationary, 32 x 32 blocks: 4 blocks of 32 lines, whichever way.
  EXPECT_EQ(matrixStationaryLines(matrix(8, 64, 64, 64, 1), 8, m), 128u);
  EXPECT_EQ(matrixStationaryLines(matrix(8, 64, 64, 1, 64), 8, m), 128u);
  // bf16: k' is 16 and a row of 32 columns is a line.
  EXPECT_EQ(matrixStationaryLines(matrix(16, 64, 64, 1, 64), 16, m), 128u);
}

TEST(MatrixLines, RemaindersOfKAndN) {
  Machine m = machine();
  // K = 40: slices of 32 and 8; rows 64 apart: a line each.
  EXPECT_EQ(matrixStreamLines(matrix(8, 10, 40, 64, 1), 32, 8, m), 20u);
  EXPECT_EQ(matrixStationaryLines(matrix(8, 40, 40, 64, 1), 8, m), 80u);
}

TEST(MatrixLines, ConvolutionWindows) {
  Machine m = machine();
  // 3 x 3 window over 10 x 10 x 32, 8 x 8 outputs: k is (3, 3, 32), one
  // position a block.
  AccessPattern a;
  a.size = {1, 8, 8, 3, 3, 32};
  a.stride = {0, 320, 32, 320, 32, 1};
  // Each block reads 8 rows of 256 contiguous bytes; 320 and 32 keep halves of
  // lines: 4 lines for even columns, 5 for odd ones.
  EXPECT_EQ(matrixStreamLines(a, 32, 8, m), 3u * 8 * (4 + 5 + 4));
}

TEST(OutputCycles, LanesOverRatePlusStartup) {
  EXPECT_EQ(outputCycles(64, 32, machine()), 5u + 32);
  EXPECT_EQ(outputCycles(3, 10, machine()), 5u + 1);
  EXPECT_EQ(outputCycles(0, 10, machine()), 5u);
  AccessPattern dst = matrix(8, 64, 64, 1, 64);
  EXPECT_EQ(outputLines(dst, /*laneMajor=*/false, machine()), 4096u);
  EXPECT_EQ(outputLines(dst, /*laneMajor=*/true, machine()), 64u);
  // An f32 per lane is held; one per row is, if lanes are walked outside.
  AccessPattern perLane = matrix(32, 64, 64, 0, 1);
  EXPECT_EQ(outputLines(perLane, /*laneMajor=*/false, machine()), 4u);
  AccessPattern perRow = matrix(32, 64, 64, 1, 0);
  EXPECT_EQ(outputLines(perRow, /*laneMajor=*/false, machine()), 4u);
  EXPECT_EQ(outputLines(perRow, /*laneMajor=*/true, machine()), 4u);
}

//===----------------------------------------------------------------------===//
// Vector unit
//===----------------------------------------------------------------------===//

TEST(VectorCycles, LargerOfOperationsAndBytes) {
  Machine m = machine();
  VectorWork work;
  work.laneOps = 3200;
  work.portBytes = 6400;
  EXPECT_EQ(vectorCycles(work, m), 7u + 100);
  work.portBytes = 25600;
  EXPECT_EQ(vectorCycles(work, m), 7u + 200);
  EXPECT_EQ(vectorCycles({}, m), 7u);
}

TEST(VectorCycles, ClassesAtTheirRates) {
  Machine m = machine();
  VectorWork work;
  work.slowOps = 320;     // at 8 a cycle: 40
  work.transOps = 80;     // at 8: 10
  work.laneOps64 = 32;    // at 16: 2
  work.slowOps64 = 8;     // at 4: 2
  work.transOps64 = 8;    // at 4: 2
  work.windowOps8 = 256;  // 1
  work.windowOps16 = 256; // 2
  work.windowOps32 = 256; // 8
  EXPECT_EQ(vectorCycles(work, m), 7u + 67);
}

TEST(VectorWork, WindowsReadRowsOncePerWindowRow) {
  Machine m = machine();
  // Depthwise 3 x 3, 8 x 8 outputs of 64 channels over 10 x 10 x 64.
  AccessPattern input;
  input.size = {1, 8, 8, 64, 3, 3};
  input.stride = {0, 640, 64, 1, 640, 64};
  AccessPattern weight = input;
  weight.stride = {0, 0, 0, 1, 192, 64};
  VectorWork work;
  addVectorWindow(work, input, &weight, m);
  EXPECT_EQ(work.windowOps8, 8u * 8 * 64 * 9);
  // 8 output rows, 3 window rows, 10 columns of 64 bytes; 9 weights per
  // channel.
  EXPECT_EQ(work.portBytes, 8u * 3 * 640 + 9 * 64);
  EXPECT_EQ(work.lines, 8u * 3 * 10 + 9);
  // Dilated so far that columns do not overlap: each is read by itself.
  input.stride = {0, 6400, 64, 1, 6400, 640};
  VectorWork dilated;
  addVectorWindow(dilated, input, nullptr, m);
  EXPECT_EQ(dilated.portBytes, 8u * 3 * 8 * 3 * 64);
  // Steps of two columns reach all but one column of 18.
  input.stride = {0, 1280, 128, 1, 640, 64};
  VectorWork strided;
  addVectorWindow(strided, input, nullptr, m);
  EXPECT_EQ(strided.portBytes, 8u * 3 * 17 * 64);
  // Half of the channels, from the last column backwards: the others between
  // them are not read.
  input.size[3] = 32;
  input.stride = {0, 640, -64, 1, 640, -64};
  VectorWork half;
  addVectorWindow(half, input, nullptr, m);
  EXPECT_EQ(half.portBytes, 8u * 3 * 10 * 32);
}

TEST(VectorCycles, AccumulatorsHaveAPortOfTheirOwn) {
  Machine m = machine();
  VectorWork work;
  work.accLanes = 4 * 32 * 100; // m * n a cycle
  EXPECT_EQ(vectorCycles(work, m), 7u + 100);
  work.portBytes = 128 * 101;
  EXPECT_EQ(vectorCycles(work, m), 7u + 101);
}

TEST(VectorWork, GathersAddressEachIndex) {
  Machine m = machine();
  AccessPattern list = matrix(32, 1, 100, 0, 1);
  AccessPattern rows = matrix(8, 100, 64, 64, 1);
  AccessPattern picked = rows;
  picked.scatteredDims = 1 << 2;
  VectorWork work = vectorGatherWork(rows, picked, list, false, m);
  EXPECT_EQ(work.laneOps, 100u);
  EXPECT_EQ(work.portBytes, 400u + 6400 + 6400);
  EXPECT_EQ(work.lines, 7u + 100 + 100);
  EXPECT_EQ(vectorGatherWork(rows, picked, list, true, m).portBytes,
            400u + 3 * 6400);
}

TEST(VectorWork, TransposesAtFullRate) {
  VectorWork work = vectorTransposeWork(matrix(8, 64, 64, 64, 1),
                                        matrix(8, 64, 64, 1, 64), machine());
  EXPECT_EQ(work.portBytes, 8192u);
  EXPECT_EQ(work.lines, 128u);
}

TEST(VectorWork, SortsInTripsOfFourLevels) {
  EXPECT_EQ(sortTrips(0), 1u);
  EXPECT_EQ(sortTrips(16), 1u);
  EXPECT_EQ(sortTrips(17), 2u);
  EXPECT_EQ(sortTrips(65536), 4u);
  VectorWork work = vectorSortWork(2, 1024, 32, 32, machine());
  EXPECT_EQ(work.laneOps, 2u * 1024 * 10 * 3);
  EXPECT_EQ(work.portBytes, 2u * 1024 * 8 * 2 * 3);
  work = vectorMergeWork(2, 1024, 64, 32, machine());
  EXPECT_EQ(work.laneOps64, 2u * 2048);
  EXPECT_EQ(work.laneOps, 2048u);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

TEST(CopyCost, ContiguousFromDram) {
  Machine m = machine();
  CopyShape shape;
  shape.src = shape.dst = matrix(8, 16, 1024, 1024, 1);
  CopyCost cost = copyCost(shape, m);
  EXPECT_EQ(cost.bytes, 16384u);
  EXPECT_EQ(cost.dramReadBytes, 16384u);
  EXPECT_EQ(cost.dramWriteBytes, 0u);
  EXPECT_EQ(cost.sramLines, 256u);
  EXPECT_EQ(cost.linkBytes, 0u);
  EXPECT_DOUBLE_EQ(cost.engineCycles, 256);
  // 1600 bytes in flight over 100 cycles of latency: 16 bytes a cycle at best.
  EXPECT_DOUBLE_EQ(copyInFlightRate(cost.latencyCycles, m), 16);
  EXPECT_EQ(copyAloneCycles(cost, m), 3u + 100 + 1024);
}

TEST(CopyCost, WholeBursts) {
  CopyShape shape;
  shape.src = matrix(8, 100, 4, 256, 1);
  shape.dst = matrix(8, 100, 4, 4, 1);
  CopyCost cost = copyCost(shape, machine());
  EXPECT_EQ(cost.bytes, 400u);
  EXPECT_EQ(cost.dramReadBytes, 6400u);
  EXPECT_EQ(cost.sramLines, 7u);
  EXPECT_DOUBLE_EQ(cost.engineCycles, 100);
}

TEST(CopyCost, GathersAtTheirRate) {
  CopyShape shape;
  shape.src = matrix(8, 1000, 64, 64, 1);
  shape.src.scatteredDims = 1 << 2;
  shape.dst = matrix(8, 1000, 64, 64, 1);
  shape.indexedRows = 1000;
  EXPECT_DOUBLE_EQ(copyCost(shape, machine()).engineCycles, 2000);
}

TEST(CopyCost, AdditionReadsTheDestination) {
  CopyShape shape;
  shape.srcSide = CopySide::LocalSram;
  shape.dstSide = CopySide::Dram;
  shape.src = shape.dst = matrix(8, 1, 1024, 0, 1);
  shape.addsToDestination = true;
  CopyCost cost = copyCost(shape, machine());
  EXPECT_EQ(cost.dramReadBytes, 1024u);
  EXPECT_EQ(cost.dramWriteBytes, 1024u);
}

TEST(CopyCost, MulticastCountsTheLinkOnce) {
  CopyShape shape;
  shape.srcSide = CopySide::LocalSram;
  shape.dstSide = CopySide::RemoteSram;
  shape.alsoLocal = true;
  shape.src = shape.dst = matrix(8, 1, 1024, 0, 1);
  CopyCost cost = copyCost(shape, machine());
  EXPECT_EQ(cost.linkBytes, 1024u);
  EXPECT_EQ(cost.sramLines, 32u);
  EXPECT_EQ(cost.remoteLines, 16u);
  EXPECT_EQ(cost.latencyCycles, 10u);
  EXPECT_EQ(copyAloneCycles(cost, machine()), 3u + 10 + 64);
}

TEST(CopyCost, SharingPaysWhereDramSparesMoreThanAgreeingTakes) {
  Machine m = machine();
  m.remoteSignalCycles = 20;
  EXPECT_EQ(creditCycles(1, m), 0);
  EXPECT_EQ(creditCycles(4, m), 60);
  // Three times 640 bytes at 32 a cycle are 60 cycles.
  EXPECT_FALSE(isWorthSharing(640, 4, m));
  EXPECT_TRUE(isWorthSharing(641, 4, m));
  EXPECT_FALSE(isWorthSharing(1 << 20, 1, m));
}

TEST(CopyCost, EmptyCopiesCostTheirStartup) {
  CopyShape shape;
  shape.src = shape.dst = matrix(8, 0, 1024, 0, 1);
  EXPECT_EQ(copyAloneCycles(copyCost(shape, machine()), machine()), 3u);
}

TEST(CopyCost, MoreBandwidthIsNeverSlower) {
  std::mt19937 rng(5);
  for (int round = 0; round < 500; ++round) {
    CopyShape shape;
    int64_t rows = rng() % 50 + 1, columns = rng() % 300 + 1;
    shape.src = matrix(8, rows, columns, columns + rng() % 100, 1);
    shape.dst = matrix(8, rows, columns, columns, 1);
    Machine m = machine(), faster = m;
    faster.dramBytesPerCycle *= 2;
    faster.copyBytesInFlight *= 2;
    faster.sramBytesPerCycle *= 2;
    CopyCost cost = copyCost(shape, m);
    EXPECT_LE(copyAloneCycles(copyCost(shape, faster), faster),
              copyAloneCycles(cost, m));
    EXPECT_GE(cost.dramReadBytes, cost.bytes);
  }
}

//===----------------------------------------------------------------------===//
// Scalar unit
//===----------------------------------------------------------------------===//

TEST(ScalarCycles, LatenciesOfClasses) {
  Machine m = machine();
  EXPECT_EQ(scalarCycles(ScalarClass::Alu, false, m), 1u);
  EXPECT_EQ(scalarCycles(ScalarClass::Branch, false, m), 1u);
  EXPECT_EQ(scalarCycles(ScalarClass::Branch, true, m), 1u + m.branchCycles);
  EXPECT_EQ(scalarCycles(ScalarClass::Load, false, m), 1u + m.loadCycles);
  EXPECT_EQ(scalarCycles(ScalarClass::Div, false, m), 1u + m.divCycles);
  EXPECT_EQ(signalLatency(true, m), m.signalCycles);
  EXPECT_EQ(signalLatency(false, m), m.remoteSignalCycles);
  EXPECT_EQ(instructionFillCycles(8, m), 2u);
}
