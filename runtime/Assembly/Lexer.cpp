//===- Lexer.cpp - Tokens of one line of assembly -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Lexer.h"
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace ashlar::runtime {

std::string Diagnostic::str(std::string_view fileName) const {
  return std::string(fileName) + ":" + std::to_string(line) + ":" +
         std::to_string(column) + ": error: " + message;
}

// Locale-free replacements of <cctype>, total on all bytes.
static bool isDigit(char c) { return c >= '0' && c <= '9'; }
static bool isAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool isWord(char c) {
  return isAlpha(c) || isDigit(c) || c == '_' || c == '.' || c == '$';
}

template <typename Float>
static bool parseFloat(std::string_view text, Float &value) {
  if (text.starts_with('+'))
    text.remove_prefix(1);
  if (text.empty() || text == "-")
    return false;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size())
    return false;
  if (error == std::errc::result_out_of_range) // Too large or too small: as
                                               // IEEE 754 rounds.
    value = static_cast<Float>(std::strtod(std::string(text).c_str(), nullptr));
  else if (error != std::errc())
    return false;
  if (std::isnan(value))
    value = std::numeric_limits<Float>::quiet_NaN();
  return true;
}

bool parseFloat32(std::string_view text, uint32_t &bits) {
  float value = 0;
  if (!parseFloat(text, value))
    return false;
  bits = std::bit_cast<uint32_t>(value);
  return true;
}

bool parseFloat64(std::string_view text, uint64_t &bits) {
  double value = 0;
  if (!parseFloat(text, value))
    return false;
  bits = std::bit_cast<uint64_t>(value);
  return true;
}

namespace {
class Lexer {
public:
  explicit Lexer(std::string_view line) : line(line) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    do
      tokens.push_back(next());
    while (!tokens.back().is(TokenKind::End));
    return tokens;
  }

private:
  char at(size_t i) const { return i < line.size() ? line[i] : '\0'; }

  Token make(TokenKind kind, size_t length) {
    Token token;
    token.kind = kind;
    token.text = line.substr(pos, length);
    token.column = static_cast<uint32_t>(pos + 1);
    pos += length;
    return token;
  }
  Token error(size_t length, std::string message) {
    Token token = make(TokenKind::Error, length);
    token.string = std::move(message);
    return token;
  }

  Token next() {
    while (at(pos) == ' ' || at(pos) == '\t' || at(pos) == '\r')
      ++pos;
    if (pos >= line.size() || line[pos] == ';' || line[pos] == '#')
      return make(TokenKind::End, 0);
    char c = line[pos];
    if (isDigit(c))
      return number();
    if (isAlpha(c) || c == '_' || c == '$')
      return word();
    if (c == '.' && (isAlpha(at(pos + 1)) || at(pos + 1) == '_'))
      return make(TokenKind::Directive, wordLength());
    if (c == '"')
      return string();
    std::string_view two = line.substr(pos, 2);
    if (two == "<<" || two == ">>" || two == "->")
      return make(TokenKind::Punct, 2);
    if (std::string_view(",:(){}[]=+-*/%&|^~.@!<>").find(c) !=
        std::string_view::npos)
      return make(TokenKind::Punct, 1);
    if (static_cast<unsigned char>(c) < 0x20 ||
        static_cast<unsigned char>(c) >= 0x7f)
      return error(1, "unexpected byte " +
                          std::to_string(static_cast<unsigned char>(c)));
    return error(1, std::string("unexpected character '") + c + "'");
  }

  size_t wordLength() const {
    size_t end = pos + 1;
    while (end < line.size() && isWord(line[end]))
      ++end;
    return end - pos;
  }

  // Length of a floating-point literal from `start`, with its sign.
  size_t floatLength(size_t start) const {
    size_t end = start;
    while (end < line.size()) {
      char c = line[end];
      bool sign = c == '+' || c == '-';
      bool exponent =
          end > start && (line[end - 1] == 'e' || line[end - 1] == 'E');
      if (sign ? end != start && !exponent : !isWord(c))
        break;
      ++end;
    }
    return end - start;
  }

  Token word() {
    size_t length = wordLength();
    std::string_view name = line.substr(pos, length);
    bool prefix = name == "f32" || name == "f64lo" || name == "f64hi";
    if (!prefix || at(pos + length) != ':')
      return make(TokenKind::Identifier, length);
    size_t start = pos + length + 1, size = floatLength(start);
    std::string_view literal = line.substr(start, size);
    uint32_t bits32 = 0;
    uint64_t bits64 = 0;
    bool ok = name == "f32" ? parseFloat32(literal, bits32)
                            : parseFloat64(literal, bits64);
    if (!ok)
      return error(length + 1 + size,
                   "malformed number after '" + std::string(name) + ":'");
    Token token = make(TokenKind::Bits, length + 1 + size);
    token.integer = name == "f32"     ? bits32
                    : name == "f64lo" ? bits64 & 0xffffffff
                                      : bits64 >> 32;
    return token;
  }

  Token number() {
    size_t length = floatLength(pos);
    std::string_view text = line.substr(pos, length);
    int base = 10;
    std::string_view digits = text;
    if (text.starts_with("0x") || text.starts_with("0X"))
      base = 16;
    else if (text.starts_with("0b") || text.starts_with("0B"))
      base = 2;
    if (base !=
        10) { // An `e` in a hexadecimal number is a digit, not an exponent.
      text = line.substr(pos, wordLength());
      digits = text.substr(2);
    }
    uint64_t value = 0;
    auto [end, failure] = std::from_chars(
        digits.data(), digits.data() + digits.size(), value, base);
    if (!digits.empty() && end == digits.data() + digits.size()) {
      if (failure == std::errc::result_out_of_range)
        return error(text.size(), "integer does not fit in 64 bits");
      Token token = make(TokenKind::Integer, text.size());
      token.integer = value;
      return token;
    }
    uint64_t bits;
    if (base == 10 && parseFloat64(text, bits))
      return make(TokenKind::Float, text.size());
    return error(text.size(), "malformed number '" + std::string(text) + "'");
  }

  static int hexDigit(char c) {
    if (isDigit(c))
      return c - '0';
    if (c >= 'a' && c <= 'f')
      return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }

  Token string() {
    std::string value;
    size_t end = pos + 1;
    for (; end < line.size() && line[end] != '"'; ++end) {
      if (line[end] != '\\') {
        value += line[end];
        continue;
      }
      char c = at(++end);
      if (c == 'n')
        value += '\n';
      else if (c == 't')
        value += '\t';
      else if (c == '\\' || c == '"')
        value += c;
      else if (c == 'x' && hexDigit(at(end + 1)) >= 0 &&
               hexDigit(at(end + 2)) >= 0) {
        value += static_cast<char>(hexDigit(at(end + 1)) * 16 +
                                   hexDigit(at(end + 2)));
        end += 2;
      } else
        return error(line.size() - pos, "unknown escape in string");
    }
    if (end >= line.size())
      return error(line.size() - pos, "string is not closed");
    Token token = make(TokenKind::String, end + 1 - pos);
    token.string = std::move(value);
    return token;
  }

  std::string_view line;
  size_t pos = 0;
};
} // namespace

std::vector<Token> tokenize(std::string_view line) { return Lexer(line).run(); }

} // namespace ashlar::runtime
