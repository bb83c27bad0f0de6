//===- SampleImage.h - An image that uses every field -----------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TEST_UNIT_IMAGE_SAMPLEIMAGE_H
#define ASHLAR_TEST_UNIT_IMAGE_SAMPLEIMAGE_H

#include "ISA/Isa.h"
#include "Image/ImageAssembly.h"
#include "Timing/MachineFields.h"

#include <gtest/gtest.h>

namespace ashlar::runtime {

/// A legal machine with `cores` cores.
inline Machine sampleMachine(uint32_t cores) {
  Machine machine;
  for (const MachineField &field : machineFields())
    if (checkFieldValue(field, field.get(machine)))
      field.set(machine, field.min > 0 ? field.min : 1);
  machine.name = "sample";
  machine.cores = cores;
  machine.dramBytes = 1 << 30;
  machine.dramBytesPerCycle = 32;
  machine.dramBurstBytes = 64;
  machine.coreLinkBytesPerCycle = cores > 1 ? 16 : 0;
  machine.sramBytes = 1 << 16;
  machine.sramLineBytes = 64;
  machine.sramBytesPerCycle = 64;
  machine.mxuM = 1;
  machine.mxuK = 16;
  machine.mxuN = 16;
  machine.accBytes = 1 << 14;
  machine.blockLoadBytesPerCycle = 16;
  machine.outLanesPerCycle = 16;
  machine.vecBytesPerCycle = 16;
  machine.vecLanes = 4;
  machine.vecTransPerCycle = 1;
  machine.vecWindowMacsPerCycle = 32;
  machine.copyBytesInFlight = 4096;
  machine.copyGatherRowsPerCycle = 0.5;
  machine.copyBytesPerCycle = 32;
  machine.imemBytes = 1 << 15;
  return machine;
}

inline ImageContents sampleContents() {
  ImageContents contents;
  ImageMeta &meta = contents.meta;
  meta.compilerVersion = "test 1.0";
  meta.machine = sampleMachine(2);
  meta.isaHash = isa::isaHash();
  meta.estimatedCycles = 1234.5;
  uint64_t halt = isa::encode(isa::Halt{});
  uint64_t nop = isa::encode(isa::Nop{});
  contents.text = {{nop, nop, nop, halt}, {halt}};
  static const uint8_t weights[40] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  contents.addWeight("a", DataType::F32, {2, 3}, {weights, 24, nullptr});
  contents.addWeight("b", DataType::I4, {5}, {weights, 3, nullptr});

  EntryPoint entry;
  entry.name = "main";
  TensorInfo x{"x", DataType::I8,      {4, 8}, {"N", ""}, TensorRegion::IO, 0,
               32,  {{0.5f}, {-3}, -1}};
  TensorInfo y{"y", DataType::F32, {4}, {}, TensorRegion::IO, 64, 16, {}};
  TensorInfo s{"s", DataType::F16, {8}, {}, TensorRegion::State, 0, 16, {}};
  entry.inputs = {x};
  entry.outputs = {y};
  entry.states = {s};
  entry.coreStart = {1, 0};
  entry.ioBytes = 80;
  entry.arenaBytes = 4096;
  entry.stateBytes = 16;
  entry.dynamicDims = {"N"};
  entry.dynamicLowest = {1};
  entry.macs = 99;
  meta.entries = {entry};
  meta.plan.buffers = {{"tile", "sram", 1, 64, 128, 0, 3}};
  meta.plan.sramPeakBytes = 192;
  meta.plan.sramLowerBoundBytes = 128;
  meta.debug.nodes = {{"/conv", "Conv", 7}, {"/add", "Add", 0}};
  meta.debug.ranges = {{0, 0, 2, 0}, {0, 2, 1, 1}, {1, 0, 1, 1}};
  return contents;
}

/// The sample as a file's bytes.
inline std::vector<uint8_t> sampleBytes() {
  std::vector<uint8_t> bytes;
  std::string error = writeImageBytes(sampleContents(), bytes);
  EXPECT_EQ(error, "");
  return bytes;
}

} // namespace ashlar::runtime

#endif // ASHLAR_TEST_UNIT_IMAGE_SAMPLEIMAGE_H
