//===- AttentionTiles.h - How attention is cut into tiles -------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_ATTENTIONTILES_H
#define ASHLAR_LIB_SCHEDULE_ATTENTIONTILES_H

#include "ashlar/Schedule/Scheduler.h"

#include "dialects/npu/NPU.h"

#include "Timing/Machine.h"

namespace ashlar {

/// Into how many runs of rows a tile is cut whose work takes turns, so that the
/// vector unit has one run's scores while the matrix unit makes another's.
inline constexpr llvm::StringLiteral kInterleaveAttr = "schedule.interleave";

/// The numbers of an npu.attention.
struct AttentionShape {
  std::string name; ///< for the trace
  llvm::SmallVector<int64_t, 6> batch;
  int64_t rows = 1, keys = 1, depth = 1, columns = 1;
  uint32_t elementBits = 32, targetBits = 32;
  uint32_t maskBits = 0; ///< 0 without a mask
  bool maskHasRows = false, maskHasKeys = false;
};
AttentionShape describeAttention(npu::AttentionOp op);

/// A choice; its loops are those of the common space (batch..., m, n, d, v), of
/// which d and v stay whole and batch dimensions run one by one.
struct AttentionDecision {
  TileDecision tiles;
  int64_t interleave = 1;
};

/// Cycles, memory and traffic of tiles of so many rows and keys; nothing if
/// they do not fit.
std::optional<AttentionDecision>
evaluateAttention(const AttentionShape &shape, int64_t rows, int64_t keys,
                  int64_t interleave, const runtime::Machine &machine);

/// The cheapest choice, or nothing if none fits.
std::optional<AttentionDecision>
chooseAttentionTiles(const AttentionShape &shape,
                     const runtime::Machine &machine,
                     ScheduleTrace::Group *trace);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_ATTENTIONTILES_H
