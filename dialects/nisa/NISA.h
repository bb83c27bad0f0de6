//===- NISA.h - The nisa dialect ------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One operation per machine instruction. An operation's operands are integer
// attributes named as the slots of its record; registers from the number of
// physical ones on (r64, d32, v32) are virtual and have to be gone before
// emission.
//
// This header does not bring in namespace `ashlar::isa`, which would hide
// `llvm::isa`.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NISA_NISA_H
#define ASHLAR_DIALECTS_NISA_NISA_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"

namespace ashlar::nisa {

/// Checks that every operand is legal in its slot or a virtual register.
llvm::LogicalResult verifyMachineInst(mlir::Operation *op);

/// Marks operations that are machine words.
template <typename ConcreteType>
class MachineInst : public mlir::OpTrait::TraitBase<ConcreteType, MachineInst> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return verifyMachineInst(op);
  }
};

} // namespace ashlar::nisa

#include "dialects/nisa/NISADialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/nisa/NISAOps.h.inc"

#endif // ASHLAR_DIALECTS_NISA_NISA_H
