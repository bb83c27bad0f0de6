//===- Validate.cpp - Do an image's numbers make sense --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Validate.h"

#include "Timing/MachineFields.h"

#include <algorithm>
#include <cmath>
#include <set>

using namespace ashlar::runtime;

/// Ranks beyond this are mistakes; it bounds what messages and loops cost.
static constexpr size_t maxRank = 32;

namespace {
/// Collects the first problem; checks after it are skipped.
class Validator {
public:
  Validator(const ImageMeta &meta, const std::vector<uint64_t> &textWords,
            uint64_t weightsBytes)
      : meta(meta), textWords(textWords), weightsBytes(weightsBytes) {}

  std::string run();

private:
  bool fail(std::string message) {
    if (error.empty())
      error = std::move(message);
    return false;
  }
  bool checkName(const std::string &what, const std::string &name,
                 bool mayBeEmpty = false);
  bool checkText();
  bool checkTensor(const std::string &role, const TensorInfo &tensor,
                   const EntryPoint &entry);
  bool checkDynamic(const std::string &what, const TensorInfo &tensor,
                    const EntryPoint &entry);
  bool checkQuantization(const std::string &what, const TensorInfo &tensor);
  bool checkEntry(const EntryPoint &entry);
  bool checkOpening(const EntryPoint &entry);
  bool checkPlan();
  bool checkDebug();
  bool checkWeights();

  const ImageMeta &meta;
  const std::vector<uint64_t> &textWords;
  uint64_t weightsBytes;
  std::string error;
};
} // namespace

/// Length of the UTF-8 sequence at the start of `text`; 0 if it is not one.
static size_t utf8Length(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80)
    return 1;
  size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  // Overlong forms, surrogates, beyond U+10FFFF.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F))
    return 0;
  return length;
}

bool Validator::checkName(const std::string &what, const std::string &name,
                          bool mayBeEmpty) {
  if (name.empty())
    return mayBeEmpty || fail(what + " has an empty name");
  for (std::string_view rest = name; !rest.empty();) {
    size_t length = utf8Length(rest);
    if (length == 0 || static_cast<unsigned char>(rest[0]) < 0x20 ||
        rest[0] == 0x7F)
      return fail("the name of " + what +
                  " is not UTF-8 without control characters");
    rest.remove_prefix(length);
  }
  return true;
}

/// Whether [offset, offset + bytes) lies in [0, limit).
static bool fits(uint64_t offset, uint64_t bytes, uint64_t limit) {
  return bytes <= limit && offset <= limit - bytes;
}

static std::string range(uint64_t offset, uint64_t bytes) {
  return std::to_string(bytes) + " bytes at offset " + std::to_string(offset);
}

std::string Validator::run() {
  if (std::optional<MachineError> bad = checkMachine(meta.machine))
    return "machine field '" + std::string(bad->field) + "': " + bad->reason;
  bool good = checkName("the machine", meta.machine.name, true) &&
              checkName("the compiler version", meta.compilerVersion, true) &&
              checkText() && checkWeights();
  if (good && meta.entries.empty())
    return "there is no entry point";
  std::set<std::string_view> names;
  for (const EntryPoint &entry : meta.entries) {
    if (!good)
      break;
    good = checkEntry(entry) && checkOpening(entry);
    if (good && !names.insert(entry.name).second)
      return "entry point '" + entry.name + "' exists twice";
  }
  if (good && checkPlan() && checkDebug() &&
      !(std::isfinite(meta.estimatedCycles) && meta.estimatedCycles >= 0))
    return "the estimated cycles are not a number";
  return error;
}

bool Validator::checkText() {
  if (textWords.size() != meta.machine.cores)
    return fail("text for " + std::to_string(textWords.size()) +
                " cores, the machine has " +
                std::to_string(meta.machine.cores));
  for (size_t core = 0; core < textWords.size(); ++core) {
    if (textWords[core] == 0)
      return fail("the text of core " + std::to_string(core) + " is empty");
    if (textWords[core] > INT32_MAX)
      return fail("the text of core " + std::to_string(core) +
                  " is too long for branch offsets");
  }
  return true;
}

bool Validator::checkDynamic(const std::string &what, const TensorInfo &tensor,
                             const EntryPoint &entry) {
  if (tensor.dynamic.empty())
    return true;
  if (tensor.dynamic.size() != tensor.shape.size())
    return fail(what + ": " + std::to_string(tensor.dynamic.size()) +
                " dynamic dimension names for rank " +
                std::to_string(tensor.shape.size()));
  for (const std::string &name : tensor.dynamic)
    if (!name.empty() &&
        std::find(entry.dynamicDims.begin(), entry.dynamicDims.end(), name) ==
            entry.dynamicDims.end())
      return checkName(what, name) &&
             fail(what + ": no run-time dimension is named '" + name + "'");
  return true;
}

bool Validator::checkQuantization(const std::string &what,
                                  const TensorInfo &tensor) {
  const Quantization &quant = tensor.quantization;
  if (quant.scale.empty())
    return quant.zeroPoint.empty() || fail(what + ": zero points, no scale");
  uint64_t expected = 1;
  if (quant.axis != -1) {
    if (quant.axis < 0 ||
        static_cast<size_t>(quant.axis) >= tensor.shape.size())
      return fail(what + ": quantisation axis " + std::to_string(quant.axis) +
                  " of a tensor of rank " +
                  std::to_string(tensor.shape.size()));
    expected = static_cast<uint64_t>(tensor.shape[quant.axis]);
  }
  if (quant.scale.size() != expected)
    return fail(what + ": " + std::to_string(quant.scale.size()) +
                " scales, expected " + std::to_string(expected));
  if (!quant.zeroPoint.empty() && quant.zeroPoint.size() != expected)
    return fail(what + ": " + std::to_string(quant.zeroPoint.size()) +
                " zero points, expected " + std::to_string(expected));
  for (float scale : quant.scale)
    if (!std::isfinite(scale))
      return fail(what + ": a scale is not finite");
  return true;
}

bool Validator::checkTensor(const std::string &role, const TensorInfo &tensor,
                            const EntryPoint &entry) {
  if (!checkName("an " + role, tensor.name))
    return false;
  std::string what = role + " '" + tensor.name + "'";
  if (tensor.shape.size() > maxRank)
    return fail(what + ": rank " + std::to_string(tensor.shape.size()) +
                " is more than " + std::to_string(maxRank));
  uint64_t bytes;
  if (!tensorBytes(tensor.type, tensor.shape, bytes))
    return fail(what + ": its shape is negative or too large");
  if (bytes != tensor.bytes)
    return fail(what + ": states " + std::to_string(tensor.bytes) +
                " bytes, its shape has " + std::to_string(bytes));
  uint64_t limit = 0;
  switch (tensor.region) {
  case TensorRegion::IO:
    limit = entry.ioBytes;
    break;
  case TensorRegion::Weights:
    limit = weightsBytes;
    break;
  case TensorRegion::Arena:
    limit = entry.arenaBytes;
    break;
  case TensorRegion::State:
    limit = entry.stateBytes;
    break;
  }
  if (!fits(tensor.offset, tensor.bytes, limit))
    return fail(what + ": " + range(tensor.offset, tensor.bytes) +
                " do not lie in region '" +
                std::string(regionName(tensor.region)) + "' of " +
                std::to_string(limit));
  unsigned align = std::max(1u, dataTypeBits(tensor.type) / 8);
  if (tensor.offset % align != 0)
    return fail(what + ": offset " + std::to_string(tensor.offset) +
                " is not a multiple of " + std::to_string(align));
  return checkDynamic(what, tensor, entry) && checkQuantization(what, tensor);
}

bool Validator::checkEntry(const EntryPoint &entry) {
  if (!checkName("an entry point", entry.name))
    return false;
  std::string what = "entry point '" + entry.name + "': ";
  if (entry.coreStart.size() != textWords.size())
    return fail(what + std::to_string(entry.coreStart.size()) +
                " start words for " + std::to_string(textWords.size()) +
                " cores");
  for (size_t core = 0; core < textWords.size(); ++core)
    if (entry.coreStart[core] >= textWords[core])
      return fail(what + "starts at word " +
                  std::to_string(entry.coreStart[core]) + " of core " +
                  std::to_string(core) + ", whose text has " +
                  std::to_string(textWords[core]));
  uint64_t total = weightsBytes;
  for (uint64_t bytes : {entry.ioBytes, entry.arenaBytes, entry.stateBytes})
    if (__builtin_add_overflow(total, bytes, &total))
      return fail(what + "its regions overflow");
  if (total > meta.machine.dramBytes)
    return fail(what + "needs " + std::to_string(total) +
                " bytes of dram, the machine has " +
                std::to_string(meta.machine.dramBytes));
  if (entry.dynamicDims.size() > maxDynamicDims)
    return fail(what + "more than " + std::to_string(maxDynamicDims) +
                " run-time dimensions");
  if (!entry.dynamicLowest.empty() &&
      entry.dynamicLowest.size() != entry.dynamicDims.size())
    return fail(what + std::to_string(entry.dynamicLowest.size()) +
                " least values for " +
                std::to_string(entry.dynamicDims.size()) +
                " run-time dimensions");
  if (entry.fetchesNext && !entry.dynamicDims.empty())
    return fail(what + "fetches inputs of the next request, whose run-time "
                       "dimensions may be others");
  for (int64_t lowest : entry.dynamicLowest)
    if (lowest < 0)
      return fail(what + "a run-time dimension may be negative");
  std::set<std::string_view> dims, names;
  for (const std::string &dim : entry.dynamicDims)
    if (!checkName("a run-time dimension", dim) ||
        (!dims.insert(dim).second &&
         !fail(what + "run-time dimension '" + dim + "' exists twice")))
      return false;
  auto checkAll = [&](const char *role, const std::vector<TensorInfo> &tensors,
                      auto regionIsLegal) {
    for (const TensorInfo &tensor : tensors) {
      if (!checkTensor(role, tensor, entry))
        return false;
      if (!names.insert(tensor.name).second)
        return fail(what + "tensor '" + tensor.name + "' exists twice");
      if (!regionIsLegal(tensor.region))
        return fail(what + role + " '" + tensor.name +
                    "' may not lie in region '" +
                    std::string(regionName(tensor.region)) + "'");
    }
    return true;
  };
  return checkAll("input", entry.inputs,
                  [](TensorRegion r) { return r == TensorRegion::IO; }) &&
         checkAll("output", entry.outputs,
                  [](TensorRegion r) { return r != TensorRegion::Arena; }) &&
         checkAll("state", entry.states,
                  [](TensorRegion r) { return r == TensorRegion::State; });
}

/// Nobody gives an opening tensors, and nothing opens for it.
bool Validator::checkOpening(const EntryPoint &entry) {
  if (entry.opening.empty())
    return true;
  for (const EntryPoint &other : meta.entries)
    if (other.name == entry.opening) {
      if (other.inputs.empty() && other.outputs.empty() &&
          other.states.empty() && other.dynamicDims.empty() &&
          other.opening.empty())
        return true;
      return fail("entry point '" + other.name + "' opens sessions on '" +
                  entry.name +
                  "' and has tensors, run-time dimensions or an "
                  "opening itself");
    }
  return fail("entry point '" + entry.name + "': there is no entry point '" +
              entry.opening + "' to open a session");
}

bool Validator::checkPlan() {
  for (const PlannedBuffer &buffer : meta.plan.buffers) {
    if (!checkName("a planned buffer", buffer.name, true))
      return false;
    std::string what = "planned buffer '" + buffer.name + "'";
    uint64_t limit;
    if (buffer.space == "sram")
      limit = meta.machine.sramBytes;
    else if (buffer.space == "acc")
      limit = meta.machine.accBytes;
    else if (buffer.space == "dram")
      limit = meta.machine.dramBytes;
    else
      return fail(what + ": unknown space");
    if (buffer.core >= textWords.size())
      return fail(what + ": there is no core " + std::to_string(buffer.core));
    if (!fits(buffer.offset, buffer.bytes, limit))
      return fail(what + ": " + range(buffer.offset, buffer.bytes) +
                  " do not lie in " + buffer.space + " of " +
                  std::to_string(limit));
    if (buffer.resident && buffer.space != "sram")
      return fail(what + ": is resident, but not in sram");
    if (buffer.first > buffer.last)
      return fail(what + ": its live range ends before it begins");
  }
  return true;
}

bool Validator::checkDebug() {
  for (const DebugMap::Node &node : meta.debug.nodes)
    if (!checkName("a source node", node.name, true) ||
        !checkName("an operator", node.op, true))
      return false;
  uint32_t core = 0;
  uint64_t end = 0;
  for (const DebugMap::Range &range : meta.debug.ranges) {
    if (range.core > core) {
      core = range.core;
      end = 0;
    }
    if (range.core >= textWords.size() || range.core < core ||
        range.first < end || range.count == 0 ||
        !fits(range.first, range.count, textWords[range.core]) ||
        range.node >= meta.debug.nodes.size())
      return fail("debug range of core " + std::to_string(range.core) +
                  " at word " + std::to_string(range.first) +
                  ": out of order, out of the text or of an unknown node");
    end = range.first + range.count;
  }
  return true;
}

bool Validator::checkWeights() {
  uint64_t end = 0;
  std::set<std::string_view> names;
  for (const WeightInfo &weight : meta.weights) {
    if (!checkName("a weight", weight.name))
      return false;
    std::string what = "weight '" + weight.name + "'";
    if (!names.insert(weight.name).second)
      return fail(what + " exists twice");
    uint64_t bytes;
    if (weight.shape.size() > maxRank ||
        !tensorBytes(weight.type, weight.shape, bytes) || bytes != weight.bytes)
      return fail(what + ": states " + std::to_string(weight.bytes) +
                  " bytes, which is not what its type and shape have");
    if (weight.offset < end || !fits(weight.offset, weight.bytes, weightsBytes))
      return fail(what + ": " + range(weight.offset, weight.bytes) +
                  " overlap the weight before or end behind the section of " +
                  std::to_string(weightsBytes));
    end = weight.offset + weight.bytes;
  }
  if (end != weightsBytes)
    return fail("the weights end at byte " + std::to_string(end) +
                " of a section of " + std::to_string(weightsBytes));
  return true;
}

std::string
ashlar::runtime::validateMeta(const ImageMeta &meta,
                              const std::vector<uint64_t> &textWords,
                              uint64_t weightsBytes) {
  return Validator(meta, textWords, weightsBytes).run();
}
