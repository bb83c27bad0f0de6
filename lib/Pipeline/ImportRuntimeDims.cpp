//===- ImportRuntimeDims.cpp - A model whose sizes are not all known ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ONNX computes with shapes: a size may end up in a constant, an axis, the
// number of operations. No list of operators could say where. So the model is
// read at several sizes, and what comes of it, lowered to linalg where nothing
// is implied any more, is compared: if all of it is one program whose tensors
// have other shapes, that is the program for the sizes between them as well.
// A dimension has to be fixed, or a multiple of one run-time dimension, at all
// of these sizes.
//
//===----------------------------------------------------------------------===//

#include "CompareSizes.h"

#include "ashlar/Conversion/NNToLinalg/Passes.h"
#include "ashlar/Pipeline/Compile.h"
#include "ashlar/Pipeline/Passes.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SetVector.h"

using namespace ashlar;
using namespace mlir;

namespace {

/// The program with one of the run-time dimensions at another size.
struct Sample {
  unsigned dim;
  int64_t size;
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<SizeComparison> comparison;
  NodeConstants constants;
};

/// A dimension: fixed, or `factor` times a run-time dimension.
struct Form {
  int dim = -1;
  int64_t factor = 0;
};

class RuntimeDimsImporter {
public:
  RuntimeDimsImporter(StringRef path, const ImportOptions &options,
                      MLIRContext &context)
      : path(path), options(options), context(context),
        loc(NameLoc::get(StringAttr::get(&context, path))) {}
  ImportResult run();

private:
  ImportStatus check(ModuleOp module);
  ImportResult importAt(ArrayRef<int64_t> sizes) const;
  ImportStatus addSample(unsigned dim, int64_t size);
  ImportStatus checkLowest(ModuleOp module);
  ImportStatus checkDecisions(ModuleOp module);
  ImportStatus checkDecisionsAt(const NodeConstants &mine, unsigned dim,
                                int64_t size);
  ImportStatus compare();
  FailureOr<Form> findForm(Value value, unsigned position) const;
  bool checkForms();
  LogicalResult annotate(ModuleOp module);
  ArrayAttr nameDims(ArrayRef<Form> forms) const;
  std::string say(unsigned dim, int64_t size) const {
    return options.runtimeDims[dim].name + " = " + std::to_string(size);
  }
  std::vector<int64_t> highest() const;

  StringRef path;
  const ImportOptions &options;
  MLIRContext &context;
  Location loc;
  OwningOpRef<ModuleOp> lowered;
  std::vector<Sample> samples;
  SmallVector<SmallVector<Form>> arguments, results;
};

} // namespace

std::vector<int64_t> RuntimeDimsImporter::highest() const {
  std::vector<int64_t> sizes;
  for (const RuntimeDim &dim : options.runtimeDims)
    sizes.push_back(dim.highest);
  return sizes;
}

ImportResult RuntimeDimsImporter::importAt(ArrayRef<int64_t> sizes) const {
  OnnxImportOptions at = options;
  for (auto [dim, size] : llvm::zip_equal(options.runtimeDims, sizes)) {
    if (dim.input.empty())
      at.dims[dim.name] = size;
    else
      at.shapes[dim.input][dim.position] = size;
  }
  return importOnnx(path, at, &context);
}

static func::FuncOp mainOf(ModuleOp module) {
  return module.lookupSymbol<func::FuncOp>("main");
}

/// Sizes that show how a program depends on one: a size of 1 or 0 would not,
/// because it stands for other things as well.
static SmallVector<int64_t> chooseSizes(const RuntimeDim &dim) {
  llvm::SmallSetVector<int64_t, 4> sizes;
  for (int64_t size :
       {dim.highest - 1, (dim.highest + 1) / 2, int64_t(3), int64_t(2)})
    if (size >= 2 && size < dim.highest)
      sizes.insert(size);
  if (sizes.empty())
    sizes.insert(dim.highest + 1);
  return sizes.takeVector();
}

/// To linalg, where everything is explicit. Integer products of quantised
/// values have terms that count elements, so what stands for them is compared.
static LogicalResult lower(ModuleOp module) {
  PassManager manager(module.getContext());
  bool isQuantized = false;
  module.walk([&](Operation *op) {
    isQuantized |= op->getName().stripDialect().contains("quantize");
  });
  if (isQuantized)
    buildGraphPipeline(manager, Precision::Keep);
  manager.addPass(createConvertNNToLinalg());
  return manager.run(module);
}

ImportStatus RuntimeDimsImporter::addSample(unsigned dim, int64_t size) {
  std::vector<int64_t> sizes = highest();
  sizes[dim] = size;
  ImportResult imported = importAt(sizes);
  NodeConstants constants;
  if (imported.status == ImportStatus::Ok)
    constants = readConstants(mainOf(*imported.module));
  if (imported.status == ImportStatus::Ok &&
      succeeded(lower(*imported.module))) {
    Sample &sample = samples.emplace_back();
    sample.constants = std::move(constants);
    sample.dim = dim;
    sample.size = size;
    sample.module = std::move(imported.module);
    sample.comparison = std::make_unique<SizeComparison>(
        mainOf(*lowered), mainOf(*sample.module));
    return ImportStatus::Ok;
  }
  emitError(loc) << "'" << options.runtimeDims[dim].name
                 << "' cannot be left to run time: that is what the model says "
                    "with "
                 << say(dim, size);
  return ImportStatus::Unsupported;
}

/// Where a program differs from the others it was compared with.
ImportStatus RuntimeDimsImporter::compare() {
  for (Sample &sample : samples)
    if (Operation *op = sample.comparison->findDifference()) {
      op->emitError() << "what is computed here is not the same with "
                      << say(sample.dim,
                             options.runtimeDims[sample.dim].highest)
                      << " and " << say(sample.dim, sample.size) << ": '"
                      << options.runtimeDims[sample.dim].name
                      << "' cannot be left to run time";
      return ImportStatus::Unsupported;
    }
  return checkForms() ? ImportStatus::Ok : ImportStatus::Unsupported;
}

FailureOr<Form> RuntimeDimsImporter::findForm(Value value,
                                              unsigned position) const {
  int64_t size = cast<RankedTensorType>(value.getType()).getDimSize(position);
  Form form;
  for (const Sample &sample : samples)
    if (sample.comparison->shapeOf(value)[position] != size) {
      if (form.dim >= 0 && form.dim != int(sample.dim))
        return failure();
      form.dim = sample.dim;
    }
  if (form.dim < 0)
    return form;
  form.factor = size / options.runtimeDims[form.dim].highest;
  if (form.factor * options.runtimeDims[form.dim].highest != size)
    return failure();
  for (const Sample &sample : samples)
    if (int(sample.dim) == form.dim &&
        sample.comparison->shapeOf(value)[position] !=
            form.factor * sample.size)
      return failure();
  return form;
}

/// Every size of every tensor has a form. Reports one for each place.
bool RuntimeDimsImporter::checkForms() {
  func::FuncOp function = mainOf(*lowered);
  llvm::DenseSet<Location> reported;
  auto formsOf = [&](Value value, Location where) {
    SmallVector<Form> forms;
    auto type = dyn_cast<RankedTensorType>(value.getType());
    for (unsigned i = 0; type && i < type.getRank(); ++i) {
      FailureOr<Form> form = findForm(value, i);
      forms.push_back(succeeded(form) ? *form : Form());
      if (succeeded(form) || !reported.insert(where).second)
        continue;
      InFlightDiagnostic diagnostic =
          emitError(where) << "dimension " << i
                           << " of a tensor is neither fixed nor a multiple of "
                              "one run-time dimension: "
                           << type.getDimSize(i);
      for (const Sample &sample : samples)
        if (int64_t other = sample.comparison->shapeOf(value)[i];
            other != type.getDimSize(i))
          diagnostic << ", " << other << " with "
                     << say(sample.dim, sample.size);
    }
    return forms;
  };
  for (BlockArgument argument : function.getArguments())
    arguments.push_back(formsOf(argument, loc));
  function.walk([&](Operation *op) {
    for (Value result : op->getResults())
      formsOf(result, op->getLoc());
  });
  for (Value value : function.front().getTerminator()->getOperands())
    results.push_back(formsOf(value, loc));
  return reported.empty();
}

/// Sizes of 1 and 0 may mean something else (a dimension that is squeezed or
/// repeated): the results must have the shapes all the same.
ImportStatus RuntimeDimsImporter::checkLowest(ModuleOp module) {
  std::vector<int64_t> lowest;
  std::string text;
  for (auto [i, dim] : llvm::enumerate(options.runtimeDims)) {
    lowest.push_back(dim.lowest);
    text += (text.empty() ? "" : ", ") + say(i, dim.lowest);
  }
  ImportResult imported = importAt(lowest);
  if (imported.status != ImportStatus::Ok) {
    emitError(loc) << "that is what the model says with " << text
                   << "; run-time dimensions may begin at a higher size";
    return ImportStatus::Unsupported;
  }
  for (auto [i, types] : llvm::enumerate(
           llvm::zip_equal(mainOf(module).getResultTypes(),
                           mainOf(*imported.module).getResultTypes()))) {
    auto at = cast<RankedTensorType>(std::get<1>(types));
    SmallVector<int64_t> expected(
        cast<RankedTensorType>(std::get<0>(types)).getShape());
    for (auto [size, form] : llvm::zip_equal(expected, results[i]))
      if (form.dim >= 0)
        size = form.factor * lowest[form.dim];
    if (at.getShape() == ArrayRef(expected))
      continue;
    emitError(loc) << "result " << i << " has another shape with " << text
                   << " than other sizes let expect: " << at;
    return ImportStatus::Unsupported;
  }
  return ImportStatus::Ok;
}

/// Sizes between those that were compared: all of a short range, some of a long
/// one.
static SmallVector<int64_t> otherSizes(const RuntimeDim &dim) {
  constexpr int64_t kMost = 16;
  SmallVector<int64_t> compared = chooseSizes(dim), others;
  int64_t step = std::max<int64_t>(1, (dim.highest - dim.lowest) / kMost);
  for (int64_t size = dim.lowest; size < dim.highest;
       size += size < dim.lowest + kMost / 2 ? 1 : step)
    if (!llvm::is_contained(compared, size))
      others.push_back(size);
  return others;
}

/// What a model finds or decides by its sizes has been done by the time it is
/// compared: what is the same at the sizes that were compared must be so at
/// others. (What differs there, without a difference in the program, does not
/// matter.)
ImportStatus RuntimeDimsImporter::checkDecisionsAt(const NodeConstants &mine,
                                                   unsigned dim, int64_t size) {
  std::vector<int64_t> sizes = highest();
  sizes[dim] = size;
  ImportResult imported = importAt(sizes);
  const char *advice = size == options.runtimeDims[dim].lowest
                           ? "; run-time dimensions may begin at a higher size"
                           : "";
  if (imported.status != ImportStatus::Ok) {
    emitError(loc) << "that is what the model says with " << say(dim, size)
                   << advice;
    return ImportStatus::Unsupported;
  }
  NodeConstants theirs = readConstants(mainOf(*imported.module));
  for (const auto &[node, values] : mine) {
    auto isSame = [&, node = node, &values = values](NodeConstants &others) {
      auto found = others.find(node);
      return found != others.end() && found->second == values;
    };
    // A node that is not there has become another one, which counts itself.
    if (!theirs.contains(node) || isSame(theirs) ||
        !llvm::all_of(samples, [&](Sample &s) { return isSame(s.constants); }))
      continue;
    emitError(node) << "the model has another value here with "
                    << say(dim, size) << " than with "
                    << say(dim, options.runtimeDims[dim].highest) << ": '"
                    << options.runtimeDims[dim].name
                    << "' cannot be left to run time" << advice;
    return ImportStatus::Unsupported;
  }
  return ImportStatus::Ok;
}

ImportStatus RuntimeDimsImporter::checkDecisions(ModuleOp module) {
  NodeConstants mine = readConstants(mainOf(module));
  for (auto [i, dim] : llvm::enumerate(options.runtimeDims))
    for (int64_t size : otherSizes(dim))
      if (ImportStatus status = checkDecisionsAt(mine, i, size);
          status != ImportStatus::Ok)
        return status;
  return ImportStatus::Ok;
}

ArrayAttr RuntimeDimsImporter::nameDims(ArrayRef<Form> forms) const {
  SmallVector<StringRef> names;
  for (const Form &form : forms)
    names.push_back(form.dim < 0
                        ? StringRef()
                        : StringRef(options.runtimeDims[form.dim].name));
  if (llvm::all_of(names, [](StringRef name) { return name.empty(); }))
    return nullptr;
  return Builder(&context).getStrArrayAttr(names);
}

LogicalResult RuntimeDimsImporter::annotate(ModuleOp module) {
  func::FuncOp function = mainOf(module);
  Builder builder(&context);
  for (auto [i, forms] : llvm::enumerate(arguments))
    if (ArrayAttr names = nameDims(forms))
      function.setArgAttr(i, "nn.dims", names);
  for (auto [i, forms] : llvm::enumerate(results)) {
    for (const Form &form : forms)
      if (form.dim >= 0 && form.factor != 1)
        return emitError(loc)
               << "result " << i << " has a dimension of " << form.factor
               << " times '" << options.runtimeDims[form.dim].name
               << "'; results can have run-time dimensions themselves only";
    if (ArrayAttr names = nameDims(forms))
      function.setResultAttr(i, "nn.dims", names);
  }
  NamedAttrList ranges;
  for (const RuntimeDim &dim : options.runtimeDims)
    ranges.set(dim.name,
               builder.getDenseI64ArrayAttr({dim.lowest, dim.highest}));
  function->setAttr("nn.dim_ranges", ranges.getDictionary(&context));
  return success();
}

/// A size that has been read at its highest value: is it open?
ImportStatus RuntimeDimsImporter::check(ModuleOp module) {
  lowered = cast<ModuleOp>(module->clone());
  if (failed(lower(*lowered)))
    return ImportStatus::Unsupported;
  for (auto [i, dim] : llvm::enumerate(options.runtimeDims))
    for (int64_t size : chooseSizes(dim))
      if (ImportStatus status = addSample(i, size); status != ImportStatus::Ok)
        return status;
  if (ImportStatus status = compare(); status != ImportStatus::Ok)
    return status;
  if (ImportStatus status = checkDecisions(module); status != ImportStatus::Ok)
    return status;
  if (ImportStatus status = checkLowest(module); status != ImportStatus::Ok)
    return status;
  return succeeded(annotate(module)) ? ImportStatus::Ok
                                     : ImportStatus::Unsupported;
}

ImportResult RuntimeDimsImporter::run() {
  if (options.runtimeDims.size() > runtime::maxDynamicDims) {
    emitError(loc) << "expected at most " << runtime::maxDynamicDims
                   << " run-time dimensions, got "
                   << options.runtimeDims.size();
    return {ImportStatus::Unsupported, nullptr, {}, {}};
  }
  ImportResult result = importAt(highest());
  if (result.status != ImportStatus::Ok)
    return result;
  result.status = check(*result.module);
  samples.clear();
  lowered = nullptr;
  if (result.status != ImportStatus::Ok)
    result.module = nullptr;
  return result;
}

ImportResult ashlar::importWithRuntimeDims(StringRef path,
                                           const ImportOptions &options,
                                           MLIRContext &context) {
  return RuntimeDimsImporter(path, options, context).run();
}
