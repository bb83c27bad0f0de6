//===- TensorProto.cpp - ONNX's serialised tensors ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the wire format directly: ONNX's own types stay inside the importer,
// and those of Debian's package are older than some element types. Field
// numbers and types are those of onnx.proto's TensorProto.
//
//===----------------------------------------------------------------------===//

#include "Image/Element.h"
#include "ashlar/IO/TensorFile.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstring>

using namespace ashlar;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using runtime::DataType;

namespace {
struct ProtoType {
  unsigned number;
  DataType type;
};

/// One TensorProto's fields as they come.
struct RawTensor {
  std::vector<int64_t> dims;
  uint64_t dataType = 0;
  std::string name, raw;
  bool hasRaw = false;
  std::vector<uint32_t> floats;   // bits
  std::vector<uint64_t> doubles;  // bits
  std::vector<uint64_t> integers; // int32_data, int64_data or uint64_data
  std::vector<std::pair<std::string, std::string>> external;
  uint64_t dataLocation = 0;
};
} // namespace

static constexpr ProtoType protoTypes[] = {
    {1, DataType::F32},   {2, DataType::U8},      {3, DataType::I8},
    {4, DataType::U16},   {5, DataType::I16},     {6, DataType::I32},
    {7, DataType::I64},   {9, DataType::Bool},    {10, DataType::F16},
    {11, DataType::F64},  {12, DataType::U32},    {13, DataType::U64},
    {16, DataType::BF16}, {17, DataType::F8E4M3}, {19, DataType::F8E5M2},
    {21, DataType::U4},   {22, DataType::I4}};

static constexpr const char *unsupportedNames[][2] = {
    {"8", "strings"},
    {"14", "complex numbers"},
    {"15", "complex numbers"},
    {"18", "f8 of the FNUZ kind"},
    {"20", "f8 of the FNUZ kind"}};

/// The length of what follows; false if it is more than there is.
static bool readLength(CodedInputStream &in, uint32_t &length) {
  return in.ReadVarint32(&length) && length <= INT32_MAX &&
         static_cast<int>(length) <= in.BytesUntilLimit();
}

/// A repeated varint field, packed or not.
static bool readVarints(CodedInputStream &in, uint32_t tag,
                        std::vector<uint64_t> &values) {
  uint64_t value;
  if (WireFormatLite::GetTagWireType(tag) !=
      WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
    if (!in.ReadVarint64(&value))
      return false;
    values.push_back(value);
    return true;
  }
  uint32_t length;
  if (!readLength(in, length))
    return false;
  auto limit = in.PushLimit(static_cast<int>(length));
  while (in.BytesUntilLimit() > 0) {
    if (!in.ReadVarint64(&value))
      return false;
    values.push_back(value);
  }
  in.PopLimit(limit);
  return true;
}

/// A repeated fixed-width field, packed or not.
template <typename T>
static bool readFixed(CodedInputStream &in, uint32_t tag,
                      std::vector<T> &values) {
  uint32_t length = sizeof(T);
  if (WireFormatLite::GetTagWireType(tag) ==
          WireFormatLite::WIRETYPE_LENGTH_DELIMITED &&
      !readLength(in, length))
    return false;
  if (length % sizeof(T) != 0)
    return false;
  std::string bytes;
  if (!in.ReadString(&bytes, static_cast<int>(length)))
    return false;
  size_t before = values.size();
  values.resize(before + length / sizeof(T));
  if (length != 0)
    memcpy(values.data() + before, bytes.data(), length);
  return true;
}

static bool readText(CodedInputStream &in, std::string &text) {
  uint32_t length;
  return readLength(in, length) &&
         in.ReadString(&text, static_cast<int>(length));
}

/// A StringStringEntryProto: key = 1, value = 2.
static bool readPair(CodedInputStream &in, RawTensor &tensor) {
  std::string bytes;
  if (!readText(in, bytes))
    return false;
  CodedInputStream inner(reinterpret_cast<const uint8_t *>(bytes.data()),
                         static_cast<int>(bytes.size()));
  inner.PushLimit(static_cast<int>(bytes.size()));
  std::pair<std::string, std::string> entry;
  while (uint32_t tag = inner.ReadTag()) {
    int field = WireFormatLite::GetTagFieldNumber(tag);
    bool good = field == 1   ? readText(inner, entry.first)
                : field == 2 ? readText(inner, entry.second)
                             : WireFormatLite::SkipField(&inner, tag);
    if (!good)
      return false;
  }
  tensor.external.push_back(std::move(entry));
  return inner.ConsumedEntireMessage();
}

static bool readField(CodedInputStream &in, uint32_t tag, RawTensor &tensor) {
  switch (WireFormatLite::GetTagFieldNumber(tag)) {
  case 1: {
    std::vector<uint64_t> dims;
    if (!readVarints(in, tag, dims))
      return false;
    tensor.dims.insert(tensor.dims.end(), dims.begin(), dims.end());
    return true;
  }
  case 2:
    return in.ReadVarint64(&tensor.dataType);
  case 4:
    return readFixed(in, tag, tensor.floats);
  case 5:
  case 7:
  case 11:
    return readVarints(in, tag, tensor.integers);
  case 8:
    return readText(in, tensor.name);
  case 9:
    tensor.hasRaw = true;
    return readText(in, tensor.raw);
  case 10:
    return readFixed(in, tag, tensor.doubles);
  case 13:
    return readPair(in, tensor);
  case 14:
    return in.ReadVarint64(&tensor.dataLocation);
  default:
    return WireFormatLite::SkipField(&in, tag);
  }
}

static std::string readExternal(const RawTensor &raw, const std::string &folder,
                                uint64_t expectedBytes, std::string &data) {
  std::string location;
  uint64_t offset = 0;
  for (const auto &[key, value] : raw.external) {
    if (key == "location")
      location = value;
    if (key == "offset")
      offset = strtoull(value.c_str(), nullptr, 10);
  }
  if (location.empty() || location[0] == '/' ||
      ("/" + location + "/").find("/../") != std::string::npos ||
      location.find('\0') != std::string::npos)
    return "external data must be a file below the tensor's folder";
  std::vector<uint8_t> bytes;
  if (std::string error = readFile(folder + "/" + location, bytes);
      !error.empty())
    return error;
  if (expectedBytes > bytes.size() || offset > bytes.size() - expectedBytes)
    return "external data '" + location + "' have " +
           std::to_string(bytes.size()) + " bytes, expected " +
           std::to_string(expectedBytes) + " from offset " +
           std::to_string(offset);
  data.assign(bytes.begin() + offset, bytes.begin() + offset + expectedBytes);
  return {};
}

/// Moves the values of a typed field into the tensor's own layout.
static std::string unpackValues(const RawTensor &raw, uint64_t count,
                                NamedTensor &tensor) {
  DataType type = tensor.type;
  size_t available = type == DataType::F32   ? raw.floats.size()
                     : type == DataType::F64 ? raw.doubles.size()
                                             : raw.integers.size();
  // Two 4-bit elements share an integer of int32_data.
  uint64_t expected =
      runtime::dataTypeBits(type) == 4 ? count / 2 + count % 2 : count;
  if (available != expected)
    return "its shape has " + std::to_string(count) + " elements, its data " +
           std::to_string(available);
  size_t width = std::max(1u, runtime::dataTypeBits(type) / 8);
  tensor.data.resize(expected * width);
  for (size_t i = 0; i < expected; ++i) {
    const void *from =
        type == DataType::F32   ? static_cast<const void *>(&raw.floats[i])
        : type == DataType::F64 ? static_cast<const void *>(&raw.doubles[i])
                                : static_cast<const void *>(&raw.integers[i]);
    memcpy(tensor.data.data() + i * width, from, width);
  }
  return {};
}

static std::string findType(uint64_t number, DataType &type) {
  for (const ProtoType &known : protoTypes)
    if (known.number == number) {
      type = known.type;
      return {};
    }
  for (const auto &[text, name] : unsupportedNames)
    if (std::to_string(number) == text)
      return std::string("tensors of ") + name + " are not supported";
  return "unknown element type " + std::to_string(number);
}

std::string ashlar::parseTensorProto(std::span<const uint8_t> bytes,
                                     const std::string &folder,
                                     NamedTensor &tensor) {
  if (bytes.size() > INT32_MAX)
    return "larger than 2 GiB, which protobuf does not allow";
  CodedInputStream in(bytes.data(), static_cast<int>(bytes.size()));
  in.SetRecursionLimit(16);
  in.PushLimit(static_cast<int>(bytes.size()));
  RawTensor raw;
  while (uint32_t tag = in.ReadTag())
    if (!readField(in, tag, raw))
      return "not a readable ONNX tensor";
  if (!in.ConsumedEntireMessage())
    return "not a readable ONNX tensor";
  if (std::string error = findType(raw.dataType, tensor.type); !error.empty())
    return error;
  uint64_t count = 0, size = 0;
  if (raw.dims.size() > 32 || !runtime::countElements(raw.dims, count) ||
      !runtime::tensorBytes(tensor.type, raw.dims, size))
    return "its shape is negative or too large";
  tensor.name = raw.name;
  tensor.shape = raw.dims;
  if (raw.dataLocation == 1) {
    raw.hasRaw = true;
    if (std::string error = readExternal(raw, folder, size, raw.raw);
        !error.empty())
      return error;
  }
  if (!raw.hasRaw)
    return unpackValues(raw, count, tensor);
  if (raw.raw.size() != size)
    return "its shape has " + std::to_string(size) + " bytes, its data " +
           std::to_string(raw.raw.size());
  tensor.data.assign(raw.raw.begin(), raw.raw.end());
  return {};
}
