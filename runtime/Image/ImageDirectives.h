//===- ImageDirectives.h - Directives of image assembly ---------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_IMAGEDIRECTIVES_H
#define ASHLAR_RUNTIME_IMAGE_IMAGEDIRECTIVES_H

#include "Assembly/Assembler.h"
#include "Image/ImageAssembly.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ashlar::runtime {

/// Data of the weight that is being written.
class WeightBuilder {
public:
  explicit WeightBuilder(const ImageAssemblyOptions &options)
      : options(options) {}

  bool begin(LineParser &line, uint64_t sectionEnd, WeightInfo &info);
  /// Directives between .weight and the next one; false if `name` is none.
  bool handle(std::string_view name, LineParser &line);
  /// Whether all bytes have been given; sets `error` if not.
  bool finish(std::string &error);
  bool isOpen() const { return open; }
  WeightData take();

private:
  bool parseData(LineParser &line);
  bool parseHex(LineParser &line);
  bool parseZero(LineParser &line);
  bool parseRandom(LineParser &line);
  bool parseIncbin(LineParser &line);
  bool room(LineParser &line, uint64_t elements);

  const ImageAssemblyOptions &options;
  bool open = false;
  WeightInfo info;
  uint64_t elements = 0; // of the shape
  uint64_t given = 0;    // elements so far; bytes for raw data
  bool raw = false;      // .hex or .incbin: `given` counts bytes
  std::shared_ptr<std::vector<uint8_t>> bytes;
};

/// Gets every directive that is not the text assembler's.
class ImageDirectives : public DirectiveHandler {
public:
  ImageDirectives(const ImageAssemblyOptions &options, ImageContents &contents)
      : options(options), contents(contents), weight(options) {}

  bool handleDirective(std::string_view name, LineParser &line,
                       AssemblerControl &control) override;

  /// Completes the contents from the assembled texts; reports through
  /// `assembly.diagnostics`.
  void finish(AssemblyResult &assembly);

private:
  struct Start {
    size_t entry;
    unsigned core;
    ExprValue where;
    uint32_t line, column;
  };
  struct OpenRange {
    uint64_t first;
    uint32_t node;
  };
  using Method = bool (ImageDirectives::*)(LineParser &, AssemblerControl &);

  static const std::map<std::string_view, Method> &methods();
  EntryPoint &entry();
  bool parseTensor(LineParser &line, AssemblerControl &control,
                   TensorRegion region, std::vector<TensorInfo> &tensors);
  bool parseTensorOptions(LineParser &line, TensorInfo &tensor,
                          std::optional<uint64_t> &offset);
  bool closeWeight(LineParser &line);
  void finishTexts(AssemblyResult &assembly);
  void finishStarts(AssemblyResult &assembly);
  void finishRanges();
  void finishRegions();

  bool target(LineParser &line, AssemblerControl &control);
  bool machine(LineParser &line, AssemblerControl &control);
  bool field(LineParser &line, AssemblerControl &control);
  bool compiler(LineParser &line, AssemblerControl &control);
  bool estimatedCycles(LineParser &line, AssemblerControl &control);
  bool entryPoint(LineParser &line, AssemblerControl &control);
  bool input(LineParser &line, AssemblerControl &control);
  bool output(LineParser &line, AssemblerControl &control);
  bool state(LineParser &line, AssemblerControl &control);
  bool dim(LineParser &line, AssemblerControl &control);
  bool ioBytes(LineParser &line, AssemblerControl &control);
  bool arenaBytes(LineParser &line, AssemblerControl &control);
  bool stateBytes(LineParser &line, AssemblerControl &control);
  bool macs(LineParser &line, AssemblerControl &control);
  bool opening(LineParser &line, AssemblerControl &control);
  bool fetchesNext(LineParser &, AssemblerControl &) {
    return entry().fetchesNext = true;
  }
  bool leavesOutputs(LineParser &, AssemblerControl &) {
    return entry().leavesOutputs = true;
  }
  bool start(LineParser &line, AssemblerControl &control);
  bool beginWeight(LineParser &line, AssemblerControl &control);
  bool core(LineParser &line, AssemblerControl &control);
  bool node(LineParser &line, AssemblerControl &control);
  bool loc(LineParser &line, AssemblerControl &control);
  bool plan(LineParser &line, AssemblerControl &control);
  bool peaks(LineParser &line, AssemblerControl &control);

  const ImageAssemblyOptions &options;
  ImageContents &contents;
  WeightBuilder weight;
  bool haveMachine = false;
  std::vector<Start> starts;
  std::map<unsigned, OpenRange> openRanges; // by core
};

/// `[ item, item ]`, possibly empty.
template <typename ParseItem>
bool parseList(LineParser &line, ParseItem &&parseItem) {
  if (!line.expect("["))
    return false;
  if (line.accept("]"))
    return true;
  do {
    if (!parseItem())
      return false;
  } while (line.accept(","));
  return line.expect("]");
}

bool parseShape(LineParser &line, std::vector<int64_t> &shape);
bool parseType(LineParser &line, DataType &type);
/// An integer that is not negative.
std::optional<uint64_t> parseUnsigned(LineParser &line);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_IMAGEDIRECTIVES_H
