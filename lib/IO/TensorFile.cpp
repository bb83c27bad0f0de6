//===- TensorFile.cpp - Tensors in files, by kind -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/IO/TensorFile.h"

#include "NpzReader.h"

#include "Image/Element.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

using namespace ashlar;
using runtime::DataType;

std::string ashlar::describeTensor(DataType type,
                                   const std::vector<int64_t> &shape) {
  std::string text = std::string(runtime::dataTypeName(type)) + " ";
  if (shape.empty())
    return text + "scalar";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? "x" : "") + std::to_string(shape[i]);
  return text;
}

std::string ashlar::readFile(const std::string &path,
                             std::vector<uint8_t> &bytes) {
  // Not blocking: a pipe's name must not hang the tool.
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    std::string error = "cannot read '" + path + "': " + strerror(errno);
    if (file >= 0)
      close(file);
    return error;
  }
  if (!S_ISREG(status.st_mode)) {
    close(file);
    return "cannot read '" + path + "': it is no regular file";
  }
  bytes.resize(static_cast<size_t>(status.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t got = read(file, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    done += static_cast<size_t>(got);
  }
  close(file);
  if (done != bytes.size())
    return "cannot read '" + path + "': it ended early";
  return {};
}

static bool hasEnding(const std::string &path, std::string_view ending) {
  return path.size() >= ending.size() &&
         std::string_view(path).substr(path.size() - ending.size()) == ending;
}

std::string ashlar::readTensorFile(const std::string &path,
                                   std::vector<NamedTensor> &tensors) {
  std::string error;
  if (hasEnding(path, ".npz")) {
    error = readNpz(path, tensors);
  } else if (hasEnding(path, ".npy") || hasEnding(path, ".pb")) {
    std::vector<uint8_t> bytes;
    error = readFile(path, bytes);
    if (!error.empty())
      return error;
    NamedTensor tensor;
    size_t slash = path.rfind('/');
    std::string folder =
        slash == std::string::npos ? "." : path.substr(0, slash + 1);
    error = hasEnding(path, ".npy") ? parseNpy(bytes, tensor)
                                    : parseTensorProto(bytes, folder, tensor);
    tensors.push_back(std::move(tensor));
  } else {
    return "'" + path + "' is no tensor file: expected .npy, .npz or .pb";
  }
  return error.empty() ? error : "'" + path + "': " + error;
}

std::string ashlar::writeNpy(const std::string &path,
                             const NamedTensor &tensor) {
  std::vector<uint8_t> bytes = formatNpy(tensor);
  FILE *file = fopen(path.c_str(), "wb");
  if (!file)
    return "cannot write '" + path + "': " + strerror(errno);
  size_t written = fwrite(bytes.data(), 1, bytes.size(), file);
  if (fclose(file) != 0 || written != bytes.size())
    return "cannot write '" + path + "': " + strerror(errno);
  return {};
}

void ashlar::convertElements(NamedTensor &tensor, DataType type,
                             const std::function<double(size_t, double)> &map) {
  uint64_t count = 0, bytes = 0;
  runtime::countElements(tensor.shape, count);
  runtime::tensorBytes(type, tensor.shape, bytes);
  std::vector<uint8_t> data(bytes);
  for (size_t i = 0; i < count; ++i) {
    double value = runtime::loadElement(tensor.type, tensor.data.data(), i);
    runtime::storeElement(type, data.data(), i, map ? map(i, value) : value);
  }
  tensor.data = std::move(data);
  tensor.type = type;
}

std::string ashlar::convertForDevice(NamedTensor &tensor, DataType type) {
  if (tensor.type == type)
    return {};
  bool rounds = tensor.type == DataType::F32 && runtime::isSmallFloatType(type);
  bool narrows = (tensor.type == DataType::I8 && type == DataType::I4) ||
                 (tensor.type == DataType::U8 && type == DataType::U4);
  bool renames = (tensor.type == DataType::Bool && type == DataType::U8) ||
                 (tensor.type == DataType::U8 && type == DataType::Bool);
  // ONNX's own test data and NumPy's users keep the bits of bf16 in u16.
  if (tensor.type == DataType::U16 && type == DataType::BF16) {
    tensor.type = type;
    return {};
  }
  if (!rounds && !narrows && !renames)
    return "elements are " + std::string(runtime::dataTypeName(tensor.type)) +
           ", expected " + std::string(runtime::dataTypeName(type));
  if (narrows) {
    int64_t low = type == DataType::I4 ? -8 : 0;
    for (size_t i = 0; i < tensor.data.size(); ++i) {
      int64_t value = runtime::loadInteger(tensor.type, tensor.data.data(), i);
      if (value < low || value > low + 15)
        return "element " + std::to_string(i) + " is " + std::to_string(value) +
               ", out of range of " + std::string(runtime::dataTypeName(type));
    }
  }
  convertElements(tensor, type);
  return {};
}

void ashlar::convertForFile(NamedTensor &tensor) {
  switch (tensor.type) {
  case DataType::BF16:
  case DataType::F8E4M3:
  case DataType::F8E5M2:
    return convertElements(tensor, DataType::F32);
  case DataType::I4:
    return convertElements(tensor, DataType::I8);
  case DataType::U4:
    return convertElements(tensor, DataType::U8);
  default:
    return;
  }
}
