//===- TextualProgram.h - Runs assembly for the emulator's tests ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_EMULATOR_TEXTUALPROGRAM_H
#define ASHLAR_TEST_UNIT_EMULATOR_TEXTUALPROGRAM_H

#include "Assembly/Assembler.h"
#include "Emulator/Emulator.h"

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace ashlar::runtime::test {

/// A small machine with round figures, so that expectations can be computed by
/// hand.
inline Machine smallMachine() {
  Machine m;
  m.name = "small";
  m.cores = 1;
  m.clockGHz = 1;
  m.dramBytes = 1 << 30;
  m.dramBytesPerCycle = 16;
  m.dramBurstBytes = 64;
  m.dramLatencyCycles = 100;
  m.coreLinkBytesPerCycle = 16;
  m.coreLinkLatencyCycles = 30;
  m.sramBytes = 1 << 20;
  m.sramLineBytes = 64;
  m.sramBytesPerCycle = 512;
  m.mxuM = 4;
  m.mxuK = 32;
  m.mxuN = 32;
  m.accBytes = 1 << 18;
  m.blockLoadBytesPerCycle = 256;
  m.mxuFillCycles = 40;
  m.accLatencyCycles = 4;
  m.outLanesPerCycle = 32;
  m.outStartupCycles = 10;
  m.vecBytesPerCycle = 128;
  m.vecLanes = 32;
  m.vecTransPerCycle = 8;
  m.vecWindowMacsPerCycle = 256;
  m.vecStartupCycles = 10;
  m.copyQueues = 2;
  m.copyBytesInFlight = 4096;
  m.copyGatherRowsPerCycle = 0.5;
  m.copyBytesPerCycle = 128;
  m.copyStartupCycles = 8;
  m.queueDepth = 4;
  m.semaphores = 256;
  m.imemBytes = 64 << 10;
  return m;
}

/// A session on one program per core, with memory for io, arena and state.
class Session {
public:
  explicit Session(const std::vector<std::string> &sources,
                   EmulatorOptions options = {},
                   Machine machine = smallMachine())
      : io(1 << 16), weights(1 << 16), arena(1 << 20), state(1 << 12) {
    auto program = std::make_shared<Program>();
    for (const std::string &source : sources) {
      std::vector<Diagnostic> diagnostics;
      program->text.push_back(assembleText(source, diagnostics).words);
      for (const Diagnostic &d : diagnostics)
        ADD_FAILURE() << d.line << ": " << d.message;
    }
    machine.cores = std::max<uint32_t>(machine.cores, uint32_t(sources.size()));
    start(machine, program, options);
  }
  Session(const Machine &machine, std::shared_ptr<Program> program,
          EmulatorOptions options = {})
      : io(1 << 16), weights(1 << 16), arena(1 << 20), state(1 << 12) {
    start(machine, program, options);
  }

  RunResult run(RunRequest request = {}) { return emulator->run(request); }
  uint64_t reg(unsigned number, uint32_t core = 0) const {
    return emulator->scalarRegister(core, number);
  }
  template <typename T> T sramAt(uint64_t offset, uint32_t core = 0) const {
    T value;
    std::memcpy(&value, emulator->memory().sram(core) + offset, sizeof value);
    return value;
  }

  std::vector<uint8_t> io, weights, arena, state;
  std::unique_ptr<Emulator> emulator;

private:
  void start(const Machine &machine, std::shared_ptr<Program> program,
             EmulatorOptions options) {
    // A test that does not end should fail, not hang.
    options.stepBudget = std::min<uint64_t>(options.stepBudget, 50'000'000);
    emulator = std::make_unique<Emulator>(machine, program, options);
    emulator->bindRegion(Region::Io, io.data(), io.size());
    emulator->bindRegion(Region::Weights, weights.data(), weights.size());
    emulator->bindRegion(Region::Arena, arena.data(), arena.size());
    emulator->bindRegion(Region::State, state.data(), state.size());
  }
};

/// Runs `body` followed by `halt` on one core; expects it to end well.
inline uint64_t resultOf(const std::string &body, unsigned number = 5) {
  Session session({body + "\nhalt\n"});
  RunResult result = session.run();
  EXPECT_TRUE(result.ok()) << body << "\n" << result.trap.message();
  return session.reg(number);
}

/// Runs `body` and gives its trap.
inline Trap trapOf(const std::string &body, EmulatorOptions options = {}) {
  Session session({body}, options);
  return session.run().trap;
}

inline EmulatorOptions timedOptions() {
  EmulatorOptions options;
  options.timed = true;
  return options;
}
inline EmulatorOptions sanitizeOptions(bool timed = false) {
  EmulatorOptions options;
  options.sanitize = true;
  options.timed = timed;
  return options;
}

} // namespace ashlar::runtime::test

#endif // ASHLAR_TEST_UNIT_EMULATOR_TEXTUALPROGRAM_H
