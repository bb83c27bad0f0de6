//===- Register.h - All dialects and passes of the project ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What every tool that reads IR calls once at its start.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_PIPELINE_REGISTER_H
#define ASHLAR_PIPELINE_REGISTER_H

namespace mlir {
class DialectRegistry;
}

namespace ashlar {

/// Our dialects, upstream's, and all extensions (interfaces implemented outside
/// their dialects, among them bufferisation and tiling).
void registerAllDialects(mlir::DialectRegistry &registry);

/// Our passes and pipelines, and upstream's.
void registerAllPasses();

} // namespace ashlar

#endif // ASHLAR_PIPELINE_REGISTER_H
