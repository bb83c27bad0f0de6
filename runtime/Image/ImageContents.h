//===- ImageContents.h - What an image says, as plain data ------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler fills these structs and the writer turns them into a file; the
// reader turns a file back into them. Neither side sees protobuf or ELF.
// docs/image.md describes the file.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_IMAGECONTENTS_H
#define ASHLAR_RUNTIME_IMAGE_IMAGECONTENTS_H

#include "Timing/Machine.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ashlar::runtime {

/// Element types of tensors. Numbers 0..15 are those of the instruction set's
/// ElementType; Bool is one byte that holds 0 or 1.
enum class DataType : uint8_t {
  I4,
  U4,
  I8,
  U8,
  I16,
  U16,
  I32,
  U32,
  I64,
  U64,
  F8E4M3,
  F8E5M2,
  F16,
  BF16,
  F32,
  F64,
  Bool,
};
constexpr unsigned numDataTypes = 17;

/// Bits of one element (4 for i4 and u4, which are packed two to a byte).
unsigned dataTypeBits(DataType type);
/// Name as in assembly: "i8", "f32", "bool".
std::string_view dataTypeName(DataType type);
/// Reverse of dataTypeName; false if there is no such type.
bool parseDataType(std::string_view name, DataType &type);

/// Where a tensor lies: an offset into one of the regions that the runtime
/// places. Programs find their bases in r1 to r4.
enum class TensorRegion : uint8_t {
  IO,      // inputs and outputs of one request
  Weights, // the .weights section, read only
  Arena,   // scratch of one session
  State,   // kept between the runs of a session
};
std::string_view regionName(TensorRegion region); // "io", "weights", ...
bool parseRegion(std::string_view name, TensorRegion &region);

/// real = (stored - zeroPoint) * scale. Empty scale: not quantised.
struct Quantization {
  std::vector<float> scale;       // one, or one per index of axis
  std::vector<int64_t> zeroPoint; // empty (all zero) or as many as scale
  int32_t axis = -1;              // -1: per tensor
};

struct TensorInfo {
  std::string name;
  DataType type = DataType::F32;
  std::vector<int64_t> shape; // upper bounds where dynamic
  std::vector<std::string>
      dynamic; // empty, or a name per dimension ("": fixed)
  TensorRegion region = TensorRegion::IO;
  uint64_t offset = 0; // bytes into the region, a multiple of the element size
  uint64_t bytes = 0;  // of the shape's upper bound, dense row-major
  Quantization quantization;
};

/// Elements of a shape; false if that overflows 63 bits or a size is negative.
bool countElements(const std::vector<int64_t> &shape, uint64_t &count);
/// Bytes of a dense tensor, 4-bit types rounded up; false as above.
bool tensorBytes(DataType type, const std::vector<int64_t> &shape,
                 uint64_t &bytes);

/// Registers that hold run-time dimensions: r8 and on.
constexpr unsigned maxDynamicDims = 8;

struct EntryPoint {
  std::string name;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  std::vector<TensorInfo> states;
  std::vector<uint64_t> coreStart; // first word in each core's text, one a core
  uint64_t ioBytes = 0;
  uint64_t arenaBytes = 0;
  uint64_t stateBytes = 0;
  std::vector<std::string> dynamicDims; // in the order of r8..r15
  /// The least value of each; empty if that is 0. Shapes have the largest.
  std::vector<int64_t> dynamicLowest;
  uint64_t macs = 0; // multiply-accumulates of the source graph
  /// The entry point that runs once, when a session on this one opens; it has
  /// no tensors. Empty: there is none.
  std::string opening;
  /// A run brings inputs of the request that is queued behind it.
  bool fetchesNext = false;
  /// Copies of a run may go on in that of the request that is queued behind it.
  bool leavesOutputs = false;
};

struct PlannedBuffer {
  std::string name;
  std::string space; // "sram", "acc" or "dram"
  uint32_t core = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint64_t first = 0; // live range in words of the core's text, inclusive
  uint64_t last = 0;
  /// Holds in every core what an opening has put there: no other entry point
  /// writes it.
  bool resident = false;
};

struct MemoryPlan {
  std::vector<PlannedBuffer> buffers;
  uint64_t sramPeakBytes = 0, sramLowerBoundBytes = 0;
  uint64_t dramPeakBytes = 0, dramLowerBoundBytes = 0;
  uint64_t accPeakBytes = 0, accLowerBoundBytes = 0;
};

/// Where code comes from in the source graph.
struct DebugMap {
  struct Node {
    std::string name; // the source graph's node, e.g. "/layer1/conv1/Conv"
    std::string op;   // its operator, e.g. "Conv"
    uint64_t macs = 0;
  };
  /// Words [first, first + count) of one core's text come from `node`.
  struct Range {
    uint32_t core = 0;
    uint64_t first = 0;
    uint64_t count = 0;
    uint32_t node = 0; // index into nodes
  };
  std::vector<Node> nodes;
  std::vector<Range> ranges; // sorted by core and first, disjoint
};

/// A named constant in the weights section.
struct WeightInfo {
  std::string name;
  DataType type = DataType::U8;
  std::vector<int64_t> shape;
  uint64_t offset = 0; // bytes into the section
  uint64_t bytes = 0;
};

struct ImageMeta {
  std::string compilerVersion;
  Machine machine;      // the target, with all its numbers
  uint64_t isaHash = 0; // isa::isaHash() of the instruction set encoded for
  std::vector<EntryPoint> entries;
  MemoryPlan plan;
  DebugMap debug;
  std::vector<WeightInfo> weights; // ascending offsets, disjoint
  double estimatedCycles = 0;      // 0: not estimated
};

/// Bytes of one weight. `owner` keeps `data` alive (a mapped file, a vector);
/// nothing is copied before it is written.
struct WeightData {
  const uint8_t *data = nullptr;
  uint64_t bytes = 0;
  std::shared_ptr<const void> owner;
};

/// Everything the writer needs. `weightData[i]` belongs to `meta.weights[i]`;
/// bytes between weights are zero.
struct ImageContents {
  ImageMeta meta;
  std::vector<std::vector<uint64_t>> text; // words per core
  std::vector<WeightData> weightData;

  /// Appends a weight behind the last one at the next multiple of `alignment`
  /// bytes (a power of two) and returns its offset.
  uint64_t addWeight(std::string name, DataType type,
                     std::vector<int64_t> shape, WeightData data,
                     uint64_t alignment = 64);
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_IMAGECONTENTS_H
