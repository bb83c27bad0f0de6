//===- Element.h - Single elements of tensors -------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_ELEMENT_H
#define ASHLAR_RUNTIME_IMAGE_ELEMENT_H

#include "Image/ImageContents.h"

#include <cstddef>
#include <cstdint>

namespace ashlar::runtime {

/// True for f8 to f64.
bool isFloatType(DataType type);
/// True for f16, bf16 and the f8 types.
bool isSmallFloatType(DataType type);

/// Element `index` of dense data; exact for all types but i64 and u64 beyond
/// 2^53.
double loadElement(DataType type, const uint8_t *data, size_t index);
/// Element `index` of an integer or bool type; u64 wraps.
int64_t loadInteger(DataType type, const uint8_t *data, size_t index);

/// Stores a value: floats round to nearest even (f8e4m3 saturates at 448, the
/// others overflow to infinity), integers round to nearest even and saturate.
void storeElement(DataType type, uint8_t *data, size_t index, double value);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_ELEMENT_H
