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
