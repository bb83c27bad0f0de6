//===- DeclareStates.cpp - Buffers that outlive a run ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Pipeline/Compile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace ashlar;
using namespace mlir;

constexpr StringLiteral kName = "nn.name", kState = "nn.state";

/// The number of the argument or result that `attributes` call `name`.
static std::optional<unsigned>
findNamed(unsigned count, StringRef name,
          function_ref<DictionaryAttr(unsigned)> attributes) {
  for (unsigned index = 0; index < count; ++index)
    if (DictionaryAttr dictionary = attributes(index))
      if (auto found = dictionary.getAs<StringAttr>(kName))
        if (found.getValue() == name)
          return index;
  return std::nullopt;
}

static LogicalResult declareState(func::FuncOp entry, StringRef input,
                                  StringRef output) {
  std::optional<unsigned> argument =
      findNamed(entry.getNumArguments(), input,
                [&](unsigned index) { return entry.getArgAttrDict(index); });
  if (!argument)
    return entry.emitError() << "state '" << input << "=" << output
                             << "': the graph has no input '" << input << "'";
  std::optional<unsigned> result =
      findNamed(entry.getNumResults(), output,
                [&](unsigned index) { return entry.getResultAttrDict(index); });
  if (!result)
    return entry.emitError() << "state '" << input << "=" << output
                             << "': the graph has no output '" << output << "'";
  Type before = entry.getArgumentTypes()[*argument];
  Type after = entry.getResultTypes()[*result];
  if (before != after)
    return entry.emitError()
           << "state '" << input << "=" << output << "': the input is "
           << before << ", but the output that shall replace it is " << after;
  if (entry.getArgAttr(*argument, kState) ||
      entry.getResultAttr(*result, kState))
    return entry.emitError() << "state '" << input << "=" << output
                             << "': part of another state already";
  auto state = StringAttr::get(entry.getContext(), input);
  entry.setArgAttr(*argument, kState, state);
  entry.setResultAttr(*result, kState, state);
  return success();
}

LogicalResult
ashlar::declareStates(ModuleOp module,
                      ArrayRef<std::pair<std::string, std::string>> states) {
  auto entry = module.lookupSymbol<func::FuncOp>("main");
  for (auto &[input, output] : states)
    if (!entry || failed(declareState(entry, input, output)))
      return failure();
  return success();
}
