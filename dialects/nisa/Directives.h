//===- Directives.h - Operands of nisa as they are written ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The custom directives of the assembly format: one for each form of a slot,
// and one for each enum, which the generator declares.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NISA_DIRECTIVES_H
#define ASHLAR_DIALECTS_NISA_DIRECTIVES_H

#include "mlir/IR/OpImplementation.h"

namespace ashlar::nisa {

mlir::ParseResult parseReg(mlir::OpAsmParser &parser, mlir::IntegerAttr &attr);
mlir::ParseResult parseDesc(mlir::OpAsmParser &parser, mlir::IntegerAttr &attr);
mlir::ParseResult parseLane(mlir::OpAsmParser &parser, mlir::IntegerAttr &attr);
mlir::ParseResult parseSem(mlir::OpAsmParser &parser, mlir::IntegerAttr &attr);
mlir::ParseResult parseTarget(mlir::OpAsmParser &parser,
                              mlir::IntegerAttr &attr);
mlir::ParseResult parseCount(mlir::OpAsmParser &parser,
                             mlir::IntegerAttr &attr);
mlir::ParseResult parseImm(mlir::OpAsmParser &parser, mlir::IntegerAttr &attr);

void printReg(mlir::OpAsmPrinter &printer, mlir::Operation *op,
              mlir::IntegerAttr attr);
void printDesc(mlir::OpAsmPrinter &printer, mlir::Operation *op,
               mlir::IntegerAttr attr);
void printLane(mlir::OpAsmPrinter &printer, mlir::Operation *op,
               mlir::IntegerAttr attr);
void printSem(mlir::OpAsmPrinter &printer, mlir::Operation *op,
              mlir::IntegerAttr attr);
void printTarget(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                 mlir::IntegerAttr attr);
void printCount(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                mlir::IntegerAttr attr);
void printImm(mlir::OpAsmPrinter &printer, mlir::Operation *op,
              mlir::IntegerAttr attr);

/// A case of the enum of that C++ name, by its name.
mlir::ParseResult parseCase(mlir::OpAsmParser &parser, mlir::IntegerAttr &attr,
                            llvm::StringRef enumName);
void printCase(mlir::OpAsmPrinter &printer, mlir::IntegerAttr attr,
               llvm::StringRef enumName);

#include "dialects/nisa/NISADirectives.h.inc"

} // namespace ashlar::nisa

#endif // ASHLAR_DIALECTS_NISA_DIRECTIVES_H
