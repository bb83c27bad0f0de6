//===- CompareTest.cpp - Tolerances ---------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/IO/Compare.h"

#include "Image/Element.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

using namespace ashlar;
using runtime::DataType;
using testing::HasSubstr;

static NamedTensor tensorOf(DataType type, std::vector<double> values) {
  NamedTensor tensor{"y", type, {static_cast<int64_t>(values.size())}, {}};
  uint64_t bytes = 0;
  runtime::tensorBytes(type, tensor.shape, bytes);
  tensor.data.resize(bytes);
  for (size_t i = 0; i < values.size(); ++i)
    runtime::storeElement(type, tensor.data.data(), i, values[i]);
  return tensor;
}

static Comparison compare(DataType type, std::vector<double> actual,
                          std::vector<double> expected,
                          Accuracy accuracy = Accuracy::Full) {
  return compareTensors(tensorOf(type, actual), tensorOf(type, expected),
                        chooseTolerance(accuracy, type, {}, {}));
}

TEST(Compare, TheRuleOfTheCommandLine) {
  // 1e-5 + 1e-3 |e| + 1e-5 max|e|
  EXPECT_TRUE(compare(DataType::F64, {1.00101}, {1}).equal);
  EXPECT_FALSE(compare(DataType::F64, {1.00103}, {1}).equal);
  EXPECT_TRUE(compare(DataType::F64, {0.0009, 100}, {0, 100}).equal);
  EXPECT_FALSE(compare(DataType::F64, {0.0011, 100}, {0, 100}).equal);
  // Halves: 1e-2 |e| + 1e-2 max|e|
  EXPECT_TRUE(compare(DataType::F16, {0.9, 100}, {0, 100}).equal);
  EXPECT_FALSE(compare(DataType::F16, {1.1, 100}, {0, 100}).equal);
  EXPECT_TRUE(
      compare(DataType::F32, {0.9, 100}, {0, 100}, Accuracy::Half).equal);
  // Quantised graphs: one quantum, or 5e-2 max|e|
  EXPECT_TRUE(compare(DataType::I8, {5}, {4}, Accuracy::Quantized).equal);
  EXPECT_FALSE(compare(DataType::I8, {6}, {4}, Accuracy::Quantized).equal);
  EXPECT_TRUE(
      compare(DataType::F32, {4.9, 100}, {0, 100}, Accuracy::Quantized).equal);
  EXPECT_FALSE(
      compare(DataType::F32, {5.1, 100}, {0, 100}, Accuracy::Quantized).equal);
  // Integers elsewhere
  EXPECT_FALSE(compare(DataType::I32, {5}, {4}).equal);
}

TEST(Compare, GivenTolerancesReplaceTheDefaults) {
  Tolerance tolerance =
      chooseTolerance(Accuracy::Full, DataType::F32, 0.5, 0.25);
  EXPECT_EQ(tolerance.rtol, 0.5);
  EXPECT_EQ(tolerance.atol, 0.25);
}

TEST(Compare, SpecialValues) {
  EXPECT_TRUE(compare(DataType::F32, {NAN}, {NAN}).equal);
  EXPECT_FALSE(compare(DataType::F32, {NAN}, {1}).equal);
  EXPECT_FALSE(compare(DataType::F32, {1}, {NAN}).equal);
  EXPECT_TRUE(compare(DataType::F32, {INFINITY}, {INFINITY}).equal);
  EXPECT_FALSE(compare(DataType::F32, {-INFINITY}, {INFINITY}).equal);
  EXPECT_FALSE(compare(DataType::F32, {1e30, 1}, {INFINITY, 1}).equal);
  EXPECT_FALSE(compare(DataType::F32, {2, INFINITY}, {1, INFINITY}).equal)
      << "an infinity does not widen the tolerance";
  EXPECT_TRUE(compare(DataType::F32, {-0.0}, {0.0}).equal);
}

TEST(Compare, SaysWhere) {
  NamedTensor actual = tensorOf(DataType::F32, {0, 1, 2, 3, 9, 5});
  NamedTensor expected = tensorOf(DataType::F32, {0, 1, 2, 3, 4, 5});
  actual.shape = expected.shape = {2, 3};
  Comparison result = compareTensors(actual, expected, {});
  EXPECT_THAT(result.message, HasSubstr("[1, 1] is 9, expected 4"));
  EXPECT_EQ(result.largestError, 5);
  actual.shape = {3, 2};
  EXPECT_EQ(compareTensors(actual, expected, {}).message,
            "is f32 3x2, expected f32 2x3");
}
