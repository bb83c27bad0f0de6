//===- SessionStatistics.cpp - What a run counted, as JSON ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace ashlar::runtime;
using Json = nlohmann::ordered_json;

/// Multiply-accumulates of the source graph that had to be done. What a node
/// executes beyond its own is padding or recomputation, what it executes less
/// is known to be masked; a node without any has been the vector unit's.
static uint64_t usefulMacs(const EntryPoint &entry, const Statistics &s) {
  uint64_t named = 0, useful = 0;
  for (const OperatorStatistics &op : s.operators)
    named += op.sourceMacs;
  for (const OperatorStatistics &op : s.operators) {
    uint64_t source = op.sourceMacs;
    if (op.name.empty()) // of all nodes without a name
      source += entry.macs - std::min(entry.macs, named);
    useful += op.macs ? std::min(source, op.macs) : source;
  }
  // Source graphs are counted with run-time dimensions at their bounds.
  return std::min(useful, entry.dynamicDims.empty() ? entry.macs : s.macs);
}

static double matrixUtilization(const EntryPoint &entry, const Statistics &s) {
  if (!s.timed || s.macs == 0)
    return 0;
  // Occupancy weighs each executed product at its type's rate.
  return s.matrixOccupancy * static_cast<double>(usefulMacs(entry, s)) /
         static_cast<double>(s.macs);
}

Outcome Session::copyStatistics(Statistics &statistics,
                                double &utilization) const {
  std::unique_lock lock(mutex);
  if (slots[finished].pending)
    return {Status::Expired, "the request's place is taken by a later one"};
  statistics = result().statistics;
  utilization = matrixUtilization(entryPoint, statistics);
  return {};
}

QueueStatistics Session::queueStatistics() const {
  std::unique_lock lock(mutex);
  return queue;
}

static Json engineJson(const EngineStatistics &engine) {
  Json stalls = Json::object();
  for (unsigned cause = 0; cause < kStallCauses; ++cause)
    stalls[stallCauseName(static_cast<StallCause>(cause))] =
        engine.cycles.stall[cause];
  return {{"core", engine.core},
          {"name", engine.name},
          {"instructions", engine.instructions},
          {"busy", engine.cycles.busy},
          {"stall", engine.cycles.stalled()},
          {"idle", engine.cycles.idle},
          {"stall_by_cause", std::move(stalls)}};
}

static Json operatorJson(const OperatorStatistics &op) {
  return {{"name", op.name},
          {"op", op.op},
          {"source_macs", op.sourceMacs},
          {"macs", op.macs},
          {"dram_read_bytes", op.dramReadBytes},
          {"dram_write_bytes", op.dramWriteBytes},
          {"instructions", op.instructions},
          {"busy",
           {{"scalar", op.scalarCycles},
            {"mxu", op.matrixCycles},
            {"out", op.outputCycles},
            {"vec", op.vectorCycles},
            {"dma", op.copyCycles}}},
          {"stall",
           {{"scalar", op.scalarStalls},
            {"mxu", op.matrixStalls},
            {"out", op.outputStalls},
            {"vec", op.vectorStalls},
            {"dma", op.copyStalls}}},
          {"first_cycle", op.firstCycle},
          {"last_cycle", op.lastCycle}};
}

Outcome Session::statisticsJson(std::string &text) const {
  Statistics s;
  double utilization = 0;
  text.clear();
  if (Outcome outcome = copyStatistics(s, utilization); !outcome.ok())
    return outcome;
  const InstructionCounts &n = s.instructions;
  Json json = {{"target", target.name},
               {"entry", entryPoint.name},
               {"timed", s.timed},
               {"cycles", s.cycles},
               {"time_us", s.timeUs},
               {"macs", s.macs},
               {"source_macs", entryPoint.macs},
               {"mxu_utilization", utilization},
               {"mxu_occupancy", s.matrixOccupancy},
               {"dram_read_bytes", s.dramReadBytes},
               {"dram_write_bytes", s.dramWriteBytes},
               {"link_bytes", s.linkBytes},
               {"instructions", n.total()},
               {"instructions_by_class",
                {{"scalar", n.scalar},
                 {"semaphore", n.semaphore},
                 {"matrix", n.matrix},
                 {"output", n.output},
                 {"vector", n.vector},
                 {"copy", n.copy}}},
               {"host_seconds", s.hostSeconds}};
  if (const Statistics &o = openingRun.statistics; !entryPoint.opening.empty())
    json["opening"] = {{"cycles", o.cycles},
                       {"time_us", o.timeUs},
                       {"dram_read_bytes", o.dramReadBytes},
                       {"link_bytes", o.linkBytes},
                       {"instructions", o.instructions.total()}};
  if (QueueStatistics q = queueStatistics(); q.requests > 0)
    json["queued"] = {
        {"requests", q.requests},
        {"arrived", q.arrived},
        {"cycles", q.cycles},
        {"cycles_per_request", q.cyclesPerRequest()},
        {"mxu_utilization",
         s.timed ? utilization * double(s.cycles) / q.cyclesPerRequest() : 0}};
  Json &engines = json["engines"] = Json::array();
  for (const EngineStatistics &engine : s.engines)
    engines.push_back(engineJson(engine));
  Json &operators = json["operators"] = Json::array();
  for (const OperatorStatistics &op : s.operators)
    operators.push_back(operatorJson(op));
  text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return {};
}
