//===- Lowering.h - From our levels to LLVM's on the host -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_REFERENCE_LOWERING_H
#define ASHLAR_LIB_REFERENCE_LOWERING_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/Pass/PassManager.h"

#include <memory>
#include <vector>

namespace ashlar::reference {

/// Gives integer division, shifts and conversions from floats the machine's
/// meaning where `arith` leaves them undefined.
std::unique_ptr<mlir::Pass> createDefineArithmeticPass();

/// On tensors: softmax, pack and unpack become what they are made of.
std::unique_ptr<mlir::Pass> createDecomposeOperationsPass();

/// On buffers: no deallocations, so that upstream's pass can place all of them.
std::unique_ptr<mlir::Pass> createForgetDeallocationsPass();

/// On tensors: elementwise operations move into the only operation that reads
/// them.
std::unique_ptr<mlir::Pass> createFuseElementwisePass();

/// On tensors: inputs of products are transposed so that the last dimension of
/// the result is the last of the input.
std::unique_ptr<mlir::Pass> createTransposeProductsPass();

/// On tensors: a tensor that a function returns twice is copied.
std::unique_ptr<mlir::Pass> createSeparateResultsPass();

/// On buffers: generics with reductions run over the last dimension of the
/// result innermost, in blocks that fit caches if they are large. Each result
/// element still combines in ascending order. Copies become generics.
std::unique_ptr<mlir::Pass> createOrderLoopsPass();

/// On buffers: every structured operation and copy becomes a call of a
/// function, the same one for operations that are alike.
std::unique_ptr<mlir::Pass> createOutlineOperationsPass();

/// Points that the loops of a structured operation or copy visit, those around
/// it included; a large number if that is not known.
double countPoints(mlir::Operation *op);

/// Adds to `entry` one argument for each large constant it reads, and returns
/// the constants in the order of the arguments: their bytes are passed by
/// address instead of being compiled into the program.
std::vector<mlir::ElementsAttr> hoistConstants(mlir::ModuleOp module,
                                               mlir::func::FuncOp entry);

/// From any of our levels to memrefs and structured operators on them.
void buildBufferPipeline(mlir::OpPassManager &pm);
/// From there to LLVM's dialect.
void buildLLVMPipeline(mlir::OpPassManager &pm);

} // namespace ashlar::reference

#endif // ASHLAR_LIB_REFERENCE_LOWERING_H
