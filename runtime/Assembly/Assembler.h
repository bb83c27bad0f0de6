//===- Assembler.h - Assembly text to words -------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The language, line by line:
//
//   name:                     a label; several may stand before an instruction
//   v.add.f32 v0, v1, v2      an instruction: mnemonic, suffixes, operands
//   vrun {                    a head with payload, one word a line; `}` closes
//   .equ name, expression     a constant; `.set` may change its own
//   .word expression          any word
//   .macro name a, b          text up to `.endm`; `\a` is replaced by the
//   argument and
//                             `\@` by a number that differs in each expansion
//   .rept expression [, i]    text up to `.endr` so many times; `i` counts from
//   0 ; comment, # comment
//
// Operands: r5, d3, v0, s7, names of enum cases, integer expressions, `f32:1.5`
// (the bits of a number; `f64lo:` and `f64hi:` for halves). A branch target is
// the index of a word in the text: a label, or an expression such as `. + 3`.
// Unsigned 32-bit immediates accept negative numbers, which wrap.
//
// Every other directive goes to the caller's handler, which may switch between
// texts (one for each core), so that image files are the same language.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ASSEMBLY_ASSEMBLER_H
#define ASHLAR_RUNTIME_ASSEMBLY_ASSEMBLER_H

#include "Assembly/LineParser.h"
#include <span>

namespace ashlar::runtime {

/// The words of one text (one core's program).
struct AssembledText {
  std::vector<uint64_t> words;
  std::vector<uint32_t> lines; // of each word: its line in the source, from 1
  std::map<std::string, uint64_t, std::less<>> labels; // name -> word index
};

struct AssemblyResult {
  std::map<unsigned, AssembledText>
      texts; // by number; text 0 is the first one used
  SymbolTable symbols;
  std::vector<Diagnostic> diagnostics;

  bool ok() const { return diagnostics.empty(); }
  /// All diagnostics, one a line.
  std::string errors(std::string_view fileName) const;
};

/// What a directive handler may do to the assembler.
class AssemblerControl {
public:
  virtual ~AssemblerControl() = default;
  /// Words that follow go to text `number`, labels are looked up there.
  virtual void selectText(unsigned number) = 0;
  virtual unsigned currentText() const = 0;
  /// The index of the next word of the current text.
  virtual uint64_t currentIndex() const = 0;
  virtual uint32_t currentLine() const = 0;
  /// Gives a symbol a value that expressions behind this line see.
  virtual void setSymbol(std::string name, int64_t value) = 0;
};

/// Gets the directives that the assembler does not know.
class DirectiveHandler {
public:
  virtual ~DirectiveHandler() = default;
  /// `name` has its dot (`.target`); `line` stands behind it. Reads all
  /// operands and reports errors with `line.error`. Returns false if it does
  /// not know `name` either; the assembler reports that.
  virtual bool handleDirective(std::string_view name, LineParser &line,
                               AssemblerControl &control) = 0;
};

/// Assembles a source. Reports all errors, at most a hundred; words are
/// meaningful only if there are none. Any bytes are accepted, memory and time
/// are bounded.
AssemblyResult assemble(std::string_view source,
                        DirectiveHandler *handler = nullptr);

/// Assembles a source of a single text.
AssembledText assembleText(std::string_view source,
                           std::vector<Diagnostic> &diagnostics);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_ASSEMBLY_ASSEMBLER_H
