//===- WaitRemoval.cpp - A compiled program, less one wait ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// wait-removal IMAGE [SAMPLES [SEED]]: takes waits out of an image's text, one
// at a time, and runs it under the sanitiser. Either that reports a race, or
// the wait was redundant: OrderOracle finds that everything that conflicts is
// ordered without it. 0 if the two agree on every sample.
//
//===----------------------------------------------------------------------===//

#include "Image/Image.h"
#include "OrderOracle.h"

#include <algorithm>
#include <cstdio>
#include <random>

using namespace ashlar;
using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

struct Place {
  uint32_t core;
  uint64_t word;
};

class WaitRemoval {
public:
  explicit WaitRemoval(const Image &image)
      : image(image), entry(image.meta().entries.front()), io(entry.ioBytes),
        arena(entry.arenaBytes), state(entry.stateBytes) {}

  std::vector<Place> findWaits() const;
  /// Runs with the wait at `place`, if any, taking no tokens. False if
  /// sanitiser and oracle differ.
  bool judge(const Place *place);

  unsigned races = 0, redundant = 0;

private:
  std::vector<RunRequest> requests() const;
  Trap run(const std::shared_ptr<const Program> &program);
  OrderVerdict order(const std::shared_ptr<const Program> &program) const;

  const Image &image;
  const EntryPoint &entry;
  std::vector<uint8_t> io, arena, state;
};

} // namespace

std::vector<Place> WaitRemoval::findWaits() const {
  std::vector<Place> waits;
  for (uint32_t core = 0; core < image.text().size(); ++core) {
    DecodedText text(image.text()[core], image.meta().machine.copyQueues);
    for (uint64_t word = 0; word < text.size(); ++word) {
      if (text[word].kind == WordKind::Wait)
        waits.push_back({core, word});
      else if (text[word].kind == WordKind::Head)
        word += text.head(text[word]).payload;
    }
  }
  return waits;
}

/// What a session does: its opening, if it has one, and a run.
std::vector<RunRequest> WaitRemoval::requests() const {
  std::vector<RunRequest> requests;
  if (!entry.opening.empty()) {
    requests.emplace_back().coreStart =
        image.findEntry(entry.opening)->coreStart;
    requests.back().opening = true;
  }
  requests.emplace_back().coreStart = entry.coreStart;
  return requests;
}

Trap WaitRemoval::run(const std::shared_ptr<const Program> &program) {
  EmulatorOptions options;
  options.sanitize = true;
  Emulator emulator(image.meta().machine, program, options);
  emulator.bindRegion(Region::Io, io.data(), io.size());
  emulator.bindRegion(Region::Weights, const_cast<uint8_t *>(image.weights()),
                      image.weightsBytes());
  emulator.bindRegion(Region::Arena, arena.data(), arena.size());
  emulator.bindRegion(Region::State, state.data(), state.size());
  Trap trap;
  for (const RunRequest &request : requests())
    if (trap.kind == TrapKind::None)
      trap = emulator.run(request).trap;
  return trap;
}

OrderVerdict
WaitRemoval::order(const std::shared_ptr<const Program> &program) const {
  OrderVerdict all;
  for (const RunRequest &request : requests()) {
    OrderVerdict one =
        OrderOracle(image.meta().machine, program).judge(request);
    one.entries += all.entries;
    one.conflicts += all.conflicts;
    if (!all.error.empty() || !all.ordered)
      break;
    all = one;
  }
  return all;
}

bool WaitRemoval::judge(const Place *place) {
  auto program = std::make_shared<Program>();
  program->text = image.text();
  if (place) {
    uint64_t &word = program->text[place->core][place->word];
    auto wait = isa::unpacked<isa::Wait>(word);
    wait.n = 0;
    word = isa::encode(wait);
  }
  Trap trap = run(program);
  OrderVerdict verdict = order(program);
  // Without its wait, a consumer may also come before its producer.
  bool reported = trap.kind == TrapKind::DataRace ||
                  trap.kind == TrapKind::UninitializedRead;
  ++(reported ? races : redundant);
  if (place)
    std::printf("word %llu: %s; %llu conflicting pairs of %llu entries%s\n",
                static_cast<unsigned long long>(place->word),
                reported ? "reported" : "redundant",
                static_cast<unsigned long long>(verdict.conflicts),
                static_cast<unsigned long long>(verdict.entries),
                verdict.ordered ? " are ordered"
                                : (", unordered " + verdict.unordered).c_str());
  if (verdict.error.empty() && reported != verdict.ordered &&
      (reported || trap.kind == TrapKind::None))
    return true;
  std::printf("DIFFERENT: sanitiser: %s; oracle: %s\n",
              trap.kind == TrapKind::None ? "nothing" : trap.message().c_str(),
              !verdict.error.empty() ? verdict.error.c_str()
              : verdict.ordered      ? "ordered"
                                     : verdict.unordered.c_str());
  return false;
}

int main(int argc, char **argv) {
  std::string error = "usage: wait-removal IMAGE [SAMPLES [SEED]]";
  std::shared_ptr<const Image> image;
  if (argc >= 2)
    image = Image::open(argv[1], error);
  if (!image) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 2;
  }
  size_t samples = argc > 2 ? std::stoul(argv[2]) : 10;
  std::mt19937 random(argc > 3 ? unsigned(std::stoul(argv[3])) : 1);
  WaitRemoval removal(*image);
  if (!removal.judge(nullptr) || removal.races) {
    std::printf("the program itself has a race\n");
    return 1;
  }
  removal.redundant = 0;
  std::vector<Place> waits = removal.findWaits();
  size_t total = waits.size();
  std::shuffle(waits.begin(), waits.end(), random);
  waits.resize(std::min(samples, total));
  unsigned different = 0;
  for (const Place &place : waits)
    different += !removal.judge(&place);
  std::printf("%zu of %zu waits removed: %u reported, %u redundant, %u "
              "different\n",
              waits.size(), total, removal.races, removal.redundant, different);
  return different != 0;
}
