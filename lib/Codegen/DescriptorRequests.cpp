//===- DescriptorRequests.cpp - Which tensors a text asks for ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register is named together with the word that wrote it last in the order
// of the text. That name stands for what the register holds now as long as
// nothing is kept from before a place that is reached from behind it (loops:
// everything is forgotten there), and as long as a join keeps only what both
// sides have.
//
//===----------------------------------------------------------------------===//

#include "DescriptorRequests.h"
#include "dialects/nisa/Encoding.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace ashlar;

namespace {
/// A descriptor of the text as it stands.
struct Held {
  DescriptorContents contents;
  bool asked = false; ///< by a use, or set up for one
  bool operator==(const Held &other) const {
    return contents == other.contents;
  }
};
using File = std::array<std::optional<Held>, numDescriptors>;

class RequestCollector {
public:
  explicit RequestCollector(nisa::TextOp text) : text(text) {}
  std::optional<DescriptorRequests> run();

private:
  using Kind = DescriptorStep::Kind;
  using Use = DescriptorStep::Use;

  void numberLabels();
  bool visit(Operation *op);
  bool setUp(Operation *op);
  bool addUses(Operation *op);
  void addUse(Operation *before, Use use);
  void setUpBefore(Operation *op, llvm::function_ref<bool(const Held &)> which);
  void visitBranch(Operation *op);
  void visitLabel(nisa::LabelOp label);
  unsigned number(const DescriptorContents &contents);
  RegisterSum getSum(Operation *op) {
    int64_t reg = nisa::getOperand(op, "ra");
    return {reg, reg == zeroReg ? -1 : getWrite(reg),
            nisa::getOperand(op, "imm")};
  }
  int64_t getWrite(int64_t reg) const {
    auto found = writes.find(reg);
    return found == writes.end() ? -1 : found->second;
  }
  bool isCurrent(const DescriptorContents &contents) const;

  nisa::TextOp text;
  DescriptorRequests requests;
  std::map<DescriptorContents, unsigned> numbers;
  llvm::DenseMap<int64_t, int64_t> writes; ///< register -> last word
  llvm::DenseMap<int64_t, int64_t> labels; ///< label -> position
  llvm::DenseSet<int64_t> entered;         ///< labels that are jumped back to
  llvm::DenseMap<int64_t, SmallVector<File, 1>> branches; ///< by label
  File file;
  Operation *head = nullptr;
  int64_t position = 0;
  bool falls = true;
};
} // namespace

static const isa::SlotInfo *findTarget(Operation *op) {
  const isa::InstInfo *info = nisa::instInfo(op);
  return info ? isa::findSlot(*info, "target") : nullptr;
}

static StringRef getMnemonic(Operation *op) {
  StringRef name = op->getName().getStringRef();
  name.consume_front("nisa.");
  return name;
}

static bool anySum(const DescriptorContents &contents,
                   llvm::function_ref<bool(const RegisterSum &)> test) {
  return test(contents.base) ||
         llvm::any_of(contents.dims, [&](const auto &dim) {
           return test(dim.size) || test(dim.stride);
         });
}

bool RequestCollector::isCurrent(const DescriptorContents &contents) const {
  return !anySum(contents, [&](const RegisterSum &sum) {
    return sum.reg != zeroReg && getWrite(sum.reg) != sum.write;
  });
}

unsigned RequestCollector::number(const DescriptorContents &contents) {
  auto [entry, isNew] = numbers.try_emplace(contents, requests.contents.size());
  if (isNew)
    requests.contents.push_back(contents);
  return entry->second;
}

void RequestCollector::numberLabels() {
  int64_t at = 0;
  for (Operation &op : text.getBody().front()) {
    if (auto label = dyn_cast<nisa::LabelOp>(op)) {
      labels[label.getId()] = at;
      if (label.getName())
        entered.insert(label.getId());
    } else if (findTarget(&op)) {
      int64_t target = nisa::getOperand(&op, "target");
      if (labels.count(target))
        entered.insert(target);
    }
    ++at;
  }
}

void RequestCollector::addUse(Operation *before, Use use) {
  std::vector<DescriptorStep> &steps = requests.steps;
  if (steps.empty() || steps.back().kind != Kind::Ask ||
      steps.back().op != before) {
    steps.emplace_back();
    steps.back().kind = Kind::Ask;
    steps.back().op = before;
  }
  steps.back().uses.push_back(use);
}

/// What nothing has asked for yet is set up here, where its words still can be.
void RequestCollector::setUpBefore(
    Operation *op, llvm::function_ref<bool(const Held &)> which) {
  for (std::optional<Held> &held : file) {
    if (!held || held->asked || !which(*held))
      continue;
    held->asked = true;
    addUse(op, {number(held->contents), nullptr, {}, true});
  }
}

/// A word that sets a descriptor. False if it cannot be followed.
bool RequestCollector::setUp(Operation *op) {
  StringRef name = getMnemonic(op);
  std::optional<Held> &held = file[nisa::getOperand(op, "dd")];
  requests.setup.push_back(op);
  if (name == "dnew") {
    held = Held{{nisa::getOperand(op, "type"), getSum(op), {}}};
    return true;
  }
  if (!held)
    return false;
  held->asked = false;
  if (name == "dbase") {
    held->contents.base = getSum(op);
    return true;
  }
  if (name != "dsize" && name != "dstride" && name != "ddim")
    return false;
  DescriptorContents::Dim &dim =
      held->contents.dims[nisa::getOperand(op, "dim")];
  if (name == "ddim") {
    dim.size = {zeroReg, -1, nisa::getOperand(op, "size")};
    dim.stride = {zeroReg, -1, nisa::getOperand(op, "stride")};
  } else {
    (name == "dsize" ? dim.size : dim.stride) = getSum(op);
  }
  return true;
}

/// The descriptors that a word reads. False if one is unknown.
bool RequestCollector::addUses(Operation *op) {
  for (const nisa::RegisterOperand &operand : nisa::registerOperands(op)) {
    if (operand.cls != nisa::RegisterClass::Descriptor || !operand.isUse)
      continue;
    std::optional<Held> &held = file[operand.number];
    if (!held)
      return false;
    held->asked = true;
    addUse(head, {number(held->contents), op, operand.slot,
                  isCurrent(held->contents)});
  }
  return true;
}

void RequestCollector::visitBranch(Operation *op) {
  setUpBefore(op, [](const Held &) { return true; });
  int64_t target = nisa::getOperand(op, "target");
  StringRef name = getMnemonic(op);
  bool isLoop = name == "loop" || name == "loopi";
  bool runs = name == "loopi" && nisa::getOperand(op, "count") > 0;
  if (!runs && !entered.contains(target)) {
    branches[target].push_back(file);
    requests.steps.push_back({Kind::Branch, op, target});
  }
  if (isLoop) {
    file.fill(std::nullopt);
    requests.steps.push_back({Kind::Forget, op});
  }
  falls = name != "jmp";
}

void RequestCollector::visitLabel(nisa::LabelOp label) {
  int64_t id = label.getId();
  if (entered.contains(id)) {
    if (falls)
      setUpBefore(label, [](const Held &) { return true; });
    file.fill(std::nullopt);
    requests.steps.push_back({Kind::Forget, label});
    falls = true;
    return;
  }
  SmallVector<File, 1> &others = branches[id];
  if (others.empty())
    return;
  if (falls)
    setUpBefore(label, [](const Held &) { return true; });
  requests.steps.push_back({Kind::Join, label, id, falls});
  if (!falls)
    file = others.front();
  for (const File &other : others)
    for (auto [held, theirs] : llvm::zip(file, other))
      if (!(held == theirs))
        held.reset();
  falls = true;
}

bool RequestCollector::visit(Operation *op) {
  if (auto label = dyn_cast<nisa::LabelOp>(op)) {
    visitLabel(label);
    return true;
  }
  if (!nisa::isPayload(op))
    head = op;
  bool sets = false;
  for (const nisa::RegisterOperand &operand : nisa::registerOperands(op)) {
    sets |= operand.cls == nisa::RegisterClass::Descriptor && operand.isDef;
    if (operand.cls != nisa::RegisterClass::Scalar || !operand.isDef)
      continue;
    setUpBefore(op, [&](const Held &held) {
      return anySum(held.contents, [&](const RegisterSum &sum) {
        return sum.reg == operand.number;
      });
    });
    writes[operand.number] = position;
  }
  if (sets)
    return setUp(op);
  if (!addUses(op) || getMnemonic(op) == "call" || getMnemonic(op) == "jr")
    return false;
  if (findTarget(op))
    visitBranch(op);
  else if (getMnemonic(op) == "halt")
    falls = false;
  return true;
}

std::optional<DescriptorRequests> RequestCollector::run() {
  numberLabels();
  for (Operation &op : text.getBody().front()) {
    if (!visit(&op))
      return std::nullopt;
    ++position;
  }
  return std::move(requests);
}

std::optional<DescriptorRequests> ashlar::collectRequests(nisa::TextOp text) {
  return RequestCollector(text).run();
}
