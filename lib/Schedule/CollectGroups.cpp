//===- CollectGroups.cpp - Finds groups by their attributes ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace ashlar {

using Members = SmallVector<linalg::LinalgOp>;

/// Whether two operations may change places: no memory that one of them writes
/// is touched by the other.
static bool mayChangePlaces(linalg::LinalgOp a, linalg::LinalgOp b) {
  for (OpOperand &one : a->getOpOperands())
    for (OpOperand &other : b->getOpOperands())
      if (isa<MemRefType>(one.get().getType()) &&
          isa<MemRefType>(other.get().getType()) &&
          (a.isDpsInit(&one) || b.isDpsInit(&other)) &&
          mayOverlap(one.get(), other.get()))
        return false;
  return true;
}

/// Members run where the last one stands. Whatever lies between them must not
/// care.
static bool isContiguous(const Members &members) {
  Members before;
  for (Operation *op = members.front(); op != members.back();
       op = op->getNextNode()) {
    auto work = dyn_cast<linalg::LinalgOp>(op);
    if (work && llvm::is_contained(members, work)) {
      before.push_back(work);
      continue;
    }
    if (isa<memref::AllocOp>(op) || isMemoryEffectFree(op))
      continue;
    if (!work || !llvm::all_of(before, [&](linalg::LinalgOp member) {
          return mayChangePlaces(member, work);
        }))
      return false;
  }
  return true;
}

/// Members by the value of `attribute`, in program order; those without it
/// alone.
static SmallVector<Members> splitBy(ArrayRef<linalg::LinalgOp> ops,
                                    StringRef attribute) {
  SmallVector<Members> parts;
  llvm::DenseMap<int64_t, unsigned> known;
  for (linalg::LinalgOp op : ops) {
    auto number = op->getAttrOfType<IntegerAttr>(attribute);
    if (!number) {
      parts.push_back({op});
      continue;
    }
    auto [place, isNew] = known.try_emplace(number.getInt(), parts.size());
    if (isNew)
      parts.emplace_back();
    parts[place->second].push_back(op);
  }
  return parts;
}

/// `members` as one group if possible, else in parts.
static void addGroups(const Members &members, std::vector<Group> &groups) {
  std::string why;
  if (isContiguous(members)) {
    FailureOr<Group> group = analyzeGroup(members, why);
    if (succeeded(group)) {
      groups.push_back(std::move(*group));
      return;
    }
  }
  if (members.size() == 1)
    return;
  SmallVector<Members> parts = splitBy(members, kSubgroupAttr);
  if (parts.size() == 1)
    parts = splitBy(members, "");
  for (const Members &part : parts)
    addGroups(part, groups);
}

std::vector<Group> collectGroups(func::FuncOp function) {
  std::vector<Group> groups;
  function.walk([&](Block *block) {
    Members ops;
    for (linalg::LinalgOp op : block->getOps<linalg::LinalgOp>())
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    for (const Members &members : splitBy(ops, kGroupAttr))
      addGroups(members, groups);
  });
  return groups;
}

std::vector<Group> splitGroup(const Group &group) {
  Members members;
  for (const GroupMember &member : group.members)
    members.push_back(member.op);
  std::vector<Group> groups;
  SmallVector<Members> parts = splitBy(members, kSubgroupAttr);
  if (parts.size() == 1)
    parts = splitBy(members, "");
  for (const Members &part : parts)
    addGroups(part, groups);
  return groups;
}

} // namespace ashlar
