//===- Report.cpp - A page about a compilation ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "Commands.h"

#include "ashlar/IO/TensorFile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

using namespace ashlar;
using namespace ashlar::tool;
using namespace ashlar::runtime;
using Json = nlohmann::json;

static constexpr const char *kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>%TITLE%</title><style>
body { font: 14px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 96em; padding: 0 1em; color: #1b1f24; }
h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 600; border-bottom: 2px solid #888; }
td, th { padding: .2em .8em .2em 0; vertical-align: top; }
td { border-bottom: 1px solid #ddd; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.name { min-width: 16em; overflow-wrap: anywhere; } td.size { white-space: nowrap; font-size: .85em; } .bar { height: .9em; min-width: 1px; display: inline-block; }
.matrix { background: #2f6fbd; } .window { background: #c9822b; } .vector { background: #5a9a55; }
svg { background: #f5f6f8; border: 1px solid #ccc; width: 100%; height: 22em; } rect:hover { stroke: #000; stroke-width: 2; }
p.note { color: #555; max-width: 60em; }
</style></head><body>
)";

static std::string escape(const std::string &text) {
  std::string result;
  for (char c : text) {
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      result += c;
    }
  }
  return result;
}

template <typename... Args>
static std::string format(const char *pattern, Args... args) {
  char text[256];
  snprintf(text, sizeof text, pattern, args...);
  return text;
}

/// 1234567 as 1,234,567.
static std::string grouped(double number) {
  std::string digits = format("%.0f", number);
  for (int at = int(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(size_t(at), ",");
  return digits;
}

static std::string number(const std::string &text) {
  return "<td class=n>" + text + "</td>";
}

//===----------------------------------------------------------------------===//
// Figures
//===----------------------------------------------------------------------===//

static std::string fact(const char *what, const std::string &value) {
  return std::string("<tr><td>") + what + "</td>" + number(value) + "</tr>\n";
}

static std::string facts(const CompileResult &result) {
  const ImageMeta &meta = result.image.meta;
  const CompileStats &stats = result.stats;
  std::string html = "<table>\n";
  if (stats.estimatedCycles > 0)
    html += fact("expected cycles of one run", grouped(stats.estimatedCycles)) +
            fact("expected time",
                 format("%.1f us",
                        stats.estimatedCycles / (meta.machine.clockGHz * 1e3)));
  uint64_t macs = 0;
  for (const EntryPoint &entry : meta.entries)
    macs += entry.macs;
  html += fact("multiply-accumulates of the graph", grouped(double(macs)));
  auto space = [&](const char *name, uint64_t peak, uint64_t bound) {
    html += fact(name, sized(peak) + " (at least " + sized(bound) + ")");
  };
  space("scratchpad at its peak", stats.sramPeakBytes,
        stats.sramLowerBoundBytes);
  space("accumulators at their peak", stats.accPeakBytes,
        stats.accLowerBoundBytes);
  space("intermediates in dram at their peak", stats.dramPeakBytes,
        stats.dramLowerBoundBytes);
  html += fact("weights", sized(stats.weightsBytes)) +
          fact("text", sized(stats.textBytes));
  for (const auto &[name, count] : stats.instructionsByClass)
    html += fact(("words of text: " + name).c_str(), grouped(double(count)));
  for (const auto &[name, ms] : stats.phaseMs)
    html += fact(("compile time: " + name).c_str(), format("%.1f ms", ms));
  return html + "</table>\n";
}

static std::string signature(const ImageMeta &meta) {
  std::string html = "<table>\n<tr><th>entry point</th><th></th><th>tensor</th>"
                     "<th>type</th><th class=n>bytes</th></tr>\n";
  for (const EntryPoint &entry : meta.entries) {
    auto rows = [&](const char *role, const std::vector<TensorInfo> &tensors) {
      for (const TensorInfo &tensor : tensors)
        html += "<tr><td>" + escape(entry.name) + "</td><td>" + role +
                "</td><td class=name>" + escape(tensor.name) + "</td><td>" +
                describeTensor(tensor.type, tensor.shape) + "</td>" +
                number(grouped(double(tensor.bytes))) + "</tr>\n";
    };
    rows("input", entry.inputs);
    rows("output", entry.outputs);
    rows("state", entry.states);
  }
  return html + "</table>\n";
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

static std::string sizes(const Json &array) {
  std::string text;
  for (const Json &size : array)
    text += (text.empty() ? "" : "&times;") + size.dump();
  return text;
}

static std::string groupRow(const Json &group, double total, double largest) {
  const Json &chosen = group.at("chosen");
  double cycles = chosen.at("cycles");
  int64_t cores = 1;
  for (const Json &part : chosen.at("cores"))
    cores *= part.get<int64_t>();
  std::string unit = group.at("unit");
  std::string name = escape(group.at("name"));
  if (group.contains("apart"))
    name += "<details class=note><summary>why not with its reader</summary>" +
            escape(group.at("apart")) + "</details>";
  return "<tr><td class=name>" + name + "</td><td>" + unit +
         "</td><td class=size>" + sizes(group.at("loops")) +
         "</td><td class=size>" + sizes(chosen.at("tiles")) + "</td>" +
         number(grouped(double(cores))) + number(grouped(cycles)) +
         number(format("%.1f%%", total ? 100 * cycles / total : 0.0)) +
         "<td><span class=\"bar " + unit + "\" style=\"width:" +
         format("%.1fem", largest ? 6 * cycles / largest : 0.0) +
         "\"></span></td>" +
         number(sized(uint64_t(chosen.at("dram_bytes").get<double>()))) +
         number(sized(chosen.at("sram_bytes"))) +
         number(grouped(group.at("candidates"))) +
         number(grouped(group.at("rejected"))) + "</tr>\n";
}

static std::string groups(const std::string &explanation) {
  Json trace = Json::parse(explanation, nullptr, /*allow_exceptions=*/false);
  if (!trace.is_object() || trace.at("groups").empty())
    return "<p>There is nothing to schedule.</p>\n";
  double total = 0, largest = 0;
  for (const Json &group : trace.at("groups")) {
    double cycles = group.at("chosen").at("cycles");
    total += cycles;
    largest = std::max(largest, cycles);
  }
  std::string html =
      "<p class=note>In the order of execution. Cycles are what the cost model "
      "expects; <code>ashlar run --profile</code> has the emulator's. "
      "<span class=\"bar matrix\" style=\"width:1em\"></span> matrix unit, "
      "<span class=\"bar window\" style=\"width:1em\"></span> windows, "
      "<span class=\"bar vector\" style=\"width:1em\"></span> vector "
      "unit.</p>\n"
      "<table>\n<tr><th>source nodes</th><th>unit</th><th>loops</th>"
      "<th>tile</th><th class=n>cores</th><th class=n>cycles</th>"
      "<th class=n>share</th><th></th><th class=n>through dram</th>"
      "<th class=n>scratchpad</th><th class=n>candidates</th>"
      "<th class=n>did not fit</th></tr>\n";
  for (const Json &group : trace.at("groups"))
    html += groupRow(group, total, largest);
  return html + "</table>\n";
}

//===----------------------------------------------------------------------===//
// Memory plan
//===----------------------------------------------------------------------===//

/// A colour for a name: neighbours differ, the same name stays the same.
static std::string colour(const std::string &name) {
  uint32_t hash = 2166136261u;
  for (unsigned char c : name)
    hash = (hash ^ c) * 16777619u;
  return format("hsl(%u,45%%,%u%%)", hash % 360, 55 + (hash >> 9) % 20);
}

/// Buffers of one memory: words of text to the right, addresses upward.
static std::string picture(const MemoryPlan &plan, const std::string &space,
                           uint32_t core) {
  uint64_t words = 1, bytes = 1;
  for (const PlannedBuffer &buffer : plan.buffers)
    if (buffer.space == space && buffer.core == core) {
      words = std::max(words, buffer.last + 1);
      bytes = std::max(bytes, buffer.offset + buffer.bytes);
    }
  if (bytes == 1)
    return {};
  std::string html = "<h3>" + space + ", core " + std::to_string(core) + ": " +
                     sized(bytes) +
                     "</h3>\n<svg viewBox=\"0 0 1000 300\" "
                     "preserveAspectRatio=\"none\">\n";
  double x = 1000 / double(words), y = 300 / double(bytes);
  for (const PlannedBuffer &buffer : plan.buffers) {
    if (buffer.space != space || buffer.core != core)
      continue;
    html += format("<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"",
                   double(buffer.first) * x,
                   300 - double(buffer.offset + buffer.bytes) * y,
                   double(buffer.last + 1 - buffer.first) * x,
                   double(buffer.bytes) * y) +
            " fill=\"" + colour(buffer.name) + "\"><title>" +
            escape(buffer.name) + "\n" + sized(buffer.bytes) + " at " +
            grouped(double(buffer.offset)) + ", words " +
            std::to_string(buffer.first) + " to " +
            std::to_string(buffer.last) + "</title></rect>\n";
  }
  return html + "</svg>\n";
}

static std::string pictures(const ImageMeta &meta) {
  std::string html =
      "<p class=note>Words of text to the right, addresses upward; a rectangle "
      "is a buffer for as long as it is alive. Point at one for its name. "
      "Loops "
      "take their time within their words.</p>\n";
  for (const char *space : {"sram", "acc", "dram"})
    for (uint32_t core = 0; core < meta.machine.cores; ++core)
      html += picture(meta.plan, space, core);
  return html;
}

std::string ashlar::tool::makeReport(const std::string &model,
                                     const CompileResult &result) {
  const ImageMeta &meta = result.image.meta;
  std::string title = escape(model) + " on " + escape(meta.machine.name);
  std::string html = kHead;
  html.replace(html.find("%TITLE%"), 7, title);
  return html + "<h1>" + title + "</h1>\n<p class=note>Compiled by " +
         escape(meta.compilerVersion) + ".</p>\n" + facts(result) +
         "<h2>Signature</h2>\n" + signature(meta) +
         "<h2>Groups and tiles</h2>\n" + groups(result.explanation) +
         "<h2>Memory plan</h2>\n" + pictures(meta) + "</body></html>\n";
}
