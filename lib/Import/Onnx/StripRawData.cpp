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
};
constexpr uint32_t rawDataField = 9;
constexpr unsigned maxDepth = 100;

class Stripper {
public:
  Stripper(StringRef model, uint64_t threshold)
      : base(model.data()), threshold(threshold) {}

  bool copy(Message kind, StringRef in, std::string &out, unsigned depth);

private:
  bool copyDelimited(Message kind, uint32_t field, uint64_t key, StringRef body,
                     std::string &out, unsigned depth);

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
uint64_t scalarLength(uint32_t wireType, StringRef in) {
  uint64_t ignored, length = 0;
  StringRef rest = in;
  switch (wireType) {
  case 0:
    length = readVarint(rest, ignored) ? in.size() - rest.size() : 0;
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

bool Stripper::copyDelimited(Message kind, uint32_t field, uint64_t key,
                             StringRef body, std::string &out, unsigned depth) {
  if (kind == Message::Tensor && field == rawDataField &&
      body.size() > threshold) {
    uint64_t place[2] = {uint64_t(body.data() - base), body.size()};
    std::string reference("\0ashlar", 7);
    reference.append(reinterpret_cast<const char *>(place), sizeof(place));
    writeDelimited(key, reference, out);
    return true;
  }
  for (const Child &child : children) {
    if (child.parent != kind || child.field != field)
      continue;
    std::string inner;
    if (!copy(child.child, body, inner, depth + 1))
      return false;
    writeDelimited(key, inner, out);
    return true;
  }
  writeDelimited(key, body, out);
  return true;
}

bool Stripper::copy(Message kind, StringRef in, std::string &out,
                    unsigned depth) {
  if (depth > maxDepth)
    return false;
  while (!in.empty()) {
    uint64_t key, length;
    if (!readVarint(in, key))
      return false;
    uint32_t wireType = key & 7, field = uint32_t(key >> 3);
    if (wireType == 2) {
      if (!readVarint(in, length) || length > in.size())
        return false;
      if (!copyDelimited(kind, field, key, in.take_front(length), out, depth))
        return false;
    } else {
      length = scalarLength(wireType, in);
      if (length == 0)
        return false;
      writeVarint(key, out);
      out.append(in.data(), length);
    }
    in = in.drop_front(length);
  }
  return true;
}

} // namespace

bool ashlar::stripRawData(StringRef model, uint64_t threshold,
                          std::string &stripped) {
  stripped.clear();
  return Stripper(model, threshold).copy(Message::Model, model, stripped, 0);
}
