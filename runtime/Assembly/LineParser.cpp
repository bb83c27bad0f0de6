//===- LineParser.cpp - A cursor over the tokens of a line ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/LineParser.h"
#include <bit>

namespace ashlar::runtime {

// Deeper expressions are refused rather than trusted to the host's stack.
constexpr int maxDepth = 200;

static std::string describe(const Token &token) {
  if (token.is(TokenKind::End))
    return "the end of the line";
  return "'" + std::string(token.text) + "'";
}

bool LineParser::error(const Token &token, std::string message) {
  // What the lexer could not read is the better explanation.
  onError(token.column,
          token.is(TokenKind::Error) ? token.string : std::move(message));
  return false;
}

bool LineParser::accept(std::string_view punct) {
  if (!peek().isPunct(punct))
    return false;
  take();
  return true;
}

bool LineParser::expect(std::string_view punct) {
  if (accept(punct))
    return true;
  return error("expected '" + std::string(punct) + "', found " +
               describe(peek()));
}

bool LineParser::expectEnd() {
  if (atEnd())
    return true;
  return error("expected the end of the line, found " + describe(peek()));
}

std::optional<std::string> LineParser::parseIdentifier(std::string_view what) {
  if (peek().is(TokenKind::Identifier))
    return std::string(take().text);
  error("expected " + std::string(what) + ", found " + describe(peek()));
  return std::nullopt;
}

std::optional<std::string> LineParser::parseString(std::string_view what) {
  if (peek().is(TokenKind::String))
    return take().string;
  error("expected " + std::string(what) + " in quotes, found " +
        describe(peek()));
  return std::nullopt;
}

static int precedenceOf(const Token &token) {
  if (!token.is(TokenKind::Punct))
    return 0;
  std::string_view op = token.text;
  if (op == "|")
    return 1;
  if (op == "^")
    return 2;
  if (op == "&")
    return 3;
  if (op == "<<" || op == ">>")
    return 4;
  if (op == "+" || op == "-")
    return 5;
  return op == "*" || op == "/" || op == "%" ? 6 : 0;
}

std::optional<ExprValue> LineParser::parseExpression() {
  return parseBinary(1, 0);
}

std::optional<ExprValue> LineParser::parseBinary(int minPrecedence, int depth) {
  std::optional<ExprValue> left = parseUnary(depth);
  while (left) {
    int precedence = precedenceOf(peek());
    if (precedence < minPrecedence || precedence == 0)
      break;
    const Token &op = take();
    std::optional<ExprValue> right = parseBinary(precedence + 1, depth + 1);
    if (!right)
      return std::nullopt;
    left = combine(op, *left, *right);
  }
  return left;
}

std::optional<ExprValue> LineParser::parseUnary(int depth) {
  if (depth > maxDepth) {
    error("expression is nested too deep");
    return std::nullopt;
  }
  const Token &op = peek();
  if (!op.isPunct("-") && !op.isPunct("~") && !op.isPunct("+"))
    return parsePrimary(depth);
  take();
  std::optional<ExprValue> value = parseUnary(depth + 1);
  if (!value)
    return std::nullopt;
  if (!value->label.empty()) {
    error(op, "a label can only be added to a constant");
    return std::nullopt;
  }
  value->isBits = false;
  uint64_t bits = static_cast<uint64_t>(value->constant);
  if (op.isPunct("-"))
    value->constant = static_cast<int64_t>(0 - bits);
  else if (op.isPunct("~"))
    value->constant = static_cast<int64_t>(~bits);
  return value;
}

std::optional<ExprValue> LineParser::parsePrimary(int depth) {
  const Token &token = peek();
  ExprValue value;
  if (token.is(TokenKind::Integer) || token.is(TokenKind::Bits)) {
    value.constant = static_cast<int64_t>(token.integer);
    value.isBits = token.is(TokenKind::Bits);
    take();
    return value;
  }
  if (accept(".")) {
    value.constant = here;
    return value;
  }
  if (token.is(TokenKind::Identifier) || token.is(TokenKind::Directive)) {
    auto symbol = symbols.find(token.text);
    if (symbol != symbols.end())
      value.constant = symbol->second;
    else
      value.label = token.text;
    take();
    return value;
  }
  if (accept("(")) {
    std::optional<ExprValue> inner = parseBinary(1, depth + 1);
    if (!inner || !expect(")"))
      return std::nullopt;
    return inner;
  }
  error("expected a value, found " + describe(token));
  return std::nullopt;
}

std::optional<ExprValue>
LineParser::combine(const Token &op, const ExprValue &a, const ExprValue &b) {
  ExprValue result;
  uint64_t x = static_cast<uint64_t>(a.constant),
           y = static_cast<uint64_t>(b.constant);
  bool sum = op.text == "+", difference = op.text == "-";
  bool legal = (a.label.empty() && b.label.empty()) ||
               (sum && (a.label.empty() || b.label.empty())) ||
               (difference && b.label.empty());
  if (!legal) {
    error(op, "a label can only be added to a constant");
    return std::nullopt;
  }
  result.label = a.label.empty() ? b.label : a.label;
  if (op.text == "<<" || op.text == ">>") {
    if (y > 63) {
      error(op, "shift by " + std::to_string(b.constant) + " is not in 0..63");
      return std::nullopt;
    }
    // Shifts to the right bring in the sign, as C's do.
    result.constant =
        op.text == "<<" ? static_cast<int64_t>(x << y) : a.constant >> y;
    return result;
  }
  if (op.text == "/" || op.text == "%") {
    if (y == 0) {
      error(op, "division by zero");
      return std::nullopt;
    }
    bool divides = op.text == "/";
    if (b.constant == -1) // The smallest integer's quotient wraps.
      result.constant = divides ? static_cast<int64_t>(0 - x) : 0;
    else
      result.constant =
          divides ? a.constant / b.constant : a.constant % b.constant;
    return result;
  }
  uint64_t bits = sum              ? x + y
                  : difference     ? x - y
                  : op.text == "*" ? x * y
                  : op.text == "&" ? x & y
                  : op.text == "^" ? x ^ y
                                   : x | y;
  result.constant = static_cast<int64_t>(bits);
  return result;
}

std::optional<int64_t> LineParser::parseInteger() {
  const Token &start = peek();
  std::optional<ExprValue> value = parseExpression();
  if (!value)
    return std::nullopt;
  if (!value->label.empty()) {
    error(start, "'" + value->label + "' has no value here");
    return std::nullopt;
  }
  return value->constant;
}

std::optional<double> LineParser::parseFloat() {
  const Token &start = peek();
  std::string text;
  if (accept("-"))
    text = "-";
  else
    accept("+");
  const Token &token = peek();
  uint64_t bits;
  bool numeric = token.is(TokenKind::Float) || token.is(TokenKind::Integer) ||
                 token.is(TokenKind::Identifier);
  if (token.is(TokenKind::Integer))
    text += std::to_string(token.integer);
  else
    text += token.text;
  if (!numeric || !parseFloat64(text, bits)) {
    error(start, "expected a number, found " + describe(token));
    return std::nullopt;
  }
  take();
  return std::bit_cast<double>(bits);
}

} // namespace ashlar::runtime
