//===- Reference.h - Execution of IR on the host --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference path: a module at the nn, linalg or npu level is lowered with
// upstream's own passes, compiled for this host and called. It shares no code
// with the back end, so that the two can be compared.
//
// What `arith` leaves undefined (division by zero, shifts past the width,
// conversions out of range) has the machine's meaning here too.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_REFERENCE_REFERENCE_H
#define ASHLAR_REFERENCE_REFERENCE_H

#include "ashlar/IO/TensorFile.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"

#include <memory>
#include <string>
#include <vector>

namespace ashlar {

/// What a function takes or gives: name (empty if the IR has none), element
/// type, sizes.
struct ReferenceTensor {
  std::string name;
  runtime::DataType type;
  std::vector<int64_t> shape;
};

struct ReferenceSignature {
  std::vector<ReferenceTensor> inputs, outputs;
};

/// The signature of a module's function `entry`. Tensors in and out, or at the
/// npu level memrefs whose attribute `npu.io` says which they are. Fails, with
/// a diagnostic, on other types and dynamic sizes.
mlir::FailureOr<ReferenceSignature>
getReferenceSignature(mlir::ModuleOp module, llvm::StringRef entry = "main");

/// A module compiled for the host. Owns the machine code and a copy of the IR
/// that its constants live in. Not thread-safe.
class ReferenceProgram {
public:
  /// Compiles a copy of `module`; its context needs all dialects of
  /// `registerReferenceDialects`. Null, with diagnostics, on failure.
  static std::unique_ptr<ReferenceProgram>
  compile(mlir::ModuleOp module, llvm::StringRef entry = "main");
  ~ReferenceProgram();

  const ReferenceSignature &signature() const;

  /// Runs on inputs in the signature's order, whose types and shapes must be
  /// the signature's: otherwise returns what is wrong. An empty string is
  /// success.
  std::string run(llvm::ArrayRef<NamedTensor> inputs,
                  std::vector<NamedTensor> &outputs);

private:
  struct Implementation;
  explicit ReferenceProgram(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation;
};

/// Compiles and runs once. Fails with a diagnostic at the module's location.
mlir::FailureOr<std::vector<NamedTensor>>
runReference(mlir::ModuleOp module, llvm::ArrayRef<NamedTensor> inputs,
             llvm::StringRef entry = "main");

/// Runs a module whose `main` takes nothing and gives its results as constants
/// of the types that `main` returns. Large ones are resources.
mlir::FailureOr<llvm::SmallVector<mlir::ElementsAttr>>
evaluateConstants(mlir::ModuleOp module);

/// A tensor as a constant of the nn level's types; null if they have none for
/// it. Large ones are resources.
mlir::ElementsAttr makeConstant(NamedTensor tensor, mlir::MLIRContext *context);

/// Dialects, interfaces and translations that `compile` needs, beyond those of
/// the module itself.
void registerReferenceDialects(mlir::DialectRegistry &registry);

} // namespace ashlar

#endif // ASHLAR_REFERENCE_REFERENCE_H
