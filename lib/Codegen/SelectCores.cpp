//===- SelectCores.cpp - Who this core is, and barriers ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ISA/Isa.h"
#include "Selector.h"

using namespace mlir;
using namespace ashlar;

LogicalResult ashlar::selectCoreId(Selector &s, npu::CoreIdOp op) {
  s.setNum(op.getResult(), Num::inReg(s.emit.coreNumber()));
  return success();
}

/// Tells every core, this one included, that the queue has come here, and waits
/// until all of them have. A core cannot come to the next barrier before all
/// have come to this one, so that one semaphore serves them all.
LogicalResult ashlar::selectBarrier(Selector &s, npu::BarrierOp op) {
  if (!op.getSemaphore())
    return op.emitOpError() << "has no semaphore, run npu-insert-sync first";
  int64_t queue = static_cast<int64_t>(op.getQueue());
  int64_t semaphore = static_cast<int64_t>(*op.getSemaphore());
  int64_t cores = s.machine.cores, core = s.emit.newReg();
  s.emit.loadConstant(core, 0);
  auto tell = [&]() -> LogicalResult {
    s.emit.inst("signalr", {queue, core, semaphore, 1});
    s.emit.inst("addi", {core, core, 1});
    return success();
  };
  if (failed(s.emitLoop(Num::constant(cores), tell)))
    return failure();
  s.emit.inst("wait", {queue, semaphore, cores});
  return success();
}

/// The copy of the group's first core signals here.
LogicalResult ashlar::selectReceive(Selector &s, npu::ReceiveOp op) {
  if (!op.getSemaphore())
    return op.emitOpError() << "has no semaphore, run npu-insert-sync first";
  s.emit.inst("wait", {static_cast<int64_t>(op.getQueue()),
                       static_cast<int64_t>(*op.getSemaphore()), 1});
  return success();
}
