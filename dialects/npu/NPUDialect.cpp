//===- NPUDialect.cpp - The npu dialect -----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/npu/NPU.h"
#include "dialects/npu/NPURequests.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar::npu;

#include "dialects/npu/NPUDialect.cpp.inc"
#include "dialects/npu/NPUEnums.cpp.inc"
#include "dialects/npu/NPUInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/npu/NPUAttrs.cpp.inc"

namespace ashlar::npu {
void attachBufferization(MLIRContext *context);
} // namespace ashlar::npu

void NPUDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/npu/NPUAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/npu/NPUOps.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/npu/NPURequestOps.cpp.inc"
      >();
  attachBufferization(getContext());
}

static bool areRanges(Attribute attr) {
  auto ranges = dyn_cast<DictionaryAttr>(attr);
  return ranges && llvm::all_of(ranges, [](NamedAttribute range) {
           auto ends = dyn_cast<DenseI64ArrayAttr>(range.getValue());
           return ends && ends.size() == 2 && 0 <= ends[0] &&
                  ends[0] <= ends[1];
         });
}

LogicalResult NPUDialect::verifyOperationAttribute(Operation *op,
                                                   NamedAttribute attr) {
  if (attr.getName() == kTargetAttr && !isa<StringAttr>(attr.getValue()))
    return op->emitOpError()
           << "expected 'npu.target' to be a string, got " << attr.getValue();
  if (attr.getName() == kDimRangesAttr && !areRanges(attr.getValue()))
    return op->emitOpError()
           << "expected 'npu.dim_ranges' to give each dimension's least and "
              "largest value, got "
           << attr.getValue();
  if (attr.getName() == kOpeningAttr &&
      !isa<FlatSymbolRefAttr>(attr.getValue()))
    return op->emitOpError()
           << "expected '" << kOpeningAttr
           << "' to be the name of a function, got " << attr.getValue();
  return success();
}

/// One name for each dimension.
static bool areDims(Attribute attr, Type type) {
  auto names = dyn_cast<ArrayAttr>(attr);
  auto shaped = dyn_cast<ShapedType>(type);
  return names && shaped && shaped.hasRank() &&
         int64_t(names.size()) == shaped.getRank() &&
         llvm::all_of(names, llvm::IsaPred<StringAttr>);
}

LogicalResult NPUDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                   unsigned arg,
                                                   NamedAttribute attr) {
  if (attr.getName() == "npu.io") {
    auto kind = dyn_cast<StringAttr>(attr.getValue());
    if (!kind ||
        !llvm::is_contained({"input", "output", "state"}, kind.getValue()))
      return op->emitOpError()
             << "expected 'npu.io' of argument " << arg
             << " to be \"input\", \"output\" or \"state\", got "
             << attr.getValue();
  }
  if (attr.getName() == "npu.name" && !isa<StringAttr>(attr.getValue()))
    return op->emitOpError() << "expected 'npu.name' of argument " << arg
                             << " to be a string, got " << attr.getValue();
  if (attr.getName() == "npu.element_type" && !isa<TypeAttr>(attr.getValue()))
    return op->emitOpError() << "expected 'npu.element_type' of argument "
                             << arg << " to be a type, got " << attr.getValue();
  auto function = dyn_cast<FunctionOpInterface>(op);
  Type type = function ? function.getArgumentTypes()[arg] : Type();
  if (type && attr.getName() == kDimsAttr && !areDims(attr.getValue(), type))
    return op->emitOpError() << "expected 'npu.dims' of argument " << arg
                             << " to be a name or \"\" for each dimension of "
                             << type << ", got " << attr.getValue();
  return success();
}

std::optional<Space> ashlar::npu::getSpace(Type type) {
  auto memref = dyn_cast<BaseMemRefType>(type);
  if (!memref)
    return std::nullopt;
  if (auto space = dyn_cast_if_present<SpaceAttr>(memref.getMemorySpace()))
    return space.getValue();
  return std::nullopt;
}

MemRefType ashlar::npu::withSpace(MemRefType type, Space space) {
  return MemRefType::Builder(type).setMemorySpace(
      SpaceAttr::get(type.getContext(), space));
}

Value ashlar::npu::getRootBuffer(Value memref) {
  while (Operation *op = memref.getDefiningOp()) {
    if (auto view = dyn_cast<ViewLikeOpInterface>(op))
      memref = view.getViewSource();
    else if (auto cast = dyn_cast<memref::TransposeOp>(op))
      memref = cast.getIn();
    else if (isa<AllocOp, memref::AllocOp, memref::AllocaOp,
                 memref::GetGlobalOp>(op))
      return memref;
    else
      return nullptr;
  }
  Operation *owner = cast<BlockArgument>(memref).getOwner()->getParentOp();
  return isa<FunctionOpInterface>(owner) ? memref : Value();
}

SmallVector<int64_t> ashlar::npu::getLoopExtents(
    ArrayRef<AffineMap> maps, ArrayRef<Value> operands,
    SmallVectorImpl<std::pair<unsigned, unsigned>> *where) {
  unsigned dims = maps.empty() ? 0 : maps.front().getNumDims();
  SmallVector<int64_t> extents(dims, ShapedType::kDynamic);
  SmallVector<std::pair<unsigned, unsigned>> source(dims, {~0u, ~0u});
  for (auto [operand, map] : llvm::enumerate(maps)) {
    auto type = cast<ShapedType>(operands[operand].getType());
    for (auto [position, expr] : llvm::enumerate(map.getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (!dim)
        continue;
      unsigned d = dim.getPosition();
      int64_t size = type.getDimSize(position);
      bool known = !ShapedType::isDynamic(extents[d]);
      if (source[d].first != ~0u && (known || ShapedType::isDynamic(size)))
        continue;
      extents[d] = size;
      source[d] = {static_cast<unsigned>(operand),
                   static_cast<unsigned>(position)};
    }
  }
  if (where)
    where->assign(source.begin(), source.end());
  return extents;
}

std::optional<unsigned> ashlar::npu::getAccRowRank(Value accBuffer) {
  std::optional<unsigned> rank;
  SmallVector<Value> worklist = {accBuffer};
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    for (Operation *user : value.getUsers()) {
      if (auto matmul = dyn_cast<MatmulOp>(user)) {
        unsigned rows = matmul.getMDims().size();
        if (rank && *rank != rows)
          return std::nullopt;
        rank = rows;
      } else if (isa<ViewLikeOpInterface, memref::TransposeOp>(user)) {
        llvm::append_range(worklist, user->getResults());
      }
    }
  }
  return rank;
}

static std::optional<arith::AtomicRMWKind> getReductionKind(Operation *op) {
  using Kind = arith::AtomicRMWKind;
  return TypeSwitch<Operation *, std::optional<Kind>>(op)
      .Case([](arith::AddFOp) { return Kind::addf; })
      .Case([](arith::AddIOp) { return Kind::addi; })
      .Case([](arith::MulFOp) { return Kind::mulf; })
      .Case([](arith::MulIOp) { return Kind::muli; })
      .Case([](arith::MaximumFOp) { return Kind::maximumf; })
      .Case([](arith::MinimumFOp) { return Kind::minimumf; })
      .Case([](arith::MaxNumFOp) { return Kind::maxnumf; })
      .Case([](arith::MinNumFOp) { return Kind::minnumf; })
      .Case([](arith::MaxSIOp) { return Kind::maxs; })
      .Case([](arith::MinSIOp) { return Kind::mins; })
      .Case([](arith::MaxUIOp) { return Kind::maxu; })
      .Case([](arith::MinUIOp) { return Kind::minu; })
      .Case([](arith::OrIOp) { return Kind::ori; })
      .Case([](arith::AndIOp) { return Kind::andi; })
      .Case([](arith::XOrIOp) { return Kind::xori; })
      .Default([](Operation *) { return std::nullopt; });
}

std::optional<Reduction> ashlar::npu::matchReduction(VectorOp op,
                                                     unsigned output) {
  Block &body = op.getBody().front();
  BlockArgument old = body.getArgument(op.getInputs().size() + output);
  Value yielded = body.getTerminator()->getOperand(output);
  Operation *combiner = yielded.getDefiningOp();
  if (!combiner || combiner->getNumOperands() != 2 || !old.hasOneUse() ||
      combiner->getBlock() != &body)
    return std::nullopt;
  std::optional<arith::AtomicRMWKind> kind = getReductionKind(combiner);
  if (!kind)
    return std::nullopt;
  if (combiner->getOperand(0) == old)
    return Reduction{combiner, combiner->getOperand(1), *kind};
  if (combiner->getOperand(1) == old)
    return Reduction{combiner, combiner->getOperand(0), *kind};
  return std::nullopt;
}

AccLayout ashlar::npu::getAccLayout(Value accBuffer) {
  auto type = cast<MemRefType>(accBuffer.getType());
  AccLayout layout;
  unsigned rank = type.getRank();
  layout.rowRank = std::min(
      rank, getAccRowRank(accBuffer).value_or(rank == 0 ? 0 : rank - 1));
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    (dim < layout.rowRank ? layout.rows : layout.lanes) *= size;
  return layout;
}

StringRef ashlar::npu::getTargetName(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto target = op->getAttrOfType<StringAttr>(kTargetAttr))
      return target.getValue();
  return "edge";
}
