//===- ScheduleTrace.cpp - What was considered, as JSON -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Scheduler.h"

namespace ashlar {

static llvm::json::Value toJson(const TileDecision &decision) {
  llvm::json::Array tiles, order, cores;
  for (int64_t tile : decision.tiles)
    tiles.push_back(tile);
  for (int64_t loop : decision.order)
    order.push_back(loop);
  for (int64_t number : decision.grid)
    cores.push_back(number);
  return llvm::json::Object{{"tiles", std::move(tiles)},
                            {"order", std::move(order)},
                            {"cores", std::move(cores)},
                            {"shares_loads", decision.sharesLoads},
                            {"streams", decision.lhsStreams ? "lhs" : "rhs"},
                            {"cycles", decision.cycles},
                            {"sram_bytes", int64_t(decision.sramBytes)},
                            {"acc_bytes", int64_t(decision.accBytes)},
                            {"dram_bytes", decision.dramBytes}};
}

double ScheduleTrace::cycles() const {
  double total = 0;
  for (const Group &group : groups)
    total += group.chosen.cycles;
  return total;
}

llvm::json::Value ScheduleTrace::toJson() const {
  llvm::json::Array array;
  for (const Group &group : groups) {
    llvm::json::Array loops, others;
    for (int64_t loop : group.loops)
      loops.push_back(loop);
    for (const TileDecision &other : group.runnersUp)
      others.push_back(ashlar::toJson(other));
    llvm::json::Object object{{"name", group.name},
                              {"unit", group.unit},
                              {"loops", std::move(loops)},
                              {"chosen", ashlar::toJson(group.chosen)},
                              {"runners_up", std::move(others)},
                              {"candidates", int64_t(group.candidates)},
                              {"rejected", int64_t(group.rejected)}};
    if (!group.apart.empty())
      object["apart"] = group.apart;
    array.push_back(std::move(object));
  }
  return llvm::json::Object{{"groups", std::move(array)}};
}

} // namespace ashlar
