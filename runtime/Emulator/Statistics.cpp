//===- Statistics.cpp - What a run counted --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Statistics.h"
#include "Emulator/Emulator.h"

#include <algorithm>
#include <cstdio>

using namespace ashlar::runtime;

const char *ashlar::runtime::stallCauseName(StallCause cause) {
  switch (cause) {
  case StallCause::Semaphore:
    return "semaphore";
  case StallCause::Sram:
    return "sram";
  case StallCause::Dram:
    return "dram";
  case StallCause::Link:
    return "link";
  case StallCause::Latency:
    return "latency";
  case StallCause::QueueFull:
    return "queue_full";
  case StallCause::Imem:
    return "imem";
  }
  return "unknown";
}

uint64_t EngineCycles::stalled() const {
  uint64_t sum = 0;
  for (uint64_t cycles : stall)
    sum += cycles;
  return sum;
}

static double busyOf(const OperatorStatistics &op) {
  return op.matrixCycles + op.outputCycles + op.vectorCycles + op.copyCycles +
         op.scalarCycles;
}

std::string ashlar::runtime::profileTable(const Machine &machine,
                                          const Statistics &statistics) {
  std::vector<const OperatorStatistics *> order;
  for (const OperatorStatistics &op : statistics.operators)
    if (op.instructions)
      order.push_back(&op);
  auto cost = [&](const OperatorStatistics *op) {
    return statistics.timed ? busyOf(*op) : double(op->macs + op->instructions);
  };
  std::sort(order.begin(), order.end(), [&](auto *a, auto *b) {
    return cost(a) != cost(b) ? cost(a) > cost(b) : a < b;
  });
  char line[256];
  std::string table;
  snprintf(line, sizeof line, "%12s %12s %12s %12s %12s %14s %12s  %s\n",
           "mxu cycles", "out cycles", "vec cycles", "dma cycles", "scalar",
           "macs", "dram bytes", "operator");
  table += line;
  for (const OperatorStatistics *op : order) {
    snprintf(line, sizeof line,
             "%12.0f %12.0f %12.0f %12.0f %12.0f %14llu %12llu  ",
             op->matrixCycles, op->outputCycles, op->vectorCycles,
             op->copyCycles, op->scalarCycles, (unsigned long long)op->macs,
             (unsigned long long)(op->dramReadBytes + op->dramWriteBytes));
    table += line;
    if (op->name.empty() && op->op.empty())
      table += "(none)";
    else
      table += op->op + " " + op->name;
    table += "\n";
  }
  if (statistics.timed) {
    snprintf(line, sizeof line, "total %llu cycles, %.3f us at %g GHz\n",
             (unsigned long long)statistics.cycles, statistics.timeUs,
             machine.clockGHz);
    table += line;
  }
  return table;
}
