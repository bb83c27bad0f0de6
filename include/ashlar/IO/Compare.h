//===- Compare.h - Are two tensors close enough -----------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_IO_COMPARE_H
#define ASHLAR_IO_COMPARE_H

#include "ashlar/IO/TensorFile.h"

#include <optional>
#include <string>

namespace ashlar {

/// An element passes if |a - e| <= atol + rtol |e| + maxtol max|e|, where the
/// largest magnitude is taken over the finite expected elements of the tensor.
struct Tolerance {
  double rtol = 1e-3;
  double atol = 1e-5;
  double maxtol = 1e-5;
};

/// What the numbers in a graph are good for.
enum class Accuracy {
  Full,      // f32 and wider
  Half,      // f16, bf16 and narrower floats anywhere
  Quantized, // quantised operators: a rounding tie moves what follows
};

/// The tolerance for outputs of `type`; given values replace the defaults.
Tolerance chooseTolerance(Accuracy accuracy, runtime::DataType type,
                          std::optional<double> rtol,
                          std::optional<double> atol);

/// NaN matches NaN, infinities match themselves.
struct Comparison {
  bool equal = true;
  /// Of the first element out of tolerance, or of unequal types or shapes.
  std::string message;
  double largestError = 0; // over all elements
};

/// Compares as real numbers; i64 and u64 exactly where they are equal.
Comparison compareTensors(const NamedTensor &actual,
                          const NamedTensor &expected,
                          const Tolerance &tolerance);

} // namespace ashlar

#endif // ASHLAR_IO_COMPARE_H
