//===- Npy.cpp - NumPy's .npy format --------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A magic number, a version, a header that is the text of a Python dictionary
// with the keys descr, fortran_order and shape, and the data.
// Source: numpy.lib.format's documentation.
//
//===----------------------------------------------------------------------===//

#include "ashlar/IO/TensorFile.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>

using namespace ashlar;
using runtime::DataType;

static constexpr std::string_view magic("\x93NUMPY", 6);

namespace {

struct NpyHeader {
  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Parser of the header's dictionary: strings, booleans, tuples of integers.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : rest(text) {}

  bool parse(NpyHeader &header) {
    bool sawDescr = false, sawOrder = false, sawShape = false;
    if (!eat('{'))
      return false;
    while (!eat('}')) {
      std::string key;
      if (!parseString(key) || !eat(':'))
        return false;
      bool known = false;
      if (key == "descr")
        known = sawDescr = parseString(header.descr);
      else if (key == "fortran_order")
        known = sawOrder = parseBool(header.fortranOrder);
      else if (key == "shape")
        known = sawShape = parseShape(header.shape);
      if (!known)
        return false;
      if (!eat(',') && !peek('}'))
        return false;
    }
    return sawDescr && sawOrder && sawShape;
  }

private:
  void skipSpace() {
    while (!rest.empty() && isspace(static_cast<unsigned char>(rest[0])))
      rest.remove_prefix(1);
  }
  bool peek(char c) {
    skipSpace();
    return !rest.empty() && rest[0] == c;
  }
  bool eat(char c) {
    if (!peek(c))
      return false;
    rest.remove_prefix(1);
    return true;
  }
  bool eatWord(std::string_view word) {
    skipSpace();
    if (rest.substr(0, word.size()) != word)
      return false;
    rest.remove_prefix(word.size());
    return true;
  }
  bool parseString(std::string &text) {
    char quote = peek('"') ? '"' : '\'';
    if (!eat(quote))
      return false;
    size_t end = rest.find(quote);
    if (end == std::string_view::npos)
      return false;
    text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
  }
  bool parseBool(bool &value) {
    value = eatWord("True");
    return value || eatWord("False");
  }
  bool parseShape(std::vector<int64_t> &shape) {
    shape.clear();
    if (!eat('('))
      return false;
    while (!eat(')')) {
      skipSpace();
      size_t digits = 0;
      int64_t value = 0;
      while (digits < rest.size() && isdigit(rest[digits])) {
        if (++digits > 18)
          return false;
        value = value * 10 + (rest[digits - 1] - '0');
      }
      if (digits == 0 || shape.size() == 32)
        return false;
      rest.remove_prefix(digits);
      shape.push_back(value);
      if (!eat(',') && !peek(')'))
        return false;
    }
    return true;
  }

  std::string_view rest;
};

struct TypeCode {
  std::string_view code; // without the byte order
  DataType type;
};

} // namespace

// V1 and V2 (raw bytes) are what bf16 arrays of extension packages are saved
// as; V1 could be either f8 type and is refused.
static constexpr TypeCode typeCodes[] = {
    {"b1", DataType::Bool}, {"i1", DataType::I8},  {"u1", DataType::U8},
    {"i2", DataType::I16},  {"u2", DataType::U16}, {"i4", DataType::I32},
    {"u4", DataType::U32},  {"i8", DataType::I64}, {"u8", DataType::U64},
    {"f2", DataType::F16},  {"f4", DataType::F32}, {"f8", DataType::F64},
    {"V2", DataType::BF16}};

/// Reorders column-major data of `width` bytes an element to row-major.
static void makeRowMajor(NamedTensor &tensor, size_t width) {
  std::vector<uint8_t> out(tensor.data.size());
  size_t rank = tensor.shape.size();
  std::vector<int64_t> index(rank, 0);
  std::vector<size_t> stride(rank, width);
  for (size_t d = 1; d < rank; ++d)
    stride[d] = stride[d - 1] * static_cast<size_t>(tensor.shape[d - 1]);
  size_t from = 0;
  for (size_t to = 0; to < out.size(); to += width) {
    memcpy(out.data() + to, tensor.data.data() + from, width);
    for (size_t d = rank; d-- > 0;) {
      from += stride[d];
      if (++index[d] < tensor.shape[d])
        break;
      from -= stride[d] * static_cast<size_t>(tensor.shape[d]);
      index[d] = 0;
    }
  }
  tensor.data = std::move(out);
}

static std::string readType(const std::string &descr, DataType &type,
                            bool &bigEndian) {
  std::string_view code = descr;
  bigEndian = !code.empty() && code[0] == '>';
  if (!code.empty() && strchr("<>|=", code[0]))
    code.remove_prefix(1);
  for (const TypeCode &known : typeCodes)
    if (known.code == code) {
      type = known.type;
      return {};
    }
  return "element type '" + descr + "' is not supported";
}

std::string ashlar::parseNpy(std::span<const uint8_t> bytes,
                             NamedTensor &tensor) {
  if (bytes.size() < 10 || memcmp(bytes.data(), magic.data(), magic.size()))
    return "not an .npy file";
  unsigned version = bytes[6];
  size_t prefix = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.size() < prefix)
    return "unknown .npy version " + std::to_string(version);
  size_t headerBytes = bytes[8] | size_t{bytes[9]} << 8;
  if (version > 1)
    headerBytes |= size_t{bytes[10]} << 16 | size_t{bytes[11]} << 24;
  if (headerBytes > bytes.size() - prefix)
    return "truncated: the header is cut off";
  NpyHeader header;
  HeaderParser parser(
      {reinterpret_cast<const char *>(bytes.data()) + prefix, headerBytes});
  if (!parser.parse(header))
    return "the header is not readable";
  bool bigEndian = false;
  if (std::string error = readType(header.descr, tensor.type, bigEndian);
      !error.empty())
    return error;
  uint64_t size = 0;
  bool fits = runtime::tensorBytes(tensor.type, header.shape, size);
  std::span<const uint8_t> data = bytes.subspan(prefix + headerBytes);
  if (!fits || size != data.size())
    return "the shape has " + (fits ? std::to_string(size) : "too many") +
           " bytes of data, the file has " + std::to_string(data.size());
  tensor.shape = header.shape;
  tensor.data.assign(data.begin(), data.end());
  size_t width = runtime::dataTypeBits(tensor.type) / 8;
  if (bigEndian)
    for (size_t i = 0; i < tensor.data.size(); i += width)
      std::reverse(tensor.data.begin() + i, tensor.data.begin() + i + width);
  if (header.fortranOrder && tensor.shape.size() > 1)
    makeRowMajor(tensor, width);
  if (tensor.type == DataType::Bool)
    for (uint8_t &byte : tensor.data)
      byte = byte != 0;
  return {};
}

std::vector<uint8_t> ashlar::formatNpy(const NamedTensor &given) {
  NamedTensor tensor = given;
  convertForFile(tensor);
  std::string_view code;
  for (const TypeCode &known : typeCodes)
    if (known.type == tensor.type)
      code = known.code;
  bool single = runtime::dataTypeBits(tensor.type) == 8;
  std::string header = "{'descr': '" + std::string(single ? "|" : "<") +
                       std::string(code) + "', 'fortran_order': False, " +
                       "'shape': (";
  for (size_t i = 0; i < tensor.shape.size(); ++i)
    header += (i ? ", " : "") + std::to_string(tensor.shape[i]);
  header += tensor.shape.size() == 1 ? ",), }" : "), }";
  // Data begin at a multiple of 64 bytes; a line feed ends the header.
  while ((10 + header.size() + 1) % 64 != 0)
    header += ' ';
  header += '\n';
  std::vector<uint8_t> bytes(magic.begin(), magic.end());
  bytes.insert(bytes.end(), {1, 0, static_cast<uint8_t>(header.size()),
                             static_cast<uint8_t>(header.size() >> 8)});
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), tensor.data.begin(), tensor.data.end());
  return bytes;
}
