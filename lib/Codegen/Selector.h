//===- Selector.h - Instruction selection for one function ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks a function in program order and appends words. What an SSA value has
// become is kept here: numbers for scalars, views for memrefs. Each kind of
// operation has a file and a function of its own.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_SELECTOR_H
#define ASHLAR_LIB_CODEGEN_SELECTOR_H

#include "Emitter.h"
#include "Tensors.h"
#include "Timing/Machine.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace ashlar {

class Selector {
public:
  Selector(mlir::OpBuilder &builder, const runtime::Machine &machine,
           const llvm::DenseMap<llvm::StringRef, int64_t> &globalOffsets,
           mlir::Location loc)
      : emit(builder, loc), machine(machine), globalOffsets(globalOffsets) {}

  /// Appends the program of `func`, `halt` included.
  mlir::LogicalResult run(mlir::func::FuncOp func);

  /// Goes on behind what fails, so that everything is reported.
  mlir::LogicalResult selectBlock(mlir::Block &block);
  mlir::LogicalResult select(mlir::Operation *op);

  Num getNum(mlir::Value value);
  void setNum(mlir::Value value, Num number) { numbers[value] = number; }
  /// A register for a value that is written in several places.
  int64_t defineReg(mlir::Value value);
  const TensorView &getView(mlir::Value memref) {
    return views.find(memref)->second;
  }
  void setView(mlir::Value memref, TensorView view) {
    views[memref] = std::move(view);
  }

  /// Words [first, second) that an operation and everything in it became.
  std::pair<int64_t, int64_t> wordsOf(mlir::Operation *op) const {
    return words.lookup(op);
  }

  /// A run-time dimension's register, if the function has it.
  std::optional<Num> runtimeDim(mlir::StringAttr name) const {
    auto found = dims.find(name);
    return found == dims.end() ? std::nullopt : std::optional(found->second);
  }

  Num sramBase() const { return sram; }
  Num accBase() const { return acc; }

  /// Runs `body` `count` times, as a hardware loop where the nest allows.
  mlir::LogicalResult emitLoop(Num count,
                               llvm::function_ref<mlir::LogicalResult()> body);

  /// Sets up the registers of the rings that turn around `scope`.
  void initRings(mlir::Operation *scope);
  /// The register that holds a ring's state.
  int64_t &ringReg(mlir::Operation *alloc) { return ringRegs[alloc]; }

  Emitter emit;
  const runtime::Machine &machine;
  const llvm::DenseMap<llvm::StringRef, int64_t> &globalOffsets;

private:
  mlir::LogicalResult checkViews(mlir::Operation *op);
  mlir::LogicalResult defineArguments(mlir::func::FuncOp func);
  mlir::LogicalResult defineDims(mlir::func::FuncOp func);
  mlir::LogicalResult setActualStrides(mlir::BlockArgument arg,
                                       TensorView &view);

  llvm::DenseMap<mlir::Value, Num> numbers;
  llvm::DenseMap<mlir::Value, TensorView> views;
  llvm::DenseMap<mlir::Operation *, std::pair<int64_t, int64_t>> words;
  llvm::DenseMap<mlir::Operation *, int64_t> ringRegs;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Operation *>> rings;
  llvm::DenseMap<mlir::Attribute, Num> dims; ///< run-time ones by name
  Num sram, acc;
  unsigned loopDepth = 0;
  bool broken =
      false; ///< an operation has failed: what follows from it is silent
};

// Each of these appends the words of one operation of its kind, or emits an
// error that says what cannot be expressed.
mlir::LogicalResult selectScalar(Selector &s, mlir::Operation *op);
mlir::LogicalResult selectControl(Selector &s, mlir::Operation *op);
mlir::LogicalResult selectView(Selector &s, mlir::Operation *op);
mlir::LogicalResult selectAccess(Selector &s, mlir::Operation *op);
mlir::LogicalResult selectCopy(Selector &s, npu::CopyOp op);
mlir::LogicalResult selectGather(Selector &s, npu::GatherOp op);
mlir::LogicalResult selectMatmul(Selector &s, npu::MatmulOp op);
mlir::LogicalResult selectPreload(Selector &s, npu::PreloadOp op);
mlir::LogicalResult selectDrain(Selector &s, npu::DrainOp op);
mlir::LogicalResult selectVector(Selector &s, npu::VectorOp op);
mlir::LogicalResult selectWindow(Selector &s, npu::WindowOp op);
mlir::LogicalResult selectFill(Selector &s, npu::FillOp op);
mlir::LogicalResult selectBarrier(Selector &s, npu::BarrierOp op);
mlir::LogicalResult selectReceive(Selector &s, npu::ReceiveOp op);
mlir::LogicalResult selectCoreId(Selector &s, npu::CoreIdOp op);
mlir::LogicalResult selectRuntimeDim(Selector &s, npu::RuntimeDimOp op);

/// Bits of a constant in a scalar register: integers sign-extended (booleans 0
/// or 1), f32 in the low half, halves as their f32 value, f64.
std::optional<int64_t> getConstantBits(mlir::Attribute attr);

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_SELECTOR_H
