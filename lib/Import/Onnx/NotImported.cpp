//===- NotImported.cpp - Why an operator is refused -----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

using namespace ashlar;

namespace {
enum class Why { Expressible, Missing, Refused };

struct NotImported {
  const char *name;
  int64_t since;
  Why why;
  const char *what;
};

constexpr NotImported operators[] = {
#define NOT_IMPORTED(name, since, why, what) {#name, since, Why::why, what},
#include "NotImported.def"
#undef NOT_IMPORTED
};
} // namespace

std::string ashlar::whyNotImported(llvm::StringRef name, int64_t opset) {
  for (const NotImported &one : operators) {
    if (one.name != name)
      continue;
    if (opset < one.since)
      return "ONNX has it from opset " + std::to_string(one.since) +
             " on, the model uses " + std::to_string(opset);
    switch (one.why) {
    case Why::Expressible:
      return std::string("it is not imported yet (nn can express it, by ") +
             one.what + ")";
    case Why::Missing:
      return std::string("nn has no operator for ") + one.what + " yet";
    case Why::Refused:
      return one.what;
    }
  }
  return "ONNX has no such operator";
}
