//===- ImportSignature.cpp - Inputs and initialisers of a graph -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "TensorData.h"

#include "mlir/IR/Diagnostics.h"

using namespace ashlar;
using namespace mlir;

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
  for (const auto &sparse : graph.sparse_initializer())
    initialized.insert(sparse.values().name());
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

template <typename Read>
void GraphImporter::importInitializer(const onnx::TensorProto &tensor,
                                      Read read) {
  Location where = NameLoc::get(builder.getStringAttr(tensor.name()));
  auto element = elementType(tensor.data_type(), builder.getContext());
  if (!element) {
    unsupported(where) << "initialiser '" << tensor.name()
                       << "': " << llvm::toString(element.takeError());
    unknown.insert(tensor.name());
    return;
  }
  llvm::Expected<ElementsAttr> value = read();
  if (!value) {
    unreadable(where) << llvm::toString(value.takeError());
    return;
  }
  Value constant = nn::ConstantOp::create(builder, where, *value);
  if (!values.try_emplace(tensor.name(), constant).second)
    unreadable(where) << "two initialisers are named '" << tensor.name() << "'";
}

/// What is not supported is listed with the nodes that are not.
void GraphImporter::importInitializers(const onnx::GraphProto &of) {
  MLIRContext *context = builder.getContext();
  for (const auto &tensor : of.initializer())
    importInitializer(
        tensor, [&] { return tensorValue(session.file, tensor, context); });
  for (const auto &sparse : of.sparse_initializer())
    importInitializer(sparse.values(), [&] {
      return sparseValue(session.file, sparse, context);
    });
}
