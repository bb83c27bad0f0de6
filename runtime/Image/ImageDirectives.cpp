//===- ImageDirectives.cpp - Directives of image assembly -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ImageDirectives.h"

#include "Timing/MachineFields.h"

#include <algorithm>

using namespace ashlar::runtime;

/// Highest core number of an address.
static constexpr uint64_t maxCores = 255;

//===----------------------------------------------------------------------===//
// Symbols
//===----------------------------------------------------------------------===//

/// True if expressions can name `name` (with a suffix behind a dot).
static bool isIdentifier(std::string_view name) {
  auto isLetter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && isLetter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return isLetter(c) || (c >= '0' && c <= '9') || c == '.';
         });
}

static void defineSymbols(AssemblerControl &control, const std::string &name,
                          uint64_t offset, uint64_t bytes) {
  if (!isIdentifier(name))
    return;
  control.setSymbol(name + ".offset", static_cast<int64_t>(offset));
  control.setSymbol(name + ".bytes", static_cast<int64_t>(bytes));
}

static uint64_t alignTo64(uint64_t value) { return (value + 63) & ~63ull; }

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

const std::map<std::string_view, ImageDirectives::Method> &
ImageDirectives::methods() {
  using D = ImageDirectives;
  static const std::map<std::string_view, Method> table = {
      {".target", &D::target},
      {".machine", &D::machine},
      {".field", &D::field},
      {".compiler", &D::compiler},
      {".estimated_cycles", &D::estimatedCycles},
      {".entry", &D::entryPoint},
      {".input", &D::input},
      {".output", &D::output},
      {".state", &D::state},
      {".dim", &D::dim},
      {".io_bytes", &D::ioBytes},
      {".arena_bytes", &D::arenaBytes},
      {".state_bytes", &D::stateBytes},
      {".macs", &D::macs},
      {".opening", &D::opening},
      {".fetches_next", &D::fetchesNext},
      {".leaves_outputs", &D::leavesOutputs},
      {".start", &D::start},
      {".weight", &D::beginWeight},
      {".core", &D::core},
      {".node", &D::node},
      {".loc", &D::loc},
      {".plan", &D::plan},
      {".peaks", &D::peaks},
  };
  return table;
}

bool ImageDirectives::handleDirective(std::string_view name, LineParser &line,
                                      AssemblerControl &control) {
  if (weight.handle(name, line))
    return true;
  auto found = methods().find(name);
  if (found == methods().end())
    return false;
  if ((this->*found->second)(line, control))
    line.expectEnd();
  return true;
}

EntryPoint &ImageDirectives::entry() {
  if (contents.meta.entries.empty())
    contents.meta.entries.emplace_back().name = "main";
  return contents.meta.entries.back();
}

//===----------------------------------------------------------------------===//
// Target
//===----------------------------------------------------------------------===//

bool ImageDirectives::target(LineParser &line, AssemblerControl &) {
  const Token at = line.peek();
  std::optional<std::string> name = at.is(TokenKind::String)
                                        ? line.parseString("a target")
                                        : line.parseIdentifier("a target");
  if (!name)
    return false;
  if (!options.findTarget)
    return line.error(at, "targets have no names here: use .machine");
  std::string error = options.findTarget(*name, contents.meta.machine);
  haveMachine = true;
  return error.empty() || line.error(at, error);
}

bool ImageDirectives::machine(LineParser &line, AssemblerControl &) {
  std::optional<std::string> name = line.parseString("the machine's name");
  if (!name)
    return false;
  contents.meta.machine = Machine();
  contents.meta.machine.name = *name;
  haveMachine = true;
  return true;
}

bool ImageDirectives::field(LineParser &line, AssemblerControl &) {
  const Token at = line.peek();
  std::optional<std::string> name = line.parseIdentifier("a machine field");
  if (!name || !line.expect(","))
    return false;
  const MachineField *found = findMachineField(*name);
  if (!found)
    return line.error(at, "unknown machine field '" + *name + "'");
  const Token number = line.peek();
  std::optional<double> value = line.parseFloat();
  if (!value)
    return false;
  if (std::optional<std::string> why = checkFieldValue(*found, *value))
    return line.error(number, "'" + *name + "' " + *why);
  found->set(contents.meta.machine, *value);
  return true;
}

bool ImageDirectives::compiler(LineParser &line, AssemblerControl &) {
  std::optional<std::string> text = line.parseString("the compiler's version");
  if (text)
    contents.meta.compilerVersion = *text;
  return text.has_value();
}

bool ImageDirectives::estimatedCycles(LineParser &line, AssemblerControl &) {
  std::optional<double> value = line.parseFloat();
  if (value)
    contents.meta.estimatedCycles = *value;
  return value.has_value();
}

//===----------------------------------------------------------------------===//
// Entry points and tensors
//===----------------------------------------------------------------------===//

bool ImageDirectives::entryPoint(LineParser &line, AssemblerControl &) {
  std::optional<std::string> name = line.parseString("the entry point's name");
  if (!name)
    return false;
  contents.meta.entries.emplace_back().name = *name;
  return true;
}

bool ImageDirectives::parseTensorOptions(LineParser &line, TensorInfo &tensor,
                                         std::optional<uint64_t> &offset) {
  while (line.accept(",")) {
    const Token at = line.peek();
    std::optional<std::string> key = line.parseIdentifier("an option");
    if (!key)
      return false;
    bool good;
    if (*key == "at") {
      offset = parseUnsigned(line);
      good = offset.has_value();
    } else if (*key == "in") {
      const Token name = line.peek();
      std::optional<std::string> region = line.parseIdentifier("a region");
      good = region && (parseRegion(*region, tensor.region) ||
                        line.error(name, "unknown region '" + *region + "'"));
    } else if (*key == "dims") {
      good = parseList(line, [&] {
        std::optional<std::string> dim = line.parseString("a dimension's name");
        if (dim)
          tensor.dynamic.push_back(*dim);
        return dim.has_value();
      });
    } else if (*key == "scale") {
      good = parseList(line, [&] {
        std::optional<double> scale = line.parseFloat();
        if (scale)
          tensor.quantization.scale.push_back(static_cast<float>(*scale));
        return scale.has_value();
      });
    } else if (*key == "zero") {
      good = parseList(line, [&] {
        std::optional<int64_t> zero = line.parseInteger();
        if (zero)
          tensor.quantization.zeroPoint.push_back(*zero);
        return zero.has_value();
      });
    } else if (*key == "axis") {
      std::optional<uint64_t> axis = parseUnsigned(line);
      good = axis && (*axis < 32 || line.error(at, "no tensor has that axis"));
      if (good)
        tensor.quantization.axis = static_cast<int32_t>(*axis);
    } else {
      good = line.error(at, "unknown option '" + *key + "'");
    }
    if (!good)
      return false;
  }
  return true;
}

/// End of what the tensors of an entry point use of a region.
static uint64_t regionEnd(const EntryPoint &entry, TensorRegion region) {
  uint64_t end = 0;
  for (const auto *tensors : {&entry.inputs, &entry.outputs, &entry.states})
    for (const TensorInfo &tensor : *tensors)
      if (tensor.region == region)
        end = std::max(end, tensor.offset + tensor.bytes);
  return end;
}

bool ImageDirectives::parseTensor(LineParser &line, AssemblerControl &control,
                                  TensorRegion region,
                                  std::vector<TensorInfo> &tensors) {
  TensorInfo tensor;
  tensor.region = region;
  std::optional<std::string> name = line.parseString("the tensor's name");
  std::optional<uint64_t> offset;
  if (!name || !line.expect(",") || !parseType(line, tensor.type) ||
      !line.expect(","))
    return false;
  const Token at = line.peek();
  if (!parseShape(line, tensor.shape) ||
      !parseTensorOptions(line, tensor, offset))
    return false;
  tensor.name = *name;
  // The limit keeps later sums of offsets from wrapping.
  if (!tensorBytes(tensor.type, tensor.shape, tensor.bytes) ||
      tensor.bytes > (uint64_t{1} << 48) || offset > (uint64_t{1} << 48))
    return line.error(at, "the tensor is too large");
  tensor.offset =
      offset ? *offset : alignTo64(regionEnd(entry(), tensor.region));
  defineSymbols(control, tensor.name, tensor.offset, tensor.bytes);
  tensors.push_back(std::move(tensor));
  return true;
}

bool ImageDirectives::input(LineParser &line, AssemblerControl &control) {
  return parseTensor(line, control, TensorRegion::IO, entry().inputs);
}

bool ImageDirectives::output(LineParser &line, AssemblerControl &control) {
  return parseTensor(line, control, TensorRegion::IO, entry().outputs);
}

bool ImageDirectives::state(LineParser &line, AssemblerControl &control) {
  return parseTensor(line, control, TensorRegion::State, entry().states);
}

bool ImageDirectives::dim(LineParser &line, AssemblerControl &) {
  std::optional<std::string> name = line.parseString("the dimension's name");
  if (!name)
    return false;
  std::optional<uint64_t> lowest;
  if (line.accept(",") && !(lowest = parseUnsigned(line)))
    return false;
  entry().dynamicDims.push_back(*name);
  if (lowest || !entry().dynamicLowest.empty()) {
    entry().dynamicLowest.resize(entry().dynamicDims.size() - 1);
    entry().dynamicLowest.push_back(static_cast<int64_t>(lowest.value_or(0)));
  }
  return true;
}

static bool parseInto(LineParser &line, uint64_t &value) {
  std::optional<uint64_t> parsed = parseUnsigned(line);
  if (parsed)
    value = *parsed;
  return parsed.has_value();
}

bool ImageDirectives::ioBytes(LineParser &line, AssemblerControl &) {
  return parseInto(line, entry().ioBytes);
}

bool ImageDirectives::arenaBytes(LineParser &line, AssemblerControl &) {
  return parseInto(line, entry().arenaBytes);
}

bool ImageDirectives::stateBytes(LineParser &line, AssemblerControl &) {
  return parseInto(line, entry().stateBytes);
}

bool ImageDirectives::macs(LineParser &line, AssemblerControl &) {
  return parseInto(line, entry().macs);
}

bool ImageDirectives::opening(LineParser &line, AssemblerControl &) {
  std::optional<std::string> name = line.parseString("an entry point's name");
  if (name)
    entry().opening = *name;
  return name.has_value();
}

bool ImageDirectives::start(LineParser &line, AssemblerControl &control) {
  const Token at = line.peek();
  std::optional<uint64_t> number = parseUnsigned(line);
  if (!number || !line.expect(","))
    return false;
  if (*number >= maxCores)
    return line.error(at, "there is no core " + std::to_string(*number));
  const Token label = line.peek();
  std::optional<ExprValue> where = line.parseExpression();
  if (!where)
    return false;
  entry();
  starts.push_back({contents.meta.entries.size() - 1,
                    static_cast<unsigned>(*number), *where,
                    control.currentLine(), label.column});
  return true;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

bool ImageDirectives::closeWeight(LineParser &line) {
  if (!weight.isOpen())
    return true;
  std::string error;
  bool complete = weight.finish(error);
  contents.weightData.push_back(weight.take());
  return complete || line.error(error);
}

bool ImageDirectives::beginWeight(LineParser &line, AssemblerControl &control) {
  if (!closeWeight(line))
    return false;
  uint64_t end = 0;
  if (!contents.meta.weights.empty())
    end = contents.meta.weights.back().offset +
          contents.meta.weights.back().bytes;
  WeightInfo info;
  if (!weight.begin(line, end, info))
    return false;
  defineSymbols(control, info.name, info.offset, info.bytes);
  contents.meta.weights.push_back(std::move(info));
  return true;
}

//===----------------------------------------------------------------------===//
// Text and debug map
//===----------------------------------------------------------------------===//

bool ImageDirectives::core(LineParser &line, AssemblerControl &control) {
  const Token at = line.peek();
  std::optional<uint64_t> number = parseUnsigned(line);
  if (!number)
    return false;
  if (*number >= maxCores)
    return line.error(at, "there is no core " + std::to_string(*number));
  control.selectText(static_cast<unsigned>(*number));
  return true;
}

bool ImageDirectives::node(LineParser &line, AssemblerControl &) {
  DebugMap::Node made;
  std::optional<std::string> name = line.parseString("the node's name");
  if (!name || !line.expect(","))
    return false;
  std::optional<std::string> op = line.parseString("its operator");
  if (!op)
    return false;
  if (line.accept(",") && !parseInto(line, made.macs))
    return false;
  made.name = *name;
  made.op = *op;
  contents.meta.debug.nodes.push_back(std::move(made));
  return true;
}

bool ImageDirectives::loc(LineParser &line, AssemblerControl &control) {
  unsigned text = control.currentText();
  uint64_t index = control.currentIndex();
  std::optional<uint32_t> node;
  if (line.peek().is(TokenKind::Identifier) && line.peek().text == "none") {
    line.take();
  } else {
    const Token at = line.peek();
    std::optional<uint64_t> number = parseUnsigned(line);
    if (!number)
      return false;
    if (*number >= contents.meta.debug.nodes.size())
      return line.error(at, "there is no node " + std::to_string(*number) +
                                ": .node lines come first");
    node = static_cast<uint32_t>(*number);
  }
  auto open = openRanges.find(text);
  if (open != openRanges.end()) {
    if (index > open->second.first)
      contents.meta.debug.ranges.push_back({text, open->second.first,
                                            index - open->second.first,
                                            open->second.node});
    openRanges.erase(open);
  }
  if (node)
    openRanges[text] = {index, *node};
  return true;
}

bool ImageDirectives::plan(LineParser &line, AssemblerControl &) {
  PlannedBuffer buffer;
  std::optional<std::string> name = line.parseString("the buffer's name");
  if (!name || !line.expect(","))
    return false;
  std::optional<std::string> space = line.parseString("its memory");
  if (!space)
    return false;
  uint64_t core = 0;
  for (uint64_t *number :
       {&core, &buffer.offset, &buffer.bytes, &buffer.first, &buffer.last})
    if (!line.expect(",") || !parseInto(line, *number))
      return false;
  buffer.name = *name;
  buffer.space = *space;
  buffer.core = static_cast<uint32_t>(std::min(core, maxCores));
  if (line.accept(",")) {
    const Token at = line.take();
    if (at.text != "resident")
      return line.error(at, "expected 'resident'");
    buffer.resident = true;
  }
  contents.meta.plan.buffers.push_back(std::move(buffer));
  return true;
}

bool ImageDirectives::peaks(LineParser &line, AssemblerControl &) {
  MemoryPlan &plan = contents.meta.plan;
  uint64_t *numbers[] = {&plan.sramPeakBytes, &plan.sramLowerBoundBytes,
                         &plan.dramPeakBytes, &plan.dramLowerBoundBytes,
                         &plan.accPeakBytes,  &plan.accLowerBoundBytes};
  bool first = true;
  for (uint64_t *number : numbers) {
    if ((!first && !line.expect(",")) || !parseInto(line, *number))
      return false;
    first = false;
  }
  return true;
}
