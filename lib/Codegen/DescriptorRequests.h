//===- DescriptorRequests.h - Which tensors a text asks for --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the descriptors hold at each of their uses, apart from the words that
// put it there: a text as a list of requests and of places where control flow
// joins.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_CODEGEN_DESCRIPTORREQUESTS_H
#define ASHLAR_LIB_CODEGEN_DESCRIPTORREQUESTS_H

#include "Emitter.h"
#include "dialects/nisa/Encoding.h"
#include "llvm/ADT/DenseMap.h"
#include <map>
#include <optional>

namespace ashlar {

inline constexpr int64_t numDescriptors =
    nisa::numRegisters(nisa::RegisterClass::Descriptor);

/// A register, as the word at `write` has left it, plus an immediate.
struct RegisterSum {
  int64_t reg = zeroReg, write = -1, imm = 0;
  auto operator<=>(const RegisterSum &) const = default;
};

/// What a descriptor holds. The stride of a dimension of size 1 counts: that of
/// an accumulator's panels is one.
struct DescriptorContents {
  int64_t type = 0;
  RegisterSum base;
  struct Dim {
    RegisterSum size{zeroReg, -1, 1}, stride;
    auto operator<=>(const Dim &) const = default;
  };
  std::array<Dim, 6> dims;
  auto operator<=>(const DescriptorContents &) const = default;
};

/// One step of a walk over the text.
struct DescriptorStep {
  enum class Kind : uint8_t {
    Ask,    ///< `op` uses descriptors, or contents have to be set up before it
    Branch, ///< forward, to `label`
    Join,   ///< `label` is here; `falls`: so does the word before it go on here
    Forget, ///< the words before this place are not the only ones it is
            ///< reached from
  };
  struct Use {
    unsigned contents;     ///< number in `DescriptorRequests::contents`
    mlir::Operation *user; ///< null: only set up
    llvm::StringRef slot;
    bool current; ///< the registers still hold what the contents name
  };
  Kind kind;
  mlir::Operation *op = nullptr;
  int64_t label = -1;
  bool falls = true;
  llvm::SmallVector<Use, 2> uses = {};
};

struct DescriptorRequests {
  std::vector<DescriptorContents> contents;
  std::vector<DescriptorStep> steps;
  /// The words that set descriptors: the requests stand for all of them.
  std::vector<mlir::Operation *> setup;
};

/// Nothing if a descriptor is used that the text itself has not set up on every
/// path, or that it sets up in another way than selection does.
std::optional<DescriptorRequests> collectRequests(nisa::TextOp text);

} // namespace ashlar

#endif // ASHLAR_LIB_CODEGEN_DESCRIPTORREQUESTS_H
