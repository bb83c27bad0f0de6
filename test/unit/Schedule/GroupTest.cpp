//===- GroupTest.cpp - What keeps operations from being a group -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule/Group.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace ashlar;
using namespace mlir;

namespace {

/// Why the linalg operations of a function are no group; empty if they are one.
std::string whyApart(const std::string &function) {
  MLIRContext context;
  context.loadDialect<arith::ArithDialect, func::FuncDialect,
                      linalg::LinalgDialect, memref::MemRefDialect>();
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(function, &context);
  if (!module)
    return "not readable";
  SmallVector<linalg::LinalgOp> members;
  module->walk([&](linalg::LinalgOp op) { members.push_back(op); });
  std::string why;
  return succeeded(analyzeGroup(members, why)) ? "" : why;
}

TEST(Group, SharesSomething) {
  EXPECT_EQ(whyApart(R"(
    func.func @f(%a: memref<8xf32>, %b: memref<8xf32>, %c: memref<8xf32>) {
      linalg.exp ins(%a : memref<8xf32>) outs(%b : memref<8xf32>)
      linalg.exp ins(%b : memref<8xf32>) outs(%c : memref<8xf32>)
      return
    })"),
            "");
  EXPECT_EQ(whyApart(R"(
    func.func @f(%a: memref<8xf32>, %b: memref<8xf32>, %c: memref<8xf32>,
                 %d: memref<8xf32>) {
      linalg.exp ins(%a : memref<8xf32>) outs(%b : memref<8xf32>)
      linalg.exp ins(%c : memref<8xf32>) outs(%d : memref<8xf32>)
      return
    })"),
            "operations that share nothing");
}

TEST(Group, WritesNoBufferThatHasAnotherName) {
  EXPECT_EQ(whyApart(R"(
    !part = memref<8xf32, strided<[1], offset: 4>>
    func.func @f(%a: memref<16xf32>, %b: memref<8xf32>, %c: memref<8xf32>) {
      %part = memref.subview %a[4] [8] [1] : memref<16xf32> to !part
      %whole = memref.subview %a[0] [8] [1]
          : memref<16xf32> to memref<8xf32, strided<[1]>>
      linalg.exp ins(%part : !part) outs(%b : memref<8xf32>)
      linalg.exp ins(%b : memref<8xf32>)
          outs(%whole : memref<8xf32, strided<[1]>>)
      return
    })"),
            "two views of one buffer, one of them written");
}

} // namespace
