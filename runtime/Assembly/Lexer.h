//===- Lexer.h - Tokens of one line of assembly ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ASSEMBLY_LEXER_H
#define ASHLAR_RUNTIME_ASSEMBLY_LEXER_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::runtime {

/// One error of an assembly source. Lines and columns count from 1.
struct Diagnostic {
  uint32_t line = 0;
  uint32_t column = 0;
  std::string message;

  /// `file:line:column: error: message`.
  std::string str(std::string_view fileName) const;
};

enum class TokenKind : uint8_t {
  End,        // of the line; a comment counts as its end
  Identifier, // letters, digits, `_`, `.`, `$`; does not begin with a digit or
              // `.`
  Directive,  // `.name`
  Integer,    // decimal, 0x or 0b; `integer` holds the value
  Float,      // number with a point or an exponent; `text` holds it
  Bits,       // `f32:1.5`, `f64lo:`, `f64hi:`; `integer` holds the 32 bits
  String,     // `string` holds it without quotes and escapes
  Punct,      // one of , : ( ) { } [ ] = + - * / % & | ^ ~ . or << >> -> @ !
  Error       // `string` says what is wrong
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text; // points into the line
  uint32_t column = 0;   // from 1
  uint64_t integer = 0;
  std::string string;

  bool is(TokenKind k) const { return kind == k; }
  bool isPunct(std::string_view p) const {
    return kind == TokenKind::Punct && text == p;
  }
};

/// Splits a line into tokens; the last one is End. Comments begin with `;` or
/// `#`. Any bytes are accepted: what is no token becomes an Error token.
std::vector<Token> tokenize(std::string_view line);

/// Parses `text` (a number, inf or nan, with a sign) as a float of that width;
/// NaN is the canonical one. False if it is malformed.
bool parseFloat32(std::string_view text, uint32_t &bits);
bool parseFloat64(std::string_view text, uint64_t &bits);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_ASSEMBLY_LEXER_H
