//===- Quantization.h - Parameters of quantised tensors -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_GRAPH_QUANTIZATION_H
#define ASHLAR_LIB_GRAPH_QUANTIZATION_H

#include "dialects/nn/NN.h"

namespace ashlar {

/// The elements of a constant of integers of at most 32 bits; nothing for other
/// values.
std::optional<std::vector<int64_t>> readIntegers(mlir::Value value);

/// The elements of a constant of f32; nothing for other values.
std::optional<std::vector<double>> readFloats(mlir::Value value);

/// Scale and zero point of an `nn.quantize` or `nn.dequantize` that are known
/// at compile time: one of each, or one for each index of `axis`.
struct QuantParameters {
  std::vector<double> scales;
  std::vector<int64_t> zeroPoints;
  std::optional<int64_t> axis;

  bool operator==(const QuantParameters &other) const {
    return scales == other.scales && zeroPoints == other.zeroPoints &&
           axis == other.axis;
  }
};

/// Nothing if a parameter is not constant, not f32, or no scale: not positive,
/// not a normal number.
std::optional<QuantParameters> getParameters(nn::QuantizeOp op);
std::optional<QuantParameters> getParameters(nn::DequantizeOp op);

/// A number as an element of an integer type.
mlir::IntegerAttr integerElement(mlir::Type type, int64_t number);

/// The integers from `low` to `high` that a value is stored as.
struct StorageRange {
  int64_t low, high;
};
StorageRange getStorageRange(mlir::Type storage);

/// saturate(round(value / scale) + zeroPoint), as `nn.quantize` has it.
int64_t quantizeNumber(double value, double scale, int64_t zeroPoint,
                       StorageRange range);

/// The quantised type of values stored as `storage` (8-bit integers, or i32);
/// null if there is none.
mlir::quant::QuantizedType
makeQuantizedType(mlir::Type storage, const QuantParameters &parameters,
                  std::optional<StorageRange> range = std::nullopt);

/// Erases what nothing in the function's body needs any more.
void eraseDeadOps(mlir::func::FuncOp func);

} // namespace ashlar

#endif // ASHLAR_LIB_GRAPH_QUANTIZATION_H
