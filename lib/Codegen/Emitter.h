//===- Emitter.h - Writes machine words ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lowest layer of code generation: words appended to a text, virtual scalar
// registers, arithmetic that folds what is known.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_EMITTER_H
#define ASHLAR_LIB_CODEGEN_EMITTER_H

#include "ISA/Isa.h"
#include "dialects/nisa/NISA.h"
#include "llvm/ADT/DenseSet.h"
#include <map>

namespace ashlar {

/// A 64-bit number: known now, or in a scalar register at run time.
class Num {
public:
  Num() = default;
  static Num constant(int64_t value) { return Num(value, true); }
  static Num inReg(int64_t reg) { return Num(reg, false); }

  bool isConstant() const { return known; }
  bool isConstant(int64_t value) const { return known && number == value; }
  int64_t value() const { return number; }
  int64_t reg() const { return number; }
  bool operator==(const Num &other) const = default;

private:
  Num(int64_t number, bool known) : number(number), known(known) {}
  int64_t number = 0;
  bool known = true;
};

/// Does a 64-bit value fit an SImm32 slot?
inline bool fitsImmediate(int64_t value) {
  return value == static_cast<int32_t>(value);
}

/// Registers that the runtime sets (docs/machine.md).
enum : int64_t {
  zeroReg = 0,
  ioReg = 1,
  weightsReg = 2,
  arenaReg = 3,
  stateReg = 4,
  firstDimReg = 8 ///< run-time dimensions, `maxDynamicDims` at most
};
/// The first register number that stands for no physical register.
inline constexpr int64_t firstVirtualReg = 64;

class Emitter {
public:
  Emitter(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  void setLoc(mlir::Location newLoc) { loc = newLoc; }
  mlir::Location getLoc() const { return loc; }

  /// Appends a word; operands in the order of the instruction's slots.
  void inst(llvm::StringRef mnemonic, llvm::ArrayRef<int64_t> operands);
  int64_t newReg() { return nextReg++; }
  int64_t newLabel() { return nextLabel++; }
  void label(int64_t id, llvm::StringRef name = {});

  /// Words so far, and whether a label stands behind the last one.
  int64_t size() const { return words; }
  bool endsWithLabel() const { return lastLabel == words; }

  // Integer arithmetic, folded where both operands are known.
  Num add(Num a, Num b);
  Num sub(Num a, Num b);
  Num mul(Num a, Num b);
  Num min(Num a, Num b);
  Num max(Num a, Num b);
  /// ceil(a / b) for b > 0; not positive where a is not.
  Num ceilDivPositive(Num a, int64_t b);
  /// An instruction with two register operands and a result.
  Num binary(llvm::StringRef mnemonic, Num a, Num b);
  /// One with a register and an immediate, or, where it does not fit, two
  /// registers.
  Num immediate(llvm::StringRef withImm, llvm::StringRef withReg, Num a,
                int64_t b);

  /// The body of a loop, or one side of a branch: what is computed there is
  /// computed once, and forgotten behind it. Outside of any scope nothing is
  /// kept, so that no register lives from one loop nest to the next for that.
  class Scope {
  public:
    explicit Scope(Emitter &emit) : emit(emit) { emit.scopes.emplace_back(); }
    ~Scope() { emit.scopes.pop_back(); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    Emitter &emit;
  };
  /// The register keeps its value in the scope that is open, or, of a loop's
  /// induction variable, in each turn of the loop whose body follows.
  void setStable(int64_t reg) { stable.insert(reg); }

  /// A register that holds the number; r0 for zero. Not to be written.
  int64_t toReg(Num number);
  /// Writes a number into a given register.
  void move(int64_t target, Num number);
  void loadConstant(int64_t target, int64_t value);
  /// The number of the core that runs this, in a register of its own.
  int64_t coreNumber();

private:
  /// Mnemonic and operands of a word that writes a register of its own.
  using Key = std::tuple<llvm::StringRef, int64_t, int64_t>;
  bool isStable(int64_t reg) const {
    return (reg >= zeroReg && reg <= stateReg) || stable.contains(reg);
  }
  /// The register that holds what the word would compute, or -1.
  int64_t find(const Key &key) const;
  void remember(const Key &key, int64_t reg);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  std::vector<std::map<Key, int64_t>> scopes;
  llvm::DenseSet<int64_t> stable; ///< registers that are written in one place
  int64_t nextReg = firstVirtualReg;
  int64_t nextLabel = 0;
  int64_t words = 0;
  int64_t lastLabel = -1;
};

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_EMITTER_H
