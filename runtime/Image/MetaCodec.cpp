//===- MetaCodec.cpp - The meta section's protobuf ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MetaCodec.h"

#include "ISA/Isa.h"
#include "Image.pb.h"
#include "Timing/MachineFields.h"

#include <algorithm>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <cinttypes>
#include <cstdio>
#include <set>

using namespace ashlar::runtime;

/// What addresses have room for.
static constexpr uint32_t kMaxCores = 255;
namespace pb = ashlar::image;

//===----------------------------------------------------------------------===//
// Structs to protobuf
//===----------------------------------------------------------------------===//

static void encodeTensor(const TensorInfo &tensor, pb::Tensor &out) {
  out.set_name(tensor.name);
  out.set_type(static_cast<pb::ElementType>(tensor.type));
  out.mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
  for (const std::string &name : tensor.dynamic)
    out.add_dynamic(name);
  out.set_region(static_cast<pb::Region>(tensor.region));
  out.set_offset(tensor.offset);
  out.set_bytes(tensor.bytes);
  const Quantization &quant = tensor.quantization;
  if (quant.scale.empty())
    return;
  pb::Quantization &q = *out.mutable_quantization();
  q.mutable_scale()->Add(quant.scale.begin(), quant.scale.end());
  q.mutable_zero_point()->Add(quant.zeroPoint.begin(), quant.zeroPoint.end());
  q.set_axis(quant.axis);
}

static void encodeEntry(const EntryPoint &entry, pb::EntryPoint &out) {
  out.set_name(entry.name);
  for (const TensorInfo &tensor : entry.inputs)
    encodeTensor(tensor, *out.add_inputs());
  for (const TensorInfo &tensor : entry.outputs)
    encodeTensor(tensor, *out.add_outputs());
  for (const TensorInfo &tensor : entry.states)
    encodeTensor(tensor, *out.add_states());
  out.mutable_core_start()->Add(entry.coreStart.begin(), entry.coreStart.end());
  out.set_io_bytes(entry.ioBytes);
  out.set_arena_bytes(entry.arenaBytes);
  out.set_state_bytes(entry.stateBytes);
  for (const std::string &name : entry.dynamicDims)
    out.add_dynamic_dims(name);
  for (int64_t lowest : entry.dynamicLowest)
    out.add_dynamic_lowest(lowest);
  out.set_macs(entry.macs);
  out.set_opening(entry.opening);
  out.set_fetches_next(entry.fetchesNext);
  out.set_leaves_outputs(entry.leavesOutputs);
}

static void encodePlan(const MemoryPlan &plan, pb::MemoryPlan &out) {
  for (const PlannedBuffer &buffer : plan.buffers) {
    pb::PlannedBuffer &b = *out.add_buffers();
    b.set_name(buffer.name);
    b.set_space(buffer.space);
    b.set_core(buffer.core);
    b.set_offset(buffer.offset);
    b.set_bytes(buffer.bytes);
    b.set_first(buffer.first);
    b.set_last(buffer.last);
    b.set_resident(buffer.resident);
  }
  out.set_sram_peak_bytes(plan.sramPeakBytes);
  out.set_sram_lower_bound_bytes(plan.sramLowerBoundBytes);
  out.set_dram_peak_bytes(plan.dramPeakBytes);
  out.set_dram_lower_bound_bytes(plan.dramLowerBoundBytes);
  out.set_acc_peak_bytes(plan.accPeakBytes);
  out.set_acc_lower_bound_bytes(plan.accLowerBoundBytes);
}

static bool sameWords(const DebugMap::Range &a, const DebugMap::Range &b) {
  return a.first == b.first && a.count == b.count && a.node == b.node;
}

static void encodeDebug(const DebugMap &debug, pb::DebugMap &out) {
  for (const DebugMap::Node &node : debug.nodes) {
    pb::DebugNode &n = *out.add_nodes();
    n.set_name(node.name);
    n.set_op(node.op);
    n.set_macs(node.macs);
  }
  // Cores that run one text have the same ranges: they are written once.
  auto begin = debug.ranges.begin(), end = debug.ranges.end();
  auto endOf = [&](auto from) {
    return std::find_if(from, end, [&](const DebugMap::Range &range) {
      return range.core != from->core;
    });
  };
  while (begin != end) {
    auto own = endOf(begin), next = own;
    uint32_t cores = 1;
    while (next != end && next->core == begin->core + cores &&
           std::equal(begin, own, next, endOf(next), sameWords)) {
      next = endOf(next);
      ++cores;
    }
    for (; begin != own; ++begin) {
      pb::DebugRange &r = *out.add_ranges();
      r.set_core(begin->core);
      if (cores > 1)
        r.set_cores(cores);
      r.set_first(begin->first);
      r.set_count(begin->count);
      r.set_node(begin->node);
    }
    begin = next;
  }
}

std::optional<std::string> ashlar::runtime::encodeMeta(const ImageMeta &meta) {
  pb::Meta out;
  out.set_format_version(imageFormatVersion);
  out.set_compiler_version(meta.compilerVersion);
  out.set_isa_hash(meta.isaHash);
  out.mutable_machine()->set_name(meta.machine.name);
  for (const MachineField &field : machineFields()) {
    pb::MachineValue &value = *out.mutable_machine()->add_values();
    value.set_name(std::string(field.name));
    value.set_value(field.get(meta.machine));
  }
  out.set_functional_fingerprint(functionalFingerprint(meta.machine));
  out.set_timing_fingerprint(timingFingerprint(meta.machine));
  for (const EntryPoint &entry : meta.entries)
    encodeEntry(entry, *out.add_entries());
  encodePlan(meta.plan, *out.mutable_plan());
  encodeDebug(meta.debug, *out.mutable_debug());
  for (const WeightInfo &weight : meta.weights) {
    pb::Weight &w = *out.add_weights();
    w.set_name(weight.name);
    w.set_type(static_cast<pb::ElementType>(weight.type));
    w.mutable_shape()->Add(weight.shape.begin(), weight.shape.end());
    w.set_offset(weight.offset);
    w.set_bytes(weight.bytes);
  }
  out.set_estimated_cycles(meta.estimatedCycles);
  // Protobuf makes nothing at all of what is too large for it.
  if (out.ByteSizeLong() > maxMetaBytes)
    return std::nullopt;
  return out.SerializeAsString();
}

//===----------------------------------------------------------------------===//
// Protobuf to structs
//===----------------------------------------------------------------------===//

static std::string decodeType(int value, DataType &type) {
  if (value < 0 || value >= static_cast<int>(numDataTypes))
    return "unknown element type " + std::to_string(value);
  type = static_cast<DataType>(value);
  return {};
}

static std::string decodeTensor(const pb::Tensor &in, TensorInfo &tensor) {
  tensor.name = in.name();
  if (std::string error = decodeType(in.type(), tensor.type); !error.empty())
    return "tensor '" + tensor.name + "': " + error;
  tensor.shape.assign(in.shape().begin(), in.shape().end());
  tensor.dynamic.assign(in.dynamic().begin(), in.dynamic().end());
  if (in.region() < 0 || in.region() > pb::STATE)
    return "tensor '" + tensor.name + "': unknown region " +
           std::to_string(in.region());
  tensor.region = static_cast<TensorRegion>(in.region());
  tensor.offset = in.offset();
  tensor.bytes = in.bytes();
  if (!in.has_quantization())
    return {};
  const pb::Quantization &q = in.quantization();
  tensor.quantization.scale.assign(q.scale().begin(), q.scale().end());
  tensor.quantization.zeroPoint.assign(q.zero_point().begin(),
                                       q.zero_point().end());
  tensor.quantization.axis = q.axis();
  return {};
}

template <typename Repeated>
static std::string decodeTensors(const Repeated &in,
                                 std::vector<TensorInfo> &tensors) {
  for (const pb::Tensor &tensor : in) {
    tensors.emplace_back();
    if (std::string error = decodeTensor(tensor, tensors.back());
        !error.empty())
      return error;
  }
  return {};
}

static std::string decodeEntry(const pb::EntryPoint &in, EntryPoint &entry) {
  entry.name = in.name();
  std::string error = decodeTensors(in.inputs(), entry.inputs);
  if (error.empty())
    error = decodeTensors(in.outputs(), entry.outputs);
  if (error.empty())
    error = decodeTensors(in.states(), entry.states);
  entry.coreStart.assign(in.core_start().begin(), in.core_start().end());
  entry.ioBytes = in.io_bytes();
  entry.arenaBytes = in.arena_bytes();
  entry.stateBytes = in.state_bytes();
  entry.dynamicDims.assign(in.dynamic_dims().begin(), in.dynamic_dims().end());
  entry.dynamicLowest.assign(in.dynamic_lowest().begin(),
                             in.dynamic_lowest().end());
  entry.macs = in.macs();
  entry.opening = in.opening();
  entry.fetchesNext = in.fetches_next();
  entry.leavesOutputs = in.leaves_outputs();
  return error;
}

static void decodePlan(const pb::MemoryPlan &in, MemoryPlan &plan) {
  for (const pb::PlannedBuffer &b : in.buffers())
    plan.buffers.push_back({b.name(), b.space(), b.core(), b.offset(),
                            b.bytes(), b.first(), b.last(), b.resident()});
  plan.sramPeakBytes = in.sram_peak_bytes();
  plan.sramLowerBoundBytes = in.sram_lower_bound_bytes();
  plan.dramPeakBytes = in.dram_peak_bytes();
  plan.dramLowerBoundBytes = in.dram_lower_bound_bytes();
  plan.accPeakBytes = in.acc_peak_bytes();
  plan.accLowerBoundBytes = in.acc_lower_bound_bytes();
}

static std::string decodeMachine(const pb::Machine &in, Machine &machine) {
  machine.name = in.name();
  std::set<std::string_view> seen;
  for (const pb::MachineValue &value : in.values()) {
    const MachineField *field = findMachineField(value.name());
    if (!field)
      return "unknown machine field '" + value.name() + "'";
    if (!seen.insert(field->name).second)
      return "machine field '" + value.name() + "' given twice";
    if (std::optional<std::string> why = checkFieldValue(*field, value.value()))
      return "machine field '" + value.name() + "' " + *why;
    field->set(machine, value.value());
  }
  for (const MachineField &field : machineFields())
    if (!seen.count(field.name))
      return "machine field '" + std::string(field.name) + "' is missing";
  return {};
}

static std::string checkIsa(uint64_t hash) {
  if (hash == ashlar::isa::isaHash())
    return {};
  char text[200];
  snprintf(text, sizeof text,
           "built for instruction set 0x%016" PRIx64
           ", this runtime implements 0x%016" PRIx64
           "; compile the model again with this version",
           hash, ashlar::isa::isaHash());
  return text;
}

static std::string decodeRanges(const pb::DebugMap &in,
                                std::vector<DebugMap::Range> &ranges) {
  for (const pb::DebugRange &r : in.ranges()) {
    uint32_t cores = std::max(1u, r.cores());
    if (cores > kMaxCores || r.core() > kMaxCores - cores)
      return "a debug range of " + std::to_string(cores) + " cores from core " +
             std::to_string(r.core()) + ", expected at most " +
             std::to_string(kMaxCores);
    for (uint32_t i = 0; i < cores; ++i)
      ranges.push_back({r.core() + i, r.first(), r.count(), r.node()});
  }
  // In the order of words within each core already.
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const DebugMap::Range &a, const DebugMap::Range &b) {
                     return a.core < b.core;
                   });
  return {};
}

std::string ashlar::runtime::decodeMeta(const uint8_t *data, size_t bytes,
                                        bool anyIsa, ImageMeta &meta) {
  // Bad UTF-8 is reported by the failing parse; the library would print as
  // well.
  google::protobuf::LogSilencer silence;
  google::protobuf::io::CodedInputStream stream(data, static_cast<int>(bytes));
  stream.SetRecursionLimit(16);
  pb::Meta in;
  if (bytes > maxMetaBytes || !in.ParseFromCodedStream(&stream) ||
      !stream.ConsumedEntireMessage())
    return "section .ashlar.meta is not readable";
  if (in.format_version() != imageFormatVersion)
    return "format version " + std::to_string(in.format_version()) +
           ", this runtime reads version " + std::to_string(imageFormatVersion);
  if (!anyIsa)
    if (std::string error = checkIsa(in.isa_hash()); !error.empty())
      return error;
  meta.compilerVersion = in.compiler_version();
  meta.isaHash = in.isa_hash();
  if (std::string error = decodeMachine(in.machine(), meta.machine);
      !error.empty())
    return error;
  if (in.functional_fingerprint() != functionalFingerprint(meta.machine) ||
      in.timing_fingerprint() != timingFingerprint(meta.machine))
    return "the machine's fingerprints do not match its fields";
  for (const pb::EntryPoint &entry : in.entries()) {
    meta.entries.emplace_back();
    if (std::string error = decodeEntry(entry, meta.entries.back());
        !error.empty())
      return "entry point '" + entry.name() + "': " + error;
  }
  decodePlan(in.plan(), meta.plan);
  for (const pb::DebugNode &n : in.debug().nodes())
    meta.debug.nodes.push_back({n.name(), n.op(), n.macs()});
  if (std::string error = decodeRanges(in.debug(), meta.debug.ranges);
      !error.empty())
    return error;
  for (const pb::Weight &w : in.weights()) {
    DataType type;
    if (std::string error = decodeType(w.type(), type); !error.empty())
      return "weight '" + w.name() + "': " + error;
    meta.weights.push_back({w.name(),
                            type,
                            {w.shape().begin(), w.shape().end()},
                            w.offset(),
                            w.bytes()});
  }
  meta.estimatedCycles = in.estimated_cycles();
  return {};
}
