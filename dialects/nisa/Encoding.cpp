//===- Encoding.cpp - Between operations and words ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nisa/Encoding.h"
#include "ISA/Isa.h"
#include <set>

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nisa;
using ashlar::isa::Form;
using ashlar::isa::InstInfo;
using ashlar::isa::SlotInfo;

const InstInfo *nisa::instInfo(Operation *op) {
  StringRef name = op->getName().getStringRef();
  if (!name.consume_front("nisa."))
    return nullptr;
  return ashlar::isa::lookupMnemonic(name);
}

int64_t nisa::getOperand(Operation *op, StringRef slot) {
  return cast<IntegerAttr>(*op->getInherentAttr(slot)).getInt();
}

void nisa::setOperand(Operation *op, StringRef slot, int64_t value) {
  MLIRContext *context = op->getContext();
  op->setInherentAttr(StringAttr::get(context, slot),
                      IntegerAttr::get(IntegerType::get(context, 64), value));
}

static bool registerClassOf(Form form, RegisterClass &cls) {
  switch (form) {
  case Form::Reg:
    cls = RegisterClass::Scalar;
    return true;
  case Form::Desc:
    cls = RegisterClass::Descriptor;
    return true;
  case Form::Lane:
    cls = RegisterClass::Lane;
    return true;
  default:
    return false;
  }
}

SmallVector<RegisterOperand, 4> nisa::registerOperands(Operation *op) {
  SmallVector<RegisterOperand, 4> result;
  const InstInfo *info = instInfo(op);
  if (!info)
    return result;
  for (const SlotInfo &slot : info->slots) {
    RegisterOperand reg{slot.name, {}, 0, slot.isDef, slot.isUse};
    if (!registerClassOf(slot.form, reg.cls))
      continue;
    reg.number = getOperand(op, slot.name);
    result.push_back(reg);
  }
  return result;
}

bool nisa::isPayload(Operation *op) {
  const InstInfo *info = instInfo(op);
  return info && info->isPayload;
}

bool nisa::isHead(Operation *op) {
  const InstInfo *info = instInfo(op);
  return info && info->countSlot >= 0;
}

void nisa::setPayloadCounts(TextOp text) {
  Operation *head = nullptr;
  int64_t count = 0;
  auto finish = [&] {
    if (head)
      setOperand(head, instInfo(head)->slots[instInfo(head)->countSlot].name,
                 count);
    head = nullptr;
    count = 0;
  };
  for (Operation &op : text.getBody().front()) {
    if (isPayload(&op)) {
      ++count;
      continue;
    }
    finish();
    if (isHead(&op))
      head = &op;
  }
  finish();
}

FailureOr<uint64_t> nisa::encodeOp(Operation *op, int64_t targetOffset) {
  const InstInfo *info = instInfo(op);
  assert(info && "expected a machine instruction");
  uint64_t word = static_cast<uint64_t>(info->opcode);
  for (const SlotInfo &slot : info->slots) {
    int64_t value =
        slot.form == Form::Target ? targetOffset : getOperand(op, slot.name);
    if (ashlar::isa::setSlot(word, slot, value))
      continue;
    RegisterClass cls;
    if (registerClassOf(slot.form, cls))
      return op->emitOpError()
             << "register " << value << " of '" << StringRef(slot.name)
             << "' is virtual, expected one below " << numRegisters(cls);
    return op->emitOpError() << "value " << value << " does not fit operand '"
                             << StringRef(slot.name) << "'";
  }
  return word;
}

static const SlotInfo *targetSlot(const InstInfo &info) {
  for (const SlotInfo &slot : info.slots)
    if (slot.form == Form::Target)
      return &slot;
  return nullptr;
}

FailureOr<EncodedText> nisa::encodeText(TextOp text) {
  EncodedText result;
  for (Operation &op : text.getBody().front()) {
    if (auto label = dyn_cast<LabelOp>(op)) {
      result.labels[label.getId()] = result.ops.size();
      if (std::optional<StringRef> name = label.getName())
        result.symbols[name->str()] = result.ops.size();
      continue;
    }
    result.ops.push_back(&op);
  }
  bool ok = true;
  for (auto [index, op] : llvm::enumerate(result.ops)) {
    int64_t offset = 0;
    const InstInfo *info = instInfo(op);
    if (const SlotInfo *slot = info ? targetSlot(*info) : nullptr) {
      auto label = result.labels.find(getOperand(op, slot->name));
      if (label == result.labels.end())
        return op->emitOpError() << "goes to L" << getOperand(op, slot->name)
                                 << ", which is not defined in this text";
      offset =
          static_cast<int64_t>(label->second) - static_cast<int64_t>(index);
    }
    FailureOr<uint64_t> word = encodeOp(op, offset);
    ok &= succeeded(word);
    result.words.push_back(succeeded(word) ? *word : 0);
  }
  if (!ok)
    return failure();
  return result;
}

Operation *nisa::createInst(OpBuilder &builder, Location loc,
                            StringRef mnemonic, ArrayRef<int64_t> operands) {
  const InstInfo *info = ashlar::isa::lookupMnemonic(mnemonic);
  if (!info || info->slots.size() != operands.size())
    return nullptr;
  OperationState state(loc, ("nisa." + mnemonic).str());
  for (auto [slot, value] : llvm::zip_equal(info->slots, operands))
    state.addAttribute(StringRef(slot.name), builder.getI64IntegerAttr(value));
  return builder.create(state);
}

Operation *nisa::decodeToOp(OpBuilder &builder, Location loc, uint64_t word,
                            int64_t label) {
  if (!ashlar::isa::isValid(word))
    return nullptr;
  const InstInfo *info = ashlar::isa::lookup(ashlar::isa::opcodeOf(word));
  SmallVector<int64_t> operands;
  for (const SlotInfo &slot : info->slots)
    operands.push_back(
        slot.form == Form::Target ? label : ashlar::isa::getSlot(word, slot));
  return createInst(builder, loc, info->mnemonic, operands);
}

namespace {
/// Where the branches of a text go, and which words are payload.
struct TextShape {
  std::set<uint64_t> targets;
  std::set<uint64_t> payload;
};
} // namespace

static FailureOr<TextShape> analyse(Location loc, ArrayRef<uint64_t> words) {
  TextShape shape;
  for (uint64_t i = 0, payloadEnd = 0; i < words.size(); ++i) {
    if (!ashlar::isa::isValid(words[i]))
      return emitError(loc) << "word " << i << " is malformed: " << words[i];
    const InstInfo *info = ashlar::isa::lookup(ashlar::isa::opcodeOf(words[i]));
    if (i < payloadEnd)
      shape.payload.insert(i);
    else
      payloadEnd = i + 1 + ashlar::isa::payloadCount(words[i]);
    if (const SlotInfo *slot = targetSlot(*info))
      shape.targets.insert(
          i + static_cast<uint64_t>(ashlar::isa::getSlot(words[i], *slot)));
  }
  for (uint64_t target : shape.targets)
    if (target > words.size() || shape.payload.count(target))
      return emitError(loc) << "a branch goes to word " << target
                            << ", which is payload or not in the text";
  return shape;
}

FailureOr<TextOp> nisa::decodeText(OpBuilder &builder, Location loc,
                                   int64_t core, ArrayRef<uint64_t> words) {
  FailureOr<TextShape> shape = analyse(loc, words);
  if (failed(shape))
    return failure();
  OpBuilder::InsertionGuard guard(builder);
  TextOp text = TextOp::create(builder, loc, core);
  builder.setInsertionPointToStart(&text.getBody().front());
  for (uint64_t i = 0; i <= words.size(); ++i) {
    if (shape->targets.count(i))
      LabelOp::create(builder, loc, i);
    if (i == words.size())
      break;
    const InstInfo *info = ashlar::isa::lookup(ashlar::isa::opcodeOf(words[i]));
    const SlotInfo *slot = targetSlot(*info);
    int64_t label =
        slot ? static_cast<int64_t>(i) + ashlar::isa::getSlot(words[i], *slot)
             : 0;
    decodeToOp(builder, loc, words[i], label);
  }
  return text;
}
