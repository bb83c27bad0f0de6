//===- WindowCost.h - What the windows of a tile ask of the machine -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_SCHEDULE_WINDOWCOST_H
#define ASHLAR_LIB_SCHEDULE_WINDOWCOST_H

#include "ashlar/Schedule/Scheduler.h"

#include "Timing/Timing.h"

namespace ashlar {

/// The work of the windowed reduction of `shape` on one whole tile.
runtime::VectorWork windowWork(const GroupShape &shape,
                               llvm::ArrayRef<int64_t> tiles,
                               const runtime::Machine &machine);

} // namespace ashlar

#endif // ASHLAR_LIB_SCHEDULE_WINDOWCOST_H
