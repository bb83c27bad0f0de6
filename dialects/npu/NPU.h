//===- NPU.h - The npu dialect --------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations on tiles in named memories. NPU.td documents each; Rationale.md
// says why they look the way they do.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NPU_NPU_H
#define ASHLAR_DIALECTS_NPU_NPU_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"
#include <optional>

#include "dialects/npu/NPUDialect.h.inc"
#include "dialects/npu/NPUEnums.h.inc"
#include "dialects/npu/NPUInterfaces.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/npu/NPUAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/npu/NPUOps.h.inc"

namespace ashlar::npu {

/// The memory a memref type lives in; nothing if its space is not ours.
std::optional<Space> getSpace(mlir::Type type);

/// The value's type with another memory space (same shape, layout, element).
mlir::MemRefType withSpace(mlir::MemRefType type, Space space);

/// The operation that made the memory behind a memref: an allocation, a
/// get_global or the entry block's argument, seen through views (subview, cast,
/// expand_shape, collapse_shape, reinterpret_cast, transpose). Null if a view
/// is not one of these (a loop-carried memref).
mlir::Value getRootBuffer(mlir::Value memref);

/// Extents of a matmul's common space in the order of its dimensions: constants
/// where static, else mlir::ShapedType::kDynamic. `where`, if given, receives
/// (operand number, dimension) that states each extent.
llvm::SmallVector<int64_t> getLoopExtents(
    llvm::ArrayRef<mlir::AffineMap> maps, llvm::ArrayRef<mlir::Value> operands,
    llvm::SmallVectorImpl<std::pair<unsigned, unsigned>> *where = nullptr);

/// How many of the dimensions of an accumulator buffer are rows (the m
/// dimensions of the matmuls on it); the others are lanes. Nothing if no matmul
/// uses the buffer, or if they disagree.
std::optional<unsigned> getAccRowRank(mlir::Value accBuffer);

/// How an accumulator buffer is laid out: `rows` rows of `lanes` lanes, the
/// first `rowRank` dimensions flattened into rows, the others into lanes.
struct AccLayout {
  unsigned rowRank = 0;
  int64_t rows = 1, lanes = 1;
};
/// The layout of an accumulator buffer of static shape; without a matmul on it
/// the last dimension is lanes.
AccLayout getAccLayout(mlir::Value accBuffer);

/// On a function: its machine, a preset's name or a file.
inline constexpr llvm::StringLiteral kTargetAttr = "npu.target";
/// On an entry function: the function that runs when a session opens.
inline constexpr llvm::StringLiteral kOpeningAttr = "npu.opening";
/// On a global in the scratchpad: its place, in bytes.
inline constexpr llvm::StringLiteral kOffsetAttr = "npu.offset";
/// On a buffer in the scratchpad: so many cores have equal parts of its
/// outermost dimension, each in its own scratchpad at the buffer's place.
inline constexpr llvm::StringLiteral kPartsAttr = "npu.parts";
/// On npu.on_cores: what several of its cores load is worth bringing to all of
/// them at once.
inline constexpr llvm::StringLiteral kShareLoadsAttr = "npu.share_loads";
/// The names of an argument's run-time dimensions, one for each dimension, ""
/// where it is fixed; and on the function, the least and the largest value of
/// each.
inline constexpr llvm::StringLiteral kDimsAttr = "npu.dims";
inline constexpr llvm::StringLiteral kDimRangesAttr = "npu.dim_ranges";

/// The machine that `op` is for: npu.target of the function around it, or
/// "edge".
llvm::StringRef getTargetName(mlir::Operation *op);

/// How an output of npu.vector combines: `combiner` is the operation on the old
/// value and `contribution`. The kind names its identity.
struct Reduction {
  mlir::Operation *combiner;
  mlir::Value contribution;
  mlir::arith::AtomicRMWKind kind;
};

/// The reduction of an output whose body yields combiner(old, contribution), in
/// either order; nothing if the body has another form.
std::optional<Reduction> matchReduction(VectorOp op, unsigned output);

/// Writes `op`, on tensors, as products, elementwise operations and reductions
/// whose scores are whole tensors; returns what replaces its result. Inserts at
/// the builder's place.
mlir::Value decomposeAttention(mlir::OpBuilder &builder, AttentionOp op);

} // namespace ashlar::npu

#endif // ASHLAR_DIALECTS_NPU_NPU_H
