//===- WeightBuilder.cpp - Data of weights in image assembly --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Image/Element.h"
#include "ImageDirectives.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

using namespace ashlar::runtime;

/// A source of a few lines must not take all memory of the host.
static constexpr uint64_t maxWeightBytes = uint64_t{1} << 34;

/// A number that is the same on every host: splitmix64.
static uint64_t nextRandom(uint64_t &state) {
  uint64_t z = state += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

bool WeightBuilder::begin(LineParser &line, uint64_t sectionEnd,
                          WeightInfo &result) {
  info = WeightInfo();
  std::optional<std::string> name = line.parseString("the weight's name");
  if (!name || !line.expect(",") || !parseType(line, info.type) ||
      !line.expect(","))
    return false;
  const Token at = line.peek();
  if (!parseShape(line, info.shape))
    return false;
  info.name = *name;
  info.offset = (sectionEnd + 63) & ~63ull;
  if (line.accept(",")) {
    const Token key = line.peek();
    std::optional<std::string> word = line.parseIdentifier("an option");
    if (!word)
      return false;
    if (*word != "at")
      return line.error(key, "unknown option '" + *word + "'");
    std::optional<uint64_t> offset = parseUnsigned(line);
    if (!offset)
      return false;
    if (*offset < sectionEnd || *offset > sectionEnd + maxWeightBytes)
      return line.error(key, "offset " + std::to_string(*offset) +
                                 " is not behind the weight before, which "
                                 "ends at " +
                                 std::to_string(sectionEnd));
    info.offset = *offset;
  }
  if (!countElements(info.shape, elements) ||
      !tensorBytes(info.type, info.shape, info.bytes) ||
      info.bytes > maxWeightBytes)
    return line.error(at, "the weight is too large for an assembly source");
  bytes = std::make_shared<std::vector<uint8_t>>(info.bytes);
  given = 0;
  raw = false;
  open = true;
  result = info;
  return true;
}

bool WeightBuilder::handle(std::string_view name, LineParser &line) {
  using Method = bool (WeightBuilder::*)(LineParser &);
  static const std::map<std::string_view, Method> methods = {
      {".data", &WeightBuilder::parseData},
      {".hex", &WeightBuilder::parseHex},
      {".zero", &WeightBuilder::parseZero},
      {".random", &WeightBuilder::parseRandom},
      {".incbin", &WeightBuilder::parseIncbin},
  };
  auto found = methods.find(name);
  if (found == methods.end())
    return false;
  bool isRaw = name == ".hex" || name == ".incbin";
  if (!open) {
    line.error("'" + std::string(name) + "' outside of a .weight");
  } else {
    if (given == 0)
      raw = isRaw;
    if (raw != isRaw && name != ".zero")
      line.error(
          "a weight's data are bytes (.hex, .incbin) or elements (.data, "
          ".random), not both");
    else if ((this->*found->second)(line))
      line.expectEnd();
  }
  return true;
}

bool WeightBuilder::room(LineParser &line, uint64_t count) {
  uint64_t limit = raw ? info.bytes : elements;
  if (count <= limit - given)
    return true;
  return line.error("weight '" + info.name + "' has more data than the " +
                    std::to_string(limit) + (raw ? " bytes" : " elements") +
                    " of its shape");
}

bool WeightBuilder::parseData(LineParser &line) {
  do {
    if (!room(line, 1))
      return false;
    double real = 0;
    int64_t integer = 0;
    if (isFloatType(info.type)) {
      std::optional<double> value = line.parseFloat();
      if (!value)
        return false;
      real = *value;
    } else {
      const Token at = line.peek();
      std::optional<int64_t> value = line.parseInteger();
      if (!value)
        return false;
      integer = *value;
      real = static_cast<double>(integer);
      storeElement(info.type, bytes->data(), given, real);
      bool wide = dataTypeBits(info.type) == 64;
      if (!wide && loadInteger(info.type, bytes->data(), given) != integer)
        return line.error(at, std::to_string(integer) + " is out of range of " +
                                  std::string(dataTypeName(info.type)));
    }
    if (dataTypeBits(info.type) == 64 && !isFloatType(info.type))
      memcpy(bytes->data() + given * 8, &integer, 8);
    else
      storeElement(info.type, bytes->data(), given, real);
    ++given;
  } while (line.accept(","));
  return true;
}

static int hexDigit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool WeightBuilder::parseHex(LineParser &line) {
  const Token at = line.peek();
  std::optional<std::string> text = line.parseString("bytes");
  if (!text)
    return false;
  if (text->size() % 2 != 0)
    return line.error(at, "an odd number of digits");
  if (!room(line, text->size() / 2))
    return false;
  for (size_t i = 0; i < text->size(); i += 2) {
    int high = hexDigit((*text)[i]), low = hexDigit((*text)[i + 1]);
    if (high < 0 || low < 0)
      return line.error(at, "not a hexadecimal digit");
    (*bytes)[given++] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

bool WeightBuilder::parseZero(LineParser &line) {
  uint64_t count = (raw ? info.bytes : elements) - given;
  if (!line.atEnd()) {
    std::optional<uint64_t> number = parseUnsigned(line);
    if (!number)
      return false;
    count = *number;
  }
  if (!room(line, count))
    return false;
  given += count;
  return true;
}

bool WeightBuilder::parseRandom(LineParser &line) {
  std::optional<int64_t> seed = line.parseInteger();
  if (!seed || !line.expect(","))
    return false;
  std::optional<double> low = line.parseFloat();
  if (!low || !line.expect(","))
    return false;
  std::optional<double> high = line.parseFloat();
  if (!high)
    return false;
  if (!(*low <= *high))
    return line.error("the range is empty");
  uint64_t state = static_cast<uint64_t>(*seed);
  for (; given < elements; ++given) {
    double unit = static_cast<double>(nextRandom(state) >> 11) * 0x1p-53;
    double value = *low + (*high - *low) * unit;
    if (!isFloatType(info.type)) // both ends included
      value = std::min(*high, *low + static_cast<double>(static_cast<int64_t>(
                                         (*high - *low + 1) * unit)));
    storeElement(info.type, bytes->data(), given, value);
  }
  return true;
}

bool WeightBuilder::parseIncbin(LineParser &line) {
  const Token at = line.peek();
  std::optional<std::string> name = line.parseString("a file's name");
  if (!name)
    return false;
  uint64_t offset = 0, count = info.bytes - given;
  if (line.accept(",")) {
    std::optional<uint64_t> from = parseUnsigned(line);
    if (!from || !line.expect(","))
      return false;
    std::optional<uint64_t> length = parseUnsigned(line);
    if (!length)
      return false;
    offset = *from;
    count = *length;
  }
  if (!room(line, count))
    return false;
  std::string path = !name->empty() && name->front() == '/'
                         ? *name
                         : options.folder + "/" + *name;
  FILE *file = fopen(path.c_str(), "rb");
  bool good = file && offset <= INT64_MAX &&
              fseeko(file, static_cast<off_t>(offset), SEEK_SET) == 0 &&
              fread(bytes->data() + given, 1, count, file) == count;
  if (file)
    fclose(file);
  if (!good)
    return line.error(at, "cannot read " + std::to_string(count) +
                              " bytes at offset " + std::to_string(offset) +
                              " of '" + path + "'");
  given += count;
  return true;
}

bool WeightBuilder::finish(std::string &error) {
  open = false;
  uint64_t limit = raw ? info.bytes : elements;
  if (given == limit)
    return true;
  error = "weight '" + info.name + "' has data for " + std::to_string(given) +
          (raw ? " bytes" : " elements") + ", its shape has " +
          std::to_string(limit);
  return false;
}

WeightData WeightBuilder::take() {
  WeightData data;
  data.data = bytes->data();
  data.bytes = bytes->size();
  data.owner = std::move(bytes);
  return data;
}
