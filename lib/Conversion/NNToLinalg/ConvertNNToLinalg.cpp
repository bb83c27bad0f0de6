//===- ConvertNNToLinalg.cpp - The pass from nn to linalg -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Says first what has no lowering, all of it; then converts the rest of the
// world's types (functions, calls) along with the operators.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Conversion/NNToLinalg/Passes.h"

#include "Builders.h"
#include "Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar;

namespace ashlar {
#define GEN_PASS_DEF_CONVERTNNTOLINALG
#include "lib/Conversion/NNToLinalg/Passes.h.inc"
} // namespace ashlar

//===----------------------------------------------------------------------===//
// What cannot be lowered
//===----------------------------------------------------------------------===//

static std::string describe(TypeRange types) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(types, stream);
  return text;
}

std::string ashlar::whyNotLowered(Operation *op) {
  if (!isa_and_present<nn::NNDialect>(op->getDialect()))
    return "";
  for (Type type : llvm::concat<Type>(llvm::to_vector(op->getOperandTypes()),
                                      llvm::to_vector(op->getResultTypes())))
    if (!cast<ShapedType>(type).hasStaticShape())
      return "a dimension is known only at run time; fix it with --shape or "
             "--dim";
  for (Type type : llvm::concat<Type>(llvm::to_vector(op->getOperandTypes()),
                                      llvm::to_vector(op->getResultTypes())))
    if (isa<quant::QuantizedType>(cast<ShapedType>(type).getElementType()))
      return "quantised element types remain; run nn-lower-quantized first";
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([](nn::PoolOp pool) {
        bool integers = !isa<FloatType>(pool.getType().getElementType());
        return integers && pool.getKind() == nn::PoolKind::avg
                   ? "averages of integers are not supported"
                   : "";
      })
      .Case([](nn::GatherOp gather) {
        int64_t size = gather.getInput().getType().getDimSize(gather.getAxis());
        return size == 0 && gather.getType().getNumElements() > 0
                   ? "there is nothing to pick along the axis"
                   : "";
      })
      .Default([](Operation *) { return ""; });
}

LogicalResult ashlar::checkLowerable(ModuleOp module) {
  bool lowerable = true;
  module.walk([&](Operation *op) {
    std::string reason = whyNotLowered(op);
    if (reason.empty())
      return;
    lowerable = false;
    op->emitError() << "cannot compile " << op->getName() << " ("
                    << describe(op->getOperandTypes()) << ") -> ("
                    << describe(op->getResultTypes()) << "): " << reason;
  });
  return success(lowerable);
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {

struct ConvertNNToLinalg
    : ashlar::impl::ConvertNNToLinalgBase<ConvertNNToLinalg> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (failed(checkLowerable(module)))
      return signalPassFailure();
    module.walk(keepElementTypes);

    TypeConverter converter;
    converter.addConversion(
        [](Type type) { return nntolinalg::getSignless(type); });
    auto materialize = [](OpBuilder &builder, Type type, ValueRange values,
                          Location loc) -> Value {
      return UnrealizedConversionCastOp::create(builder, loc, type, values)
          .getResult(0);
    };
    converter.addSourceMaterialization(materialize);
    converter.addTargetMaterialization(materialize);

    RewritePatternSet patterns(&getContext());
    nntolinalg::populateAttention(converter, patterns);
    nntolinalg::populateElementwise(converter, patterns);
    nntolinalg::populateContractions(converter, patterns);
    nntolinalg::populateConvolutions(converter, patterns);
    nntolinalg::populatePooling(converter, patterns);
    nntolinalg::populateReductions(converter, patterns);
    nntolinalg::populateNormalizations(converter, patterns);
    nntolinalg::populateLayout(converter, patterns);
    nntolinalg::populateScatter(converter, patterns);
    nntolinalg::populateOrder(converter, patterns);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns,
                                                                   converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    populateCallOpTypeConversionPattern(patterns, converter);

    ConversionTarget target(getContext());
    target.addIllegalDialect<nn::NNDialect>();
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp func) {
      return converter.isSignatureLegal(func.getFunctionType());
    });
    target.addDynamicallyLegalOp<func::ReturnOp, func::CallOp>(
        [&](Operation *op) { return converter.isLegal(op); });
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(applyPartialConversion(module, target, std::move(patterns))))
      signalPassFailure();
  }

  /// Unsigned arguments and results become signless; an attribute remembers.
  static void keepElementTypes(func::FuncOp func) {
    auto getUnsigned = [](Type type) -> TypeAttr {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || !tensor.getElementType().isUnsignedInteger())
        return nullptr;
      return TypeAttr::get(tensor.getElementType());
    };
    for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
      if (TypeAttr element = getUnsigned(type))
        func.setArgAttr(i, "nn.element_type", element);
    for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
      if (TypeAttr element = getUnsigned(type))
        func.setResultAttr(i, "nn.element_type", element);
  }
};

} // namespace
