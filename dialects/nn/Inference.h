//===- Inference.h - Shape rules shared by the nn operators ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NN_INFERENCE_H
#define ASHLAR_DIALECTS_NN_INFERENCE_H

#include "dialects/nn/NN.h"

namespace ashlar::nn {

/// Fails with "'nn.NAME' op MESSAGE" at the location.
llvm::LogicalResult inferError(std::optional<mlir::Location> loc,
                               llvm::StringRef name,
                               const llvm::Twine &message);

/// "2x?x3", or "scalar" for rank 0.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// Whether `axis` is a dimension of a tensor of that rank; else an error.
llvm::LogicalResult checkAxis(std::optional<mlir::Location> loc,
                              llvm::StringRef name, int64_t axis, int64_t rank);

/// Whether an attribute has one entry per dimension; else an error.
llvm::LogicalResult checkEntries(std::optional<mlir::Location> loc,
                                 llvm::StringRef name,
                                 llvm::StringRef attribute, size_t actual,
                                 size_t expected);

/// Whether `axes` ascend strictly within the rank; else an error.
llvm::LogicalResult checkAxes(std::optional<mlir::Location> loc,
                              llvm::StringRef name,
                              llvm::ArrayRef<int64_t> axes, int64_t rank);

/// The size of a moving window's result: (in + pads - ((window - 1) * dilation
/// + 1)) / stride + 1, or dynamic. With `ceilMode` the division rounds up, but
/// the last window starts inside the input or its low padding.
int64_t windowedSize(int64_t in, int64_t window, int64_t stride,
                     int64_t dilation, int64_t low, int64_t high,
                     bool ceilMode);

} // namespace ashlar::nn

#endif // ASHLAR_DIALECTS_NN_INFERENCE_H
