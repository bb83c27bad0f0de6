//===- GraphImporter.cpp - Walks a graph and imports its nodes ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include "TensorData.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace ashlar;
using namespace mlir;

GraphImporter::GraphImporter(OnnxFile &file, const OnnxImportOptions &options,
                             MLIRContext *context)
    : session{file, 1, {}, {}}, graph(file.model().graph()), options(options),
      builder(context), loc(UnknownLoc::get(context)) {}

InFlightDiagnostic GraphImporter::unreadable(Location where) {
  status = ImportStatus::Unreadable;
  return emitError(where);
}

InFlightDiagnostic GraphImporter::unsupported(Location where) {
  if (status == ImportStatus::Ok)
    status = ImportStatus::Unsupported;
  return emitError(where);
}

/// The newest operator set whose operators are known here (Operators.def).
static constexpr int64_t newestOpset = 28;

LogicalResult GraphImporter::readOpset(
    const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>
        &imports) {
  std::optional<int64_t> opset;
  for (const auto &entry : imports)
    if (entry.domain().empty() || entry.domain() == "ai.onnx")
      opset = entry.version();
  // Without ONNX's own operators their version does not matter.
  if (!opset && !imports.empty()) {
    session.opset = 0;
    return success();
  }
  if (!opset)
    return unreadable(loc) << "the model does not say which version of ONNX's "
                              "operators it uses (opset_import)";
  if (*opset < 1)
    return unreadable(loc) << "the model uses opset " << *opset
                           << "; expected 1 to " << newestOpset;
  if (*opset > newestOpset)
    return unsupported(loc)
           << "the model uses opset " << *opset << ", the newest known one is "
           << newestOpset << "; export it for that or an older one";
  session.opset = *opset;
  return success();
}

std::string ashlar::shapeText(const onnx::TensorShapeProto &shape) {
  std::string text;
  for (const auto &dim : shape.dim()) {
    text += text.empty() ? "" : "x";
    text += dim.has_dim_value()
                ? std::to_string(dim.dim_value())
                : (dim.dim_param().empty() ? "?" : dim.dim_param());
  }
  return text.empty() ? "scalar" : text;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

Location GraphImporter::nodeLocation(const onnx::NodeProto &node) {
  std::string name = node.name();
  if (name.empty())
    name = node.output_size() ? node.output(0) : node.op_type();
  Location op = NameLoc::get(builder.getStringAttr(node.op_type()));
  return NameLoc::get(builder.getStringAttr(name), op);
}

bool GraphImporter::gatherInputs(const onnx::NodeProto &node,
                                 SmallVectorImpl<Value> &operands) {
  for (const std::string &name : node.input()) {
    if (name.empty()) {
      operands.push_back(Value());
      continue;
    }
    auto found = values.find(name);
    if (found == values.end()) {
      if (!unknown.contains(name))
        unreadable(nodeLocation(node)) << node.op_type() << " reads '" << name
                                       << "', which nothing before it produces";
      return false;
    }
    operands.push_back(found->second);
  }
  while (!operands.empty() && !operands.back())
    operands.pop_back();
  return true;
}

static bool isStandard(const onnx::NodeProto &node) {
  return node.domain().empty() || node.domain() == "ai.onnx";
}

/// Operators of other domains have the domain in front of their name.
static std::string operatorName(const onnx::NodeProto &node) {
  return isStandard(node) ? node.op_type()
                          : node.domain() + "." + node.op_type();
}

void GraphImporter::refuseOperator(const onnx::NodeProto &node,
                                   Location where) {
  if (isStandard(node) && session.opset == 0) {
    unreadable(where) << "the model uses " << node.op_type()
                      << ", but imports operators of other domains only "
                         "(opset_import)";
    return;
  }
  unsupported(where) << operatorName(node) << " '"
                     << (node.name().empty() && node.output_size()
                             ? node.output(0)
                             : node.name())
                     << "' is not supported: "
                     << (isStandard(node)
                             ? whyNotImported(node.op_type(), session.opset)
                             : "operators of the domain '" + node.domain() +
                                   "' are not known");
}

/// Operators that get along without a first input.
static bool needsNoInput(StringRef name) {
  return name == "Constant" || name == "SequenceEmpty";
}

/// Operators whose inputs may be sequences: they look themselves.
static bool takesSequences(StringRef name) {
  return llvm::is_contained({"ConcatFromSequence", "Identity", "SequenceAt",
                             "SequenceErase", "SequenceInsert",
                             "SequenceLength"},
                            name);
}

LogicalResult GraphImporter::checkOperands(const onnx::NodeProto &node,
                                           NodeContext &nc) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (!attribute.ref_attr_name().empty())
      return nc.unsupported("the attribute " + attribute.name() +
                            " is that of a function around a branch");
  if (!nc.input(0) && !needsNoInput(operatorName(node)))
    return nc.malformed("expected an input");
  for (unsigned i = 0; i < nc.numInputs(); ++i)
    if (isSequence(nc.input(i)) && !takesSequences(operatorName(node)))
      return nc.malformed("input " + Twine(i) +
                          " is a sequence, expected a tensor");
  return success();
}

void GraphImporter::importNode(const onnx::NodeProto &node) {
  auto giveUp = [&] {
    for (const std::string &name : node.output())
      unknown.insert(name);
  };
  SmallVector<Value> operands;
  Location where = nodeLocation(node);
  bool complete = gatherInputs(node, operands);
  std::string name = operatorName(node);
  if (const onnx::FunctionProto *function = findFunction(node)) {
    if (!complete || failed(importCall(node, *function, operands)))
      giveUp();
    return;
  }
  if (isStandard(node) && session.opset != 0 &&
      (node.op_type() == "If" || node.op_type() == "Loop")) {
    NodeContext nc(node, session, builder, where, operands);
    if (!complete)
      return giveUp();
    if (failed(node.op_type() == "If" ? importIf(node, nc)
                                      : importLoop(node, nc))) {
      noteFailure(nc);
      giveUp();
    }
    return;
  }
  const OpTable &table = onnxOpTable();
  auto importer = table.find(name);
  if (importer == table.end() || (isStandard(node) && session.opset == 0)) {
    refuseOperator(node, where);
    return giveUp();
  }
  if (!complete)
    return giveUp();
  NodeContext nc(node, session, builder, where, operands);
  LogicalResult imported = checkOperands(node, nc);
  if (succeeded(imported))
    imported = importer->second(nc);
  if (failed(imported) || nc.wasMalformed())
    noteFailure(nc);
  if (failed(imported))
    return giveUp();
  for (auto [i, name] : llvm::enumerate(node.output())) {
    if (name.empty())
      continue;
    if (i >= nc.results().size() || !nc.results()[i]) {
      (void)nc.unsupported("output " + Twine(i) + " ('" + name + "')");
      status = status == ImportStatus::Ok ? ImportStatus::Unsupported : status;
      unknown.insert(name);
      continue;
    }
    if (!values.try_emplace(name, nc.results()[i]).second)
      unreadable(where) << "'" << name << "' is produced twice";
  }
}

void GraphImporter::importNodes() {
  for (const auto &node : graph.node())
    importNode(node);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Names of inputs and outputs travel as attributes of arguments and results.
void GraphImporter::annotate(func::FuncOp func) {
  for (auto [i, input] : llvm::enumerate(session.inputs))
    func.setArgAttr(i, "nn.name", builder.getStringAttr(input->name()));
  for (auto [i, output] : llvm::enumerate(graph.output()))
    func.setResultAttr(i, "nn.name", builder.getStringAttr(output.name()));
}

/// The tensors of an image have names of their own.
void GraphImporter::checkOutputNames() {
  llvm::StringSet<> outputs, inputs;
  for (const onnx::ValueInfoProto *input : session.inputs)
    inputs.insert(input->name());
  for (const auto &output : graph.output()) {
    if (!outputs.insert(output.name()).second)
      unreadable(loc) << "two outputs are named '" << output.name() << "'";
    if (!inputs.contains(output.name()))
      continue;
    unsupported(loc)
        << "output '" << output.name()
        << "' is an input, which is not supported: let an Identity "
           "give it another name";
  }
}

/// What the file says of an output must be what its nodes give. Where the user
/// has chosen sizes, a shape that was written down for others is told only.
void GraphImporter::checkDeclaredOutput(const onnx::ValueInfoProto &output,
                                        RankedTensorType type) {
  const auto &declared = output.type().tensor_type();
  if (!output.type().has_tensor_type())
    return;
  if (declared.elem_type() != onnx::TensorProto::UNDEFINED) {
    auto element = elementType(declared.elem_type(), builder.getContext());
    bool same = element && *element == type.getElementType();
    llvm::consumeError(element.takeError());
    if (!same) {
      unreadable(loc) << "output '" << output.name() << "' is declared as "
                      << dataTypeName(declared.elem_type())
                      << ", but the graph gives " << type;
      return;
    }
  }
  const auto &shape = declared.shape();
  bool same = type.getRank() == shape.dim_size();
  for (int i = 0; same && i < shape.dim_size(); ++i)
    same = !shape.dim(i).has_dim_value() || shape.dim(i).dim_value() < 0 ||
           shape.dim(i).dim_value() == type.getDimSize(i);
  // Older exporters write no dimensions where they do not know the shape.
  if (same || !declared.has_shape() || shape.dim_size() == 0)
    return;
  auto diag = hasGivenSizes ? emitWarning(loc) : unreadable(loc);
  diag << "output '" << output.name() << "' is declared as " << shapeText(shape)
       << ", but the graph gives " << type;
}

LogicalResult GraphImporter::finish() {
  SmallVector<Value> results;
  SmallVector<Type> types;
  checkOutputNames();
  for (const auto &output : graph.output()) {
    auto found = values.find(output.name());
    if (found == values.end()) {
      if (!unknown.contains(output.name()))
        unreadable(loc) << "nothing produces output '" << output.name() << "'";
      continue;
    }
    if (isSequence(found->second)) {
      unsupported(loc) << "output '" << output.name()
                       << "' is a sequence of tensors, which is not supported";
      continue;
    }
    results.push_back(found->second);
    types.push_back(found->second.getType());
    checkDeclaredOutput(output, cast<RankedTensorType>(types.back()));
  }
  if (status != ImportStatus::Ok)
    return failure();
  func::ReturnOp::create(builder, loc, results);
  // Nothing reads sequences any more.
  func.walk([](UnrealizedConversionCastOp sequence) { sequence.erase(); });
  func.setFunctionType(
      builder.getFunctionType(func.getFunctionType().getInputs(), types));
  annotate(func);
  return success();
}

ImportResult GraphImporter::run(Location fileLoc) {
  loc = fileLoc;
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, loc);
  builder.setInsertionPointToStart(module->getBody());
  bool ok = succeeded(readOpset(session.file.model().opset_import())) &&
            succeeded(checkOptions()) && succeeded(importSignature());
  if (ok)
    importInitializers(graph);
  if (ok && status != ImportStatus::Unreadable) {
    importNodes();
    ok = succeeded(finish()) && succeeded(verify(*module));
  } else {
    ok = false;
  }
  ImportResult result;
  result.inputs = inputNames;
  for (const onnx::ValueInfoProto *input : session.neededConstants)
    result.neededConstants.push_back(input->name());
  if (ok)
    result.module = std::move(module);
  else
    result.status =
        status == ImportStatus::Ok ? ImportStatus::Unreadable : status;
  return result;
}
