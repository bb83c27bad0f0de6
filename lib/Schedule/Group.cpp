//===- Group.cpp - Operations that share on-chip memory, analysed ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"

#include "ashlar/Match/OutputStage.h"
#include "ashlar/Match/VectorProgram.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace ashlar {

namespace {

/// The buffer behind a tensor: results share it with inits that nobody else
/// uses. Memrefs are their own.
Value bufferOf(Value value) {
  while (auto op = value.getDefiningOp<linalg::LinalgOp>()) {
    if (isa<MemRefType>(value.getType()))
      return value;
    Value init = op.getDpsInits()[cast<OpResult>(value).getResultNumber()];
    if (!init.getDefiningOp<linalg::LinalgOp>() || !init.hasOneUse())
      return value;
    value = init;
  }
  return value;
}

Value bufferOf(OpOperand &operand) {
  auto op = cast<linalg::LinalgOp>(operand.getOwner());
  if (op.isDpsInit(&operand) && isa<RankedTensorType>(operand.get().getType()))
    return bufferOf(op.getTiedOpResult(&operand));
  return bufferOf(operand.get());
}

class Analysis {
public:
  Analysis(ArrayRef<linalg::LinalgOp> ops, std::string &why) : why(why) {
    for (linalg::LinalgOp op : ops)
      group.members.push_back({op, {}, {}});
  }
  FailureOr<Group> run();

private:
  LogicalResult fail(Twine reason) {
    why = reason.str();
    return failure();
  }
  void chooseRoot();
  LogicalResult mapLoops();
  bool mapThrough(GroupMember &member, OpOperand &operand, AffineMap rootMap);
  void finishLoops(GroupMember &member);
  AffineMap toGroup(const GroupMember &member, AffineMap map);
  LogicalResult collectBuffers();
  LogicalResult addAccess(GroupMember &member, OpOperand &operand);
  LogicalResult checkAliases();
  void findEscapes();
  void classifyLoops();
  void findDrain();
  void findDrainMember();
  bool windowMayUseAccumulator();

  static constexpr unsigned kUnmapped = ~0u;
  Group group;
  std::string &why;
};

void Analysis::chooseRoot() {
  unsigned best = 0;
  for (auto [index, member] : llvm::enumerate(group.members)) {
    if (auto work = matchMatrixWork(member.op)) {
      group.root = index;
      group.matrix = work;
      return;
    }
    if (auto work = matchWindowWork(member.op)) {
      group.root = index;
      group.window = work;
      return;
    }
    unsigned weight =
        2 * member.op.getNumLoops() + (member.op.getNumReductionLoops() != 0);
    if (weight >= best) {
      best = weight;
      group.root = index;
    }
  }
}

/// Learns from one operand that the member shares with the mapped ones which of
/// its loops are which. False if the indices contradict.
bool Analysis::mapThrough(GroupMember &member, OpOperand &operand,
                          AffineMap rootMap) {
  AffineMap map = member.op.getMatchingIndexingMap(&operand);
  for (auto [mine, theirs] :
       llvm::zip(map.getResults(), rootMap.getResults())) {
    auto from = dyn_cast<AffineDimExpr>(mine),
         to = dyn_cast<AffineDimExpr>(theirs);
    if (!from || !to)
      continue;
    unsigned &loop = member.loops[from.getPosition()];
    if (loop == kUnmapped &&
        !llvm::is_contained(member.loops, to.getPosition()))
      loop = to.getPosition();
    else if (loop != to.getPosition())
      return false;
  }
  return true;
}

AffineMap Analysis::toGroup(const GroupMember &member, AffineMap map) {
  MLIRContext *context = map.getContext();
  SmallVector<AffineExpr> dims;
  for (unsigned loop : member.loops)
    dims.push_back(getAffineDimExpr(loop, context));
  return map.replaceDimsAndSymbols(dims, {}, group.sizes.size(), 0);
}

/// Loops that no shared buffer explains belong to the group, but to this member
/// alone.
void Analysis::finishLoops(GroupMember &member) {
  SmallVector<int64_t> sizes = member.op.getStaticLoopRanges();
  for (auto [index, loop] : llvm::enumerate(member.loops)) {
    if (loop == kUnmapped) {
      loop = group.sizes.size();
      group.sizes.push_back(sizes[index]);
    }
    assert(group.sizes[loop] == sizes[index] &&
           "expected loops over one dimension of one buffer");
  }
}

LogicalResult Analysis::mapLoops() {
  GroupMember &root = group.members[group.root];
  for (GroupMember &member : group.members) {
    for (int64_t size : member.op.getStaticLoopRanges())
      if (ShapedType::isDynamic(size))
        return fail("a dimension that is not known at compile time");
    member.loops.assign(member.op.getNumLoops(), kUnmapped);
  }
  for (unsigned loop = 0; loop < root.loops.size(); ++loop)
    root.loops[loop] = loop;
  group.sizes = root.op.getStaticLoopRanges();

  SmallVector<bool> done(group.members.size(), false);
  done[group.root] = true;
  for (size_t round = 1; round < group.members.size(); ++round) {
    // The next member is one that shares a buffer with those before.
    int next = -1;
    for (auto [index, member] : llvm::enumerate(group.members)) {
      if (done[index])
        continue;
      bool shares = false;
      for (OpOperand &operand : member.op->getOpOperands()) {
        if (!isa<ShapedType>(operand.get().getType()))
          continue;
        for (auto [other, otherDone] : llvm::zip(group.members, done)) {
          if (!otherDone)
            continue;
          for (OpOperand &known : other.op->getOpOperands())
            if (isa<ShapedType>(known.get().getType()) &&
                bufferOf(known) == bufferOf(operand)) {
              shares = true;
              AffineMap map =
                  toGroup(other, other.op.getMatchingIndexingMap(&known));
              bool isWritten =
                  other.op.isDpsInit(&known) || member.op.isDpsInit(&operand);
              if (!mapThrough(member, operand, map) && isWritten)
                return fail("a buffer that is shared with different indices");
            }
        }
      }
      if (shares) {
        next = index;
        break;
      }
    }
    if (next < 0)
      return fail("operations that share nothing");
    finishLoops(group.members[next]);
    done[next] = true;
  }
  return success();
}

LogicalResult Analysis::addAccess(GroupMember &member, OpOperand &operand) {
  Value value = bufferOf(operand);
  AffineMap map = toGroup(member, member.op.getMatchingIndexingMap(&operand));
  bool writes = member.op.isDpsInit(&operand);
  bool reads = member.op.payloadUsesValueFromOperand(&operand);
  GroupBuffer *buffer = nullptr;
  for (auto [index, other] : llvm::enumerate(group.buffers)) {
    if (other.value != value)
      continue;
    if (other.map != map) {
      if (writes || other.written)
        return fail("a buffer that is written and read with different indices");
      continue;
    }
    buffer = &other;
    member.buffers[operand.getOperandNumber()] = index;
  }
  if (!buffer) {
    member.buffers[operand.getOperandNumber()] = group.buffers.size();
    buffer = &group.buffers.emplace_back();
    buffer->value = value;
    buffer->map = map;
  }
  buffer->readFirst |= reads && !buffer->written;
  buffer->read |= reads;
  // Inputs of an operation are read before its outputs are written.
  buffer->written |= writes;
  return success();
}

LogicalResult Analysis::collectBuffers() {
  // Loops of later members widen the space that the maps start from.
  for (GroupMember &member : group.members) {
    member.buffers.assign(member.op->getNumOperands(), -1);
    for (OpOperand &operand : member.op->getOpOperands())
      if (isa<ShapedType>(operand.get().getType()) &&
          failed(addAccess(member, operand)))
        return failure();
  }
  return success();
}

/// Members run interleaved, so no buffer that one writes may hide behind
/// another name. A single operation was proven safe by bufferisation.
LogicalResult Analysis::checkAliases() {
  if (group.members.size() == 1)
    return success();
  for (GroupBuffer &buffer : group.buffers)
    for (GroupBuffer &other : group.buffers)
      if (buffer.written && &buffer != &other &&
          isa<MemRefType>(buffer.value.getType()) &&
          mayOverlap(buffer.value, other.value))
        return fail("two views of one buffer, one of them written");
  return success();
}

void Analysis::findEscapes() {
  llvm::SmallPtrSet<Operation *, 8> members;
  for (GroupMember &member : group.members)
    members.insert(member.op);
  auto isUsedOutside = [&](Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      return !members.contains(user);
    });
  };
  for (GroupBuffer &buffer : group.buffers)
    if (isa<MemRefType>(buffer.value.getType()))
      buffer.escapes = !buffer.value.getDefiningOp<memref::AllocOp>() ||
                       isUsedOutside(buffer.value);
  for (GroupMember &member : group.members)
    for (OpResult result : member.op->getResults())
      for (GroupBuffer &buffer : group.buffers)
        if (buffer.value == bufferOf(result))
          buffer.escapes |= isUsedOutside(result);
}

void Analysis::classifyLoops() {
  GroupMember &root = group.members[group.root];
  SmallVector<utils::IteratorType> rootTypes = root.op.getIteratorTypesArray();
  group.reduction.assign(group.sizes.size(), false);
  group.cuttable.assign(group.sizes.size(), false);
  for (unsigned loop = 0; loop < group.sizes.size(); ++loop) {
    unsigned members = 0;
    bool allParallel = true;
    for (GroupMember &member : group.members)
      for (auto [mine, type] :
           llvm::zip(member.loops, member.op.getIteratorTypesArray()))
        if (mine == loop) {
          ++members;
          allParallel &= type == utils::IteratorType::parallel;
        }
    bool isPrivate = members == 1 && loop < rootTypes.size() &&
                     rootTypes[loop] == utils::IteratorType::reduction;
    group.reduction[loop] = isPrivate;
    group.cuttable[loop] =
        isPrivate || (allParallel && members == group.members.size());
  }
}

/// What windows leave for the output stage goes through accumulators, which
/// costs the vector unit's ports nothing. They can only be set, not added to,
/// and nobody else reads them.
bool Analysis::windowMayUseAccumulator() {
  const GroupBuffer &out =
      group.buffers[group.members[group.root].buffers.back()];
  Type element = getElementTypeOrSelf(out.value.getType());
  unsigned dims = 0;
  for (unsigned loop : group.window->window)
    dims += group.sizes[loop] > 1;
  return group.drainMember >= 0 && !out.readFirst && !out.escapes &&
         !accumulatorNeedsSram(group) && dims <= kWindowDims &&
         (element.isF32() || element.isSignlessInteger(32));
}

void Analysis::findDrain() {
  if (!group.matrix && !group.window)
    return;
  findDrainMember();
  if (!group.window || windowMayUseAccumulator())
    return;
  group.accumulator = -1;
  group.drainMember = -1;
}

void Analysis::findDrainMember() {
  GroupMember &root = group.members[group.root];
  group.accumulator = root.buffers.back();
  for (unsigned index = group.root + 1; index < group.members.size(); ++index) {
    linalg::LinalgOp op = group.members[index].op;
    for (OpOperand *input : op.getDpsInputOperands())
      if (group.members[index].buffers[input->getOperandNumber()] ==
          group.accumulator) {
        if (isOutputStageWork(op, input->getOperandNumber()))
          group.drainMember = index;
        return;
      }
  }
}

FailureOr<Group> Analysis::run() {
  chooseRoot();
  if (failed(mapLoops()) || failed(collectBuffers()) || failed(checkAliases()))
    return failure();
  findEscapes();
  classifyLoops();
  findDrain();
  return std::move(group);
}

} // namespace

FailureOr<Group> analyzeGroup(ArrayRef<linalg::LinalgOp> members,
                              std::string &why) {
  return Analysis(members, why).run();
}

} // namespace ashlar
