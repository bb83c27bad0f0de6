//===- EmitDialect.cpp - Parsers and printers of enums in nisa ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace ashlar::tblgen;

void ashlar::tblgen::emitDialectDirectives(const InstSet &set,
                                           raw_ostream &os) {
  emitHeader("Custom directives of the enums", os);
  for (const Kind *kind : set.enums())
    os << formatv(
        "inline mlir::ParseResult parse{0}(mlir::OpAsmParser &parser, "
        "mlir::IntegerAttr &attr) {{\n"
        "  return parseCase(parser, attr, \"{0}\");\n}\n"
        "inline void print{0}(mlir::OpAsmPrinter &printer, mlir::Operation *, "
        "mlir::IntegerAttr attr) {{\n"
        "  printCase(printer, attr, \"{0}\");\n}\n",
        kind->cppType);
}
