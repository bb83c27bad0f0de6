//===- Passes.td -- On the way to the host's LLVM -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the order of lib/Reference/Lowering.cpp. All levels are linalg on tensors
// or on memrefs by then; none of these passes fails.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_REFERENCE_PASSES
#define ASHLAR_REFERENCE_PASSES

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

def DecomposeOperations : Pass<"reference-decompose-operations", "::mlir::func::FuncOp"> {
  let summary = "replace softmax, pack and unpack by what they are made of";
  let description = [{
    Upstream bufferises them, but has no loops for them.

    Before: `linalg.softmax dimension(1) ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>)`
    After: the row's maximum, a difference, its `math.exp`, the row's sum and a quotient, each a `linalg.generic`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FuseElementwise : Pass<"reference-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "move elementwise operations into the only operation that reads them";
  let description = [{
    Upstream's fusion with two rules more. A producer that computes something is
    not computed again for every point of loops that only its reader has: a
    product would take an activation in front of it as often as it has columns.
    And a producer that adds to what its result holds (a product over no loop, as
    a depthwise 1x1 convolution is) is not computed again at all, which upstream's
    pass does where it keeps the producer's result beside the reader's.

    Before: `%0 = exp(%x)` and `%1 = %0 + %y`, two operations of one shape
    After: one `linalg.generic` that adds `%y` to the `math.exp` of `%x`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def TransposeProducts : Pass<"reference-transpose-products", "::mlir::func::FuncOp"> {
  let summary = "transpose inputs of products so that their last dimension is the result's";
  let description = [{
    Loops over the last dimension of the result then read and write what lies
    side by side, which hosts do many elements at once. What a reduction runs
    along last is transposed; what is right already stays.

    Before: a product of `tensor<4x16xf32>` and `tensor<8x16xf32>`, both read along 16
    After: of `tensor<4x16xf32>` and `linalg.transpose` of the other one, `tensor<16x8xf32>`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def SeparateResults : Pass<"reference-separate-results", "::mlir::func::FuncOp"> {
  let summary = "copy tensors that a function returns more than once";
  let description = [{
    Upstream's promotion of results to parameters erases the allocation of each
    result, and crashes on the second of two results that share one.

    Before: `return %0, %0`
    After: `return %0, %1`, where `%1` is a `bufferization.alloc_tensor` that copies `%0`.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

def ForgetDeallocations : Pass<"reference-forget-deallocations", "::mlir::func::FuncOp"> {
  let summary = "erase deallocations, for upstream to find their places again";
  let description = [{
    Upstream's deallocation frees all buffers or, if a program has begun to do so
    itself, refuses.

    Before: `memref.dealloc %0`
    After: nothing.
  }];
}

def OutlineOperations : Pass<"reference-outline-operations", "::mlir::ModuleOp"> {
  let summary = "make each structured operation and copy on buffers a call of a function";
  let description = [{
    A network as one function takes LLVM time that grows with the square of its
    loops. A function for each nest takes its own time, once for all nests that
    are alike, and those that have little to compute (fewer than a million points
    altogether) are not optimised. Constants that an operation reads are cloned
    into its function.

    Before: two `linalg.generic` on buffers that differ in their operands alone
    After: two calls of one private function that has the operation.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def OrderLoops : Pass<"reference-order-loops", "::mlir::func::FuncOp"> {
  let summary = "run generics with reductions over the result's last dimension innermost";
  let description = [{
    If the last dimension has 8 elements or more and inputs run along it last or
    not at all. Generics of four million points and more run in blocks that fit
    caches. Each element of the result still combines in ascending order. Copies
    become generics.

    Before: `iterator_types = ["parallel", "parallel", "reduction"]` of a product
    After: `["parallel", "reduction", "parallel"]`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def DefineArithmetic : Pass<"reference-define-arithmetic", "::mlir::ModuleOp"> {
  let summary = "give arithmetic the machine's meaning where arith leaves it undefined";
  let description = [{
    Division by zero gives all ones (its remainder the dividend), the smallest
    number by -1 itself; counts of shifts that are not below the width shift
    everything out; conversions from floats saturate, and NaN gives 0.

    Before: `arith.divsi %x, %y : i32`
    After: the same by 1 where `%y` is unsafe, and an `arith.select` that replaces its result where `%y` is 0.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // ASHLAR_REFERENCE_PASSES
