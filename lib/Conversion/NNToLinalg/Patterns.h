//===- Patterns.h - Pattern families of convert-nn-to-linalg --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CONVERSION_NNTOLINALG_PATTERNS_H
#define ASHLAR_LIB_CONVERSION_NNTOLINALG_PATTERNS_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/DialectConversion.h"

#include <string>

namespace ashlar::nntolinalg {

void populateAttention(const mlir::TypeConverter &converter,
                       mlir::RewritePatternSet &patterns);
void populateElementwise(const mlir::TypeConverter &converter,
                         mlir::RewritePatternSet &patterns);
void populateContractions(const mlir::TypeConverter &converter,
                          mlir::RewritePatternSet &patterns);
void populateConvolutions(const mlir::TypeConverter &converter,
                          mlir::RewritePatternSet &patterns);
void populatePooling(const mlir::TypeConverter &converter,
                     mlir::RewritePatternSet &patterns);
void populateReductions(const mlir::TypeConverter &converter,
                        mlir::RewritePatternSet &patterns);
void populateNormalizations(const mlir::TypeConverter &converter,
                            mlir::RewritePatternSet &patterns);
void populateOrder(const mlir::TypeConverter &converter,
                   mlir::RewritePatternSet &patterns);
void populateScatter(const mlir::TypeConverter &converter,
                     mlir::RewritePatternSet &patterns);
void populateLayout(const mlir::TypeConverter &converter,
                    mlir::RewritePatternSet &patterns);

} // namespace ashlar::nntolinalg

#endif // ASHLAR_LIB_CONVERSION_NNTOLINALG_PATTERNS_H
