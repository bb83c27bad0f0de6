//===- TileGathers.cpp - Loops, lists and tiles of npu.gather -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two ways lead from dram to dram. A copy engine picks rows by a list in the
// scratchpad: good for long rows, and no row is too long. For short rows, which
// cost a burst and a step of the engine each, the source comes to the
// scratchpad as a whole in the gathered dimension and the vector unit picks
// from it.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Passes.h"

#include "RequireMachine.h"
#include "RuntimeDims.h"
#include "dialects/npu/NPU.h"

#include "Timing/Timing.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace ashlar {
#define GEN_PASS_DEF_TILEGATHERS
#include "lib/Schedule/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

using namespace ashlar;

/// Shares of the scratchpad for a list and for tiles: both may be doubled.
constexpr uint64_t kShare = 4;

int64_t bytesOf(Type element) {
  return element.isIndex() ? 8 : (element.getIntOrFloatBitWidth() + 7) / 8;
}

class GatherTiler {
public:
  GatherTiler(npu::GatherOp op, const runtime::Machine &machine)
      : op(op), machine(machine), b(op.getLoc(), op),
        source(cast<MemRefType>(op.getSource().getType())),
        target(cast<MemRefType>(op.getTarget().getType())),
        list(cast<MemRefType>(op.getIndices().getType())), dim(op.getDim()) {}
  void run();

private:
  void chooseTiles();
  bool isScratchpadFaster() const;
  double burstShare() const;
  runtime::AccessPattern patternOf(int64_t count, bool isPicked) const;
  int64_t product(unsigned begin, unsigned end) const;

  void findEnds();
  Value endOf(unsigned d);
  void buildLoops(unsigned next);
  void buildBody();
  Value buildTile(Value buffer, unsigned pickedSize, bool ofSource);
  Value allocate(MemRefType like, ArrayRef<int64_t> shape,
                 ArrayRef<OpFoldResult> sizes);
  OpFoldResult extentOf(unsigned d);

  npu::GatherOp op;
  const runtime::Machine &machine;
  ImplicitLocOpBuilder b;
  MemRefType source, target, list;
  int64_t dim;
  bool inScratchpad = false;
  SmallVector<int64_t> tiles; ///< of the target's dimensions
  SmallVector<Value> ends;    ///< null for those that are fixed
  SmallVector<Value> positions;
  SmallVector<OpFoldResult> extents;
};

int64_t GatherTiler::product(unsigned begin, unsigned end) const {
  int64_t result = 1;
  for (int64_t size : target.getShape().slice(begin, end - begin))
    result *= size;
  return result;
}

/// outer x picked x inner, walked row-major.
runtime::AccessPattern GatherTiler::patternOf(int64_t count,
                                              bool isPicked) const {
  int64_t inner = product(dim + 1, target.getRank());
  runtime::AccessPattern pattern;
  pattern.elementBits = bytesOf(target.getElementType()) * 8;
  pattern.size = {1, 1, 1, product(0, dim), target.getDimSize(dim), inner};
  pattern.stride = {0, 0, 0, count * inner, inner, 1};
  if (isPicked)
    pattern.scatteredDims = 1u << 4;
  return pattern;
}

/// Bytes of whole bursts per byte of the tiles' contiguous runs in dram.
double GatherTiler::burstShare() const {
  double run = bytesOf(target.getElementType());
  for (unsigned d = target.getRank(); d-- > 0;) {
    run *= tiles[d];
    if (d == dim || tiles[d] < target.getDimSize(d))
      break;
  }
  return std::max(1.0, machine.dramBurstBytes / run);
}

/// Compares the two ways, each as if it ran alone.
bool GatherTiler::isScratchpadFaster() const {
  int64_t picked = source.getDimSize(dim), count = target.getDimSize(dim);
  runtime::CopyShape copy;
  copy.src = patternOf(picked, true);
  copy.dst = patternOf(count, false);
  copy.srcSide = copy.dstSide = runtime::CopySide::Dram;
  copy.indexedRows = product(0, dim) * count;
  double engine =
      runtime::copyAloneCycles(runtime::copyCost(copy, machine), machine);
  runtime::AccessPattern index;
  index.elementBits = bytesOf(list.getElementType()) * 8;
  index.size[5] = count;
  index.stride[5] = 1;
  runtime::VectorWork work = runtime::vectorGatherWork(
      copy.dst, copy.src, index, /*combines=*/false, machine);
  double bytes = double(source.getNumElements() + target.getNumElements()) *
                 bytesOf(target.getElementType()) * burstShare();
  double vector =
      std::max<double>(runtime::vectorCycles(work, machine),
                       bytes / std::max(1e-9, machine.dramBytesPerCycle));
  return vector < engine;
}

/// The list in pieces, and for the scratchpad as many slices as fit, innermost
/// dimensions first, if at least one does.
void GatherTiler::chooseTiles() {
  int64_t share = machine.sramBytes / kShare;
  SmallVector<int64_t> whole(target.getShape());
  whole[dim] = std::min<int64_t>(
      whole[dim],
      std::max<int64_t>(1, share / 2 / bytesOf(list.getElementType())));
  tiles = whole;
  int64_t bytes =
      (source.getDimSize(dim) + tiles[dim]) * bytesOf(target.getElementType());
  if (bytes <= share) {
    for (unsigned d = target.getRank(); d-- > 0;) {
      if (d == dim)
        continue;
      tiles[d] = std::min(tiles[d], std::max<int64_t>(1, share / bytes));
      bytes *= tiles[d];
    }
    inScratchpad = isScratchpadFaster();
  }
  if (!inScratchpad)
    tiles = whole;
}

void GatherTiler::findEnds() {
  ends.resize(target.getRank());
  auto extents = op->getAttrOfType<ArrayAttr>(kExtentsAttr);
  if (!extents)
    return;
  for (auto [end, pair] :
       llvm::zip_equal(ends, extents.getAsRange<ArrayAttr>()))
    if (!pair.empty())
      end = buildEnd(
          op->getParentOfType<func::FuncOp>(),
          {cast<StringAttr>(pair[0]), cast<IntegerAttr>(pair[1]).getInt()});
}

Value GatherTiler::endOf(unsigned d) {
  if (ends[d])
    return ends[d];
  return arith::ConstantIndexOp::create(b, target.getDimSize(d));
}

OpFoldResult GatherTiler::extentOf(unsigned d) {
  int64_t tile = tiles[d];
  if (tile == 1 || (!ends[d] && target.getDimSize(d) % tile == 0))
    return b.getIndexAttr(tile);
  Value rest = arith::SubIOp::create(b, endOf(d), positions[d]);
  return arith::MinSIOp::create(b, rest,
                                arith::ConstantIndexOp::create(b, tile))
      .getResult();
}

void GatherTiler::buildLoops(unsigned next) {
  // The list's loop is the innermost one: what it picks from stays.
  unsigned rank = target.getRank();
  if (next == rank)
    return buildBody();
  unsigned d = next + 1 == rank ? dim : next < dim ? next : next + 1;
  // What may have no elements at run time is a loop, even of one tile.
  if (tiles[d] == target.getDimSize(d) && !ends[d])
    return buildLoops(next + 1);
  OpBuilder::InsertionGuard guard(b);
  auto loop =
      scf::ForOp::create(b, arith::ConstantIndexOp::create(b, 0), endOf(d),
                         arith::ConstantIndexOp::create(b, tiles[d]));
  b.setInsertionPointToStart(loop.getBody());
  positions[d] = loop.getInductionVar();
  extents[d] = extentOf(d);
  buildLoops(next + 1);
}

/// A buffer for a whole tile, seen through a window of the current one's size.
Value GatherTiler::allocate(MemRefType like, ArrayRef<int64_t> shape,
                            ArrayRef<OpFoldResult> sizes) {
  auto space = npu::SpaceAttr::get(b.getContext(), npu::Space::Sram);
  Value buffer = memref::AllocOp::create(
      b, MemRefType::get(shape, like.getElementType(),
                         MemRefLayoutAttrInterface(), space));
  if (isEqualConstantIntOrValueArray(
          sizes, getAsIndexOpFoldResult(b.getContext(), shape)))
    return buffer;
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)),
      strides(sizes.size(), b.getIndexAttr(1));
  return memref::SubViewOp::create(b, buffer, offsets, sizes, strides);
}

void GatherTiler::buildBody() {
  unsigned rank = target.getRank();
  auto offsetOf = [&](unsigned d) -> OpFoldResult {
    return positions[d] ? OpFoldResult(positions[d])
                        : OpFoldResult(b.getIndexAttr(0));
  };
  auto one = b.getIndexAttr(1);
  Value entries = allocate(list, {tiles[dim]}, {extents[dim]});
  Value piece = memref::SubViewOp::create(
      b, op.getIndices(), ArrayRef<OpFoldResult>{offsetOf(dim)},
      ArrayRef<OpFoldResult>{extents[dim]}, ArrayRef<OpFoldResult>{one});
  memref::CopyOp::create(b, piece, entries);

  SmallVector<OpFoldResult> fromOffsets, toOffsets, fromSizes(extents);
  SmallVector<OpFoldResult> strides(rank, one);
  for (unsigned d = 0; d < rank; ++d) {
    toOffsets.push_back(offsetOf(d));
    fromOffsets.push_back(d == dim ? OpFoldResult(b.getIndexAttr(0))
                                   : offsetOf(d));
  }
  fromSizes[dim] = b.getIndexAttr(source.getDimSize(dim));
  Value from = memref::SubViewOp::create(b, op.getSource(), fromOffsets,
                                         fromSizes, strides);
  Value to =
      memref::SubViewOp::create(b, op.getTarget(), toOffsets, extents, strides);
  auto gather = [&](Value from, Value to) {
    npu::GatherOp::create(b, Type(), from, entries, to, op.getDimAttr(),
                          npu::QueueAttr());
  };
  if (!inScratchpad)
    return gather(from, to);
  SmallVector<int64_t> fromShape(tiles);
  fromShape[dim] = source.getDimSize(dim);
  Value fromTile = allocate(source, fromShape, fromSizes);
  memref::CopyOp::create(b, from, fromTile);
  Value toTile = allocate(target, tiles, extents);
  gather(fromTile, toTile);
  memref::CopyOp::create(b, toTile, to);
}

void GatherTiler::run() {
  chooseTiles();
  findEnds();
  positions.resize(target.getRank());
  extents = getAsIndexOpFoldResult(b.getContext(), tiles);
  buildLoops(0);
  op.erase();
}

struct TileGathers : ashlar::impl::TileGathersBase<TileGathers> {
  using TileGathersBase::TileGathersBase;
  TileGathers() = default;
  explicit TileGathers(const runtime::Machine &machine) : machine(machine) {}

  LogicalResult initialize(MLIRContext *context) override {
    return requireMachine(machine, target, context);
  }

  void runOnOperation() override {
    SmallVector<npu::GatherOp> gathers;
    getOperation().walk([&](npu::GatherOp op) {
      if (isa<MemRefType>(op.getTarget().getType()) &&
          npu::getSpace(op.getIndices().getType()) == npu::Space::Dram)
        gathers.push_back(op);
    });
    for (npu::GatherOp op : gathers) {
      for (Value operand : op->getOperands())
        if (!cast<MemRefType>(operand.getType()).hasStaticShape()) {
          op.emitOpError()
              << "expected sizes that are known at compile time, got "
              << operand.getType();
          return signalPassFailure();
        }
      GatherTiler(op, *machine).run();
    }
  }

private:
  std::optional<runtime::Machine> machine;
};

} // namespace

std::unique_ptr<Pass>
ashlar::createTileGathers(const runtime::Machine &machine) {
  return std::make_unique<::TileGathers>(machine);
}
