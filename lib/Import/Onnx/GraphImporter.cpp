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

LogicalResult GraphImporter::readOpset() {
  std::optional<int64_t> opset;
  for (const auto &entry : session.file.model().opset_import())
    if (entry.domain().empty() || entry.domain() == "ai.onnx")
      opset = entry.version();
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

//===----------------------------------------------------------------------===//
// Signature
//===----------------------------------------------------------------------===//

static std::string shapeText(const onnx::TensorShapeProto &shape) {
  std::string text;
  for (const auto &dim : shape.dim()) {
    text += text.empty() ? "" : "x";
    text += dim.has_dim_value()
                ? std::to_string(dim.dim_value())
                : (dim.dim_param().empty() ? "?" : dim.dim_param());
  }
  return text.empty() ? "scalar" : text;
}

/// A single element, with how many dimensions ever, stands for one.
static bool isSingle(ArrayRef<int64_t> shape) {
  return llvm::all_of(shape, [](int64_t size) { return size == 1; });
}

FailureOr<std::optional<int64_t>>
GraphImporter::givenSize(const onnx::ValueInfoProto &input, unsigned i) {
  const auto &dim = input.type().tensor_type().shape().dim(i);
  std::optional<int64_t> size;
  auto given = options.shapes.find(input.name());
  if (given != options.shapes.end())
    size = given->second[i];
  auto named = options.dims.find(dim.dim_param());
  if (dim.has_dim_value() || named == options.dims.end())
    return size;
  if (size && *size != named->second)
    return unreadable(loc) << "--shape gives dimension " << i << " of input '"
                           << input.name() << "' size " << *size << ", --dim "
                           << dim.dim_param() << " size " << named->second;
  return std::optional<int64_t>(named->second);
}

LogicalResult GraphImporter::fixShape(const onnx::ValueInfoProto &input,
                                      SmallVectorImpl<int64_t> &shape) {
  const auto &tensor = input.type().tensor_type();
  auto given = options.shapes.find(input.name());
  if (!tensor.has_shape()) {
    if (given == options.shapes.end())
      return unreadable(loc) << "input '" << input.name()
                             << "' has no shape; give it with --shape "
                             << input.name() << "=...";
    hasGivenSizes = true;
    shape.assign(given->second.begin(), given->second.end());
    return success();
  }
  if (tensor.shape().dim_size() == 0 && given != options.shapes.end() &&
      isSingle(given->second))
    return success();
  if (given != options.shapes.end() &&
      given->second.size() != size_t(tensor.shape().dim_size()))
    return unreadable(loc) << "--shape gives input '" << input.name() << "' "
                           << given->second.size() << " dimensions, the model "
                           << shapeText(tensor.shape());
  std::string open, names; // of dimensions without a size
  for (const auto &[i, dim] : llvm::enumerate(tensor.shape().dim())) {
    auto size = givenSize(input, i);
    if (failed(size))
      return failure();
    if (dim.has_dim_value() && dim.dim_value() >= 0) {
      if (*size && **size != dim.dim_value())
        return unreadable(loc)
               << "--shape gives dimension " << i << " of input '"
               << input.name() << "' size " << **size << ", but the model has "
               << dim.dim_value();
      shape.push_back(dim.dim_value());
      continue;
    }
    hasGivenSizes = true;
    shape.push_back(size->value_or(0));
    if (*size)
      continue;
    open += (open.empty() ? "" : ", ") + std::to_string(i);
    if (!dim.dim_param().empty() &&
        names.find(" --dim " + dim.dim_param() + "=") == std::string::npos)
      names += " --dim " + dim.dim_param() + "=<size>";
  }
  if (open.empty())
    return success();
  bool several = open.find(',') != std::string::npos;
  return unreadable(loc) << "input '" << input.name() << "' ("
                         << shapeText(tensor.shape()) << ") has "
                         << (several ? "dynamic dimensions "
                                     : "a dynamic dimension ")
                         << open << "; fix " << (several ? "them" : "it")
                         << " with --shape " << input.name() << "=<sizes>"
                         << (names.empty() ? "" : " or") << names;
}

FailureOr<RankedTensorType>
GraphImporter::inputType(const onnx::ValueInfoProto &input) {
  if (!input.type().has_tensor_type()) {
    return unsupported(loc)
           << "input '" << input.name()
           << "' is not a tensor (sequences, maps and optional "
              "values are not supported)";
  }
  auto element =
      elementType(input.type().tensor_type().elem_type(), builder.getContext());
  if (!element) {
    return unsupported(loc) << "input '" << input.name()
                            << "': " << llvm::toString(element.takeError());
  }
  SmallVector<int64_t> shape;
  if (failed(fixShape(input, shape)))
    return failure();
  if (!countElements(shape))
    return unreadable(loc) << "input '" << input.name()
                           << "' has more elements than any memory";
  return RankedTensorType::get(shape, *element);
}

LogicalResult GraphImporter::checkOptions() {
  llvm::StringSet<> names, dims;
  for (const auto &input : graph.input()) {
    names.insert(input.name());
    for (const auto &dim : input.type().tensor_type().shape().dim())
      dims.insert(dim.dim_param());
  }
  for (const auto &entry : options.shapes)
    if (!names.contains(entry.getKey()))
      return unreadable(loc) << "--shape names '" << entry.getKey()
                             << "', which is not an input of the model";
  for (const auto &entry : options.constants)
    if (!names.contains(entry.getKey()))
      return unreadable(loc) << "--constant names '" << entry.getKey()
                             << "', which is not an input of the model";
  for (const auto &entry : options.dims)
    if (!dims.contains(entry.getKey()))
      return unreadable(loc) << "--dim names '" << entry.getKey()
                             << "', which no input of the model has";
  return success();
}

/// An input whose value the user has fixed.
LogicalResult
GraphImporter::importFixedInput(const onnx::ValueInfoProto &input) {
  ElementsAttr value = options.constants.lookup(input.name());
  auto element =
      elementType(input.type().tensor_type().elem_type(), builder.getContext());
  if (!element)
    return unreadable(loc) << "input '" << input.name()
                           << "': " << llvm::toString(element.takeError());
  bool fits = *element == value.getElementType();
  ArrayRef<int64_t> sizes = value.getShapedType().getShape();
  if (input.type().tensor_type().has_shape()) {
    const auto &shape = input.type().tensor_type().shape();
    if (shape.dim_size() == 0 && isSingle(sizes)) {
      value = nn::reinterpretElements(
          value, RankedTensorType::get({}, value.getElementType()));
      sizes = {};
    }
    fits &= sizes.size() == size_t(shape.dim_size());
    for (size_t i = 0; fits && i < sizes.size(); ++i)
      fits = !shape.dim(i).has_dim_value() || shape.dim(i).dim_value() < 0 ||
             shape.dim(i).dim_value() == sizes[i];
  }
  if (!fits)
    return unreadable(loc) << "--constant gives input '" << input.name()
                           << "' a value of type " << value.getType()
                           << ", but the model has "
                           << shapeText(input.type().tensor_type().shape())
                           << " of " << *element;
  Location where = NameLoc::get(builder.getStringAttr(input.name()));
  values[input.name()] = nn::ConstantOp::create(builder, where, value);
  return success();
}

LogicalResult GraphImporter::importSignature() {
  llvm::StringSet<> initialized;
  for (const auto &tensor : graph.initializer())
    initialized.insert(tensor.name());
  SmallVector<Type> types;
  bool failedAny = false;
  for (const auto &input : graph.input()) {
    if (initialized.contains(input.name()))
      continue; // a default value: before IR 4 every initialiser was listed
    inputNames.push_back(input.name());
    if (options.constants.contains(input.name()))
      continue;
    auto type = inputType(input);
    failedAny |= failed(type);
    if (failed(type))
      continue;
    session.inputs.push_back(&input);
    types.push_back(*type);
  }
  if (failedAny)
    return failure();
  func = func::FuncOp::create(builder, loc, "main",
                              builder.getFunctionType(types, {}));
  Block *entry = func.addEntryBlock();
  for (auto [input, argument] :
       llvm::zip(session.inputs, entry->getArguments()))
    if (!values.try_emplace(input->name(), argument).second)
      return unreadable(loc)
             << "two inputs are named '" << input->name() << "'";
  builder.setInsertionPointToStart(entry);
  for (const auto &input : graph.input())
    if (options.constants.contains(input.name()) &&
        !initialized.contains(input.name()) && failed(importFixedInput(input)))
      return failure();
  return success();
}

void GraphImporter::addInitializer(const std::string &name,
                                   ElementsAttr value) {
  Location where = NameLoc::get(builder.getStringAttr(name));
  Value constant = nn::ConstantOp::create(builder, where, value);
  if (!values.try_emplace(name, constant).second)
    unreadable(where) << "two initialisers are named '" << name << "'";
}

LogicalResult GraphImporter::importInitializers() {
  for (const auto &tensor : graph.initializer()) {
    Location where = NameLoc::get(builder.getStringAttr(tensor.name()));
    auto element = elementType(tensor.data_type(), builder.getContext());
    if (!element) {
      unsupported(where) << "initialiser '" << tensor.name()
                         << "': " << llvm::toString(element.takeError());
      unknown.insert(tensor.name());
      continue;
    }
    auto value = tensorValue(session.file, tensor, builder.getContext());
    if (!value) {
      unreadable(where) << llvm::toString(value.takeError());
      continue;
    }
    addInitializer(tensor.name(), *value);
  }
  for (const auto &sparse : graph.sparse_initializer()) {
    unsupported(loc) << "initialiser '" << sparse.values().name()
                     << "': sparse initialisers are not supported";
    unknown.insert(sparse.values().name());
  }
  // What is not supported is listed with the nodes that are not.
  return success(status != ImportStatus::Unreadable);
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

void GraphImporter::importNode(const onnx::NodeProto &node) {
  auto giveUp = [&] {
    for (const std::string &name : node.output())
      unknown.insert(name);
  };
  SmallVector<Value> operands;
  Location where = nodeLocation(node);
  bool complete = gatherInputs(node, operands);
  // Operators of other domains have the domain in front of their name.
  bool isStandard = node.domain().empty() || node.domain() == "ai.onnx";
  std::string name =
      isStandard ? node.op_type() : node.domain() + "." + node.op_type();
  const OpTable &table = onnxOpTable();
  auto importer = table.find(name);
  if (importer == table.end()) {
    unsupported(where) << name << " '"
                       << (node.name().empty() && node.output_size()
                               ? node.output(0)
                               : node.name())
                       << "' is not supported: no operator of nn carries it";
    return giveUp();
  }
  if (!complete)
    return giveUp();
  NodeContext nc(node, session, builder, where, operands);
  // What importers rely on, so that none of them has to ask.
  LogicalResult imported = nc.input(0) || name == "Constant"
                               ? importer->second(nc)
                               : nc.malformed("expected an input");
  if (nc.wasMalformed())
    status = ImportStatus::Unreadable;
  else if (failed(imported) && status == ImportStatus::Ok)
    status = ImportStatus::Unsupported;
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
    results.push_back(found->second);
    types.push_back(found->second.getType());
    checkDeclaredOutput(output, cast<RankedTensorType>(types.back()));
  }
  if (status != ImportStatus::Ok)
    return failure();
  func::ReturnOp::create(builder, loc, results);
  func.setFunctionType(
      builder.getFunctionType(func.getFunctionType().getInputs(), types));
  annotate(func);
  return success();
}

ImportResult GraphImporter::run(Location fileLoc) {
  loc = fileLoc;
  OwningOpRef<ModuleOp> module = ModuleOp::create(builder, loc);
  builder.setInsertionPointToStart(module->getBody());
  bool ok = succeeded(readOpset()) && succeeded(checkOptions()) &&
            succeeded(importSignature()) && succeeded(importInitializers());
  if (ok) {
    importNodes();
    ok = succeeded(finish()) && succeeded(verify(*module));
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
