//===- MetaAttributes.cpp - What an image says, as attributes -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Image/BuildImage.h"

#include "Timing/MachineFields.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace ashlar;
using runtime::DataType;
using runtime::ImageMeta;
using runtime::TensorInfo;

//===----------------------------------------------------------------------===//
// To attributes
//===----------------------------------------------------------------------===//

namespace {
/// Builds a dictionary; numbers are i64, texts strings.
class Writer {
public:
  explicit Writer(MLIRContext *context) : builder(context) {}

  void text(StringRef key, StringRef value) {
    entries.push_back(builder.getNamedAttr(key, builder.getStringAttr(value)));
  }
  void number(StringRef key, uint64_t value) {
    entries.push_back(builder.getNamedAttr(
        key, builder.getI64IntegerAttr(static_cast<int64_t>(value))));
  }
  void real(StringRef key, double value) {
    entries.push_back(
        builder.getNamedAttr(key, builder.getF64FloatAttr(value)));
  }
  void numbers(StringRef key, ArrayRef<int64_t> values) {
    entries.push_back(
        builder.getNamedAttr(key, builder.getDenseI64ArrayAttr(values)));
  }
  void attr(StringRef key, Attribute value) {
    entries.push_back(builder.getNamedAttr(key, value));
  }
  void texts(StringRef key, const std::vector<std::string> &values) {
    attr(key, builder.getStrArrayAttr(
                  SmallVector<StringRef>(values.begin(), values.end())));
  }
  template <typename Items, typename Convert>
  void list(StringRef key, const Items &items, Convert &&convert) {
    SmallVector<Attribute> attrs;
    for (const auto &item : items) {
      Writer writer(builder.getContext());
      convert(writer, item);
      attrs.push_back(writer.take());
    }
    attr(key, builder.getArrayAttr(attrs));
  }
  DictionaryAttr take() { return builder.getDictionaryAttr(entries); }
  Builder builder;

private:
  SmallVector<NamedAttribute> entries;
};
} // namespace

static StringRef ref(std::string_view text) {
  return StringRef(text.data(), text.size());
}

static void writeTensor(Writer &out, const TensorInfo &tensor) {
  out.text("name", tensor.name);
  out.text("type", ref(dataTypeName(tensor.type)));
  out.numbers("shape", tensor.shape);
  if (!tensor.dynamic.empty())
    out.texts("dynamic", tensor.dynamic);
  out.text("region", ref(regionName(tensor.region)));
  out.number("offset", tensor.offset);
  const runtime::Quantization &quant = tensor.quantization;
  if (quant.scale.empty())
    return;
  out.attr("scale", out.builder.getDenseF32ArrayAttr(quant.scale));
  out.numbers("zero_point", quant.zeroPoint);
  out.number("axis", static_cast<uint64_t>(int64_t{quant.axis}));
}

static void writeEntry(Writer &out, const runtime::EntryPoint &entry) {
  out.text("name", entry.name);
  out.list("inputs", entry.inputs, writeTensor);
  out.list("outputs", entry.outputs, writeTensor);
  out.list("states", entry.states, writeTensor);
  out.numbers("core_start", SmallVector<int64_t>(entry.coreStart.begin(),
                                                 entry.coreStart.end()));
  out.number("io_bytes", entry.ioBytes);
  out.number("arena_bytes", entry.arenaBytes);
  out.number("state_bytes", entry.stateBytes);
  out.texts("dynamic_dims", entry.dynamicDims);
  if (!entry.dynamicLowest.empty())
    out.numbers("dynamic_lowest", entry.dynamicLowest);
  out.number("macs", entry.macs);
  if (!entry.opening.empty())
    out.text("opening", entry.opening);
  if (entry.fetchesNext)
    out.number("fetches_next", 1);
  if (entry.leavesOutputs)
    out.number("leaves_outputs", 1);
}

static void writePlan(Writer &out, const runtime::MemoryPlan &plan) {
  out.number("sram_peak", plan.sramPeakBytes);
  out.number("sram_bound", plan.sramLowerBoundBytes);
  out.number("dram_peak", plan.dramPeakBytes);
  out.number("dram_bound", plan.dramLowerBoundBytes);
  out.number("acc_peak", plan.accPeakBytes);
  out.number("acc_bound", plan.accLowerBoundBytes);
  out.list("buffers", plan.buffers,
           [](Writer &item, const runtime::PlannedBuffer &buffer) {
             item.text("name", buffer.name);
             item.text("space", buffer.space);
             item.number("core", buffer.core);
             item.number("offset", buffer.offset);
             item.number("bytes", buffer.bytes);
             item.number("first", buffer.first);
             item.number("last", buffer.last);
             if (buffer.resident)
               item.number("resident", 1);
           });
}

void ashlar::setImageMeta(ModuleOp module, const ImageMeta &meta) {
  MLIRContext *context = module.getContext();
  Writer machine(context);
  for (const runtime::MachineField &field : runtime::machineFields())
    machine.real(ref(field.name), field.get(meta.machine));
  Writer plan(context);
  writePlan(plan, meta.plan);
  Writer out(context);
  out.text("compiler", meta.compilerVersion);
  out.text("target", meta.machine.name);
  out.attr("machine", machine.take());
  out.list("entries", meta.entries, writeEntry);
  out.attr("plan", plan.take());
  out.list("nodes", meta.debug.nodes,
           [](Writer &item, const runtime::DebugMap::Node &node) {
             item.text("name", node.name);
             item.text("op", node.op);
             item.number("macs", node.macs);
           });
  out.list("weights", meta.weights,
           [](Writer &item, const runtime::WeightInfo &weight) {
             item.text("name", weight.name);
             item.text("type", ref(dataTypeName(weight.type)));
             item.numbers("shape", weight.shape);
             item.number("offset", weight.offset);
           });
  out.real("estimated_cycles", meta.estimatedCycles);
  module->setAttr(imageMetaAttrName, out.take());
}

//===----------------------------------------------------------------------===//
// From attributes
//===----------------------------------------------------------------------===//

namespace {
/// Reads a dictionary; the first thing that is missing or of the wrong kind is
/// reported once, and everything after it gives default values.
class Reader {
public:
  Reader(DictionaryAttr dict, Twine theWhere, ModuleOp module, bool &failed)
      : dict(dict), where(theWhere.str()), module(module), failed(failed) {}

  template <typename AttrT> AttrT get(StringRef key, bool optional = false) {
    Attribute value = dict ? dict.get(key) : Attribute();
    auto typed = llvm::dyn_cast_if_present<AttrT>(value);
    if (!typed && (value || !optional) && !failed) {
      module.emitError() << "attribute '" << imageMetaAttrName << "': " << where
                         << " has no valid '" << key << "'";
      failed = true;
    }
    return typed;
  }
  std::string text(StringRef key) {
    auto attr = get<StringAttr>(key);
    return attr ? attr.str() : std::string();
  }
  uint64_t number(StringRef key) {
    auto attr = get<IntegerAttr>(key);
    return attr ? static_cast<uint64_t>(attr.getValue().getSExtValue()) : 0;
  }
  double real(StringRef key) {
    auto attr = get<FloatAttr>(key);
    return attr ? attr.getValueAsDouble() : 0;
  }
  std::vector<int64_t> numbers(StringRef key, bool optional = false) {
    auto attr = get<DenseI64ArrayAttr>(key, optional);
    return attr ? attr.asArrayRef().vec() : std::vector<int64_t>();
  }
  std::vector<std::string> texts(StringRef key, bool optional = false) {
    std::vector<std::string> result;
    if (auto attr = get<ArrayAttr>(key, optional))
      for (Attribute item : attr)
        if (auto text = llvm::dyn_cast<StringAttr>(item))
          result.push_back(text.str());
    return result;
  }
  template <typename T, typename Convert>
  void list(StringRef key, std::vector<T> &items, Convert &&convert) {
    auto attr = get<ArrayAttr>(key);
    if (!attr)
      return;
    for (Attribute item : attr) {
      Reader reader(llvm::dyn_cast<DictionaryAttr>(item),
                    where + "." + key + "[" + Twine(items.size()) + "]", module,
                    failed);
      convert(reader, items.emplace_back());
    }
  }
  DataType type(StringRef key) {
    DataType result = DataType::F32;
    std::string name = text(key);
    if (!parseDataType(name, result) && !failed) {
      module.emitError() << "attribute '" << imageMetaAttrName << "': " << where
                         << ": unknown type '" << name << "'";
      failed = true;
    }
    return result;
  }

  DictionaryAttr dict;
  std::string where;
  ModuleOp module;
  bool &failed;
};
} // namespace

static void readTensor(Reader &in, TensorInfo &tensor) {
  tensor.name = in.text("name");
  tensor.type = in.type("type");
  tensor.shape = in.numbers("shape");
  tensor.dynamic = in.texts("dynamic", /*optional=*/true);
  if (!runtime::parseRegion(in.text("region"), tensor.region) && !in.failed) {
    in.module.emitError() << "attribute '" << imageMetaAttrName
                          << "': " << in.where << ": unknown region";
    in.failed = true;
  }
  tensor.offset = in.number("offset");
  runtime::tensorBytes(tensor.type, tensor.shape, tensor.bytes);
  auto scale = in.get<DenseF32ArrayAttr>("scale", /*optional=*/true);
  if (!scale)
    return;
  tensor.quantization.scale = scale.asArrayRef().vec();
  tensor.quantization.zeroPoint = in.numbers("zero_point");
  tensor.quantization.axis = static_cast<int32_t>(in.number("axis"));
}

static void readEntry(Reader &in, runtime::EntryPoint &entry) {
  entry.name = in.text("name");
  in.list("inputs", entry.inputs, readTensor);
  in.list("outputs", entry.outputs, readTensor);
  in.list("states", entry.states, readTensor);
  for (int64_t word : in.numbers("core_start"))
    entry.coreStart.push_back(static_cast<uint64_t>(word));
  entry.ioBytes = in.number("io_bytes");
  entry.arenaBytes = in.number("arena_bytes");
  entry.stateBytes = in.number("state_bytes");
  entry.dynamicDims = in.texts("dynamic_dims");
  for (int64_t lowest : in.numbers("dynamic_lowest", /*optional=*/true))
    entry.dynamicLowest.push_back(lowest);
  entry.macs = in.number("macs");
  if (auto opening = in.get<StringAttr>("opening", /*optional=*/true))
    entry.opening = opening.str();
  auto fetches = in.get<IntegerAttr>("fetches_next", /*optional=*/true);
  entry.fetchesNext = fetches && !fetches.getValue().isZero();
  auto leaves = in.get<IntegerAttr>("leaves_outputs", /*optional=*/true);
  entry.leavesOutputs = leaves && !leaves.getValue().isZero();
}

static void readPlan(Reader &in, runtime::MemoryPlan &plan) {
  plan.sramPeakBytes = in.number("sram_peak");
  plan.sramLowerBoundBytes = in.number("sram_bound");
  plan.dramPeakBytes = in.number("dram_peak");
  plan.dramLowerBoundBytes = in.number("dram_bound");
  plan.accPeakBytes = in.number("acc_peak");
  plan.accLowerBoundBytes = in.number("acc_bound");
  in.list("buffers", plan.buffers,
          [](Reader &item, runtime::PlannedBuffer &buffer) {
            buffer.name = item.text("name");
            buffer.space = item.text("space");
            buffer.core = static_cast<uint32_t>(item.number("core"));
            buffer.offset = item.number("offset");
            buffer.bytes = item.number("bytes");
            buffer.first = item.number("first");
            buffer.last = item.number("last");
            auto resident =
                item.get<IntegerAttr>("resident", /*optional=*/true);
            buffer.resident = resident && !resident.getValue().isZero();
          });
}

static void readMachine(Reader &in, runtime::Machine &machine) {
  for (const runtime::MachineField &field : runtime::machineFields()) {
    double value = in.real(ref(field.name));
    if (in.failed)
      return;
    if (std::optional<std::string> why = checkFieldValue(field, value)) {
      in.module.emitError()
          << "attribute '" << imageMetaAttrName << "': machine field '"
          << ref(field.name) << "' " << *why;
      in.failed = true;
      return;
    }
    field.set(machine, value);
  }
}

FailureOr<ImageMeta> ashlar::getImageMeta(ModuleOp module) {
  auto dict = module->getAttrOfType<DictionaryAttr>(imageMetaAttrName);
  if (!dict)
    return module.emitError() << "module has no attribute '"
                              << imageMetaAttrName << "' of an image";
  bool failed = false;
  Reader in(dict, "the image", module, failed);
  ImageMeta meta;
  meta.compilerVersion = in.text("compiler");
  meta.machine.name = in.text("target");
  Reader machine(in.get<DictionaryAttr>("machine"), "machine", module, failed);
  readMachine(machine, meta.machine);
  in.list("entries", meta.entries, readEntry);
  Reader plan(in.get<DictionaryAttr>("plan"), "plan", module, failed);
  readPlan(plan, meta.plan);
  in.list("nodes", meta.debug.nodes,
          [](Reader &item, runtime::DebugMap::Node &node) {
            node.name = item.text("name");
            node.op = item.text("op");
            node.macs = item.number("macs");
          });
  in.list("weights", meta.weights,
          [](Reader &item, runtime::WeightInfo &weight) {
            weight.name = item.text("name");
            weight.type = item.type("type");
            weight.shape = item.numbers("shape");
            weight.offset = item.number("offset");
            runtime::tensorBytes(weight.type, weight.shape, weight.bytes);
          });
  meta.estimatedCycles = in.real("estimated_cycles");
  if (failed)
    return failure();
  return meta;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

bool ashlar::convertElementType(Type type, DataType &result) {
  if (type.isF32())
    result = DataType::F32;
  else if (type.isF64())
    result = DataType::F64;
  else if (type.isF16())
    result = DataType::F16;
  else if (type.isBF16())
    result = DataType::BF16;
  else if (llvm::isa<Float8E4M3FNType>(type))
    result = DataType::F8E4M3;
  else if (llvm::isa<Float8E5M2Type>(type))
    result = DataType::F8E5M2;
  else if (type.isIndex())
    result = DataType::I64;
  else if (auto integer = llvm::dyn_cast<IntegerType>(type)) {
    bool isUnsigned = integer.isUnsigned();
    switch (integer.getWidth()) {
    case 1:
      result = DataType::Bool;
      break;
    case 4:
      result = isUnsigned ? DataType::U4 : DataType::I4;
      break;
    case 8:
      result = isUnsigned ? DataType::U8 : DataType::I8;
      break;
    case 16:
      result = isUnsigned ? DataType::U16 : DataType::I16;
      break;
    case 32:
      result = isUnsigned ? DataType::U32 : DataType::I32;
      break;
    case 64:
      result = isUnsigned ? DataType::U64 : DataType::I64;
      break;
    default:
      return false;
    }
  } else {
    return false;
  }
  return true;
}
