//===- ImagePrinter.cpp - From an image to assembly text ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Disassembler.h"
#include "ImageAssembly.h"
#include "Timing/MachineFields.h"

#include <algorithm>
#include <cstdio>
#include <map>

using namespace ashlar::runtime;

static std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

/// A short decimal that reads back as the same float or double.
template <typename T> static std::string number(T value) {
  char text[40];
  for (int digits : {6, 9, 15, 17}) {
    snprintf(text, sizeof text, "%.*g", digits, static_cast<double>(value));
    if (static_cast<T>(strtod(text, nullptr)) == value)
      break;
  }
  return text;
}

template <typename Items, typename Print>
static std::string list(const Items &items, Print &&print) {
  std::string out = "[";
  for (size_t i = 0; i < items.size(); ++i)
    out += (i ? ", " : "") + print(items[i]);
  return out + "]";
}

static std::string integers(const std::vector<int64_t> &values) {
  return list(values, [](int64_t value) { return std::to_string(value); });
}

static void printMachine(const Machine &machine, std::string &out) {
  out += ".machine " + quoted(machine.name) + "\n";
  for (const MachineField &field : machineFields())
    out += ".field " + std::string(field.name) + ", " +
           number(field.get(machine)) + "\n";
}

static void printTensor(const char *directive, const TensorInfo &tensor,
                        std::string &out) {
  out += std::string(directive) + " " + quoted(tensor.name) + ", " +
         std::string(dataTypeName(tensor.type)) + ", " +
         integers(tensor.shape) + ", at " + std::to_string(tensor.offset) +
         ", in " + std::string(regionName(tensor.region));
  if (!tensor.dynamic.empty())
    out += ", dims " + list(tensor.dynamic, quoted);
  const Quantization &quant = tensor.quantization;
  if (!quant.scale.empty()) {
    out += ", scale " + list(quant.scale, [](float s) { return number(s); });
    if (!quant.zeroPoint.empty())
      out += ", zero " + integers(quant.zeroPoint);
    if (quant.axis >= 0)
      out += ", axis " + std::to_string(quant.axis);
  }
  out += "\n";
}

static void printEntry(const EntryPoint &entry, std::string &out) {
  out += "\n.entry " + quoted(entry.name) + "\n";
  for (size_t i = 0; i < entry.dynamicDims.size(); ++i) {
    out += ".dim " + quoted(entry.dynamicDims[i]);
    if (!entry.dynamicLowest.empty())
      out += ", " + std::to_string(entry.dynamicLowest[i]);
    out += "\n";
  }
  for (const TensorInfo &tensor : entry.inputs)
    printTensor(".input", tensor, out);
  for (const TensorInfo &tensor : entry.outputs)
    printTensor(".output", tensor, out);
  for (const TensorInfo &tensor : entry.states)
    printTensor(".state", tensor, out);
  out += ".io_bytes " + std::to_string(entry.ioBytes) + "\n";
  out += ".arena_bytes " + std::to_string(entry.arenaBytes) + "\n";
  out += ".state_bytes " + std::to_string(entry.stateBytes) + "\n";
  out += ".macs " + std::to_string(entry.macs) + "\n";
  if (!entry.opening.empty())
    out += ".opening " + quoted(entry.opening) + "\n";
  if (entry.fetchesNext)
    out += ".fetches_next\n";
  if (entry.leavesOutputs)
    out += ".leaves_outputs\n";
  for (size_t core = 0; core < entry.coreStart.size(); ++core)
    out += ".start " + std::to_string(core) + ", " +
           std::to_string(entry.coreStart[core]) + "\n";
}

static void printPlan(const MemoryPlan &plan, std::string &out) {
  out += "\n.peaks";
  const char *separator = " ";
  for (uint64_t value :
       {plan.sramPeakBytes, plan.sramLowerBoundBytes, plan.dramPeakBytes,
        plan.dramLowerBoundBytes, plan.accPeakBytes, plan.accLowerBoundBytes}) {
    out += separator + std::to_string(value);
    separator = ", ";
  }
  out += "\n";
  for (const PlannedBuffer &buffer : plan.buffers) {
    out += ".plan " + quoted(buffer.name) + ", " + quoted(buffer.space);
    for (uint64_t value : {uint64_t{buffer.core}, buffer.offset, buffer.bytes,
                           buffer.first, buffer.last})
      out += ", " + std::to_string(value);
    out += buffer.resident ? ", resident\n" : "\n";
  }
}

/// Bytes as .hex lines; long runs of zeros in short. The first line is always
/// .hex: it makes the counts of .zero count bytes.
static void printData(const uint8_t *data, uint64_t bytes, std::string &out) {
  static const char digits[] = "0123456789abcdef";
  constexpr uint64_t perLine = 128;
  for (uint64_t at = 0; at < bytes;) {
    uint64_t zeros = 0;
    while (at != 0 && at + zeros < bytes && data[at + zeros] == 0)
      ++zeros;
    if (zeros >= perLine) {
      out += "  .zero " + std::to_string(zeros) + "\n";
      at += zeros;
      continue;
    }
    out += "  .hex \"";
    for (uint64_t end = std::min(at + perLine, bytes); at < end; ++at) {
      out += digits[data[at] >> 4];
      out += digits[data[at] & 15];
    }
    out += "\"\n";
  }
}

static void printText(const Image &image, uint32_t core, std::string &out) {
  const std::vector<uint64_t> &words = image.text()[core];
  out += "\n.core " + std::to_string(core) + "\n";
  // Ranges begin and end with a .loc line before the word.
  std::map<uint64_t, std::string> marks;
  const DebugMap &debug = image.meta().debug;
  for (const DebugMap::Range &range : debug.ranges) {
    if (range.core != core)
      continue;
    marks[range.first] = ".loc " + std::to_string(range.node) + " ; " +
                         debug.nodes[range.node].name + "\n";
    marks.try_emplace(range.first + range.count, ".loc none\n");
  }
  DisassemblyOptions options;
  options.annotate = [&](uint64_t index) {
    auto mark = marks.find(index);
    return mark == marks.end() ? std::string() : mark->second;
  };
  out += disassembleText(words, options);
}

std::string ashlar::runtime::printImage(const Image &image) {
  const ImageMeta &meta = image.meta();
  std::string out = "; An Ashlar image as assembly.\n";
  printMachine(meta.machine, out);
  out += ".compiler " + quoted(meta.compilerVersion) + "\n";
  out += ".estimated_cycles " + number(meta.estimatedCycles) + "\n";
  for (const EntryPoint &entry : meta.entries)
    printEntry(entry, out);
  printPlan(meta.plan, out);
  if (!meta.debug.nodes.empty())
    out += "\n";
  for (const DebugMap::Node &node : meta.debug.nodes)
    out += ".node " + quoted(node.name) + ", " + quoted(node.op) + ", " +
           std::to_string(node.macs) + "\n";
  for (const WeightInfo &weight : meta.weights) {
    out += "\n.weight " + quoted(weight.name) + ", " +
           std::string(dataTypeName(weight.type)) + ", " +
           integers(weight.shape) + ", at " + std::to_string(weight.offset) +
           "\n";
    printData(image.weights() + weight.offset, weight.bytes, out);
  }
  for (uint32_t core = 0; core < image.text().size(); ++core)
    printText(image, core, out);
  return out;
}
