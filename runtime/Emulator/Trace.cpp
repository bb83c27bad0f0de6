//===- Trace.cpp - Traces that Perfetto opens -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Chip.h"

#include <cstdio>
#include <set>

using namespace ashlar;
using namespace ashlar::runtime;

/// A string as JSON, quotes included.
static std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += char(c);
    } else if (c < 0x20) {
      char escape[8];
      snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out += char(c);
    }
  }
  return out + "\"";
}

/// Names of a process (core) and of a thread (engine) for the viewer.
static std::string nameEvent(const char *what, uint32_t core, unsigned queue,
                             const std::string &name) {
  return std::string("{\"ph\":\"M\",\"name\":\"") + what +
         "\",\"pid\":" + std::to_string(core) +
         ",\"tid\":" + std::to_string(queue) +
         ",\"args\":{\"name\":" + quoted(name) + "}}";
}

std::string ashlar::runtime::traceToJson(const Machine &machine,
                                         const Program &program,
                                         std::span<const TraceEvent> events,
                                         bool truncated) {
  std::string json = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"machine\":" +
                     quoted(machine.name) +
                     ",\"truncated\":" + (truncated ? "true" : "false") +
                     "},\"traceEvents\":[\n";
  std::set<std::pair<uint32_t, uint8_t>> tracks;
  std::set<uint32_t> cores;
  for (const TraceEvent &event : events) {
    tracks.emplace(event.core, event.queue);
    cores.insert(event.core);
  }
  bool first = true;
  auto add = [&](const std::string &event) {
    json += (first ? "" : ",\n") + event;
    first = false;
  };
  for (uint32_t core : cores)
    add(nameEvent("process_name", core, 0, "core " + std::to_string(core)));
  for (auto [core, queue] : tracks)
    add(nameEvent("thread_name", core, queue, queueName(queue)));
  double usPerCycle = machine.clockGHz > 0 ? 1e-3 / machine.clockGHz : 1e-3;
  for (const TraceEvent &event : events) {
    char times[128];
    snprintf(times, sizeof times, ",\"ts\":%.6f,\"dur\":%.6f",
             double(event.start) * usPerCycle,
             double(event.end - event.start) * usPerCycle);
    const DebugNode *node = program.nodeAt(event.core, event.pc);
    std::string instruction = disassembleAt(program, event.core, event.pc);
    std::string name = event.kind ? "wait" : node ? node->name : instruction;
    add("{\"ph\":\"X\",\"name\":" + quoted(name) +
        ",\"cat\":" + (event.kind ? "\"stall\"" : "\"instruction\"") +
        ",\"pid\":" + std::to_string(event.core) +
        ",\"tid\":" + std::to_string(event.queue) + times +
        ",\"args\":{\"word\":" + std::to_string(event.pc) +
        ",\"instruction\":" + quoted(instruction) +
        ",\"op\":" + quoted(node ? node->op : "") +
        ",\"cycles\":" + std::to_string(event.end - event.start) + "}}");
  }
  return json + "\n]}\n";
}
