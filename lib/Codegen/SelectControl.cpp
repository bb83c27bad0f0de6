//===- SelectControl.cpp - Loops and branches ----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Selector.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace ashlar;

/// Values of scf operations live in registers that each path writes.
static LogicalResult checkScalars(Operation *op, TypeRange types) {
  for (Type type : types)
    if (!type.isIntOrIndexOrFloat())
      return op->emitError() << "expected scalars as values of '"
                             << op->getName() << "', got " << type;
  return success();
}

/// Writes `values` into `targets` at once: a target may be a later value.
static void moveAll(Selector &s, ArrayRef<int64_t> targets, ValueRange values) {
  SmallVector<Num> sources;
  for (Value value : values)
    sources.push_back(s.getNum(value));
  for (auto [index, source] : llvm::enumerate(sources)) {
    bool overwritten =
        !source.isConstant() && source.reg() != targets[index] &&
        llvm::is_contained(targets.take_front(index), source.reg());
    if (!overwritten)
      continue;
    int64_t copy = s.emit.newReg();
    s.emit.move(copy, source);
    sources[index] = Num::inReg(copy);
  }
  for (auto [target, source] : llvm::zip(targets, sources))
    s.emit.move(target, source);
}

static Num getTripCount(Selector &s, scf::ForOp loop) {
  Num lower = s.getNum(loop.getLowerBound()),
      upper = s.getNum(loop.getUpperBound());
  Num step = s.getNum(loop.getStep());
  Num distance = s.emit.sub(upper, lower);
  if (step.isConstant() && step.value() > 0)
    return s.emit.ceilDivPositive(distance, step.value());
  Num rounded = s.emit.add(distance, s.emit.sub(step, Num::constant(1)));
  return s.emit.binary("div", rounded, step);
}

static LogicalResult selectFor(Selector &s, scf::ForOp loop) {
  if (failed(checkScalars(loop, loop.getResultTypes())))
    return failure();
  if (loop.getUnsignedCmp())
    return loop.emitError() << "expected a signed loop";
  s.initRings(loop);
  SmallVector<int64_t> carried;
  for (auto [result, init, arg] : llvm::zip(
           loop.getResults(), loop.getInitArgs(), loop.getRegionIterArgs())) {
    int64_t reg = s.defineReg(result);
    s.setNum(arg, Num::inReg(reg));
    s.emit.move(reg, s.getNum(init));
    carried.push_back(reg);
  }
  Num count = getTripCount(s, loop);
  // Before iv gets its register: a bound may be known only now.
  Num lower = s.getNum(loop.getLowerBound()), step = s.getNum(loop.getStep());
  if (count.isConstant(1)) {
    s.setNum(loop.getInductionVar(), lower);
    if (failed(s.selectBlock(*loop.getBody())))
      return failure();
    moveAll(s, carried, loop.getYieldedValues());
    return success();
  }
  bool used = !loop.getInductionVar().use_empty();
  int64_t iv = -1;
  if (used) {
    iv = s.defineReg(loop.getInductionVar());
    s.emit.move(iv, lower);
    s.emit.setStable(iv);
  }
  return s.emitLoop(count, [&]() -> LogicalResult {
    if (failed(s.selectBlock(*loop.getBody())))
      return failure();
    s.emit.setLoc(loop.getLoc());
    moveAll(s, carried, loop.getYieldedValues());
    if (!used)
      return success();
    if (step.isConstant() && fitsImmediate(step.value()))
      s.emit.inst("addi", {iv, iv, step.value()});
    else
      s.emit.inst("add", {iv, iv, s.emit.toReg(step)});
    return success();
  });
}

static LogicalResult selectIf(Selector &s, scf::IfOp branch) {
  if (failed(checkScalars(branch, branch.getResultTypes())))
    return failure();
  SmallVector<int64_t> results;
  for (unsigned count = branch.getNumResults(); count > 0; --count)
    results.push_back(s.emit.newReg());
  auto emitSide = [&](Block *block) -> LogicalResult {
    Emitter::Scope scope(s.emit);
    if (failed(s.selectBlock(*block)))
      return failure();
    moveAll(s, results, block->getTerminator()->getOperands());
    return success();
  };
  Num condition = s.getNum(branch.getCondition());
  if (condition.isConstant()) {
    Block *taken =
        condition.isConstant(0) ? branch.elseBlock() : branch.thenBlock();
    if (taken && failed(emitSide(taken)))
      return failure();
  } else {
    int64_t otherwise = s.emit.newLabel(), end = s.emit.newLabel();
    s.emit.inst("beq", {s.emit.toReg(condition), zeroReg, otherwise});
    if (failed(emitSide(branch.thenBlock())))
      return failure();
    if (branch.elseBlock())
      s.emit.inst("jmp", {end});
    s.emit.label(otherwise);
    if (branch.elseBlock() && failed(emitSide(branch.elseBlock())))
      return failure();
    s.emit.label(end);
  }
  for (auto [result, reg] : llvm::zip(branch.getResults(), results))
    s.setNum(result, Num::inReg(reg));
  return success();
}

static LogicalResult selectWhile(Selector &s, scf::WhileOp loop) {
  if (failed(checkScalars(loop, loop.getResultTypes())) ||
      failed(checkScalars(loop, loop.getInits().getTypes())))
    return failure();
  s.initRings(loop);
  SmallVector<int64_t> before, after;
  for (auto [arg, init] :
       llvm::zip(loop.getBeforeArguments(), loop.getInits())) {
    before.push_back(s.defineReg(arg));
    s.emit.move(before.back(), s.getNum(init));
  }
  for (auto [arg, result] :
       llvm::zip(loop.getAfterArguments(), loop.getResults())) {
    after.push_back(s.defineReg(arg));
    s.setNum(result, Num::inReg(after.back()));
  }
  int64_t begin = s.emit.newLabel(), end = s.emit.newLabel();
  s.emit.label(begin);
  Emitter::Scope scope(s.emit);
  if (failed(s.selectBlock(*loop.getBeforeBody())))
    return failure();
  scf::ConditionOp condition = loop.getConditionOp();
  // The condition may be a carried register: it is read before they are
  // written.
  Num go = s.getNum(condition.getCondition());
  int64_t goReg = s.emit.newReg();
  s.emit.move(goReg, go);
  moveAll(s, after, condition.getArgs());
  s.emit.inst("beq", {goReg, zeroReg, end});
  if (failed(s.selectBlock(*loop.getAfterBody())))
    return failure();
  moveAll(s, before, loop.getYieldOp().getOperands());
  s.emit.inst("jmp", {begin});
  s.emit.label(end);
  return success();
}

LogicalResult ashlar::selectControl(Selector &s, Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return selectFor(s, loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return selectIf(s, branch);
  return selectWhile(s, cast<scf::WhileOp>(op));
}
