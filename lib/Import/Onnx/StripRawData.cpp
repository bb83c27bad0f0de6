//===- StripRawData.cpp - Weights stay in the file ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the wire format along the fields that lead to tensors and copies the
// rest verbatim. Field numbers are those of onnx.proto.
//
//===----------------------------------------------------------------------===//

#include "OnnxFile.h"

#include <cstring>

using namespace ashlar;
using llvm::StringRef;

namespace {

/// The messages on the way from a model to a tensor's bytes.
enum class Message { Model, Graph, Node, Attribute, Tensor, Function, Sparse };

struct Child {
  Message parent;
  uint32_t field;
  Message child;
};

constexpr Child children[] = {
    {Message::Model, 7, Message::Graph},
    {Message::Model, 25, Message::Function},
    {Message::Function, 7, Message::Node},
    {Message::Graph, 1, Message::Node},
    {Message::Graph, 5, Message::Tensor},
    {Message::Graph, 15, Message::Sparse},
    {Message::Sparse, 1, Message::Tensor},
    {Message::Sparse, 2, Message::Tensor},
    {Message::Node, 5, Message::Attribute},
    {Message::Attribute, 5, Message::Tensor},
    {Message::Attribute, 10, Message::Tensor},
    {Message::Attribute, 6, Message::Graph},
    {Message::Attribute, 11, Message::Graph},
    {Message::Attribute, 22, Message::Sparse},
    {Message::Attribute, 23, Message::Sparse},
};
constexpr uint32_t dataTypeField = 2, floatDataField = 4, rawDataField = 9,
                   doubleDataField = 10, dataLocationField = 14;
constexpr uint64_t floatType = 1, doubleType = 11; // of data_type
constexpr unsigned maxDepth = 100;
/// What stands in place of bytes that were cut out, before offset and length.
constexpr StringRef mark("\0ashlar", 7);

/// A field of a message.
struct Field {
  uint64_t key, value; // the value of a varint
  StringRef body;      // of a field that has a length
  StringRef bytes;     // of any other, in the file
  uint32_t number() const { return uint32_t(key >> 3); }
  bool isDelimited() const { return (key & 7) == 2; }
};

class Stripper {
public:
  Stripper(StringRef model, uint64_t threshold)
      : base(model.data()), threshold(threshold) {}

  bool copy(Message kind, StringRef in, std::string &out, unsigned depth);

private:
  bool copyDelimited(Message kind, const Field &field, std::string &out,
                     unsigned depth);
  void writeReference(StringRef body, std::string &out);

  const char *base;
  uint64_t threshold;
};

bool readVarint(StringRef &in, uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    uint8_t byte = in.front();
    in = in.drop_front();
    value |= uint64_t(byte & 0x7f) << shift;
    if (!(byte & 0x80))
      return true;
  }
  return false;
}

void writeVarint(uint64_t value, std::string &out) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(char(value | 0x80));
  out.push_back(char(value));
}

void writeDelimited(uint64_t key, StringRef body, std::string &out) {
  writeVarint(key, out);
  writeVarint(body.size(), out);
  out.append(body.data(), body.size());
}

/// Length of a field that is not length-delimited, by wire type; 0 if
/// malformed.
uint64_t scalarLength(uint32_t wireType, StringRef in, uint64_t &value) {
  uint64_t length = 0;
  StringRef rest = in;
  switch (wireType) {
  case 0:
    length = readVarint(rest, value) ? in.size() - rest.size() : 0;
    break;
  case 1:
    length = 8;
    break;
  case 5:
    length = 4;
    break;
  }
  return length <= in.size() ? length : 0;
}

/// Takes a field from `in`; false if it is malformed.
bool readField(StringRef &in, Field &field) {
  field.value = 0;
  if (!readVarint(in, field.key))
    return false;
  if (field.isDelimited()) {
    uint64_t length;
    if (!readVarint(in, length) || length > in.size())
      return false;
    field.body = in.take_front(length);
    in = in.drop_front(length);
    return true;
  }
  uint64_t length = scalarLength(field.key & 7, in, field.value);
  field.bytes = in.take_front(length);
  in = in.drop_front(length);
  return length > 0;
}

/// The number of the typed field that has all of a tensor's elements as they
/// stand in memory: one packed field of floats. 0 if there is none.
uint32_t packedFloats(StringRef tensor) {
  Field field;
  uint64_t type = 0;
  uint32_t found = 0;
  bool others = false;
  while (!tensor.empty() && readField(tensor, field)) {
    uint32_t number = field.number();
    if (number == dataTypeField)
      type = field.value;
    else if (number == rawDataField || number == dataLocationField)
      others = true;
    else if (number == floatDataField || number == doubleDataField) {
      others |= found != 0 || !field.isDelimited();
      found = number;
    }
  }
  bool fits = (type == floatType && found == floatDataField) ||
              (type == doubleType && found == doubleDataField);
  return fits && !others ? found : 0;
}

void Stripper::writeReference(StringRef body, std::string &out) {
  uint64_t place[2] = {uint64_t(body.data() - base), body.size()};
  std::string reference = mark.str();
  reference.append(reinterpret_cast<const char *>(place), sizeof(place));
  writeDelimited(rawDataField << 3 | 2, reference, out);
}

bool Stripper::copyDelimited(Message kind, const Field &field, std::string &out,
                             unsigned depth) {
  for (const Child &child : children) {
    if (child.parent != kind || child.field != field.number())
      continue;
    std::string inner;
    if (!copy(child.child, field.body, inner, depth + 1))
      return false;
    writeDelimited(field.key, inner, out);
    return true;
  }
  writeDelimited(field.key, field.body, out);
  return true;
}

bool Stripper::copy(Message kind, StringRef in, std::string &out,
                    unsigned depth) {
  if (depth > maxDepth)
    return false;
  bool isTensor = kind == Message::Tensor;
  uint32_t floats = isTensor ? packedFloats(in) : 0;
  Field field;
  while (!in.empty()) {
    if (!readField(in, field))
      return false;
    bool isRaw = isTensor && field.number() == rawDataField;
    bool isLarge = field.isDelimited() && field.body.size() > threshold;
    if (!field.isDelimited()) {
      writeVarint(field.key, out);
      out.append(field.bytes.data(), field.bytes.size());
    } else if ((isRaw && (isLarge || field.body.starts_with(mark))) ||
               (floats != 0 && field.number() == floats && isLarge)) {
      writeReference(field.body, out);
    } else if (!copyDelimited(kind, field, out, depth)) {
      return false;
    }
  }
  return true;
}

} // namespace

bool ashlar::stripRawData(StringRef model, uint64_t threshold,
                          std::string &stripped) {
  stripped.clear();
  return Stripper(model, threshold).copy(Message::Model, model, stripped, 0);
}
