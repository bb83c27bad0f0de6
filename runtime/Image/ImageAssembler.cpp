//===- ImageAssembler.cpp - From assembly text to an image ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ISA/Isa.h"
#include "ImageDirectives.h"
#include "Validate.h"

#include <algorithm>

using namespace ashlar::runtime;

void ImageDirectives::finishTexts(AssemblyResult &assembly) {
  uint32_t cores = contents.meta.machine.cores;
  contents.text.assign(cores, {});
  for (auto &[number, text] : assembly.texts) {
    if (number < cores)
      contents.text[number] = text.words;
    else if (!text.words.empty())
      assembly.diagnostics.push_back(
          {text.lines.front(), 1,
           "text for core " + std::to_string(number) + ", the machine has " +
               std::to_string(cores)});
  }
  for (std::vector<uint64_t> &words : contents.text)
    if (words.empty())
      words.push_back(ashlar::isa::encode(ashlar::isa::Halt{}));
}

void ImageDirectives::finishStarts(AssemblyResult &assembly) {
  static const AssembledText none;
  auto textOf = [&](unsigned core) -> const AssembledText & {
    auto found = assembly.texts.find(core);
    return found == assembly.texts.end() ? none : found->second;
  };
  for (EntryPoint &entry : contents.meta.entries) {
    entry.coreStart.assign(contents.text.size(), 0);
    for (unsigned core = 0; core < contents.text.size(); ++core) {
      const auto &labels = textOf(core).labels;
      if (auto label = labels.find(entry.name); label != labels.end())
        entry.coreStart[core] = label->second;
    }
  }
  for (const Start &start : starts) {
    if (start.core >= contents.text.size()) {
      assembly.diagnostics.push_back(
          {start.line, start.column,
           "start of core " + std::to_string(start.core) +
               ", the machine has " + std::to_string(contents.text.size())});
      continue;
    }
    uint64_t word = static_cast<uint64_t>(start.where.constant);
    if (!start.where.label.empty()) {
      const auto &labels = textOf(start.core).labels;
      auto label = labels.find(start.where.label);
      if (label == labels.end()) {
        assembly.diagnostics.push_back({start.line, start.column,
                                        "core " + std::to_string(start.core) +
                                            " has no label '" +
                                            start.where.label + "'"});
        continue;
      }
      word += label->second;
    }
    contents.meta.entries[start.entry].coreStart[start.core] = word;
  }
}

void ImageDirectives::finishRanges() {
  auto &ranges = contents.meta.debug.ranges;
  for (const auto &[core, open] : openRanges)
    if (core < contents.text.size() && contents.text[core].size() > open.first)
      ranges.push_back({core, open.first,
                        contents.text[core].size() - open.first, open.node});
  std::sort(ranges.begin(), ranges.end(),
            [](const DebugMap::Range &a, const DebugMap::Range &b) {
              return std::pair(a.core, a.first) < std::pair(b.core, b.first);
            });
}

void ImageDirectives::finishRegions() {
  for (EntryPoint &entry : contents.meta.entries) {
    uint64_t io = 0, state = 0;
    for (const auto *tensors : {&entry.inputs, &entry.outputs, &entry.states})
      for (const TensorInfo &tensor : *tensors) {
        uint64_t end = tensor.offset + tensor.bytes;
        if (tensor.region == TensorRegion::IO)
          io = std::max(io, end);
        if (tensor.region == TensorRegion::State)
          state = std::max(state, end);
      }
    if (entry.ioBytes == 0)
      entry.ioBytes = io;
    if (entry.stateBytes == 0)
      entry.stateBytes = state;
  }
}

void ImageDirectives::finish(AssemblyResult &assembly) {
  entry(); // there is at least one
  if (weight.isOpen()) {
    std::string error;
    if (!weight.finish(error))
      assembly.diagnostics.push_back({0, 0, error});
    contents.weightData.push_back(weight.take());
  }
  if (!haveMachine) {
    assembly.diagnostics.push_back(
        {0, 0, "the source has neither .target nor .machine"});
    return;
  }
  contents.meta.isaHash = ashlar::isa::isaHash();
  finishTexts(assembly);
  finishStarts(assembly);
  finishRanges();
  finishRegions();
}

std::string ashlar::runtime::assembleImage(std::string_view source,
                                           const ImageAssemblyOptions &options,
                                           ImageContents &contents) {
  contents = ImageContents();
  ImageDirectives directives(options, contents);
  AssemblyResult assembly = assemble(source, &directives);
  directives.finish(assembly);
  if (!assembly.ok())
    return assembly.errors(options.fileName);
  std::vector<uint64_t> textWords;
  for (const std::vector<uint64_t> &words : contents.text)
    textWords.push_back(words.size());
  uint64_t weightsBytes = 0;
  if (!contents.meta.weights.empty())
    weightsBytes = contents.meta.weights.back().offset +
                   contents.meta.weights.back().bytes;
  std::string error = validateMeta(contents.meta, textWords, weightsBytes);
  return error.empty() ? error : options.fileName + ": error: " + error + "\n";
}
