//===- Timing.h - From an instruction and a machine to cycles and bytes ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pure functions, called by the emulator's timed mode and by the compiler's
// cost model alike, so that the two cannot disagree. Each says which rule of
// docs/machine.md ("Time") it implements. What depends on more than one
// instruction (queues, overlap of copies, sharing of dram and scratchpad) is
// the business of the caller: the functions give an instruction's demand and
// the time it would take alone.
//
// Shapes must be valid (sizes not negative); a size of zero costs start-up
// only. Nothing here takes time in proportion to the number of elements.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_TIMING_TIMING_H
#define ASHLAR_RUNTIME_TIMING_TIMING_H

#include "Timing/Machine.h"

#include <array>
#include <cstdint>

namespace ashlar::runtime {

//===----------------------------------------------------------------------===//
// Memory accesses (rule 5, and whole bursts of rule 4)
//===----------------------------------------------------------------------===//

/// How an instruction walks a tensor: row-major, dimension 5 innermost, as the
/// descriptor says. Unused dimensions have size 1.
struct AccessPattern {
  uint32_t elementBits = 8;
  uint64_t baseOffsetBytes = 0; ///< only its remainder by the line size matters
  std::array<int64_t, 6> size = {1, 1, 1, 1, 1, 1};
  std::array<int64_t, 6> stride = {0, 0, 0,
                                   0, 0, 0}; ///< elements; negative is legal
  /// Bit d: indices of dimension d come from a list (gather, scatter), so that
  /// neighbours in d do not share lines.
  uint32_t scatteredDims = 0;
};

/// Elements walked: the product of the sizes.
uint64_t elementCount(const AccessPattern &pattern);

/// Bytes of all elements walked, repeated ones included (i4 and u4 count half).
uint64_t elementBytes(const AccessPattern &pattern);

/// Lines (scratchpad) or bursts (dram) that the walk touches. A port holds the
/// two lines that it touched last: elements next to each other in the walk
/// share lines, everything else is touched anew. So a dense tensor touches each
/// of its lines once, short or misaligned rows touch more than their bytes ask
/// for, and a row that is broadcast over an outer dimension is read again each
/// time.
uint64_t linesTouched(const AccessPattern &pattern, uint32_t lineBytes);

/// `linesTouched` with the dimensions walked in the order of their strides: for
/// units that transpose on the way (matrix operands, vtrans).
uint64_t linesTouchedAnyOrder(const AccessPattern &pattern, uint32_t lineBytes);

/// Bytes that pass a port of the vector unit: innermost dimensions with stride
/// 0 are held in the lanes and count once, all others count each time.
uint64_t portBytes(const AccessPattern &pattern);

/// Lines a cycle that the scratchpad serves to all engines together.
double sramLinesPerCycle(const Machine &machine);

//===----------------------------------------------------------------------===//
// Matrix unit (rule 2)
//===----------------------------------------------------------------------===//

/// One `mm`. Bits are those of the elements as they lie in memory; a
/// dequantised operand computes at the other one's rate.
struct MatrixShape {
  uint64_t m = 0, n = 0, k = 0;
  uint32_t streamBits = 8;     ///< operand a
  uint32_t stationaryBits = 8; ///< operand b
};

struct MatrixCost {
  uint64_t macs = 0;           ///< m * n * k
  uint64_t panels = 0;         ///< of n columns
  uint64_t blocksPerPanel = 0; ///< of k' rows of the stationary operand
  uint64_t cyclesPerBlock = 0; ///< ceil(m / machine.m)
  uint64_t firstLoadCycles =
      0;                    ///< first block; hidden if the unit was still busy
  uint64_t fillCycles = 0;  ///< charged if the pipe was empty
  uint64_t blockCycles = 0; ///< blocks * cyclesPerBlock: rows entering the cube
  uint64_t loadStallCycles = 0; ///< waits for loads longer than a block's work
  uint64_t accStallCycles = 0;  ///< waits for rows to come out of the adder
  /// From the first row entering to the last one: blocks and stalls.
  uint64_t busyCycles() const {
    return blockCycles + loadStallCycles + accStallCycles;
  }
  /// Alone on an idle unit.
  uint64_t aloneCycles() const {
    return firstLoadCycles + fillCycles + busyCycles();
  }
};

/// Reduction elements of a block at the rate of elements of this width: k for
/// up to 8 bits, k / 2 for 16, k / 8 for 32; at least 1.
uint32_t matrixBlockK(const Machine &machine, uint32_t bits);

/// Width that sets the rate of an `mm` with operands of these widths.
uint32_t matrixRateBits(uint32_t streamBits, uint32_t stationaryBits);

/// Multiply-accumulates a cycle of the whole unit at a rate.
uint64_t matrixPeakMacs(const Machine &machine, uint32_t bits);

MatrixCost matrixCost(const MatrixShape &shape, const Machine &machine);

/// Scratchpad lines that `mm` reads for its streaming operand `a` (dimensions
/// 0..2 are m, 3..5 are k): all of it, once per panel, a block's columns at a
/// time. `columns` is N, `rateBits` as of `matrixRateBits`. Blocks are counted
/// as if they began anew with every run of the reduction that does not fit one
/// block.
uint64_t matrixStreamLines(const AccessPattern &a, uint64_t columns,
                           uint32_t rateBits, const Machine &machine);

/// Lines read for the stationary operand `b` (0..2 are n, 3..5 are k): each
/// block once. Also for scales and zero points of either operand, which are
/// read like it.
uint64_t matrixStationaryLines(const AccessPattern &b, uint32_t rateBits,
                               const Machine &machine);

//===----------------------------------------------------------------------===//
// Output stage (rule 3)
//===----------------------------------------------------------------------===//

/// `drain` or `preload` of rows x lanes: lanes over the rate plus start-up.
uint64_t outputCycles(uint64_t rows, uint64_t lanes, const Machine &machine);

/// Scratchpad lines of a tensor of the output stage (dst, src, or one of its
/// steps; dimensions 0..2 are rows, 3..5 lanes), walked lanes innermost, or
/// rows innermost if `laneMajor`. What is the same for all rows (all lanes, if
/// `laneMajor`), such as a scale or a bias per lane, is held and read once.
uint64_t outputLines(const AccessPattern &tensor, bool laneMajor,
                     const Machine &machine);

//===----------------------------------------------------------------------===//
// Vector unit (rule 3)
//===----------------------------------------------------------------------===//

/// Demand of one vector instruction. Counts are totals: micro-operations times
/// points of the domain. A reduction or scan is one lane operation per point.
struct VectorWork {
  uint64_t laneOps = 0,
           laneOps64 = 0; ///< timing class Lane; 32 and 64-bit types
  uint64_t slowOps = 0, slowOps64 = 0;   ///< LaneSlow
  uint64_t transOps = 0, transOps64 = 0; ///< LaneTrans
  /// Multiplies or comparisons in windows of `v.win`, by width of its input.
  uint64_t windowOps8 = 0, windowOps16 = 0, windowOps32 = 0;
  uint64_t portBytes = 0; ///< inputs and outputs together
  uint64_t accLanes = 0;  ///< lanes written to accumulator memory
  uint64_t lines = 0;     ///< scratchpad lines; not in `vectorCycles`
};
VectorWork &operator+=(VectorWork &work, const VectorWork &more);

/// The largest of operations (each class at its rate, one after the other),
/// bytes over the ports, and lanes into accumulator memory (m * n a cycle, what
/// the matrix unit writes), plus start-up.
uint64_t vectorCycles(const VectorWork &work, const Machine &machine);

/// Adds a tensor that is read or written once in the order of the walk.
void addVectorTensor(VectorWork &work, const AccessPattern &tensor,
                     const Machine &machine);

/// Adds a `v.win`: the operations of its windows, its input read once per
/// window row, its weights once.
void addVectorWindow(VectorWork &work, const AccessPattern &input,
                     const AccessPattern *weight, const Machine &machine);

/// vgather, vscatter, vtake, vput: an address (one lane operation) per index
/// and the bytes of index list, source and destination. `list` is the walk of
/// the indices; the side that the list addresses has `scatteredDims` set.
/// `combines` reads the old value.
VectorWork vectorGatherWork(const AccessPattern &dst, const AccessPattern &src,
                            const AccessPattern &list, bool combines,
                            const Machine &machine);

/// vtrans: bytes in and out; both sides in the order of their strides.
VectorWork vectorTransposeWork(const AccessPattern &dst,
                               const AccessPattern &src,
                               const Machine &machine);

/// vsort, vsorti: `rows` rows of `length` keys. A merging network: length *
/// ceil(log2(length)) compare-exchanges of three lane operations (compare,
/// select key, select payload) per row. Four levels are done per trip through
/// the ports. `lines` is the caller's: lines of all tensors times `sortTrips`.
VectorWork vectorSortWork(uint64_t rows, uint64_t length, uint32_t keyBits,
                          uint32_t payloadBits, const Machine &machine);
/// Trips through the scratchpad of a sort: ceil(ceil(log2(length)) / 4), at
/// least 1.
uint32_t sortTrips(uint64_t length);

/// vmerge: `outputs` elements per row come out, each after one
/// compare-exchange.
VectorWork vectorMergeWork(uint64_t rows, uint64_t outputs, uint32_t keyBits,
                           uint32_t payloadBits, const Machine &machine);

//===----------------------------------------------------------------------===//
// Copy engines (rule 4)
//===----------------------------------------------------------------------===//

/// Where a side of a copy lies.
enum class CopySide : uint8_t { Dram, LocalSram, RemoteSram };

struct CopyShape {
  AccessPattern src, dst;
  CopySide srcSide = CopySide::Dram, dstSide = CopySide::LocalSram;
  uint64_t indexedRows =
      0;                  ///< list entries used by gather or scatter, all walks
  bool alsoLocal = false; ///< a multicast to other cores writes to this one too
  bool addsToDestination = false; ///< reads the old value first
};

/// A copy's demand. The transfer runs at the smallest of `ratePeak`, its share
/// of dram, of links and of the scratchpad.
struct CopyCost {
  uint64_t bytes = 0;          ///< of elements moved, once
  uint64_t dramReadBytes = 0;  ///< whole bursts
  uint64_t dramWriteBytes = 0; ///< whole bursts
  uint64_t linkBytes = 0; ///< out of or into this core; a multicast counts once
  uint64_t sramLines = 0; ///< in this core's scratchpad
  uint64_t remoteLines = 0; ///< in each other scratchpad
  uint64_t startupCycles = 0;
  uint64_t latencyCycles = 0; ///< first byte asked for to first byte landed
  /// The engine's own time: bytes at its width, rows at its gather rate.
  double engineCycles = 0;
};
CopyCost copyCost(const CopyShape &shape, const Machine &machine);

/// Alone on an idle machine: start-up, latency and the slowest of engine, dram,
/// links, scratchpad, and bytes in flight over latency.
uint64_t copyAloneCycles(const CopyCost &cost, const Machine &machine);

/// Bytes a cycle that one engine can keep moving when `latencyCycles` must be
/// hidden: bytes in flight over the latency (its width if the latency is 0).
double copyInFlightRate(uint64_t latencyCycles, const Machine &machine);

/// How long it takes until `members` cores have told each other, one after
/// another, that all of them have room for what one of them sends.
double creditCycles(uint32_t members, const Machine &machine);

/// Whether one copy from dram to `members` cores spares dram more time than
/// they need to agree on it.
bool isWorthSharing(uint64_t bytes, uint32_t members, const Machine &machine);

//===----------------------------------------------------------------------===//
// Scalar unit (rule 1)
//===----------------------------------------------------------------------===//

/// Timing classes of scalar instructions, named as in
/// dialects/nisa/InstFormat.td.
enum class ScalarClass : uint8_t {
  Alu,
  Mul,
  Div,
  Fp,
  FpDiv,
  Load,
  Store,
  Branch,
  Queue
};

/// Cycles from issue until the unit can issue again: 1, plus the latency of the
/// class. `taken` matters to branches only.
uint32_t scalarCycles(ScalarClass cls, bool taken, const Machine &machine);

/// Cycles from a signal to the wake-up of who waits for it.
uint32_t signalLatency(bool sameCore, const Machine &machine);

/// Cycles to fill `words` 64-bit words of instruction memory from dram alone:
/// its bandwidth; the latency of a jump outside the window is
/// `dramLatencyCycles`.
uint64_t instructionFillCycles(uint64_t words, const Machine &machine);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_TIMING_TIMING_H
