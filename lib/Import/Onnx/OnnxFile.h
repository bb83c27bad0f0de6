//===- OnnxFile.h - A model file, mapped ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Protobuf would copy every weight out of the file. Here the file is mapped,
// the large `raw_data` fields (and packed floats) are cut out of the message
// before it is parsed, and each cut tensor remembers where its bytes lie in the
// mapping.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_IMPORT_ONNX_ONNXFILE_H
#define ASHLAR_LIB_IMPORT_ONNX_ONNXFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include "onnx/onnx_pb.h"

#include <memory>

namespace ashlar {

/// Bytes of a tensor, and what keeps them alive.
struct TensorBytes {
  llvm::ArrayRef<char> bytes;
  std::shared_ptr<llvm::MemoryBuffer> owner;
};

class OnnxFile {
public:
  /// Maps and parses the model at `path`. Errors say what is wrong with the
  /// file.
  static llvm::Expected<std::unique_ptr<OnnxFile>> open(llvm::StringRef path);

  const onnx::ModelProto &model() const { return proto; }

  /// The bytes of a tensor of this model that has raw or external data: a view
  /// of a mapping where possible. Checks that they lie within their file; the
  /// caller checks the length against the tensor's type and shape.
  llvm::Expected<TensorBytes> rawBytes(const onnx::TensorProto &tensor);

  /// Whether `rawBytes` applies (else the values stand in typed fields).
  bool hasRawBytes(const onnx::TensorProto &tensor) const;

private:
  llvm::Expected<std::shared_ptr<llvm::MemoryBuffer>>
  externalFile(llvm::StringRef location);
  llvm::Expected<TensorBytes> externalBytes(const onnx::TensorProto &tensor);

  bool liesBeside(llvm::StringRef path) const;

  std::string modelPath, folder;
  std::shared_ptr<llvm::MemoryBuffer> mapping;
  onnx::ModelProto proto;
  llvm::StringMap<std::shared_ptr<llvm::MemoryBuffer>> externals;
};

/// Copies the serialised message `model` without the `raw_data` of tensors that
/// are larger than `threshold` bytes, and without `float_data` and
/// `double_data` that are as large and packed; each of them gets instead the
/// raw data
/// "\0ashlar" followed by offset and length (64 bits each, host order) in
/// `model`, as does raw data that begins so. False if `model` is not a
/// well-formed message.
bool stripRawData(llvm::StringRef model, uint64_t threshold,
                  std::string &stripped);

} // namespace ashlar

#endif // ASHLAR_LIB_IMPORT_ONNX_ONNXFILE_H
