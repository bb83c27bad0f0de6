//===- NN.h - The nn dialect in C++ ---------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operators are documented in their ODS (*Ops.td) and in the generated
// reference. Importers build them with `createOrError`, which infers result
// types, verifies, and reports operands that do not fit at the operation's
// location. (ODS' own inferring builders abort on such operands.)
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NN_NN_H
#define ASHLAR_DIALECTS_NN_NN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>

#include "dialects/nn/NNDialect.h.inc"
#include "dialects/nn/NNEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/nn/NNAttrs.h.inc"

namespace ashlar::nn {

/// Marks operators that compute each result element from the elements at the
/// same place of their operands, which broadcast against each other.
template <typename ConcreteType>
class Elementwise : public mlir::OpTrait::TraitBase<ConcreteType, Elementwise> {
};

/// Numpy's broadcast of shapes, aligned at the last dimension. A dynamic size
/// against 1 stays dynamic, against n gives n. Fails if sizes disagree.
llvm::FailureOr<llvm::SmallVector<int64_t>>
broadcastShapes(llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes);

/// Where the dimensions of a spatial operator's input and result stand.
struct SpatialDims {
  bool channelsLast;
  int64_t rank;

  int64_t channel() const { return channelsLast ? rank - 1 : 1; }
  int64_t spatial(int64_t i) const { return channelsLast ? i + 1 : i + 2; }
};

/// Where the dimensions of a convolution's weights stand: features and channels
/// (one of them a group's), and the first of the window. `adjoint` means
/// `nn.conv_transpose`.
struct WeightDims {
  int64_t feature, channel, window;
};
WeightDims getWeightDims(bool channelsLast, bool adjoint, int64_t rank);

/// The element type in which an integer or half product accumulates: i32 for
/// 8-bit integers, otherwise the operands' own.
mlir::Type getProductType(mlir::Type lhsElement, mlir::Type rhsElement);

/// What elements mean: quantised ones the floats they stand for, others
/// themselves.
mlir::Type getExpressedType(mlir::Type element);

/// The integers that a quantised type's elements are stored as: signless ones
/// are signed in this dialect.
mlir::Type getStorageType(mlir::quant::QuantizedType element);

/// A constant like `value` with another type of the same number of elements and
/// the same element width; bytes of resources are shared, not copied. Null if
/// the attribute is of another kind.
mlir::ElementsAttr reinterpretElements(mlir::ElementsAttr value,
                                       mlir::RankedTensorType type);

// Used by the generated definitions (Inference.cpp). Errors go to `loc`.
using TypeVector = llvm::SmallVectorImpl<mlir::Type>;
bool areCompatible(mlir::TypeRange lhs, mlir::TypeRange rhs);
llvm::LogicalResult inferElementwise(std::optional<mlir::Location> loc,
                                     llvm::StringRef name,
                                     mlir::ValueRange operands,
                                     TypeVector &types);
llvm::LogicalResult inferTest(std::optional<mlir::Location> loc,
                              llvm::StringRef name, mlir::ValueRange operands,
                              TypeVector &types);
llvm::LogicalResult inferSelect(std::optional<mlir::Location> loc,
                                llvm::StringRef name, mlir::ValueRange operands,
                                TypeVector &types);
llvm::LogicalResult inferPow(std::optional<mlir::Location> loc,
                             llvm::StringRef name, mlir::ValueRange operands,
                             TypeVector &types);

} // namespace ashlar::nn

#define GET_OP_CLASSES
#include "dialects/nn/NNOps.h.inc"

namespace ashlar::nn {

/// Builds an operation, infers its result types and verifies it. Returns null,
/// with an error at `loc` that says why, if operands or attributes do not fit.
template <typename OpTy, typename... Args>
OpTy createOrError(mlir::OpBuilder &builder, mlir::Location loc,
                   Args &&...args) {
  mlir::OperationState state(loc, OpTy::getOperationName());
  if constexpr (OpTy::template hasTrait<mlir::InferTypeOpInterface::Trait>()) {
    // Built with placeholders first: the inferring builders abort on failure.
    constexpr unsigned results =
        OpTy::template hasTrait<mlir::OpTrait::OneResult>() ? 1 : 2;
    llvm::SmallVector<mlir::Type, 2> types(
        results, mlir::NoneType::get(builder.getContext()));
    OpTy::build(builder, state, mlir::TypeRange(types),
                std::forward<Args>(args)...);
    types.clear();
    if (mlir::failed(OpTy::inferReturnTypes(
            builder.getContext(), loc, state.operands,
            state.attributes.getDictionary(builder.getContext()),
            state.getRawProperties(), state.regions, types)))
      return nullptr;
    state.types.assign(types.begin(), types.end());
  } else {
    OpTy::build(builder, state, std::forward<Args>(args)...);
  }
  auto op = mlir::cast<OpTy>(builder.create(state));
  if (mlir::succeeded(mlir::verify(op, /*verifyRecursively=*/false)))
    return op;
  op->erase();
  return nullptr;
}

} // namespace ashlar::nn

#endif // ASHLAR_DIALECTS_NN_NN_H
