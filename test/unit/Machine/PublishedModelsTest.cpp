//===- PublishedModelsTest.cpp --------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The matrix unit's timing beside the closed form of a weight-stationary
// systolic array (Samajdar et al., "A Systematic Methodology for Characterizing
// Scalability of DNN Accelerators using SCALE-Sim", ISPASS 2020): with R x C
// cells and T rows to stream, a fold takes 2 R + C + T - 2 cycles.
// docs/machine.md ("Beside published models") tells what the difference is.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Machine/Machine.h"

#include "Timing/Timing.h"

#include "gtest/gtest.h"

using namespace ashlar;

namespace {

struct Layer {
  uint64_t m, n, k, times;
};

/// ResNet-50's convolutions at 224 x 224, batch 1, and its last product (He et
/// al., 2015, table 1; the stride is in the 3 x 3 convolution).
const Layer resnet50[] = {
    {12544, 64, 147, 1}, {3136, 64, 64, 1},   {3136, 64, 576, 3},
    {3136, 256, 64, 4},  {3136, 64, 256, 2},  {3136, 128, 256, 1},
    {784, 128, 1152, 4}, {784, 512, 128, 4},  {784, 512, 256, 1},
    {784, 128, 512, 3},  {784, 256, 512, 1},  {196, 256, 2304, 6},
    {196, 1024, 256, 6}, {196, 1024, 512, 1}, {196, 256, 1024, 5},
    {196, 512, 1024, 1}, {49, 512, 4608, 3},  {49, 2048, 512, 3},
    {49, 2048, 1024, 1}, {49, 512, 2048, 2},  {1, 1000, 2048, 1}};

struct Totals {
  double ours = 0;     ///< cycles of all layers, each on an idle unit
  double systolic = 0; ///< the closed form, fold after fold
  double hidden = 0;   ///< of folds that follow each other without a gap
};

Totals measure(llvm::StringRef preset) {
  llvm::Expected<runtime::Machine> machine = loadMachine(preset);
  Totals totals;
  if (!machine) {
    ADD_FAILURE() << llvm::toString(machine.takeError());
    return totals;
  }
  uint64_t macs = 0;
  for (const Layer &layer : resnet50) {
    runtime::MatrixShape shape;
    shape.m = layer.m;
    shape.n = layer.n;
    shape.k = layer.k;
    auto times = double(layer.times);
    runtime::MatrixCost cost = runtime::matrixCost(shape, *machine);
    macs += cost.macs * layer.times;
    totals.ours += times * double(cost.aloneCycles());
    double rows = machine->mxuK, columns = machine->mxuN;
    auto streamed = double(cost.cyclesPerBlock);
    auto folds = double(cost.panels * cost.blocksPerPanel);
    totals.systolic += times * folds * (2 * rows + columns + streamed - 2);
    totals.hidden += times * (folds * streamed + 2 * rows + columns - 2);
  }
  EXPECT_EQ(macs, 4089184256u);
  return totals;
}

/// Ours over both closed forms, as docs/machine.md has them.
void expectRatios(llvm::StringRef preset, double toSystolic, double toHidden) {
  Totals totals = measure(preset);
  EXPECT_NEAR(totals.ours / totals.systolic, toSystolic, 0.0005)
      << preset.str();
  EXPECT_NEAR(totals.ours / totals.hidden, toHidden, 0.0005) << preset.str();
}

} // namespace

TEST(PublishedModels, WeightStationaryArray) {
  expectRatios("nano", 0.783, 1.007);
  expectRatios("edge", 0.304, 1.002);
  expectRatios("server", 0.041, 1.178);
  expectRatios("hbm", 0.106, 0.989);
}
