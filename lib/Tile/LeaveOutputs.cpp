//===- LeaveOutputs.cpp - Outputs that leave while another request runs ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. What the last run has left stands at the beginning of the
// program as work like any other, on the queue that does it and on the bytes
// that it reads. So npu-insert-sync lets whoever overwrites them first wait,
// and nobody else.
//
//===----------------------------------------------------------------------===//

#include "BufferPlaces.h"
#include "MemoryAccesses.h"
#include "TargetOption.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPURequests.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_LEAVEOUTPUTS
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
/// What a copy queue may still have to do when everything else is done.
class QueueRest {
public:
  QueueRest(func::FuncOp func, const MemoryAccesses &accesses, npu::Queue queue)
      : accesses(accesses), queue(queue) {
    collect(func.getBody().front());
    checkCores(func);
  }

  /// Whether it is nothing but copies from the scratchpad into outputs.
  bool isLeavable() const { return leavable && !buffers.empty(); }
  /// Placed buffers that the copies read, and outputs that they write.
  ArrayRef<npu::AllocOp> getBuffers() const { return buffers.getArrayRef(); }
  ArrayRef<BlockArgument> getOutputs() const { return outputs.getArrayRef(); }

private:
  bool collect(Block &block);
  void add(const Access &access);
  void checkCores(func::FuncOp func);

  const MemoryAccesses &accesses;
  npu::Queue queue;
  bool leavable = true;
  llvm::SetVector<npu::AllocOp> buffers;
  llvm::SetVector<BlockArgument> outputs;
};

struct LeaveOutputs : ashlar::impl::LeaveOutputsBase<LeaveOutputs> {
  using Base = ashlar::impl::LeaveOutputsBase<LeaveOutputs>;
  using Base::Base;
  explicit LeaveOutputs(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    auto cycles = func->getAttrOfType<IntegerAttr>(npu::kExpectedCyclesAttr);
    if (func.isDeclaration() || !cycles)
      return;
    std::optional<runtime::Machine> machine = getMachine(func, given, target);
    MemoryAccesses accesses;
    if (!machine || failed(accesses.analyse(func, machine->mxuN)))
      return signalPassFailure();
    npu::Queue queue = getLastCopyQueue(*machine);
    QueueRest rest(func, accesses, queue);
    if (!rest.isLeavable())
      return;
    double bytes = 0;
    for (BlockArgument output : rest.getOutputs())
      bytes += double(getResidentBytes(cast<MemRefType>(output.getType())));
    if (isWorthHiding(bytes / machine->dramBytesPerCycle,
                      double(cycles.getInt())))
      leave(func, accesses, rest, queue);
  }

private:
  void leave(func::FuncOp func, const MemoryAccesses &accesses,
             const QueueRest &rest, npu::Queue queue);

  std::optional<runtime::Machine> given;
};
} // namespace

/// If only the cores below a number come to a branch, that number.
static std::optional<int64_t> getCores(scf::IfOp branch) {
  auto compare = branch.getCondition().getDefiningOp<arith::CmpIOp>();
  APInt count;
  if (!compare || compare.getPredicate() != arith::CmpIPredicate::ult ||
      !compare.getLhs().getDefiningOp<npu::CoreIdOp>() ||
      !matchPattern(compare.getRhs(), m_ConstantInt(&count)))
    return std::nullopt;
  return count.getSExtValue();
}

/// Backwards to the last work of the queue that somebody else waits for: that,
/// and what it did before, is done when the others are. Whether there is such
/// work.
bool QueueRest::collect(Block &block) {
  SmallVector<Access> later;
  int64_t doneBelow = 0; // cores that have come to such work in a branch
  for (Operation &op : llvm::reverse(block)) {
    SmallVector<Access> mine, others;
    for (const Access &access : accesses.of(&op))
      (access.queue == queue ? mine : others).push_back(access);
    for (const Access &access : mine)
      for (const Access &other : later)
        if (accesses.conflict(access, other))
          return true;
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      std::optional<int64_t> cores = getCores(branch);
      if (!cores || *cores > doneBelow) {
        bool isFound = false;
        for (Region &region : branch->getRegions())
          for (Block &nested : region)
            isFound |= collect(nested);
        if (isFound && cores)
          doneBelow = *cores;
      }
    } else {
      // Cores that meet do so in one run.
      leavable &= !isa<npu::BarrierOp>(op);
      for (const Access &access : mine)
        add(access);
    }
    for (const Access &access : others)
      if (!llvm::is_contained(later, access))
        later.push_back(access);
  }
  return false;
}

/// The innermost block outside of loops that has all that overwrites `buffers`.
static Block &getOverwriters(Block &block, npu::Queue queue,
                             const MemoryAccesses &accesses,
                             ArrayRef<npu::AllocOp> buffers) {
  Operation *only = nullptr;
  for (Operation &op : block) {
    bool overwrites = false;
    for (const Access &access : accesses.of(&op))
      for (npu::AllocOp buffer : buffers)
        overwrites |=
            access.write && access.queue != queue &&
            accesses.range(access.buffer).overlaps(accesses.rangeOf(buffer));
    if (overwrites && only)
      return block;
    if (overwrites)
      only = &op;
  }
  auto branch = dyn_cast_or_null<scf::IfOp>(only);
  if (!branch || !branch.getElseRegion().empty())
    return block;
  return getOverwriters(*branch.thenBlock(), queue, accesses, buffers);
}

void QueueRest::add(const Access &access) {
  const ByteRange &range = accesses.range(access.buffer);
  if (!access.write && range.alloc && range.space == npu::Space::Sram) {
    buffers.insert(range.alloc);
    return;
  }
  auto argument = dyn_cast_or_null<BlockArgument>(range.region);
  auto func = argument
                  ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp())
                  : func::FuncOp();
  auto io = func ? func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                     "npu.io")
                 : StringAttr();
  if (access.write && io && io.getValue() == "output" &&
      cast<MemRefType>(argument.getType()).hasStaticShape())
    outputs.insert(argument);
  else
    leavable = false;
}

/// Only a core's own engines wait for its queue: what comes from another core
/// must not overwrite what the queue reads.
void QueueRest::checkCores(func::FuncOp func) {
  func.walk([&](npu::CopyOp copy) {
    if (!copy.getMulticast())
      return;
    for (const Access &access : accesses.of(copy))
      for (npu::AllocOp buffer : buffers)
        leavable &=
            !access.write ||
            !accesses.range(access.buffer).overlaps(accesses.rangeOf(buffer));
  });
}

void LeaveOutputs::leave(func::FuncOp func, const MemoryAccesses &accesses,
                         const QueueRest &rest, npu::Queue queue) {
  auto attr = npu::QueueAttr::get(&getContext(), queue);
  // As deep as may be: what comes to a branch waits before it.
  OpBuilder b(&getContext());
  b.setInsertionPointToStart(&getOverwriters(func.getBody().front(), queue,
                                             accesses, rest.getBuffers()));
  // The bytes, under a name that is known here.
  SmallVector<Value> places;
  for (npu::AllocOp buffer : rest.getBuffers()) {
    const ByteRange &range = accesses.rangeOf(buffer);
    auto type = MemRefType::get({range.end - range.begin}, b.getI8Type(),
                                MemRefLayoutAttrInterface(),
                                buffer.getType().getMemorySpace());
    places.push_back(npu::AllocOp::create(b, buffer.getLoc(), type, 1,
                                          b.getI64IntegerAttr(range.begin),
                                          IntegerAttr()));
  }
  npu::RequestLeftOp::create(b, func.getLoc(), places, attr);
  b.setInsertionPoint(func.getBody().front().getTerminator());
  npu::RequestLeaveOp::create(b, func.getLoc(), attr);
}

std::unique_ptr<Pass>
ashlar::createLeaveOutputs(const runtime::Machine &machine) {
  return std::make_unique<LeaveOutputs>(machine);
}
