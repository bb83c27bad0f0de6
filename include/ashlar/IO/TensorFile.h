//===- TensorFile.h - Tensors in files --------------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NumPy's .npy and .npz and ONNX's serialised TensorProto (.pb), for the tools.
// Files come from anywhere: every function returns a message (empty on success)
// that says what is wrong, and never trusts a size before it has been compared
// with the bytes that are there.
//
// NumPy has no bf16, f8 or 4-bit types. They are written as the next type that
// holds them exactly (f32; i8 or u8) and are converted back when they are bound
// to a tensor of such a type.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_IO_TENSORFILE_H
#define ASHLAR_IO_TENSORFILE_H

#include "Image/ImageContents.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace ashlar {

/// A dense row-major tensor; 4-bit types are packed, low nibble first.
struct NamedTensor {
  std::string name; // empty if the file does not say
  runtime::DataType type = runtime::DataType::F32;
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;
};

/// "f32 1x64": type and shape for messages; "f32 scalar" for rank 0.
std::string describeTensor(runtime::DataType type,
                           const std::vector<int64_t> &shape);

/// Reads all tensors of a file; its ending says which kind it is. An .npy or
/// .pb holds one; the tensors of an .npz have its members' names.
std::string readTensorFile(const std::string &path,
                           std::vector<NamedTensor> &tensors);

/// The file formats on bytes in memory.
std::string parseNpy(std::span<const uint8_t> bytes, NamedTensor &tensor);
/// `folder` is where external data of the tensor is looked for.
std::string parseTensorProto(std::span<const uint8_t> bytes,
                             const std::string &folder, NamedTensor &tensor);

/// A tensor as an .npy file's bytes.
std::vector<uint8_t> formatNpy(const NamedTensor &tensor);
std::string writeNpy(const std::string &path, const NamedTensor &tensor);

/// Reads a whole regular file.
std::string readFile(const std::string &path, std::vector<uint8_t> &bytes);

/// The same values in another type, or what `map` makes of each (its index and
/// itself). They must be representable, or floats that round.
void convertElements(NamedTensor &tensor, runtime::DataType type,
                     const std::function<double(size_t, double)> &map = {});

/// Converts `tensor` to `type` where files and devices differ by what the files
/// can express: f32 to f16, bf16 and f8 (to nearest even), i8 to i4, u8 to u4
/// (in range), bool to u8 and back; u16 is taken for the bits of bf16. Other
/// pairs of types are refused.
std::string convertForDevice(NamedTensor &tensor, runtime::DataType type);
/// The reverse, always exact: to a type that .npy files can hold.
void convertForFile(NamedTensor &tensor);

} // namespace ashlar

#endif // ASHLAR_IO_TENSORFILE_H
