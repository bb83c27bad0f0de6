//===- Inspect.cpp - ashlar inspect ---------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"

#include "Assembly/Disassembler.h"
#include "ISA/Isa.h"
#include "Image/Image.h"
#include "Timing/MachineFields.h"
#include "ashlar/IO/TensorFile.h"

#include <nlohmann/json.hpp>

#include <cinttypes>
#include <cstdio>
#include <map>
#include <memory>

using namespace ashlar;
using namespace ashlar::tool;
using namespace ashlar::runtime;
using Json = nlohmann::ordered_json;

namespace {
struct InspectFlags {
  std::string image;
  bool disassemble = false, json = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void printTensors(const char *role,
                         const std::vector<TensorInfo> &tensors) {
  for (const TensorInfo &tensor : tensors) {
    std::string shape = describeTensor(tensor.type, tensor.shape);
    printf("  %-7s %-24s %-24s %s + %" PRIu64 ", %s", role, tensor.name.c_str(),
           shape.c_str(), std::string(regionName(tensor.region)).c_str(),
           tensor.offset, sized(tensor.bytes).c_str());
    const Quantization &quant = tensor.quantization;
    if (quant.scale.size() == 1)
      printf(", scale %g zero %" PRId64, quant.scale[0],
             quant.zeroPoint.empty() ? 0 : quant.zeroPoint[0]);
    else if (!quant.scale.empty())
      printf(", %zu scales along axis %d", quant.scale.size(), quant.axis);
    for (size_t d = 0; d < tensor.dynamic.size(); ++d)
      if (!tensor.dynamic[d].empty())
        printf(", dimension %zu is '%s'", d, tensor.dynamic[d].c_str());
    printf("\n");
  }
}

static void printPlan(const MemoryPlan &plan) {
  printf("memory plan (peak, lower bound)\n");
  auto row = [](const char *space, uint64_t peak, uint64_t bound) {
    printf("  %-7s %12s %12s\n", space, sized(peak).c_str(),
           sized(bound).c_str());
  };
  row("sram", plan.sramPeakBytes, plan.sramLowerBoundBytes);
  row("acc", plan.accPeakBytes, plan.accLowerBoundBytes);
  row("dram", plan.dramPeakBytes, plan.dramLowerBoundBytes);
  uint64_t resident = 0;
  for (const PlannedBuffer &buffer : plan.buffers)
    resident += buffer.resident ? buffer.bytes : 0;
  if (resident > 0)
    printf("  %s of each core's sram stay from a session's opening on\n",
           sized(resident).c_str());
  for (const PlannedBuffer &buffer : plan.buffers)
    printf("  %-4s core %-3u %12" PRIu64 " .. %-12" PRIu64 " words %" PRIu64
           " .. %" PRIu64 "  %s%s\n",
           buffer.space.c_str(), buffer.core, buffer.offset,
           buffer.offset + buffer.bytes, buffer.first, buffer.last,
           buffer.name.c_str(), buffer.resident ? ", resident" : "");
}

static void printSummary(const Image &image) {
  const ImageMeta &meta = image.meta();
  uint64_t words = 0;
  for (const auto &text : image.text())
    words += text.size();
  printf("target   %s (%u %s)\n", meta.machine.name.c_str(), meta.machine.cores,
         meta.machine.cores == 1 ? "core" : "cores");
  printf("compiler %s\n", meta.compilerVersion.c_str());
  printf("code     %" PRIu64 " words, %s\n", words, sized(words * 8).c_str());
  printf("weights  %s in %zu tensors\n", sized(image.weightsBytes()).c_str(),
         meta.weights.size());
  printf("file     %s\n", sized(image.fileBytes()).c_str());
  if (meta.estimatedCycles > 0)
    printf("estimate %.0f cycles\n", meta.estimatedCycles);
  for (const EntryPoint &entry : meta.entries) {
    printf("\nentry point %s: %" PRIu64 " MACs; io %s, arena %s, state %s\n",
           entry.name.c_str(), entry.macs, sized(entry.ioBytes).c_str(),
           sized(entry.arenaBytes).c_str(), sized(entry.stateBytes).c_str());
    if (!entry.opening.empty())
      printf("  its sessions are opened by %s\n", entry.opening.c_str());
    if (entry.fetchesNext)
      printf("  its runs fetch inputs of the request that is queued next\n");
    if (entry.leavesOutputs)
      printf(
          "  its outputs leave while the request that is queued next runs\n");
    printTensors("input", entry.inputs);
    printTensors("output", entry.outputs);
    printTensors("state", entry.states);
  }
  printf("\nsections\n");
  for (const SectionInfo &section : image.sections())
    printf("  %-16s at %10" PRIu64 "  %10" PRIu64 " bytes\n",
           section.name.c_str(), section.offset, section.bytes);
  printf("\n");
  printPlan(meta.plan);
}

static void printDisassembly(const Image &image) {
  for (uint32_t core = 0; core < image.text().size(); ++core) {
    printf("\n.text.core%u\n", core);
    DisassemblyOptions options;
    options.showWords = true;
    // Names of entry points need not be labels; their numbers are.
    const std::vector<EntryPoint> &entries = image.meta().entries;
    for (size_t i = 0; i < entries.size(); ++i)
      options.labels.try_emplace(entries[i].coreStart[core],
                                 "entry" + std::to_string(i));
    const DebugMap::Node *last = nullptr;
    options.annotate = [&](uint64_t index) -> std::string {
      const DebugMap::Node *node = image.findNode(core, index);
      if (node == last)
        return {};
      last = node;
      if (!node)
        return "; (no source node)\n";
      return "; " + node->name + " (" + node->op + ")\n";
    };
    fputs(disassembleText(image.text()[core], options).c_str(), stdout);
  }
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static Json tensorsJson(const std::vector<TensorInfo> &tensors) {
  Json list = Json::array();
  for (const TensorInfo &tensor : tensors) {
    Json item = {
        {"name", tensor.name},     {"type", dataTypeName(tensor.type)},
        {"shape", tensor.shape},   {"region", regionName(tensor.region)},
        {"offset", tensor.offset}, {"bytes", tensor.bytes}};
    if (!tensor.dynamic.empty())
      item["dynamic"] = tensor.dynamic;
    if (!tensor.quantization.scale.empty())
      item["quantization"] = {{"scale", tensor.quantization.scale},
                              {"zero_point", tensor.quantization.zeroPoint},
                              {"axis", tensor.quantization.axis}};
    list.push_back(std::move(item));
  }
  return list;
}

static Json planJson(const MemoryPlan &plan) {
  Json json = {{"sram_peak_bytes", plan.sramPeakBytes},
               {"sram_peak_bytes_lower_bound", plan.sramLowerBoundBytes},
               {"acc_peak_bytes", plan.accPeakBytes},
               {"acc_peak_bytes_lower_bound", plan.accLowerBoundBytes},
               {"dram_peak_bytes", plan.dramPeakBytes},
               {"dram_peak_bytes_lower_bound", plan.dramLowerBoundBytes}};
  Json &buffers = json["buffers"] = Json::array();
  for (const PlannedBuffer &b : plan.buffers)
    buffers.push_back({{"name", b.name},
                       {"space", b.space},
                       {"core", b.core},
                       {"offset", b.offset},
                       {"bytes", b.bytes},
                       {"first", b.first},
                       {"last", b.last},
                       {"resident", b.resident}});
  return json;
}

static std::string hex(uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "0x%016" PRIx64, value);
  return text;
}

static Json imageJson(const Image &image) {
  const ImageMeta &meta = image.meta();
  Json json = {{"target", meta.machine.name},
               {"compiler", meta.compilerVersion},
               {"isa_hash", hex(meta.isaHash)},
               {"functional_fingerprint", hex(image.functionalFingerprint())},
               {"timing_fingerprint", hex(image.timingFingerprint())},
               {"file_bytes", image.fileBytes()},
               {"weights_bytes", image.weightsBytes()},
               {"estimated_cycles", meta.estimatedCycles}};
  Json &machine = json["machine"] = Json::object();
  for (const MachineField &field : machineFields())
    machine[std::string(field.name)] = field.get(meta.machine);
  Json &words = json["text_words"] = Json::array();
  for (const auto &text : image.text())
    words.push_back(text.size());
  Json &entries = json["entries"] = Json::array();
  for (const EntryPoint &entry : meta.entries)
    entries.push_back({{"name", entry.name},
                       {"inputs", tensorsJson(entry.inputs)},
                       {"outputs", tensorsJson(entry.outputs)},
                       {"states", tensorsJson(entry.states)},
                       {"core_start", entry.coreStart},
                       {"io_bytes", entry.ioBytes},
                       {"arena_bytes", entry.arenaBytes},
                       {"state_bytes", entry.stateBytes},
                       {"dynamic_dims", entry.dynamicDims},
                       {"dynamic_lowest", entry.dynamicLowest},
                       {"macs", entry.macs},
                       {"opening", entry.opening},
                       {"fetches_next", entry.fetchesNext},
                       {"leaves_outputs", entry.leavesOutputs}});
  Json &sections = json["sections"] = Json::array();
  for (const SectionInfo &section : image.sections())
    sections.push_back({{"name", section.name},
                        {"offset", section.offset},
                        {"bytes", section.bytes}});
  Json &weights = json["weights"] = Json::array();
  for (const WeightInfo &weight : meta.weights)
    weights.push_back({{"name", weight.name},
                       {"type", dataTypeName(weight.type)},
                       {"shape", weight.shape},
                       {"offset", weight.offset},
                       {"bytes", weight.bytes}});
  json["memory_plan"] = planJson(meta.plan);
  Json &nodes = json["nodes"] = Json::array();
  for (const DebugMap::Node &node : meta.debug.nodes)
    nodes.push_back(
        {{"name", node.name}, {"op", node.op}, {"macs", node.macs}});
  return json;
}

static int inspectImage(const InspectFlags &flags) {
  std::string error;
  Image::Options options;
  options.anyIsa = true; // what an old image is can still be said
  std::shared_ptr<const Image> image = Image::open(flags.image, error, options);
  if (!image)
    return fail(error);
  if (flags.disassemble && image->meta().isaHash != ashlar::isa::isaHash())
    return fail("'" + flags.image +
                "' is made for another instruction set and cannot be "
                "disassembled by this version");
  if (flags.json) {
    error = writeText("-", imageJson(*image).dump(2) + "\n");
    return error.empty() ? Done : fail(error);
  }
  printSummary(*image);
  if (flags.disassemble)
    printDisassembly(*image);
  return Done;
}

void ashlar::tool::addInspect(CLI::App &app, Action &action) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App *command = app.add_subcommand(
      "inspect", "Show an image's signature, memory plan, sections and code");
  command->add_option("IMAGE", flags->image, "The compiled model")->required();
  command->add_flag("--disassemble", flags->disassemble,
                    "The code of every core, with its source nodes");
  command->add_flag("--json", flags->json, "All of it, machine-readable");
  command->callback(
      [=, &action] { action = [flags] { return inspectImage(*flags); }; });
}
