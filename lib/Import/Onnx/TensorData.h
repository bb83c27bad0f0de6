//===- TensorData.h - ONNX tensors as MLIR attributes ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_IMPORT_ONNX_TENSORDATA_H
#define ASHLAR_LIB_IMPORT_ONNX_TENSORDATA_H

#include "OnnxFile.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

namespace ashlar {

/// The nn element type of an ONNX data type (`onnx::TensorProto::DataType`), or
/// an error that names the type.
llvm::Expected<mlir::Type> elementType(int32_t dataType,
                                       mlir::MLIRContext *context);

/// The name of an ONNX data type, as the specification spells it.
llvm::StringRef dataTypeName(int32_t dataType);

/// The value of `tensor`: its bytes stay where the file was mapped if there are
/// many of them, else they are copied.
llvm::Expected<mlir::ElementsAttr> tensorValue(OnnxFile &file,
                                               const onnx::TensorProto &tensor,
                                               mlir::MLIRContext *context);

/// The value of a sparse tensor, made dense.
llvm::Expected<mlir::ElementsAttr>
sparseValue(OnnxFile &file, const onnx::SparseTensorProto &sparse,
            mlir::MLIRContext *context);

} // namespace ashlar

#endif // ASHLAR_LIB_IMPORT_ONNX_TENSORDATA_H
