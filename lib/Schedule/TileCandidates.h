//===- TileCandidates.h - Tile sizes and loop orders worth trying ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_TILECANDIDATES_H
#define ASHLAR_LIB_SCHEDULE_TILECANDIDATES_H

#include "ashlar/Schedule/Scheduler.h"

namespace ashlar {

using TileSizes = llvm::SmallVector<int64_t, 32>;

/// Most sizes that one loop is tried with.
inline constexpr size_t kMaxTileSizes = 40;

/// Ascending, without repetitions, the smallest and the largest legal tile
/// among them: powers of two and one and a half times them, even shares of the
/// loop, and multiples of the matrix unit's cube where the loop is one of its
/// dimensions.
TileSizes candidateTiles(const GroupShape &shape, unsigned loop,
                         const runtime::Machine &machine);

/// Orders of the parallel loops, the program's own first, then for each buffer
/// that is loaded its loops outside of all others, so that its tile stays while
/// the others move.
llvm::SmallVector<llvm::SmallVector<int64_t, 6>>
candidateOrders(const GroupShape &shape);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_TILECANDIDATES_H
