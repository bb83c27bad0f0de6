//===- SelectRequests.cpp - Requests queued one behind another -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime says in two registers what has arrived and what comes next
// (docs/machine.md); everything else is addresses.
//
//===----------------------------------------------------------------------===//

#include "Requests.h"
#include "Selector.h"
#include "dialects/npu/NPURequests.h"

using namespace mlir;
using namespace ashlar;

static Num toNum(Selector &s, const Address &address) {
  return s.emit.add(address.base, Num::constant(address.offset));
}

static void selectRequestInput(Selector &s, npu::RequestInputOp op) {
  TensorView view = s.getView(op.getInput());
  Address place = s.getView(op.getPlace()).address;
  if (int64_t parts = op.getParts(); parts > 1)
    place.base = wholeBase(s, place.base,
                           cast<MemRefType>(op.getInput().getType()), parts);
  int64_t there = s.emit.toReg(toNum(s, place));
  int64_t here = s.emit.toReg(toNum(s, view.address));
  int64_t address = s.emit.newReg();
  s.emit.inst("sel", {address, arrivedReg, there, here});
  view.address = {Num::inReg(address), 0};
  s.setView(op.getResult(), view);
}

static void selectNextInput(Selector &s, npu::RequestNextInputOp op) {
  TensorView view = s.getView(op.getInput());
  view.address.base = Num::inReg(nextIoReg);
  s.setView(op.getResult(), view);
}

LogicalResult ashlar::selectRequest(Selector &s, Operation *op) {
  if (auto input = llvm::dyn_cast<npu::RequestInputOp>(op))
    selectRequestInput(s, input);
  else if (auto next = llvm::dyn_cast<npu::RequestNextInputOp>(op))
    selectNextInput(s, next);
  else if (auto leave = llvm::dyn_cast<npu::RequestLeaveOp>(op))
    s.emit.inst("leave", {static_cast<int64_t>(leave.getQueue())});
  else if (llvm::isa<npu::RequestHasNextOp>(op))
    s.setNum(op->getResult(0),
             s.emit.binary("sltu", Num::constant(0), Num::inReg(nextIoReg)));
  return success();
}
