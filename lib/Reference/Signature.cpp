//===- Signature.cpp - What a function takes and gives --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Reference/Reference.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace ashlar;
using runtime::DataType;

static std::optional<DataType> getDataType(Type element) {
  bool isUnsigned = element.isUnsignedInteger();
  if (element.isF64())
    return DataType::F64;
  if (element.isF32())
    return DataType::F32;
  if (element.isF16())
    return DataType::F16;
  if (element.isBF16())
    return DataType::BF16;
  if (element.isIndex()) // 64 bits wide, on the host as in an image
    return DataType::I64;
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer)
    return std::nullopt;
  switch (integer.getWidth()) {
  case 1:
    return DataType::Bool;
  case 8:
    return isUnsigned ? DataType::U8 : DataType::I8;
  case 16:
    return isUnsigned ? DataType::U16 : DataType::I16;
  case 32:
    return isUnsigned ? DataType::U32 : DataType::I32;
  case 64:
    return isUnsigned ? DataType::U64 : DataType::I64;
  }
  return std::nullopt;
}

/// A tensor of the signature; attributes of the argument or result give its
/// name and whether it was unsigned at the nn level.
static FailureOr<ReferenceTensor> describe(func::FuncOp func, Type type,
                                           DictionaryAttr attributes) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasStaticShape())
    return func.emitError()
           << "cannot run on the host: expected tensors of static shape, but "
              "got "
           << type;
  Type element = shaped.getElementType();
  ReferenceTensor tensor;
  if (attributes) {
    for (StringRef key : {"nn.name", "npu.name"})
      if (auto name = attributes.getAs<StringAttr>(key))
        tensor.name = name.str();
    for (StringRef key : {"nn.element_type", "npu.element_type"})
      if (auto source = attributes.getAs<TypeAttr>(key))
        element = source.getValue();
  }
  std::optional<DataType> dataType = getDataType(element);
  if (!dataType)
    return func.emitError()
           << "cannot run on the host: no such element type: " << type;
  tensor.type = *dataType;
  tensor.shape.assign(shaped.getShape().begin(), shaped.getShape().end());
  return tensor;
}

FailureOr<ReferenceSignature> ashlar::getReferenceSignature(ModuleOp module,
                                                            StringRef entry) {
  auto func = module.lookupSymbol<func::FuncOp>(entry);
  if (!func || func.isExternal())
    return module.emitError()
           << "cannot run on the host: no function '" << entry << "'";
  ReferenceSignature signature;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes())) {
    FailureOr<ReferenceTensor> tensor =
        describe(func, type, func.getArgAttrDict(i));
    if (failed(tensor))
      return failure();
    auto io = func.getArgAttrOfType<StringAttr>(i, "npu.io");
    bool isOutput = io && io.getValue() == "output";
    (isOutput ? signature.outputs : signature.inputs).push_back(*tensor);
  }
  for (auto [i, type] : llvm::enumerate(func.getResultTypes())) {
    FailureOr<ReferenceTensor> tensor =
        describe(func, type, func.getResultAttrDict(i));
    if (failed(tensor))
      return failure();
    signature.outputs.push_back(*tensor);
  }
  return signature;
}
