//===- StageInputs.cpp - Inputs that arrive while another request runs ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Passes.td. An input stays where it is for a request that comes alone: it
// streams in by tiles, as if there were no places. Only the base of its address
// is chosen at run time.
//
//===----------------------------------------------------------------------===//

#include "BufferPlaces.h"
#include "CoreFootprints.h"
#include "TargetOption.h"
#include "ashlar/Planner/Planner.h"
#include "ashlar/Tile/Passes.h"
#include "dialects/npu/NPURequests.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetVector.h"

namespace ashlar {
#define GEN_PASS_DEF_STAGEINPUTS
#include "lib/Tile/Passes.h.inc"
} // namespace ashlar

using namespace mlir;
using namespace ashlar;

namespace {
/// An input, who reads it, and which cores get what of it.
struct StagedInput {
  BlockArgument input;
  /// Operations of the function's block that read it, in their order: with
  /// several cores they are npu.on_cores.
  SmallVector<Operation *> readers = {};
  SmallVector<npu::CopyOp> copies = {}; ///< that read it, in all of them
  int64_t parts = 1;   ///< of the outermost dimension, one a core
  bool shared = false; ///< every core has all of it

  MemRefType type() const { return cast<MemRefType>(input.getType()); }
  MemRefType placeType() const {
    SmallVector<int64_t> shape(type().getShape());
    if (parts > 1)
      shape.front() /= parts;
    return MemRefType::get(
        shape, type().getElementType(), MemRefLayoutAttrInterface(),
        npu::withSpace(type(), npu::Space::Sram).getMemorySpace());
  }
};

class InputStaging {
public:
  InputStaging(func::FuncOp func, const runtime::Machine &machine,
               SymbolTable &symbols)
      : func(func), machine(machine), symbols(symbols) {}
  void run();

private:
  bool isWorthwhile(const StagedInput &staged);
  bool collectReaders(StagedInput &staged);
  void distribute(StagedInput &staged);
  bool isPartwise(const StagedInput &staged, int64_t parts);
  uint64_t bytesForTiles();
  double expectedDramCycles();
  void stage(StagedInput &staged);
  OpBuilder behindReaders(const StagedInput &staged, Value seen, Value &core);
  void fetch(const StagedInput &staged, Value place, Value core, OpBuilder b);
  void makeWay();

  /// Not where operands of this request come in, if there is a choice.
  npu::Queue fetchQueue() const {
    return static_cast<npu::Queue>(
        static_cast<unsigned>(getLastCopyQueue(machine)) -
        (machine.copyQueues > 2));
  }

  func::FuncOp func;
  const runtime::Machine &machine;
  SymbolTable &symbols;
  SmallVector<npu::CopyOp> fetches;
};

struct StageInputs : ashlar::impl::StageInputsBase<StageInputs> {
  using Base = ashlar::impl::StageInputsBase<StageInputs>;
  using Base::Base;
  explicit StageInputs(const runtime::Machine &given) : given(given) {}

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp func : functions) {
      if (func.isDeclaration() ||
          !func->getAttrOfType<IntegerAttr>(npu::kExpectedCyclesAttr))
        continue;
      std::optional<runtime::Machine> machine = getMachine(func, given, target);
      if (!machine)
        return signalPassFailure();
      InputStaging(func, *machine, symbols).run();
    }
  }

  std::optional<runtime::Machine> given;
};
} // namespace

//===----------------------------------------------------------------------===//
// Who reads an input
//===----------------------------------------------------------------------===//

/// False if somebody reads it by anything but plain copies.
bool InputStaging::collectReaders(StagedInput &staged) {
  llvm::SetVector<Operation *> readers;
  SmallVector<Value> worklist = {staged.input};
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    for (Operation *user : value.getUsers()) {
      if (isa<memref::SubViewOp, memref::CastOp, memref::ExpandShapeOp,
              memref::CollapseShapeOp, memref::TransposeOp>(user)) {
        worklist.push_back(user->getResult(0));
        continue;
      }
      auto copy = dyn_cast<npu::CopyOp>(user);
      Operation *reader = func.front().findAncestorOpInBlock(*user);
      if (!copy || copy.getTarget() == value || !reader ||
          (machine.cores > 1 && !isa<npu::OnCoresOp>(reader)))
        return false;
      staged.copies.push_back(copy);
      readers.insert(reader);
    }
  }
  staged.readers = readers.takeVector();
  llvm::sort(staged.readers,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return !staged.readers.empty();
}

/// Whether each of `parts` cores reads its part alone.
bool InputStaging::isPartwise(const StagedInput &staged, int64_t parts) {
  MemRefType type = staged.type();
  if (type.getRank() == 0 || type.getDimSize(0) % parts != 0)
    return false;
  Type element = type.getElementType();
  int64_t bytes = element.isIndex()
                      ? 8
                      : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  bytes *= type.getNumElements() / parts;
  for (npu::CopyOp copy : staged.copies) {
    auto op = copy->getParentOfType<npu::OnCoresOp>();
    for (int64_t core = 0; core < parts; ++core) {
      std::optional<Footprint> seen =
          CoreFootprints(op, pointOf(core, op.getGrid())).of(copy.getSource());
      if (!seen || seen->begin < core * bytes || seen->end > (core + 1) * bytes)
        return false;
    }
  }
  return true;
}

void InputStaging::distribute(StagedInput &staged) {
  if (machine.cores == 1)
    return;
  int64_t most = 1;
  bool alike = true;
  for (Operation *reader : staged.readers) {
    int64_t cores = cast<npu::OnCoresOp>(reader).getNumCores();
    alike &= reader == staged.readers.front() || cores == most;
    most = std::max(most, cores);
  }
  if (alike && isPartwise(staged, most))
    staged.parts = most;
  else
    staged.shared = most > 1;
}

//===----------------------------------------------------------------------===//
// What is worth a place
//===----------------------------------------------------------------------===//

/// What tiles and intermediate results need at one time, without the room that
/// lets engines run ahead; an eighth for gaps.
uint64_t InputStaging::bytesForTiles() {
  planner::Problem problem;
  ProgramOrder order(func);
  func.walk([&](npu::AllocOp alloc) {
    if (npu::getSpace(alloc.getType()) != npu::Space::Sram)
      return;
    planner::Buffer buffer;
    auto [begin, end] = order.liveRange(alloc);
    buffer.live = {begin, end};
    buffer.size = getReservedBytes(alloc, machine.mxuN);
    problem.buffers.push_back(buffer);
  });
  uint64_t needed = planner::lowerBound(problem);
  return needed + needed / 8;
}

static uint64_t bytesOf(MemRefType type) {
  return type.hasStaticShape() ? getResidentBytes(type) : 0;
}

/// How long dram is busy in a run at least: with inputs, outputs and constants.
double InputStaging::expectedDramCycles() {
  uint64_t bytes = 0;
  for (Type type : func.getArgumentTypes())
    if (auto memref = dyn_cast<MemRefType>(type))
      bytes += bytesOf(memref);
  llvm::SmallDenseSet<StringAttr> seen;
  func.walk([&](memref::GetGlobalOp constant) {
    if (npu::getSpace(constant.getType()) == npu::Space::Dram &&
        seen.insert(constant.getNameAttr().getAttr()).second)
      bytes += bytesOf(constant.getType());
  });
  return double(bytes) / machine.dramBytesPerCycle;
}

/// Whether waiting for the input is a good part of a run, the run is long
/// enough behind those who read it, dram has time, and the scratchpad has room.
bool InputStaging::isWorthwhile(const StagedInput &staged) {
  double cycles = double(
      func->getAttrOfType<IntegerAttr>(npu::kExpectedCyclesAttr).getInt());
  double transfer = double(bytesOf(staged.type())) / machine.dramBytesPerCycle;
  if (!isWorthHiding(transfer, cycles) ||
      cycles - expectedDramCycles() < transfer / 2)
    return false;
  auto behind = func.getArgAttrOfType<IntegerAttr>(staged.input.getArgNumber(),
                                                   npu::kCyclesBehindAttr);
  if (!behind || double(behind.getInt()) < transfer / 2)
    return false;
  uint64_t taken = bytesOf(staged.placeType()) + bytesForTiles() + spillBytes;
  for (auto global :
       func->getParentOfType<ModuleOp>().getOps<memref::GlobalOp>())
    if (npu::getSpace(global.getType()) == npu::Space::Sram)
      taken += bytesOf(global.getType());
  return taken <= machine.sramBytes;
}

//===----------------------------------------------------------------------===//
// Places, and what fills them
//===----------------------------------------------------------------------===//

/// Where nobody needs this request's input, `seen`, any more. `core`: which
/// part is this core's, if there are parts.
OpBuilder InputStaging::behindReaders(const StagedInput &staged, Value seen,
                                      Value &core) {
  Operation *last = staged.readers.back();
  OpBuilder b(func.getContext());
  b.setInsertionPointAfter(last);
  Location loc = staged.input.getLoc();
  if (machine.cores == 1)
    return b;
  auto work = cast<npu::OnCoresOp>(last);
  if (staged.shared) {
    // Who fills all places waits for all cores.
    npu::BarrierOp::create(b, loc, seen, getLastCopyQueue(machine),
                           IntegerAttr());
    work = npu::OnCoresOp::create(b, loc, ArrayRef<int64_t>());
    b.setInsertionPointToStart(work.getBlock());
    return b;
  }
  // The last reader in this block, on each core for itself.
  Operation *behind = nullptr;
  for (npu::CopyOp copy : staged.copies)
    if (Operation *op = work.getBlock()->findAncestorOpInBlock(*copy))
      if (!behind || behind->isBeforeInBlock(op))
        behind = op;
  b.setInsertionPointAfter(behind);
  if (staged.parts == 1)
    return b;
  core = arith::ConstantIndexOp::create(b, loc, 0);
  for (auto [place, size] :
       llvm::zip(work.getBlock()->getArguments(), work.getGrid())) {
    Value count = arith::ConstantIndexOp::create(b, loc, size);
    core = arith::MulIOp::create(b, loc, core, count);
    core = arith::AddIOp::create(b, loc, core, place);
  }
  return b;
}

/// Brings the next request's input, if there is a next request.
void InputStaging::fetch(const StagedInput &staged, Value place, Value core,
                         OpBuilder b) {
  Location loc = staged.input.getLoc();
  Value queued = npu::RequestHasNextOp::create(b, loc);
  auto branch = scf::IfOp::create(b, loc, queued, /*withElse=*/false);
  b.setInsertionPointToStart(branch.thenBlock());
  Value next =
      npu::RequestNextInputOp::create(b, loc, staged.type(), staged.input);
  if (core) {
    unsigned rank = staged.type().getRank();
    SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)), sizes;
    SmallVector<OpFoldResult> strides(rank, b.getIndexAttr(1));
    int64_t share = staged.placeType().getDimSize(0);
    Value length = arith::ConstantIndexOp::create(b, loc, share);
    offsets[0] = arith::MulIOp::create(b, loc, core, length).getResult();
    for (int64_t size : staged.placeType().getShape())
      sizes.push_back(b.getIndexAttr(size));
    next = memref::SubViewOp::create(b, loc, next, offsets, sizes, strides);
  }
  fetches.push_back(npu::CopyOp::create(
      b, loc, next, place, ValueRange(), Value(),
      npu::QueueAttr::get(b.getContext(), fetchQueue()), staged.shared));
}

void InputStaging::stage(StagedInput &staged) {
  Location loc = staged.input.getLoc();
  OpBuilder b(func);
  auto global = memref::GlobalOp::create(
      b, loc, (func.getName() + "_input").str(), b.getStringAttr("private"),
      staged.placeType(), b.getUnitAttr(), /*constant=*/false,
      /*alignment=*/IntegerAttr());
  global->setAttr(npu::kStagedAttr, b.getUnitAttr());
  symbols.insert(global);
  b.setInsertionPointToStart(&func.front());
  Value place =
      memref::GetGlobalOp::create(b, loc, staged.placeType(), global.getName());
  auto here = npu::RequestInputOp::create(b, loc, staged.type(), staged.input,
                                          place, staged.parts);
  staged.input.replaceAllUsesExcept(here.getResult(), here);
  Value core;
  OpBuilder behind = behindReaders(staged, here, core);
  fetch(staged, place, core, behind);
}

/// What comes behind a fetch must not wait for it: it moves to another queue.
void InputStaging::makeWay() {
  if (fetches.empty() || fetchQueue() == getLastCopyQueue(machine))
    return;
  unsigned first = static_cast<unsigned>(npu::Queue::Dma0), next = 0;
  unsigned others = static_cast<unsigned>(fetchQueue()) - first;
  bool isBehind = false;
  func.walk([&](Operation *op) {
    auto copy = dyn_cast<npu::CopyOp>(op);
    auto gather = dyn_cast<npu::GatherOp>(op);
    if (copy && llvm::is_contained(fetches, copy)) {
      isBehind = true;
      return;
    }
    auto other = static_cast<npu::Queue>(first + next % others);
    if (isBehind && copy && copy.getQueue() == fetchQueue()) {
      copy.setQueue(other);
      ++next;
    } else if (isBehind && gather && gather.getQueue() == fetchQueue()) {
      gather.setQueue(other);
      ++next;
    }
  });
}

void InputStaging::run() {
  // Requests of other sizes have other tensors in the same places.
  if (func->hasAttr(npu::kDimRangesAttr))
    return;
  SmallVector<BlockArgument> inputs(func.getArguments());
  for (BlockArgument input : inputs) {
    auto io = func.getArgAttrOfType<StringAttr>(input.getArgNumber(), "npu.io");
    auto type = dyn_cast<MemRefType>(input.getType());
    if (!io || io.getValue() != "input" || !type || !type.hasStaticShape() ||
        !type.getLayout().isIdentity())
      continue;
    StagedInput staged{input};
    if (!collectReaders(staged))
      continue;
    distribute(staged);
    if (isWorthwhile(staged))
      stage(staged);
  }
  makeWay();
}

std::unique_ptr<Pass>
ashlar::createStageInputs(const runtime::Machine &machine) {
  return std::make_unique<StageInputs>(machine);
}
