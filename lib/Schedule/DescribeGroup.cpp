//===- DescribeGroup.cpp - A group as numbers for the scheduler -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"

#include "ashlar/Match/VectorProgram.h"

using namespace mlir;

namespace ashlar {

static uint32_t bitsOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  // A boolean is a byte in memory.
  return element.isInteger(1) ? 8
         : element.isIndex()  ? 64
                              : element.getIntOrFloatBitWidth();
}

bool runsPerPoint(const Group &group, unsigned index) {
  return index == group.root || int(index) == group.drainMember ||
         (index < group.root &&
          llvm::is_contained(group.members[index].buffers, group.accumulator));
}

bool mayBatchInTiles(const Group &group) {
  const GroupMember &root = group.members[group.root];
  for (int index = group.root + 1; index < group.drainMember; ++index) {
    linalg::LinalgOp op = group.members[index].op;
    for (OpOperand &init : op.getDpsInitsMutable())
      if (llvm::is_contained(
              root.buffers,
              group.members[index].buffers[init.getOperandNumber()]))
        return false;
  }
  return true;
}

/// Whether `loop` is an index of its own wherever it is one.
static bool isPlainIndex(const Group &group, unsigned loop) {
  return llvm::all_of(group.buffers, [&](const GroupBuffer &buffer) {
    return llvm::all_of(buffer.map.getResults(), [&](AffineExpr index) {
      return isa<AffineDimExpr>(index) || !index.isFunctionOfDim(loop);
    });
  });
}

SmallVector<bool> findPointLoops(const Group &group) {
  SmallVector<bool> points(group.sizes.size(), false);
  for (const GroupBuffer &buffer : group.buffers)
    for (AffineExpr index : buffer.map.getResults())
      if (!isWindowExpr(index))
        for (unsigned loop = 0; loop < points.size(); ++loop)
          if (index.isFunctionOfDim(loop))
            points[loop] = true;
  // An instruction walks a few dimensions of each kind: the innermost ones.
  auto limit = [&](ArrayRef<unsigned> kind, unsigned most) {
    unsigned kept = 0;
    for (unsigned loop : llvm::reverse(kind))
      if (group.sizes[loop] > 1 && ++kept > most)
        points[loop] = true;
  };
  if (group.window) {
    limit(group.window->window, kWindowDims);
    if (group.accumulator >= 0)
      limit(getAccumulatorLoops(group, true).rows, 3);
  }
  if (!group.matrix)
    return points;
  for (unsigned loop : group.matrix->batch)
    if (!mayBatchInTiles(group) || !isPlainIndex(group, loop))
      points[loop] = true;
  for (ArrayRef<unsigned> kind :
       {ArrayRef<unsigned>(group.matrix->m), ArrayRef(group.matrix->n),
        ArrayRef(group.matrix->k)})
    limit(kind, 3);
  return points;
}

AccumulatorLoops getAccumulatorLoops(const Group &group, bool lhsStreams) {
  AccumulatorLoops loops;
  if (group.window) {
    for (unsigned loop : group.window->domain)
      (loop == group.window->channels ? loops.lanes : loops.rows)
          .push_back(loop);
    return loops;
  }
  loops.rows = group.matrix->m;
  loops.lanes = group.matrix->n;
  if (!lhsStreams)
    std::swap(loops.rows, loops.lanes);
  return loops;
}

bool isPureCopy(const Group &group) {
  // Between a resident buffer and another one the vector unit copies.
  if (group.members.size() != 1 || group.buffers.size() != 2 ||
      llvm::any_of(group.buffers, isResident))
    return false;
  linalg::LinalgOp op = group.members.front().op;
  return isDataMovement(op) &&
         llvm::all_of(op.getIndexingMapsArray(),
                      [](AffineMap map) { return map.isPermutation(); });
}

bool accumulatorNeedsSram(const Group &group) {
  if (group.accumulator < 0)
    return false;
  const GroupBuffer &acc = group.buffers[group.accumulator];
  if (acc.readFirst || acc.escapes)
    return true;
  // Somebody other than the output stage reads it.
  for (unsigned index = group.root + 1; index < group.members.size(); ++index)
    if (int(index) != group.drainMember)
      for (OpOperand *input : group.members[index].op.getDpsInputOperands())
        if (group.members[index].buffers[input->getOperandNumber()] ==
            group.accumulator)
          return true;
  return false;
}

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  while (isa_and_nonnull<memref::ExpandShapeOp, memref::CollapseShapeOp,
                         tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<memref::GetGlobalOp, arith::ConstantOp>(op);
}

static GroupShape::Buffer describeBuffer(const Group &group, unsigned number) {
  const GroupBuffer &buffer = group.buffers[number];
  GroupShape::Buffer result;
  result.elementBits = bitsOf(buffer.value.getType());
  result.loads = buffer.readFirst;
  result.stores = buffer.written && buffer.escapes;
  result.written = buffer.written;
  result.constant = isConstant(buffer.value);
  result.inSram = int(number) == group.accumulator
                      ? accumulatorNeedsSram(group)
                      : !(isPureCopy(group) && buffer.written);
  result.handedOver =
      result.loads || result.stores || int(number) == group.accumulator;
  // Tiles of a resident buffer are views of it.
  if (isResident(buffer)) {
    result.loads = result.stores = result.inSram = result.handedOver = false;
    result.inPlace = true;
  }
  result.fromSram = isPadOfResident(buffer);
  for (AffineExpr expr : buffer.map.getResults()) {
    GroupShape::Index &index = result.indices.emplace_back();
    expr.walk([&](AffineExpr part) {
      if (auto dim = dyn_cast<AffineDimExpr>(part))
        index.terms.push_back({dim.getPosition(), 1});
    });
    // Scales of window sums; other indices run point by point, where none
    // counts.
    expr.walk([&](AffineExpr part) {
      auto mul = dyn_cast<AffineBinaryOpExpr>(part);
      if (!mul || mul.getKind() != AffineExprKind::Mul)
        return;
      auto dim = dyn_cast<AffineDimExpr>(mul.getLHS());
      auto scale = dyn_cast<AffineConstantExpr>(mul.getRHS());
      for (auto &term : index.terms)
        if (dim && scale && term.first == dim.getPosition())
          term.second = std::abs(scale.getValue());
    });
  }
  return result;
}

static GroupShape::Program describeProgram(const GroupMember &member) {
  GroupShape::Program program;
  program.loops.assign(member.loops.begin(), member.loops.end());
  ProgramSize size = measureProgram(member.op);
  program.lane = std::max(1u, size.lane);
  program.lane64 = size.lane64;
  program.slow = size.slow;
  program.slow64 = size.slow64;
  program.trans = size.trans;
  program.trans64 = size.trans64;
  for (OpOperand &operand : member.op->getOpOperands()) {
    AffineMap map = member.op.getMatchingIndexingMap(&operand);
    // What stays the same along the innermost loop is held in the lanes.
    if (isa<ShapedType>(operand.get().getType()) &&
        (map.getNumDims() == 0 || map.isFunctionOfDim(map.getNumDims() - 1)))
      program.portBytes += bitsOf(operand.get().getType()) / 8;
  }
  return program;
}

std::string describeSources(ArrayRef<Operation *> ops, Operation *root) {
  llvm::SmallSetVector<std::pair<StringAttr, StringAttr>, 4> nodes;
  for (Operation *op : ops)
    op->getLoc()->walk([&](Location loc) {
      auto node = dyn_cast<NameLoc>(loc);
      if (!node)
        return WalkResult::advance();
      auto type = dyn_cast<NameLoc>(node.getChildLoc());
      nodes.insert({node.getName(), type ? type.getName() : StringAttr()});
      return WalkResult::skip();
    });
  std::string name;
  llvm::raw_string_ostream stream(name);
  llvm::interleaveComma(nodes, stream, [&](auto node) {
    stream << node.first.getValue();
    if (node.second)
      stream << " (" << node.second.getValue() << ")";
  });
  if (nodes.empty())
    stream << root->getName() << " at " << root->getLoc();
  return name;
}

static std::string describeName(const Group &group) {
  SmallVector<Operation *> ops;
  for (const GroupMember &member : group.members)
    // One fill serves many.
    if (!isa<linalg::FillOp>(member.op))
      ops.push_back(member.op);
  return describeSources(ops, group.members[group.root].op);
}

/// Results would have to be read again for every part of a window, so that
/// those of ordinary sizes stay whole; accumulators cannot be read at all.
static bool mustStayWhole(const Group &group, unsigned loop) {
  constexpr int64_t ordinary = 1024;
  if (!group.window || !llvm::is_contained(group.window->window, loop))
    return false;
  int64_t points = 1;
  for (unsigned other : ArrayRef(group.window->window).take_back(kWindowDims))
    points *= group.sizes[other];
  return group.accumulator >= 0 || points <= ordinary;
}

static GroupShape::Window describeWindow(const Group &group) {
  const WindowWork &work = *group.window;
  const GroupMember &root = group.members[group.root];
  GroupShape::Window window;
  window.domain.assign(work.domain.begin(), work.domain.end());
  window.window.assign(work.window.begin(), work.window.end());
  window.channels = work.channels;
  window.input = root.buffers[work.input];
  window.weights = work.weights < 0 ? -1 : root.buffers[work.weights];
  window.out = root.buffers.back();
  window.toAccumulator = group.accumulator >= 0;
  return window;
}

/// Whether a member is a vector program. Products and windows are not, nor what
/// the output stage does, nor the fill that the first of them makes
/// unnecessary.
static bool isProgram(const Group &group, unsigned index) {
  if (!group.matrix && !group.window)
    return true;
  const GroupMember &member = group.members[index];
  int result = group.members[group.root].buffers.back();
  bool isStart = isa<linalg::FillOp>(member.op.getOperation()) &&
                 member.buffers.back() == result;
  return index != group.root && int(index) != group.drainMember && !isStart;
}

GroupShape describeGroup(const Group &group) {
  GroupShape shape;
  const GroupMember &root = group.members[group.root];
  shape.name = describeName(group);
  SmallVector<bool> points = findPointLoops(group);
  SmallVector<bool> distributable = findDistributableLoops(group);
  for (auto [loop, size] : llvm::enumerate(group.sizes)) {
    GroupShape::Loop &result = shape.loops.emplace_back();
    result.size = size;
    result.distributable = distributable[loop] && !isOneCores(group);
    result.reduction = group.reduction[loop];
    result.maxTile = points[loop] ? 1 : size;
    bool isWhole = !points[loop] && mustStayWhole(group, loop);
    result.minTile = group.cuttable[loop] && !isWhole ? 1 : size;
  }
  if (auto found = findPartLoop(group)) {
    GroupShape::Loop &loop = shape.loops[found->first];
    loop.parts = found->second;
    loop.maxTile = std::min(loop.maxTile, loop.size / loop.parts);
  }
  for (unsigned number = 0; number < group.buffers.size(); ++number)
    shape.buffers.push_back(describeBuffer(group, number));
  if (group.matrix) {
    const MatrixWork &work = *group.matrix;
    GroupShape::Matrix &matrix = shape.matrix.emplace();
    matrix.batch.assign(work.batch.begin(), work.batch.end());
    matrix.m.assign(work.m.begin(), work.m.end());
    matrix.n.assign(work.n.begin(), work.n.end());
    matrix.k.assign(work.k.begin(), work.k.end());
    matrix.bits = bitsOf(root.op->getOperand(0).getType());
    matrix.lhsBuffer = root.buffers[0];
    matrix.rhsBuffer = root.buffers[1];
    matrix.lhsMayStream = work.rhsMayStay;
    matrix.rhsMayStream = work.lhsMayStay;
  }
  if (group.window)
    shape.window = describeWindow(group);
  for (auto [index, member] : llvm::enumerate(group.members)) {
    if (!isProgram(group, index) || isPureCopy(group))
      continue;
    shape.programs.push_back(describeProgram(member));
    for (unsigned loop : member.loops)
      shape.loops[loop].inProgram = true;
  }
  return shape;
}

} // namespace ashlar
