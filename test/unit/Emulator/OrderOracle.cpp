//===- OrderOracle.cpp - Is a program ordered? by brute force -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OrderOracle.h"

using namespace ashlar;
using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

OrderOracle::OrderOracle(const Machine &machine,
                         std::shared_ptr<const Program> program)
    : machine(machine), chip(machine, std::move(program), {}) {}

Fault OrderOracle::scalarAccess(uint32_t core, uint64_t pc, uint64_t, unsigned,
                                bool) {
  verdict.error = "the scalar unit of core " + std::to_string(core) +
                  " uses memory at word " + std::to_string(pc);
  return {};
}

OrderVerdict OrderOracle::judge(const RunRequest &request) {
  verdict = {};
  memory.clear();
  ancestors.clear();
  wordOf.clear();
  nodes.assign(machine.cores, {});
  queues.assign(machine.cores, std::vector<std::vector<int>>(kMaxQueues));
  heads.assign(machine.cores, std::vector<size_t>(kMaxQueues));
  lastOf.assign(machine.cores, std::vector<int>(kMaxQueues, kNone));
  tokens.assign(machine.cores,
                std::vector<std::deque<Tokens>>(machine.semaphores));
  chip.start(request);
  for (auto &core : chip.cores)
    if (!record(*core))
      return verdict;
  simulate();
  return verdict;
}

//===----------------------------------------------------------------------===//
// What is dispatched
//===----------------------------------------------------------------------===//

bool OrderOracle::record(CoreState &core) {
  core.scalar.observer = this;
  int scalarWait = kNone;
  while (core.status != CoreState::Status::Halted && verdict.error.empty()) {
    switch (chip.runScalar(core, uint64_t(1) << 20)) {
    case ScalarStop::Steps:
      continue;
    case ScalarStop::Halt:
      core.status = CoreState::Status::Halted;
      continue;
    case ScalarStop::Fault:
      verdict.error = core.scalar.fault.detail;
      continue;
    case ScalarStop::Word:
      break;
    }
    const DecodedWord &word = core.text[core.scalar.pc];
    Dispatched node;
    node.queue = Chip::queueOf(core, word);
    node.scalarWait = scalarWait;
    if (Fault fault = chip.capture(core, word, node.entry)) {
      verdict.error = fault.detail;
      break;
    }
    core.advance(word.kind == WordKind::Head ? core.text.head(word).payload
                                             : 0);
    int index = int(nodes[core.number].size());
    if (node.queue == 0 && node.entry.kind == Entry::Kind::Wait)
      scalarWait = index;
    queues[core.number][node.queue].push_back(index);
    nodes[core.number].push_back(std::move(node));
    ++verdict.entries;
  }
  return verdict.error.empty();
}

//===----------------------------------------------------------------------===//
// What comes before what
//===----------------------------------------------------------------------===//

bool OrderOracle::isBefore(int first, int second) const {
  const std::vector<uint64_t> &bits = ancestors[size_t(second)];
  size_t word = size_t(first) / 64;
  return word < bits.size() && (bits[word] >> (size_t(first) % 64) & 1);
}

/// Gives a node the next place in the order.
void OrderOracle::place(uint32_t core, Dispatched &node,
                        const std::vector<int> &before) {
  node.place = int(ancestors.size());
  std::vector<uint64_t> bits(size_t(node.place) / 64 + 1);
  auto add = [&](int earlier) {
    if (earlier == kNone)
      return;
    const std::vector<uint64_t> &theirs = ancestors[size_t(earlier)];
    for (size_t i = 0; i < theirs.size(); ++i)
      bits[i] |= theirs[i];
    bits[size_t(earlier) / 64] |= uint64_t(1) << (size_t(earlier) % 64);
  };
  add(lastOf[core][node.queue]);
  if (node.scalarWait != kNone)
    add(nodes[core][size_t(node.scalarWait)].place);
  for (int earlier : before)
    add(earlier);
  ancestors.push_back(std::move(bits));
  wordOf.push_back(node.entry.pc);
  lastOf[core][node.queue] = node.place;
}

/// Lets the first entry of a queue happen, if it can.
bool OrderOracle::tryEntry(uint32_t core, Dispatched &node) {
  if (node.scalarWait != kNone &&
      nodes[core][size_t(node.scalarWait)].place == kNone)
    return false;
  std::vector<int> before;
  Entry &entry = node.entry;
  if (entry.kind == Entry::Kind::Wait) {
    std::deque<Tokens> &given = tokens[core][entry.sem];
    uint64_t left = entry.n, available = 0;
    for (const Tokens &some : given)
      available += some.n;
    if (available < left)
      return false;
    while (left) {
      Tokens &first = given.front();
      before.push_back(first.giver);
      uint64_t taken = std::min(left, first.n);
      left -= taken;
      first.n -= taken;
      if (!first.n)
        given.pop_front();
    }
  }
  place(core, node, before);
  if (entry.kind == Entry::Kind::Signal && entry.n)
    tokens[entry.core][entry.sem].push_back({entry.n, node.place});
  if (entry.kind != Entry::Kind::Instruction)
    return true;
  for (unsigned i = 0; i < entry.captured.payloadCount; ++i)
    if (isa::opcodeOf(entry.captured.payload(i)) == isa::Opcode::CSignal)
      verdict.error = "a copy signals by itself";
  std::vector<Operand> operands;
  collectOperands(entry.captured, chip.memory, machine, operands);
  for (bool writes : {false, true})
    for (const Operand &operand : operands)
      if ((operand.access != Access::Read) == writes)
        touch(core, node, operand);
  return true;
}

bool OrderOracle::simulate() {
  for (bool progress = true; progress && verdict.error.empty();) {
    progress = false;
    for (uint32_t core = 0; core < machine.cores; ++core)
      for (unsigned q = 0; q < kMaxQueues; ++q)
        for (size_t &head = heads[core][q]; head < queues[core][q].size();
             ++head, progress = true)
          if (!tryEntry(core, nodes[core][size_t(queues[core][q][head])]))
            break;
  }
  if (verdict.error.empty() && ancestors.size() != verdict.entries)
    verdict.error = "deadlock";
  return verdict.error.empty();
}

//===----------------------------------------------------------------------===//
// Conflicts
//===----------------------------------------------------------------------===//

void OrderOracle::compare(int earlier, const Dispatched &node) {
  if (earlier == kNone || earlier == node.place)
    return;
  ++verdict.conflicts;
  if (!verdict.ordered || isBefore(earlier, node.place))
    return;
  verdict.ordered = false;
  verdict.unordered = "words " + std::to_string(wordOf[size_t(earlier)]) +
                      " and " + std::to_string(node.entry.pc);
}

void OrderOracle::split(Segments &segments, uint64_t at) {
  auto next = segments.upper_bound(at);
  if (next == segments.begin())
    return;
  auto found = std::prev(next);
  if (found->first == at || found->second.end <= at)
    return;
  Segment second = found->second;
  found->second.end = at;
  segments.emplace_hint(next, at, std::move(second));
}

void OrderOracle::touchRun(Segments &segments, uint64_t begin, uint64_t end,
                           const Dispatched &node, unsigned component,
                           bool writes) {
  split(segments, begin);
  split(segments, end);
  auto from = segments.lower_bound(begin);
  auto to = from;
  uint64_t covered = begin;
  std::vector<std::pair<uint64_t, uint64_t>> holes;
  for (; to != segments.end() && to->first < end; ++to) {
    if (covered < to->first)
      holes.push_back({covered, to->first});
    covered = to->second.end;
    compare(to->second.writer, node);
    if (!writes) {
      to->second.readers[component] = node.place;
      continue;
    }
    for (auto [theirs, reader] : to->second.readers)
      compare(reader, node);
  }
  if (writes) {
    segments.erase(from, to);
    segments[begin] = {end, node.place, {}};
    return;
  }
  if (covered < end)
    holes.push_back({covered, end});
  for (auto [first, last] : holes)
    segments[first] = {last, kNone, {{component, node.place}}};
}

void OrderOracle::touch(uint32_t core, const Dispatched &node,
                        const Operand &operand) {
  const Descriptor &d = operand.d;
  if (isEmpty(d))
    return;
  uint64_t where = addressOffset(d.base);
  uint64_t key = uint64_t(addressSpace(d.base)) << 32;
  if (Space(addressSpace(d.base)) == Space::Dram) {
    if (Region(where >> kRegionBits) == Region::Weights)
      return;
  } else {
    key |= addressCore(d.base) == kThisCore ? core : addressCore(d.base);
  }
  std::vector<ByteRun> runs;
  byteRuns(d, runs);
  unsigned component = core * kMaxQueues + node.queue;
  for (const ByteRun &run : runs)
    touchRun(memory[key], where + uint64_t(run.begin),
             where + uint64_t(run.end), node, component,
             operand.access != Access::Read);
}
