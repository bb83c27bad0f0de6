//===- VectorBody.h - Bodies as vector programs --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Translates the body of an npu.vector into micro-operations on lane registers.
// Lanes hold: floats of up to 32 bits as f32, f64; integers of up to 32 bits
// sign-extended in 32 (booleans 0 or 1), i64 and index in 64.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_VECTORBODY_H
#define ASHLAR_LIB_CODEGEN_VECTORBODY_H

#include "Selector.h"
#include <map>

namespace ashlar {

/// A payload word: mnemonic and operands in the order of its slots.
struct PayloadWord {
  llvm::StringRef mnemonic;
  llvm::SmallVector<int64_t, 6> operands;
};

/// The lane type a value of a builtin type is computed in.
isa::LaneType getLaneType(mlir::Type type);

class VectorBody {
public:
  /// `dimOf` gives the descriptor dimension of a loop (for npu.index).
  VectorBody(Selector &s, npu::VectorOp op, llvm::ArrayRef<int> dimOf)
      : s(s), op(op), dimOf(dimOf) {}

  /// Reserves a lane register for a body argument and appends its v.in.
  mlir::LogicalResult addInput(mlir::BlockArgument arg, int64_t descriptor);
  /// Appends the words of every operation that `roots` need.
  mlir::LogicalResult compute(llvm::ArrayRef<mlir::Value> roots);
  /// The register of a computed value or of one from outside the body.
  mlir::FailureOr<int64_t> getLane(mlir::Value value);
  void append(llvm::StringRef mnemonic, llvm::ArrayRef<int64_t> operands) {
    words.push_back({mnemonic, llvm::SmallVector<int64_t, 6>(operands)});
  }
  llvm::ArrayRef<PayloadWord> getWords() const { return words; }

private:
  friend class LaneSelector;
  mlir::FailureOr<int64_t> newLane();
  void release(int64_t lane) { free |= uint32_t(1) << lane; }
  mlir::FailureOr<int64_t> makeConstant(isa::LaneType type, int64_t bits);
  mlir::LogicalResult selectLane(mlir::Operation *inner);
  static llvm::SmallVector<mlir::Value> getNeeded(mlir::Operation *inner);
  void countUses(llvm::ArrayRef<mlir::Value> roots);
  void use(mlir::Value value);

  Selector &s;
  npu::VectorOp op;
  llvm::ArrayRef<int> dimOf;
  llvm::SmallVector<PayloadWord> words;
  llvm::DenseMap<mlir::Value, int64_t> lanes;
  llvm::DenseMap<mlir::Value, unsigned> uses;
  std::map<std::pair<isa::LaneType, int64_t>, int64_t> constants;
  llvm::SmallVector<mlir::Operation *> order;
  uint32_t free = ~uint32_t(0);
};

/// Appends the words of one operation of a body. Defined in SelectLane.cpp.
class LaneSelector {
public:
  LaneSelector(VectorBody &body, mlir::Operation *op) : body(body), op(op) {}
  /// Sets `result` to the register of the operation's result.
  mlir::LogicalResult run(int64_t &result);

private:
  mlir::LogicalResult refuse();
  int64_t lane(unsigned operand);
  int64_t laneOf(mlir::Value value);
  int64_t temp();
  int64_t constant(isa::LaneType type, int64_t bits);
  int64_t emit(llvm::StringRef mnemonic, isa::LaneType type,
               llvm::ArrayRef<int64_t> sources);
  /// Rounds or wraps a result to the values of its type.
  int64_t finish(int64_t value, mlir::Type type);
  int64_t narrow(int64_t value, isa::ElementType type);
  int64_t zeroExtended(unsigned operand);
  int64_t convert(int64_t value, isa::LaneType to, isa::LaneType from,
                  bool even = false);
  int64_t logicalNot(int64_t value);
  int64_t compareFloats(mlir::Operation *compare);
  int64_t compareIntegers(mlir::Operation *compare);
  int64_t truncated();
  std::optional<int64_t> conversion();
  std::optional<int64_t> arithmetic();
  std::optional<int64_t> special();

  VectorBody &body;
  mlir::Operation *op;
  llvm::SmallVector<int64_t> temps;
  bool failed = false;
};

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_VECTORBODY_H
