//===- NISADialect.cpp - The nisa dialect ---------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ISA/Isa.h"
#include "dialects/nisa/Encoding.h"
#include "dialects/nisa/NISA.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace ashlar;
using namespace ashlar::nisa;

#include "dialects/nisa/NISADialect.cpp.inc"

void NISADialect::initialize() { registerNISADialectOperations(this); }

// Virtual registers are numbered from the last physical one on; the bound only
// keeps nonsense out.
constexpr int64_t maxVirtual = int64_t(1) << 31;

static LogicalResult verifySlot(Operation *op,
                                const ashlar::isa::SlotInfo &slot) {
  using ashlar::isa::Form;
  auto attr = dyn_cast_or_null<IntegerAttr>(
      op->getInherentAttr(StringRef(slot.name)).value_or(Attribute()));
  if (!attr)
    return op->emitOpError()
           << "lacks operand '" << StringRef(slot.name) << "'";
  int64_t value = attr.getInt();
  switch (slot.form) {
  case Form::Reg:
  case Form::Desc:
  case Form::Lane:
  case Form::Target: // The number of a label.
    if (value >= 0 && value < maxVirtual)
      return success();
    break;
  case Form::Sem:
  case Form::Count:
  case Form::Imm:
  case Form::Enum:
    if (ashlar::isa::fitsSlot(value, slot))
      return success();
    break;
  }
  return op->emitOpError() << "operand '" << StringRef(slot.name) << "' is "
                           << value << ", which does not fit its "
                           << static_cast<unsigned>(slot.width)
                           << " bits or is not legal there";
}

LogicalResult nisa::verifyMachineInst(Operation *op) {
  const ashlar::isa::InstInfo *info = instInfo(op);
  assert(info && "operations and tables come from the same records");
  for (const ashlar::isa::SlotInfo &slot : info->slots)
    if (failed(verifySlot(op, slot)))
      return failure();
  return success();
}

void TextOp::build(OpBuilder &builder, OperationState &state, int64_t core) {
  state.addAttribute("core", builder.getI64IntegerAttr(core));
  state.addRegion()->emplaceBlock();
}

void LabelOp::build(OpBuilder &builder, OperationState &state, int64_t id,
                    StringRef name) {
  state.addAttribute("id", builder.getI64IntegerAttr(id));
  if (!name.empty())
    state.addAttribute("name", builder.getStringAttr(name));
}

LogicalResult LabelOp::verify() {
  if (getIdAttr().getInt() < 0)
    return emitOpError("number is negative");
  return success();
}

// Heads are followed by as many payload words as they say, which accept them.
static LogicalResult verifyPayload(Block &block) {
  Operation *head = nullptr;
  int64_t left = 0;
  for (Operation &op : block) {
    const ashlar::isa::InstInfo *info = instInfo(&op);
    if (left > 0) {
      if (!info || !info->isPayload)
        return op.emitError()
               << "expected " << left << " more payload words of '"
               << head->getName() << "' here"
               << (info ? "" : ", found no instruction");
      if (!info->acceptsHead(instInfo(head)->opcode)) {
        InFlightDiagnostic diag = op.emitOpError() << "is no payload of '"
                                                   << head->getName() << "'";
        diag.attachNote(head->getLoc()) << "the head is here";
        return diag;
      }
      --left;
      continue;
    }
    if (info && info->isPayload)
      return op.emitOpError(
          "is a payload word, but no head before it asks for one");
    if (!info || info->countSlot < 0)
      continue;
    head = &op;
    left = getOperand(&op, info->slots[info->countSlot].name);
  }
  if (left > 0)
    return head->emitOpError() << "expects " << left << " more payload words";
  return success();
}

static LogicalResult verifyLabels(Block &block) {
  llvm::DenseMap<int64_t, Operation *> labels;
  for (auto label : block.getOps<LabelOp>()) {
    auto [it, isNew] = labels.try_emplace(label.getId(), label);
    if (isNew)
      continue;
    InFlightDiagnostic diag = label.emitOpError()
                              << "L" << label.getId() << " is defined twice";
    diag.attachNote(it->second->getLoc()) << "first here";
    return diag;
  }
  for (Operation &op : block) {
    const ashlar::isa::InstInfo *info = instInfo(&op);
    if (!info)
      continue;
    for (const ashlar::isa::SlotInfo &slot : info->slots)
      if (slot.form == ashlar::isa::Form::Target &&
          !labels.contains(getOperand(&op, slot.name)))
        return op.emitOpError() << "goes to L" << getOperand(&op, slot.name)
                                << ", which is not defined in this text";
  }
  return success();
}

LogicalResult TextOp::verifyRegions() {
  Block &block = getBody().front();
  for (Operation &op : block)
    if (!llvm::isa<LabelOp>(op) && !instInfo(&op))
      return op.emitError()
             << "'" << op.getName() << "' cannot stand in a text";
  if (getCoreAttr().getInt() < 0 || getCoreAttr().getInt() > 254)
    return emitOpError() << "core " << getCoreAttr().getInt()
                         << " is not in 0..254";
  if (failed(verifyPayload(block)))
    return failure();
  return verifyLabels(block);
}
