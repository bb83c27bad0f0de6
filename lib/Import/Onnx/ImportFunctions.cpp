//===- ImportFunctions.cpp - Calls of a model's own functions -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A call is replaced by the function's nodes: names are those of the call's own
// scope, attributes that refer to the function's take the call's values.
//
// Debian's schema is that of ONNX 1.12. What came later is read from the fields
// that it does not know: defaults of attributes, and overloads.
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include "mlir/IR/Diagnostics.h"

using namespace ashlar;
using namespace mlir;
using onnx::AttributeProto;
using onnx::FunctionProto;
using onnx::NodeProto;

/// Numbers of fields in onnx.proto.
static constexpr int functionDefaults = 11, functionOverload = 13,
                     nodeOverload = 8;

/// The values of a field of strings or messages that the schema does not know.
template <typename Message>
static SmallVector<std::string> unknownField(const Message &message,
                                             int number) {
  SmallVector<std::string> found;
  const auto &fields = message.unknown_fields();
  for (int i = 0; i < fields.field_count(); ++i)
    if (fields.field(i).number() == number &&
        fields.field(i).type() ==
            google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      found.push_back(fields.field(i).length_delimited());
  return found;
}

template <typename Message>
static std::string readOverload(const Message &message, int number) {
  auto found = unknownField(message, number);
  return found.empty() ? std::string() : found.back();
}

static StringRef plainDomain(StringRef domain) {
  return domain == "ai.onnx" ? StringRef() : domain;
}

const FunctionProto *GraphImporter::findFunction(const NodeProto &node) const {
  for (const FunctionProto &function : session.file.model().functions())
    if (function.name() == node.op_type() &&
        plainDomain(function.domain()) == plainDomain(node.domain()) &&
        readOverload(function, functionOverload) ==
            readOverload(node, nodeOverload))
      return &function;
  return nullptr;
}

static const AttributeProto *
findAttribute(const google::protobuf::RepeatedPtrField<AttributeProto> &list,
              StringRef name) {
  for (const AttributeProto &attribute : list)
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

namespace {
/// Makes a function's nodes those of one call.
class CallBinder {
public:
  CallBinder(const NodeProto &call, const FunctionProto &function,
             size_t operands)
      : call(call) {
    for (int i = operands; i < function.input_size(); ++i)
      absent.insert(function.input(i));
    for (const std::string &bytes : unknownField(function, functionDefaults))
      defaults.Add()->ParseFromString(bytes);
  }
  void addAbsent(StringRef name) { absent.insert(name); }

  NodeProto bind(const NodeProto &node) const;

private:
  const NodeProto &call;
  google::protobuf::RepeatedPtrField<AttributeProto> defaults;
  llvm::StringSet<> absent; // inputs that the call does not give
};
} // namespace

/// A name for messages and the debug map.
static std::string nameOf(const NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  return node.output_size() ? node.output(0) : node.op_type();
}

NodeProto CallBinder::bind(const NodeProto &node) const {
  NodeProto bound = node;
  bound.set_name(nameOf(call) + "/" + nameOf(node));
  for (std::string &name : *bound.mutable_input())
    if (absent.contains(name))
      name.clear();
  bound.clear_attribute();
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.ref_attr_name().empty()) {
      *bound.add_attribute() = attribute;
      continue;
    }
    const auto *value =
        findAttribute(call.attribute(), attribute.ref_attr_name());
    if (!value)
      value = findAttribute(defaults, attribute.ref_attr_name());
    if (!value) // neither given nor with a default: the operator's own applies
      continue;
    AttributeProto *copy = bound.add_attribute();
    *copy = *value;
    copy->set_name(attribute.name());
  }
  return bound;
}

LogicalResult GraphImporter::checkCall(const NodeProto &call,
                                       const FunctionProto &function,
                                       size_t operands) {
  Location where = nodeLocation(call);
  if (llvm::is_contained(calls, &function))
    return unreadable(where)
           << "function '" << function.name() << "' calls itself";
  if (calls.size() == kMostNestedCalls)
    return unsupported(where) << "functions that call one another more than "
                              << kMostNestedCalls << " deep are not supported";
  if (operands > size_t(function.input_size()) ||
      call.output_size() > function.output_size())
    return unreadable(where) << "function '" << function.name() << "' has "
                             << function.input_size() << " inputs and "
                             << function.output_size() << " outputs, the call "
                             << operands << " and " << call.output_size();
  return success();
}

LogicalResult GraphImporter::importCall(const NodeProto &call,
                                        const FunctionProto &function,
                                        ArrayRef<Value> operands) {
  if (failed(checkCall(call, function, operands.size())))
    return failure();
  int64_t opset = session.opset;
  if (failed(readOpset(function.opset_import())))
    return failure();
  CallBinder binder(call, function, operands.size());
  llvm::StringMap<Value> outerValues;
  llvm::StringSet<> outerUnknown;
  std::swap(values, outerValues);
  std::swap(unknown, outerUnknown);
  calls.push_back(&function);
  for (auto [i, operand] : llvm::enumerate(operands)) {
    if (operand)
      values[function.input(i)] = operand;
    else
      binder.addAbsent(function.input(i));
  }
  for (const NodeProto &node : function.node()) {
    if (++inlinedNodes > kMostInlinedNodes)
      break;
    importNode(binder.bind(node));
  }
  calls.pop_back();
  std::swap(values, outerValues);
  std::swap(unknown, outerUnknown);
  session.opset = opset;
  if (inlinedNodes > kMostInlinedNodes)
    return refuseTooManyNodes(call);
  for (auto [i, name] : llvm::enumerate(call.output())) {
    if (name.empty())
      continue;
    const std::string &formal = function.output(i);
    auto found = outerValues.find(formal);
    if (found == outerValues.end()) {
      unknown.insert(name);
      if (!outerUnknown.contains(formal))
        unreadable(nodeLocation(call))
            << "function '" << function.name()
            << "' does not produce its output '" << formal << "'";
    } else if (!values.try_emplace(name, found->second).second) {
      unreadable(nodeLocation(call)) << "'" << name << "' is produced twice";
    }
  }
  return success();
}
