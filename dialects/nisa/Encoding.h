//===- Encoding.h - Between operations and words --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_DIALECTS_NISA_ENCODING_H
#define ASHLAR_DIALECTS_NISA_ENCODING_H

#include "dialects/nisa/NISA.h"
#include "llvm/ADT/DenseMap.h"
#include <map>

namespace ashlar::isa {
struct InstInfo;
} // namespace ashlar::isa

namespace ashlar::nisa {

/// What the instruction tables say of an operation (include ISA/Isa.h to look
/// into it), or null if it is no machine word.
const ashlar::isa::InstInfo *instInfo(mlir::Operation *op);

/// The value of an operand by the name of its slot, which has to exist.
int64_t getOperand(mlir::Operation *op, llvm::StringRef slot);
void setOperand(mlir::Operation *op, llvm::StringRef slot, int64_t value);

/// Register operands, for allocation.
enum class RegisterClass : uint8_t { Scalar, Descriptor, Lane };
/// How many there are; numbers from here on are virtual.
constexpr int64_t numRegisters(RegisterClass cls) {
  return cls == RegisterClass::Scalar ? 64 : 32;
}
struct RegisterOperand {
  llvm::StringRef slot;
  RegisterClass cls;
  int64_t number;
  bool isDef; // written
  bool isUse; // read; both if only a part is replaced
};
llvm::SmallVector<RegisterOperand, 4> registerOperands(mlir::Operation *op);

/// True for words of the payload of a head, and for heads that may have one.
bool isPayload(mlir::Operation *op);
bool isHead(mlir::Operation *op);

/// Sets the count of every head to the number of payload words behind it.
void setPayloadCounts(TextOp text);

/// The word of a machine operation. Reports an error if a register is virtual.
/// `targetOffset` (in words) stands for the label of a branch.
llvm::FailureOr<uint64_t> encodeOp(mlir::Operation *op,
                                   int64_t targetOffset = 0);

/// A text as words. `ops[i]` is the operation of word i.
struct EncodedText {
  llvm::SmallVector<uint64_t, 0> words;
  llvm::SmallVector<mlir::Operation *, 0> ops;
  llvm::DenseMap<int64_t, uint64_t> labels; // label number -> word index
  std::map<std::string, uint64_t> symbols;  // names of labels -> word index
};
/// Reports every operation that cannot be encoded.
llvm::FailureOr<EncodedText> encodeText(TextOp text);

/// The operation of a word. A branch gets `label` as its target. Null, without
/// a diagnostic, if the word is not valid.
mlir::Operation *decodeToOp(mlir::OpBuilder &builder, mlir::Location loc,
                            uint64_t word, int64_t label = 0);

/// A text from words; labels are numbered by the word they stand before.
/// Reports words that are malformed and branches that leave the text or go into
/// payload.
llvm::FailureOr<TextOp> decodeText(mlir::OpBuilder &builder, mlir::Location loc,
                                   int64_t core,
                                   llvm::ArrayRef<uint64_t> words);

/// Creates the operation of a mnemonic from its operands in the order of the
/// slots.
mlir::Operation *createInst(mlir::OpBuilder &builder, mlir::Location loc,
                            llvm::StringRef mnemonic,
                            llvm::ArrayRef<int64_t> operands);

} // namespace ashlar::nisa

#endif // ASHLAR_DIALECTS_NISA_ENCODING_H
