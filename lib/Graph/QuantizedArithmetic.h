//===- QuantizedArithmetic.h - From accumulators to quantised values ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_GRAPH_QUANTIZEDARITHMETIC_H
#define ASHLAR_LIB_GRAPH_QUANTIZEDARITHMETIC_H

#include "dialects/nn/NN.h"

namespace ashlar {

/// Integers up to this magnitude are exact in f32.
inline constexpr double kExactInF32 = 16777216.0;

/// Numbers that run along one dimension of a tensor, or are all the same.
struct LaneNumbers {
  std::vector<double> values = {0.0}; ///< one, or one for each lane
  int64_t axis = 0;                   ///< where lanes run, if there are several

  static LaneNumbers all(double value) { return {{value}, 0}; }
  double at(size_t lane) const {
    return values.size() == 1 ? values[0] : values[lane];
  }
  bool areAll(double value) const {
    return llvm::all_of(values, [&](double v) { return v == value; });
  }
};

/// Writes the operators that quantised ones are made of, in f32 between the
/// integers: what the output stage and vector programs compute in one pass.
class QuantizedEmitter {
public:
  QuantizedEmitter(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  /// The integers that a quantised value is stored as; looks through casts.
  mlir::Value storage(mlir::Value quantized);
  mlir::Value cast(mlir::Value value, mlir::Type element);
  mlir::Value toFloat(mlir::Value value) {
    return cast(value, builder.getF32Type());
  }
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value sub(mlir::Value lhs, mlir::Value rhs);
  mlir::Value mul(mlir::Value lhs, mlir::Value rhs);
  /// The same with numbers; nothing to do for 0 and 1.
  mlir::Value add(mlir::Value value, const LaneNumbers &numbers);
  mlir::Value mul(mlir::Value value, const LaneNumbers &numbers);
  mlir::Value constant(mlir::DenseElementsAttr value);
  /// Numbers in f32 (or an integer type) that broadcast to `rank` dimensions.
  mlir::Value constant(const LaneNumbers &numbers, int64_t rank,
                       mlir::Type element);
  /// saturate(round(value) + zero point), as `type` stores it.
  mlir::Value round(mlir::Value value, mlir::quant::UniformQuantizedType type);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// The scale that combines those of two operands and a result, rounded once.
inline double toF32(double value) { return static_cast<float>(value); }

/// Lowers products of quantised operands (nn.conv, nn.matmul) to products of
/// integers; null if one of them has no integer form.
mlir::Value lowerQuantizedProduct(mlir::Operation *op,
                                  QuantizedEmitter &emitter);

/// The same for sums, differences, products of elements and averages.
mlir::Value lowerQuantizedArithmetic(mlir::Operation *op,
                                     QuantizedEmitter &emitter);

} // namespace ashlar

#endif // ASHLAR_LIB_GRAPH_QUANTIZEDARITHMETIC_H
