//===- Presets.cpp - Machines that are compiled in ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Machine/Machine.h"

#include "Timing/Timing.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace ashlar;
using llvm::StringRef;
using llvm::Twine;

namespace {
struct Preset {
  StringRef name, text;
};
} // namespace

static const Preset presets[] = {
#include "Presets.inc"
};

llvm::ArrayRef<StringRef> ashlar::presetNames() {
  static const std::vector<StringRef> names = [] {
    std::vector<StringRef> all;
    for (const Preset &preset : presets)
      all.push_back(preset.name);
    return all;
  }();
  return names;
}

StringRef ashlar::presetText(StringRef name) {
  for (const Preset &preset : presets)
    if (preset.name == name)
      return preset.text;
  return {};
}

llvm::Expected<runtime::Machine> ashlar::loadMachine(StringRef nameOrPath) {
  for (const Preset &preset : presets)
    if (preset.name == nameOrPath)
      return parseMachine(preset.text, (Twine(preset.name) + ".yaml").str());
  if (!nameOrPath.ends_with(".yaml") && !nameOrPath.ends_with(".yml") &&
      !nameOrPath.contains('/'))
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   Twine("unknown target '") + nameOrPath +
                                       "'; the presets are " +
                                       llvm::join(presetNames(), ", ") +
                                       ", and target files end in .yaml");
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(nameOrPath, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError(
        buffer.getError(), Twine("cannot read target file '") + nameOrPath +
                               "': " + buffer.getError().message());
  return parseMachine((*buffer)->getBuffer(), nameOrPath);
}

std::string ashlar::presetTable() {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "target    cores    GHz   m x k x n      TOPS i8  TFLOP/s bf16  "
        "scratchpad  "
        "accumulators  dram GB/s\n";
  for (const Preset &preset : presets) {
    llvm::Expected<runtime::Machine> machine = loadMachine(preset.name);
    if (!machine) {
      os << preset.name << ": " << llvm::toString(machine.takeError()) << "\n";
      continue;
    }
    auto tera = [&](unsigned bits) {
      return 2e-3 * machine->cores * machine->clockGHz *
             double(runtime::matrixPeakMacs(*machine, bits));
    };
    std::string cube = (Twine(machine->mxuM) + " x " + Twine(machine->mxuK) +
                        " x " + Twine(machine->mxuN))
                           .str();
    os << llvm::format(
        "%-8s %6u %6.2f   %-13s %8.1f %13.1f %7llu KiB %9llu KiB %10.0f\n",
        machine->name.c_str(), machine->cores, machine->clockGHz, cube.c_str(),
        tera(8), tera(16), (unsigned long long)(machine->sramBytes >> 10),
        (unsigned long long)(machine->accBytes >> 10),
        machine->dramBytesPerCycle * machine->clockGHz);
  }
  return text;
}
