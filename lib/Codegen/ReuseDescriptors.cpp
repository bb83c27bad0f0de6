//===- ReuseDescriptors.cpp - Descriptors that are set up only once ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. The words that set descriptors are taken out, and each request
// is met anew in the cheapest way: by a descriptor that holds what is asked
// for, one that is changed into it, a changed copy of one, or one set up from
// nothing. What a descriptor held costs extra if it is asked for again.
//
//===----------------------------------------------------------------------===//

#include "DescriptorRequests.h"
#include "WordMap.h"
#include "ashlar/Codegen/Passes.h"
#include "dialects/nisa/Encoding.h"

namespace ashlar {
#define GEN_PASS_DEF_REUSEDESCRIPTORS
#include "lib/Codegen/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
struct Word {
  StringRef mnemonic;
  SmallVector<int64_t, 4> operands;
};

/// The words that change descriptor `number` from one contents to another of
/// the same type.
class Changes {
public:
  Changes(int64_t number, const DescriptorContents &from,
          const DescriptorContents &to);
  SmallVector<Word, 8> words;

private:
  void set(StringRef mnemonic, int64_t dim, const RegisterSum &value) {
    words.push_back({mnemonic, {number, dim, value.reg, value.imm}});
  }
  int64_t number;
};

/// Which descriptor meets a request, and how.
struct Choice {
  enum class How : uint8_t { Holds, Change, Copy, New };
  How how = How::New;
  int64_t number = -1, source = -1;
  size_t cost = std::numeric_limits<size_t>::max();
};

class DescriptorAllocator {
public:
  explicit DescriptorAllocator(const DescriptorRequests &requests)
      : requests(requests) {}
  /// False if something cannot be set up where it is asked for.
  bool plan();
  void apply(WordMap &map);

private:
  using Kind = DescriptorStep::Kind;
  /// Numbers of contents, -1 if unknown.
  using File = std::array<int64_t, numDescriptors>;
  struct Edit {
    Operation *before;
    SmallVector<Word, 8> words;
  };
  struct Renaming {
    Operation *user;
    StringRef slot;
    int64_t number;
  };

  void findUses();
  bool isAskedAgain(int64_t contents) const;
  size_t costOf(int64_t contents) const;
  Choice choose(unsigned wanted, uint64_t pinned) const;
  void perform(const Choice &choice, unsigned wanted, Operation *before);
  bool meet(const DescriptorStep &step);
  void join(const DescriptorStep &step);

  const DescriptorRequests &requests;
  std::vector<std::vector<size_t>> uses; ///< steps, by contents
  std::vector<size_t> horizons; ///< by step: where everything is forgotten next
  File file;
  std::array<size_t, numDescriptors> touched{};
  llvm::DenseMap<int64_t, SmallVector<File, 1>> branches;
  size_t now = 0;
  std::vector<Edit> edits;
  std::vector<Renaming> renamings;
};
} // namespace

static bool isConstantWithin(const RegisterSum &value, int64_t low,
                             int64_t end) {
  return value.reg == zeroReg && value.imm >= low && value.imm < end;
}

Changes::Changes(int64_t number, const DescriptorContents &from,
                 const DescriptorContents &to)
    : number(number) {
  if (!(from.base == to.base))
    words.push_back({"dbase", {number, to.base.reg, to.base.imm}});
  for (auto [dim, dims] : llvm::enumerate(llvm::zip(from.dims, to.dims))) {
    auto [old, wanted] = dims;
    bool size = !(old.size == wanted.size),
         stride = !(old.stride == wanted.stride);
    if ((size || stride) && isConstantWithin(wanted.size, 0, 1 << 20) &&
        isConstantWithin(wanted.stride, -(1 << 25), 1 << 25)) {
      words.push_back({"ddim",
                       {number, static_cast<int64_t>(dim), wanted.size.imm,
                        wanted.stride.imm}});
      continue;
    }
    if (size)
      set("dsize", dim, wanted.size);
    if (stride)
      set("dstride", dim, wanted.stride);
  }
}

/// Behind `dnew`.
static DescriptorContents asNew(const DescriptorContents &contents) {
  return {contents.type, contents.base, {}};
}

void DescriptorAllocator::findUses() {
  uses.resize(requests.contents.size());
  horizons.resize(requests.steps.size());
  size_t horizon = requests.steps.size();
  for (size_t step = requests.steps.size(); step-- > 0;) {
    horizons[step] = horizon;
    if (requests.steps[step].kind == Kind::Forget)
      horizon = step;
  }
  for (auto [index, step] : llvm::enumerate(requests.steps))
    for (const DescriptorStep::Use &use : step.uses)
      uses[use.contents].push_back(index);
}

bool DescriptorAllocator::isAskedAgain(int64_t contents) const {
  if (contents < 0)
    return false;
  auto next = llvm::upper_bound(uses[contents], now);
  return next != uses[contents].end() && *next < horizons[now];
}

size_t DescriptorAllocator::costOf(int64_t contents) const {
  const DescriptorContents &wanted = requests.contents[contents];
  return 1 + Changes(0, asNew(wanted), wanted).words.size();
}

Choice DescriptorAllocator::choose(unsigned wanted, uint64_t pinned) const {
  const DescriptorContents &contents = requests.contents[wanted];
  Choice best;
  int64_t place = -1;
  size_t placeCost = std::numeric_limits<size_t>::max();
  auto consider = [&](Choice::How how, int64_t number, int64_t source,
                      size_t cost) {
    if (cost < best.cost)
      best = {how, number, source, cost};
  };
  SmallVector<size_t, numDescriptors> changes(numDescriptors, ~size_t(0));
  for (int64_t number = 0; number < numDescriptors; ++number) {
    if (file[number] == wanted)
      return {Choice::How::Holds, number, -1, 0};
    if (file[number] >= 0 &&
        requests.contents[file[number]].type == contents.type)
      changes[number] =
          Changes(number, requests.contents[file[number]], contents)
              .words.size();
    if (pinned >> number & 1)
      continue;
    size_t lost = isAskedAgain(file[number]) ? costOf(file[number]) : 0;
    if (changes[number] != ~size_t(0))
      consider(Choice::How::Change, number, -1, changes[number] + lost);
    // Among those that cost the same the one that has rested longest.
    if (place < 0 ||
        std::tie(lost, touched[number]) < std::tie(placeCost, touched[place])) {
      place = number;
      placeCost = lost;
    }
  }
  consider(Choice::How::New, place, -1, costOf(wanted) + placeCost);
  for (int64_t source = 0; source < numDescriptors; ++source)
    if (source != place && changes[source] != ~size_t(0))
      consider(Choice::How::Copy, place, source,
               1 + changes[source] + placeCost);
  return best;
}

void DescriptorAllocator::perform(const Choice &choice, unsigned wanted,
                                  Operation *before) {
  const DescriptorContents &contents = requests.contents[wanted];
  touched[choice.number] = now + 1;
  if (choice.how == Choice::How::Holds)
    return;
  Edit edit{before, {}};
  DescriptorContents from = asNew(contents);
  if (choice.how == Choice::How::New)
    edit.words.push_back(
        {"dnew",
         {choice.number, contents.type, contents.base.reg, contents.base.imm}});
  else if (choice.how == Choice::How::Copy)
    edit.words.push_back({"dmov", {choice.number, choice.source}});
  if (choice.how != Choice::How::New)
    from = requests
               .contents[file[choice.how == Choice::How::Copy ? choice.source
                                                              : choice.number]];
  llvm::append_range(edit.words, Changes(choice.number, from, contents).words);
  edits.push_back(std::move(edit));
  file[choice.number] = wanted;
}

bool DescriptorAllocator::meet(const DescriptorStep &step) {
  uint64_t pinned = 0;
  // What some descriptor holds already stays where it is.
  for (const DescriptorStep::Use &use : step.uses)
    for (int64_t number = 0; number < numDescriptors; ++number)
      if (file[number] == use.contents)
        pinned |= uint64_t(1) << number;
  for (const DescriptorStep::Use &use : step.uses) {
    Choice choice = choose(use.contents, pinned);
    if (choice.number < 0 || (choice.how != Choice::How::Holds && !use.current))
      return false;
    perform(choice, use.contents, step.op);
    pinned |= uint64_t(1) << choice.number;
    if (use.user)
      renamings.push_back({use.user, use.slot, choice.number});
  }
  return true;
}

void DescriptorAllocator::join(const DescriptorStep &step) {
  const SmallVector<File, 1> &others = branches[step.label];
  if (!step.falls)
    file = others.front();
  for (const File &other : others)
    for (auto [held, theirs] : llvm::zip(file, other))
      if (held != theirs)
        held = -1;
}

bool DescriptorAllocator::plan() {
  findUses();
  file.fill(-1);
  for (now = 0; now < requests.steps.size(); ++now) {
    const DescriptorStep &step = requests.steps[now];
    switch (step.kind) {
    case Kind::Ask:
      if (!meet(step))
        return false;
      break;
    case Kind::Branch:
      branches[step.label].push_back(file);
      break;
    case Kind::Join:
      join(step);
      break;
    case Kind::Forget:
      file.fill(-1);
      break;
    }
  }
  return true;
}

void DescriptorAllocator::apply(WordMap &map) {
  for (const Edit &edit : edits) {
    OpBuilder b(edit.before);
    for (const Word &word : edit.words)
      nisa::createInst(b, edit.before->getLoc(), word.mnemonic, word.operands);
  }
  for (const Renaming &renaming : renamings)
    nisa::setOperand(renaming.user, renaming.slot, renaming.number);
  for (Operation *op : requests.setup)
    map.erase(op);
}

namespace {
struct ReuseDescriptors : ashlar::impl::ReuseDescriptorsBase<ReuseDescriptors> {
  void runOnOperation() override {
    for (auto text : getOperation().getOps<nisa::TextOp>()) {
      std::optional<DescriptorRequests> requests = collectRequests(text);
      if (!requests)
        continue;
      DescriptorAllocator allocator(*requests);
      if (!allocator.plan())
        continue;
      WordMap map(text);
      allocator.apply(map);
      if (failed(map.update(getOperation())))
        return signalPassFailure();
    }
  }
};
} // namespace
