//===- NpzReader.h - NumPy's .npz archives ----------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_IO_NPZREADER_H
#define ASHLAR_LIB_IO_NPZREADER_H

#include "ashlar/IO/TensorFile.h"

namespace ashlar {

/// Reads every .npy member of a zip archive, in the archive's order.
std::string readNpz(const std::string &path, std::vector<NamedTensor> &tensors);

} // namespace ashlar

#endif // ASHLAR_LIB_IO_NPZREADER_H
