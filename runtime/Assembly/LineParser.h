//===- LineParser.h - A cursor over the tokens of a line ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ASSEMBLY_LINEPARSER_H
#define ASHLAR_RUNTIME_ASSEMBLY_LINEPARSER_H

#include "Assembly/Lexer.h"
#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace ashlar::runtime {

/// Symbolic constants by name.
using SymbolTable = std::map<std::string, int64_t, std::less<>>;

/// The value of an expression: a constant, plus the index of the word that
/// `label` names if that is not empty.
struct ExprValue {
  int64_t constant = 0;
  std::string label;
  bool isBits =
      false; // a lone `f32:` literal: bits, neither signed nor unsigned
};

/// Reads one line. Functions that return an optional have reported an error
/// when it is empty; after an error the rest of the line should be left.
class LineParser {
public:
  using ErrorHandler =
      std::function<void(uint32_t column, std::string message)>;

  /// `line` must outlive the parser; `here` is the value of `.` (word index).
  LineParser(std::string_view line, const SymbolTable &symbols, int64_t here,
             ErrorHandler onError)
      : tokens(tokenize(line)), symbols(symbols), here(here),
        onError(std::move(onError)) {}

  const Token &peek(size_t ahead = 0) const {
    return tokens[std::min(next + ahead, tokens.size() - 1)];
  }
  /// The current token, and moves on; stays at End.
  const Token &take() {
    const Token &token = peek();
    if (next + 1 < tokens.size())
      ++next;
    return token;
  }
  bool atEnd() const { return peek().is(TokenKind::End); }
  /// Takes the token if it is that punctuation.
  bool accept(std::string_view punct);
  /// As `accept`, but reports an error if it is not.
  bool expect(std::string_view punct);
  /// Reports an error if tokens are left.
  bool expectEnd();

  /// An identifier; `what` names it in the message.
  std::optional<std::string> parseIdentifier(std::string_view what);
  std::optional<std::string> parseString(std::string_view what);
  /// Expression of integers, symbols, `.`, ( ) ~ - * / % + << >> & ^ | with the
  /// precedence of C; 64 bits, wrapping. A name without value is taken as a
  /// label, which may only be added to constants.
  std::optional<ExprValue> parseExpression();
  /// An expression without labels.
  std::optional<int64_t> parseInteger();
  /// Number in floating point, with sign; also inf, nan and integers.
  std::optional<double> parseFloat();

  /// Reports an error at the current token, or at another one. Always false.
  bool error(std::string message) { return error(peek(), std::move(message)); }
  bool error(const Token &token, std::string message);

private:
  std::optional<ExprValue> parseBinary(int minPrecedence, int depth);
  std::optional<ExprValue> parseUnary(int depth);
  std::optional<ExprValue> parsePrimary(int depth);
  std::optional<ExprValue> combine(const Token &op, const ExprValue &a,
                                   const ExprValue &b);

  std::vector<Token> tokens;
  size_t next = 0;
  const SymbolTable &symbols;
  int64_t here;
  ErrorHandler onError;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_ASSEMBLY_LINEPARSER_H
