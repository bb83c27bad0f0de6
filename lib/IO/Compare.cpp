//===- Compare.cpp - Are two tensors close enough -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/IO/Compare.h"

#include "Image/Element.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

using namespace ashlar;
using runtime::DataType;

Tolerance ashlar::chooseTolerance(Accuracy accuracy, DataType type,
                                  std::optional<double> rtol,
                                  std::optional<double> atol) {
  Tolerance tolerance;
  if (accuracy == Accuracy::Quantized)
    // One quantum for integers, a share of the range for floats.
    tolerance =
        runtime::isFloatType(type) ? Tolerance{0, 0, 5e-2} : Tolerance{0, 1, 0};
  else if (accuracy == Accuracy::Half || runtime::isSmallFloatType(type))
    tolerance = {1e-2, 0, 1e-2};
  if (rtol)
    tolerance.rtol = *rtol;
  if (atol)
    tolerance.atol = *atol;
  return tolerance;
}

static std::string position(size_t index, const std::vector<int64_t> &shape) {
  std::string text;
  for (size_t d = shape.size(); d-- > 0;) {
    size_t size = static_cast<size_t>(shape[d]);
    text = std::to_string(index % size) + (text.empty() ? "" : ", ") + text;
    index /= size;
  }
  return "[" + text + "]";
}

Comparison ashlar::compareTensors(const NamedTensor &actual,
                                  const NamedTensor &expected,
                                  const Tolerance &tolerance) {
  Comparison result;
  if (actual.type != expected.type || actual.shape != expected.shape) {
    result.equal = false;
    result.message = "is " + describeTensor(actual.type, actual.shape) +
                     ", expected " +
                     describeTensor(expected.type, expected.shape);
    result.largestError = std::numeric_limits<double>::infinity();
    return result;
  }
  uint64_t count = 0;
  runtime::countElements(expected.shape, count);
  const uint8_t *a = actual.data.data(), *e = expected.data.data();
  double largest = 0;
  for (size_t i = 0; i < count; ++i)
    if (double value = runtime::loadElement(expected.type, e, i);
        std::isfinite(value))
      largest = std::max(largest, std::fabs(value));
  for (size_t i = 0; i < count; ++i) {
    double got = runtime::loadElement(actual.type, a, i);
    double want = runtime::loadElement(expected.type, e, i);
    if (got == want && (runtime::isFloatType(actual.type) ||
                        runtime::loadInteger(actual.type, a, i) ==
                            runtime::loadInteger(expected.type, e, i)))
      continue;
    if (std::isnan(got) && std::isnan(want))
      continue;
    double error = std::fabs(got - want);
    // Conversions to double may hide a difference between large integers.
    if (error == 0)
      error = 1;
    if (!std::isfinite(error))
      error = std::numeric_limits<double>::infinity();
    result.largestError = std::max(result.largestError, error);
    double limit = tolerance.atol + tolerance.rtol * std::fabs(want) +
                   tolerance.maxtol * largest;
    if (error <= limit && std::isfinite(error))
      continue;
    if (result.equal) {
      char text[160];
      snprintf(text, sizeof text,
               " is %.9g, expected %.9g (error %.3g, allowed %.3g)", got, want,
               error, limit);
      result.message = position(i, expected.shape) + text;
    }
    result.equal = false;
  }
  return result;
}
