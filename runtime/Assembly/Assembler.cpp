//===- Assembler.cpp - Assembly text to words -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Assembly/Assembler.h"
#include "Assembly/InstParser.h"
#include "Assembly/Macro.h"
#include <memory>

using namespace ashlar::isa;

namespace ashlar::runtime {

// Bounds on what a source can ask for. The largest programs of the compiler
// stay far below; a runaway macro is an error instead of a host without memory.
constexpr size_t maxErrors = 100;
constexpr size_t maxExpansionDepth = 64;
constexpr uint64_t maxLines = 4'000'000;
constexpr uint64_t maxExpandedBytes = 64 << 20;

namespace {
/// Lines that are being read: the source, a macro's expansion, or a repetition.
struct Frame {
  std::shared_ptr<const Lines> lines;
  size_t next = 0;
  int64_t repetitions = 1; // left, this one included
  int64_t iteration = 0;
  std::string counter; // symbol of a repetition
  std::string where;   // added to messages
};

/// A head whose payload is being read.
struct OpenHead {
  const InstInfo *info;
  uint64_t index;
  unsigned count = 0;
  uint32_t line, column;
};

struct PendingFixup {
  Fixup fixup;
  unsigned text;
  uint64_t index;
  uint32_t line;
};

class Assembler : public AssemblerControl {
public:
  Assembler(std::string_view source, DirectiveHandler *handler);
  AssemblyResult run();

  void selectText(unsigned number) override {
    if (open)
      return error(line, 1, "a text cannot change inside braces");
    textNumber = number;
  }
  unsigned currentText() const override { return textNumber; }
  uint64_t currentIndex() const override { return words(); }
  uint32_t currentLine() const override { return line; }
  void setSymbol(std::string name, int64_t value) override {
    result.symbols[std::move(name)] = value;
  }

private:
  AssembledText &text() { return result.texts[textNumber]; }
  uint64_t words() const {
    auto it = result.texts.find(textNumber);
    return it == result.texts.end() ? 0 : it->second.words.size();
  }
  void error(uint32_t lineNumber, uint32_t column, std::string message);
  LineParser::ErrorHandler reporter(uint32_t lineNumber);

  bool nextLine(Line &out);
  bool tooLarge();
  void statement(const Line &current);
  void labels(LineParser &parser);
  void instruction(LineParser &parser);
  void closeBrace(const Token &brace);
  void directive(LineParser &parser);
  void defineSymbol(LineParser &parser, bool mayChange);
  void defineMacro(LineParser &parser);
  void repeat(LineParser &parser);
  void rawWord(LineParser &parser);
  bool expandMacro(const Line &current, LineParser &parser);
  std::shared_ptr<Lines> collectBody(std::string_view opener,
                                     std::string_view closer, uint32_t column);
  void push(Frame frame, uint32_t column);
  void emit(uint64_t word, std::vector<Fixup> fixups);
  void resolve(const PendingFixup &pending);

  AssemblyResult result;
  DirectiveHandler *handler;
  std::vector<Frame> frames;
  std::map<std::string, Macro, std::less<>> macros;
  std::map<std::string, bool, std::less<>> symbolMayChange;
  std::vector<PendingFixup> fixups;
  std::optional<OpenHead> open;
  unsigned textNumber = 0;
  uint32_t line = 0;
  uint64_t linesRead = 0;
  uint64_t bytesRead = 0;
  uint64_t expansions = 0;
  bool stopped = false;
};
} // namespace

Assembler::Assembler(std::string_view source, DirectiveHandler *handler)
    : handler(handler) {
  frames.push_back({splitLines(source), 0, 1, 0, "", ""});
}

void Assembler::error(uint32_t lineNumber, uint32_t column,
                      std::string message) {
  if (stopped)
    return;
  if (result.diagnostics.size() == maxErrors) {
    message = "too many errors";
    stopped = true;
  } else if (!frames.empty())
    message += frames.back().where;
  result.diagnostics.push_back({lineNumber, column, std::move(message)});
}

LineParser::ErrorHandler Assembler::reporter(uint32_t lineNumber) {
  return [this, lineNumber](uint32_t column, std::string message) {
    error(lineNumber, column, std::move(message));
  };
}

bool Assembler::tooLarge() {
  error(line, 1,
        "macros and repetitions expand to more than " +
            std::to_string(maxLines) + " lines or " +
            std::to_string(maxExpandedBytes) + " bytes");
  stopped = true;
  return false;
}

bool Assembler::nextLine(Line &out) {
  while (!frames.empty() && !stopped) {
    Frame &frame = frames.back();
    if (frame.next < frame.lines->size()) {
      out = (*frame.lines)[frame.next++];
      if (frames.size() == 1)
        return true; // The source itself may be as large as it is.
      bytesRead += out.text.size();
      return (++linesRead <= maxLines && bytesRead <= maxExpandedBytes) ||
             tooLarge();
    }
    if (--frame.repetitions > 0) {
      frame.next = 0;
      ++frame.iteration;
      if (!frame.counter.empty())
        result.symbols[frame.counter] = frame.iteration;
      if (frame.lines->empty())
        frame.repetitions = 0;
    } else
      frames.pop_back();
  }
  return false;
}

void Assembler::push(Frame frame, uint32_t column) {
  if (frames.size() >= maxExpansionDepth)
    return error(line, column,
                 "macros and repetitions are nested deeper than " +
                     std::to_string(maxExpansionDepth));
  if (!frame.counter.empty())
    result.symbols[frame.counter] = 0;
  frames.push_back(std::move(frame));
}

AssemblyResult Assembler::run() {
  Line current;
  while (nextLine(current)) {
    line = current.number;
    statement(current);
  }
  if (open)
    error(open->line, open->column, "'{' is not closed");
  for (const PendingFixup &pending : fixups)
    resolve(pending);
  result.texts.try_emplace(0);
  return std::move(result);
}

void Assembler::statement(const Line &current) {
  if (current.text.size() > maxLineBytes)
    return error(line, 1,
                 "line is longer than " + std::to_string(maxLineBytes) +
                     " bytes");
  LineParser parser(current.text, result.symbols, static_cast<int64_t>(words()),
                    reporter(current.number));
  labels(parser);
  if (parser.peek().is(TokenKind::Directive))
    return directive(parser);
  if (parser.peek().is(TokenKind::Identifier) && expandMacro(current, parser))
    return;
  // A brace may close a payload on the line of its last word.
  while (!parser.atEnd()) {
    if (parser.peek().isPunct("}")) {
      closeBrace(parser.take());
      continue;
    }
    if (!parser.peek().is(TokenKind::Identifier)) {
      parser.error("expected a label, an instruction or a directive");
      return;
    }
    size_t before = result.diagnostics.size();
    instruction(parser);
    if (result.diagnostics.size() != before)
      return;
  }
}

void Assembler::labels(LineParser &parser) {
  while ((parser.peek().is(TokenKind::Identifier) ||
          parser.peek().is(TokenKind::Directive)) &&
         parser.peek(1).isPunct(":")) {
    const Token &name = parser.take();
    parser.take();
    if (open)
      parser.error(name, "a label cannot stand among payload words");
    else if (result.symbols.contains(name.text))
      parser.error(name,
                   "'" + std::string(name.text) + "' is a symbol already");
    else if (!text().labels.try_emplace(std::string(name.text), words()).second)
      parser.error(name,
                   "label '" + std::string(name.text) + "' is defined twice");
  }
}

void Assembler::instruction(LineParser &parser) {
  const Token mnemonic = parser.peek();
  std::optional<ParsedInst> inst = parseInst(parser);
  if (!inst) {
    // A brace that opens here would otherwise make every payload word an error
    // too.
    while (!parser.atEnd() && !parser.peek().isPunct("{"))
      parser.take();
    if (parser.accept("{") && !open)
      open = OpenHead{nullptr, words(), 0, line, mnemonic.column};
    return;
  }
  std::string name(inst->info->mnemonic);
  if (open) {
    ++open->count;
    if (!inst->info->isPayload)
      parser.error(mnemonic, "'" + name + "' cannot stand in braces");
    else if (open->info && !inst->info->acceptsHead(open->info->opcode))
      parser.error(mnemonic, "'" + name + "' is no payload of '" +
                                 std::string(open->info->mnemonic) + "'");
  } else if (inst->info->isPayload)
    parser.error(mnemonic,
                 "'" + name + "' stands outside of its head's braces");
  bool hasBrace = parser.peek().isPunct("{");
  if (!hasBrace && !parser.peek().isPunct("}") && !parser.expectEnd())
    return;
  emit(inst->word, std::move(inst->fixups));
  if (!hasBrace)
    return;
  const Token brace = parser.take();
  if (inst->info->countSlot < 0)
    parser.error(brace, "'" + name + "' takes no payload");
  else
    open = OpenHead{inst->info, words() - 1, 0, line, brace.column};
}

void Assembler::closeBrace(const Token &brace) {
  if (!open)
    return error(line, brace.column, "'}' closes nothing");
  OpenHead head = *open;
  open.reset();
  if (!head.info || head.index >= text().words.size())
    return;
  const SlotInfo &slot = head.info->slots[head.info->countSlot];
  if (!setSlot(text().words[head.index], slot, head.count))
    error(line, brace.column,
          "'" + std::string(head.info->mnemonic) + "' has " +
              std::to_string(head.count) + " payload words, at most " +
              std::to_string((1 << slot.width) - 1) + " are possible");
}

void Assembler::emit(uint64_t word, std::vector<Fixup> wordFixups) {
  for (Fixup &fixup : wordFixups)
    fixups.push_back({std::move(fixup), textNumber, words(), line});
  text().words.push_back(word);
  text().lines.push_back(line);
}

void Assembler::directive(LineParser &parser) {
  const Token token = parser.take();
  std::string_view name = token.text;
  if (name == ".equ" || name == ".set")
    return defineSymbol(parser, name == ".set");
  if (name == ".macro")
    return defineMacro(parser);
  if (name == ".rept")
    return repeat(parser);
  if (name == ".word")
    return rawWord(parser);
  if (name == ".endm" || name == ".endr") {
    parser.error(token, "'" + std::string(name) + "' closes nothing");
    return;
  }
  if (!handler || !handler->handleDirective(name, parser, *this))
    parser.error(token, "unknown directive '" + std::string(name) + "'");
}

void Assembler::defineSymbol(LineParser &parser, bool mayChange) {
  const Token token = parser.peek();
  std::optional<std::string> name =
      parser.parseIdentifier("the name of a symbol");
  if (!name || !parser.expect(","))
    return;
  std::optional<int64_t> value = parser.parseInteger();
  if (!value || !parser.expectEnd())
    return;
  auto [entry, isNew] = symbolMayChange.try_emplace(*name, mayChange);
  if (!isNew && !(mayChange && entry->second)) {
    parser.error(token, "symbol '" + *name + "' is defined twice");
    return;
  }
  if (text().labels.contains(*name)) {
    parser.error(token, "'" + *name + "' is a label already");
    return;
  }
  result.symbols[*name] = *value;
}

void Assembler::rawWord(LineParser &parser) {
  const Token token = parser.peek();
  std::optional<ExprValue> value = parser.parseExpression();
  if (!value || !parser.expectEnd())
    return;
  if (open) {
    parser.error(token, "'.word' cannot stand in braces");
    return;
  }
  if (!value->label.empty()) {
    parser.error(token, "'" + value->label + "' has no value here");
    return;
  }
  emit(static_cast<uint64_t>(value->constant), {});
}

// The lines up to the matching closer, of the frame that is being read.
std::shared_ptr<Lines> Assembler::collectBody(std::string_view opener,
                                              std::string_view closer,
                                              uint32_t column) {
  auto body = std::make_shared<Lines>();
  Frame &frame = frames.back();
  unsigned depth = 1;
  while (frame.next < frame.lines->size()) {
    const Line &next = (*frame.lines)[frame.next++];
    size_t start =
        std::min(next.text.find_first_not_of(" \t"), next.text.size());
    std::string_view word = std::string_view(next.text).substr(start);
    word = word.substr(0, std::min(word.find_first_of(" \t\r;#"), word.size()));
    depth += word == opener;
    depth -= word == closer;
    if (depth == 0)
      return body;
    body->push_back(next);
  }
  error(line, column,
        "'" + std::string(opener) + "' is not closed by '" +
            std::string(closer) + "'");
  return nullptr;
}

void Assembler::defineMacro(LineParser &parser) {
  const Token token = parser.peek();
  std::optional<std::string> name =
      parser.parseIdentifier("the name of a macro");
  Macro macro;
  bool ok = name.has_value();
  while (ok && !parser.atEnd()) {
    if (!macro.parameters.empty() && !parser.expect(","))
      ok = false;
    else if (std::optional<std::string> parameter =
                 parser.parseIdentifier("a parameter"))
      macro.parameters.push_back(std::move(*parameter));
    else
      ok = false;
  }
  macro.body = collectBody(".macro", ".endm", token.column);
  if (!ok || !macro.body)
    return;
  if (lookupMnemonic(*name))
    parser.error(token, "'" + *name + "' is an instruction");
  else if (!macros.try_emplace(*name, std::move(macro)).second)
    parser.error(token, "macro '" + *name + "' is defined twice");
}

void Assembler::repeat(LineParser &parser) {
  const Token token = parser.peek();
  std::optional<int64_t> count = parser.parseInteger();
  bool ok = count.has_value();
  std::string counter;
  if (ok && parser.accept(",")) {
    std::optional<std::string> name =
        parser.parseIdentifier("the name of a counter");
    ok = name.has_value();
    counter = name.value_or("");
    if (ok && (text().labels.contains(counter) ||
               !symbolMayChange.try_emplace(counter, true).first->second))
      ok = parser.error(token, "'" + counter + "' is defined already");
  }
  ok = ok && parser.expectEnd();
  std::shared_ptr<Lines> body = collectBody(".rept", ".endr", token.column);
  if (ok && *count < 0)
    ok = parser.error(token,
                      "cannot repeat " + std::to_string(*count) + " times");
  if (ok && body && *count > 0 && !body->empty())
    push({std::move(body), 0, *count, 0, std::move(counter),
          frames.back().where},
         token.column);
}

bool Assembler::expandMacro(const Line &current, LineParser &parser) {
  const Token name = parser.peek();
  auto it = macros.find(name.text);
  if (it == macros.end())
    return false;
  const Macro &macro = it->second;
  // Arguments are text: up to the comment, which only the lexer knows.
  while (!parser.atEnd())
    parser.take();
  size_t start = name.column - 1 + name.text.size(),
         end = parser.peek().column - 1;
  std::vector<std::string> arguments =
      splitArguments(std::string_view(current.text).substr(start, end - start));
  if (arguments.size() != macro.parameters.size()) {
    parser.error(name, "macro '" + std::string(name.text) + "' has " +
                           std::to_string(macro.parameters.size()) +
                           " parameters, found " +
                           std::to_string(arguments.size()) + " arguments");
    return true;
  }
  auto lines = std::make_shared<Lines>();
  uint64_t serial = expansions++;
  for (const Line &bodyLine : *macro.body) {
    lines->push_back(
        {substitute(bodyLine.text, macro, arguments, serial), bodyLine.number});
    bytesRead += lines->back().text.size();
    if (bytesRead > maxExpandedBytes)
      break; // Reported with the next line.
  }
  std::string where = " (in macro '" + std::string(name.text) +
                      "', used in line " + std::to_string(line) + ")";
  push({std::move(lines), 0, 1, 0, "", std::move(where)}, name.column);
  return true;
}

void Assembler::resolve(const PendingFixup &pending) {
  AssembledText &target = result.texts[pending.text];
  const Fixup &fixup = pending.fixup;
  uint64_t value = static_cast<uint64_t>(fixup.value.constant);
  if (!fixup.value.label.empty()) {
    auto label = target.labels.find(fixup.value.label);
    if (label == target.labels.end())
      return error(pending.line, fixup.column,
                   "label '" + fixup.value.label + "' is not defined");
    value += label->second;
  }
  if (fixup.slot->form == Form::Target)
    value -= pending.index;
  if (std::optional<std::string> wrong =
          setOperand(target.words[pending.index], *fixup.slot,
                     static_cast<int64_t>(value), fixup.value.isBits))
    error(pending.line, fixup.column, *wrong);
}

std::string AssemblyResult::errors(std::string_view fileName) const {
  std::string text;
  for (const Diagnostic &diagnostic : diagnostics)
    text += diagnostic.str(fileName) + "\n";
  return text;
}

AssemblyResult assemble(std::string_view source, DirectiveHandler *handler) {
  return Assembler(source, handler).run();
}

AssembledText assembleText(std::string_view source,
                           std::vector<Diagnostic> &diagnostics) {
  AssemblyResult result = assemble(source);
  diagnostics = std::move(result.diagnostics);
  return std::move(result.texts[0]);
}

} // namespace ashlar::runtime
