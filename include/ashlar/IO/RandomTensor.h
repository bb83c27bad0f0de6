//===- RandomTensor.h - Seeded inputs ---------------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_IO_RANDOMTENSOR_H
#define ASHLAR_IO_RANDOMTENSOR_H

#include "ashlar/IO/TensorFile.h"

namespace ashlar {

/// A tensor of seeded random values, the same on every host: floats uniform in
/// [-1, 1), integers of up to 8 bits over their whole range, wider ones from -8
/// to 7 (0 to 15 if unsigned), booleans 0 or 1. `index` tells the inputs of one
/// seed apart. The shape must not overflow (runtime::tensorBytes).
NamedTensor randomTensor(std::string name, runtime::DataType type,
                         std::vector<int64_t> shape, uint64_t seed,
                         uint64_t index);

} // namespace ashlar

#endif // ASHLAR_IO_RANDOMTENSOR_H
