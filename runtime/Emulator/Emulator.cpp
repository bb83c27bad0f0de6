//===- Emulator.cpp - Executes programs instruction by instruction --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Emulator.h"

#include "Emulator/Chip.h"
#include "Emulator/FunctionalRun.h"
#include "Emulator/Sanitizer.h"
#include "Emulator/TimedRun.h"

#include <chrono>
#include <utility>

using namespace ashlar;
using namespace ashlar::runtime;

struct Emulator::Impl {
  Impl(const Machine &machine, std::shared_ptr<const Program> program,
       const EmulatorOptions &options)
      : chip(machine, std::move(program), options) {}
  Chip chip;
  std::vector<TimedJob> left; // copies that go on in the next run
};

Emulator::Emulator(const Machine &machine,
                   std::shared_ptr<const Program> program,
                   const EmulatorOptions &options)
    : impl(std::make_unique<Impl>(machine, std::move(program), options)) {}

Emulator::~Emulator() = default;

void Emulator::bindRegion(Region region, void *data, uint64_t bytes) {
  impl->chip.memory.bindRegion(region, data, bytes);
  if (impl->chip.sanitizer)
    impl->chip.sanitizer->bindRegion(region, bytes, region != Region::Arena);
}

void Emulator::markInitialized(Region region, uint64_t offset, uint64_t bytes,
                               bool initialized) {
  if (impl->chip.sanitizer)
    impl->chip.sanitizer->mark(region, offset, bytes, initialized);
}

void Emulator::markResident(uint64_t offset, uint64_t bytes) {
  if (impl->chip.sanitizer)
    impl->chip.sanitizer->markResident(offset, bytes);
}

const Memory &Emulator::memory() const { return impl->chip.memory; }
Memory &Emulator::memory() { return impl->chip.memory; }

uint64_t Emulator::scalarRegister(uint32_t core, unsigned number) const {
  return impl->chip.cores[core]->scalar.regs[number & 63];
}

RunResult Emulator::run(const RunRequest &request) {
  auto before = std::chrono::steady_clock::now();
  Chip &chip = impl->chip;
  RunResult result;
  chip.start(request);
  result.statistics.timed = chip.options.timed;
  if (chip.options.timed) {
    TimedRun run(chip, std::exchange(impl->left, {}));
    result.trap = run.run();
    if (result.ok())
      impl->left = run.takeLeft();
    chip.fillStatistics(result.statistics);
    run.fillStatistics(result.statistics);
    result.trace = run.takeTrace(result.traceTruncated);
  } else {
    result.trap = FunctionalRun(chip).run();
    chip.fillStatistics(result.statistics);
  }
  chip.end(!result.ok());
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - before;
  result.statistics.hostSeconds = seconds.count();
  return result;
}
