//===- ImageTest.cpp - Writing and reading images -------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SampleImage.h"

#include "Image/Element.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

using namespace ashlar::runtime;
using testing::HasSubstr;

static std::shared_ptr<const Image> openBytes(const std::vector<uint8_t> &bytes,
                                              std::string &error) {
  return Image::openMemory(bytes.data(), bytes.size(), nullptr, error);
}

TEST(Image, RoundTripKeepsEverything) {
  std::vector<uint8_t> bytes = sampleBytes();
  std::string error;
  auto image = openBytes(bytes, error);
  ASSERT_TRUE(image) << error;
  const ImageMeta &meta = image->meta();
  EXPECT_EQ(meta.compilerVersion, "test 1.0");
  EXPECT_EQ(meta.machine.name, "sample");
  EXPECT_EQ(meta.machine.cores, 2u);
  EXPECT_EQ(meta.machine.copyGatherRowsPerCycle, 0.5);
  EXPECT_EQ(meta.estimatedCycles, 1234.5);
  ASSERT_EQ(image->text().size(), 2u);
  EXPECT_EQ(image->text()[0].size(), 4u);
  ASSERT_EQ(meta.entries.size(), 1u);
  const EntryPoint &entry = meta.entries[0];
  EXPECT_EQ(entry.inputs[0].quantization.zeroPoint[0], -3);
  EXPECT_EQ(entry.inputs[0].dynamic[0], "N");
  EXPECT_EQ(entry.states[0].region, TensorRegion::State);
  EXPECT_EQ(entry.coreStart, (std::vector<uint64_t>{1, 0}));
  EXPECT_EQ(entry.macs, 99u);
  EXPECT_EQ(meta.plan.buffers[0].bytes, 128u);
  EXPECT_EQ(meta.weights[1].offset, 64u);
  EXPECT_EQ(image->weightsBytes(), 67u);
  EXPECT_EQ(image->weights()[64], 1);
  EXPECT_EQ(image->weights()[30], 0) << "bytes between weights are zero";
}

TEST(Image, EqualContentsGiveEqualBytes) {
  EXPECT_EQ(sampleBytes(), sampleBytes());
  std::vector<uint8_t> bytes = sampleBytes(), again;
  std::string error;
  auto image = openBytes(bytes, error);
  ASSERT_TRUE(image) << error;
  ASSERT_EQ(writeImageBytes(image->contents(), again), "");
  EXPECT_EQ(bytes, again) << "writing what was read gives the same file";
}

TEST(Image, FileIsMappedAndReplacedAtOnce) {
  std::string path = testing::TempDir() + "/image-" + std::to_string(getpid());
  ASSERT_EQ(writeImageFile(sampleContents(), path), "");
  std::string error;
  auto image = Image::open(path, error);
  ASSERT_TRUE(image) << error;
  EXPECT_EQ(reinterpret_cast<uintptr_t>(image->weights()) % 4096, 0u)
      << "weights lie on a page of the mapped file";
  // Writing again replaces the file; the open image keeps the old one.
  ImageContents other = sampleContents();
  other.meta.compilerVersion = "other";
  ASSERT_EQ(writeImageFile(other, path), "");
  EXPECT_EQ(image->meta().compilerVersion, "test 1.0");
  EXPECT_EQ(Image::open(path, error)->meta().compilerVersion, "other");
  unlink(path.c_str());
  EXPECT_THAT(writeImageFile(other, "/nonexistent/x.npu"),
              HasSubstr("cannot write '/nonexistent/x.npu'"));
}

TEST(Image, UnreadableFilesAreRefusedByName) {
  std::string error;
  EXPECT_FALSE(Image::open("/nonexistent.npu", error));
  EXPECT_THAT(error, HasSubstr("cannot read '/nonexistent.npu'"));
  EXPECT_FALSE(Image::open("/", error));
  EXPECT_THAT(error, HasSubstr("no regular file"));
  EXPECT_FALSE(Image::open("/dev/null", error));
  EXPECT_FALSE(Image::open("/proc/self/exe", error));
  EXPECT_THAT(error, HasSubstr("an ELF file of another machine"));
}

TEST(Image, MemoryIsUsedWhereItLies) {
  std::vector<uint8_t> bytes = sampleBytes();
  void *aligned = nullptr;
  ASSERT_EQ(posix_memalign(&aligned, 4096, bytes.size() + 1), 0);
  std::shared_ptr<void> owner(aligned, free);
  uint8_t *base = static_cast<uint8_t *>(aligned);
  std::string error;
  std::copy(bytes.begin(), bytes.end(), base);
  auto image = Image::openMemory(base, bytes.size(), nullptr, error);
  ASSERT_TRUE(image) << error;
  EXPECT_GE(image->weights(), base);
  EXPECT_LT(image->weights(), base + bytes.size());
  // Off by one: copied, and still aligned.
  std::copy(bytes.begin(), bytes.end(), base + 1);
  image = Image::openMemory(base + 1, bytes.size(), nullptr, error);
  ASSERT_TRUE(image) << error;
  EXPECT_EQ(reinterpret_cast<uintptr_t>(image->weights()) % 64, 0u);
}

TEST(Image, FindsEntriesAndNodes) {
  std::vector<uint8_t> bytes = sampleBytes();
  std::string error;
  auto image = openBytes(bytes, error);
  ASSERT_TRUE(image) << error;
  EXPECT_EQ(image->findEntry("")->name, "main");
  EXPECT_EQ(image->findEntry("main")->name, "main");
  EXPECT_EQ(image->findEntry("x"), nullptr);
  EXPECT_EQ(image->findNode(0, 1)->name, "/conv");
  EXPECT_EQ(image->findNode(0, 2)->name, "/add");
  EXPECT_EQ(image->findNode(0, 3), nullptr);
  EXPECT_EQ(image->findNode(1, 0)->name, "/add");
  EXPECT_EQ(image->findNode(7, 0), nullptr);
}

TEST(Image, OtherInstructionSetIsRefusedByName) {
  ImageContents contents = sampleContents();
  contents.meta.isaHash ^= 1;
  std::vector<uint8_t> bytes;
  ASSERT_EQ(writeImageBytes(contents, bytes), "");
  std::string error;
  EXPECT_FALSE(openBytes(bytes, error));
  EXPECT_THAT(error, HasSubstr("built for instruction set 0x"));
  Image::Options options;
  options.anyIsa = true;
  EXPECT_TRUE(
      Image::openMemory(bytes.data(), bytes.size(), nullptr, error, options));
}

//===----------------------------------------------------------------------===//
// Contents that make no sense are refused when they are written, by the same
// rules as when they are read.
//===----------------------------------------------------------------------===//

struct Fault {
  const char *message;
  void (*make)(ImageContents &);
};

class FaultyContents : public testing::TestWithParam<Fault> {};

TEST_P(FaultyContents, IsRefused) {
  ImageContents contents = sampleContents();
  GetParam().make(contents);
  std::vector<uint8_t> bytes;
  EXPECT_THAT(writeImageBytes(contents, bytes), HasSubstr(GetParam().message));
}

static EntryPoint &entryOf(ImageContents &c) { return c.meta.entries[0]; }

static const Fault faults[] = {
    {"text for 1 cores", [](ImageContents &c) { c.text.pop_back(); }},
    {"the text of core 1 is empty",
     [](ImageContents &c) { c.text[1].clear(); }},
    {"there is no entry point",
     [](ImageContents &c) { c.meta.entries.clear(); }},
    {"exists twice",
     [](ImageContents &c) { c.meta.entries.push_back(c.meta.entries[0]); }},
    {"starts at word 4 of core 0, whose text has 4",
     [](ImageContents &c) { entryOf(c).coreStart[0] = 4; }},
    {"1 start words for 2 cores",
     [](ImageContents &c) { entryOf(c).coreStart.pop_back(); }},
    {" bytes of dram, the machine has 1073741824",
     [](ImageContents &c) { entryOf(c).arenaBytes = uint64_t{1} << 40; }},
    {"its regions overflow",
     [](ImageContents &c) { entryOf(c).arenaBytes = UINT64_MAX; }},
    {"do not lie in region 'io'",
     [](ImageContents &c) { entryOf(c).outputs[0].offset = 68; }},
    {"do not lie in region 'io'",
     [](ImageContents &c) { entryOf(c).outputs[0].offset = UINT64_MAX - 3; }},
    {"is not a multiple of 4",
     [](ImageContents &c) { entryOf(c).outputs[0].offset = 62; }},
    {"states 15 bytes, its shape has 16",
     [](ImageContents &c) { entryOf(c).outputs[0].bytes = 15; }},
    {": its shape is negative or too large",
     [](ImageContents &c) { entryOf(c).outputs[0].shape[0] = -1; }},
    {"negative or too large",
     [](ImageContents &c) {
       entryOf(c).outputs[0].shape = {INT64_MAX, INT64_MAX};
     }},
    {"rank 33 is more than 32",
     [](ImageContents &c) { entryOf(c).outputs[0].shape.resize(33); }},
    {"may not lie in region 'state'",
     [](ImageContents &c) {
       entryOf(c).inputs[0].region = TensorRegion::State;
       entryOf(c).inputs[0].shape = {2, 8};
       entryOf(c).inputs[0].bytes = 16;
     }},
    {": no run-time dimension is named 'M'",
     [](ImageContents &c) { entryOf(c).inputs[0].dynamic[0] = "M"; }},
    {"1 dynamic dimension names for rank 2",
     [](ImageContents &c) { entryOf(c).inputs[0].dynamic.pop_back(); }},
    {"2 scales, expected 1",
     [](ImageContents &c) {
       entryOf(c).inputs[0].quantization.scale = {1, 2};
     }},
    {": quantisation axis 2 of a tensor of rank 2",
     [](ImageContents &c) { entryOf(c).inputs[0].quantization.axis = 2; }},
    {": a scale is not finite",
     [](ImageContents &c) {
       entryOf(c).inputs[0].quantization.scale = {INFINITY};
     }},
    {"tensor 'x' exists twice",
     [](ImageContents &c) { entryOf(c).outputs[0].name = "x"; }},
    {"the name of an entry point is not UTF-8 without control characters",
     [](ImageContents &c) { entryOf(c).name = "\xff"; }},
    {"not UTF-8", [](ImageContents &c) { entryOf(c).name = "\xed\xa0\x80"; }},
    {"control characters", [](ImageContents &c) { entryOf(c).name = "a\nb"; }},
    {"more than 8 run-time dimensions",
     [](ImageContents &c) { entryOf(c).dynamicDims.resize(9, "d"); }},
    {"run-time dimension 'N' exists twice",
     [](ImageContents &c) {
       entryOf(c).dynamicDims = {"N", "N"};
       entryOf(c).dynamicLowest = {1, 1};
     }},
    {"2 least values for 1 run-time dimensions",
     [](ImageContents &c) { entryOf(c).dynamicLowest = {0, 0}; }},
    {"a run-time dimension may be negative",
     [](ImageContents &c) { entryOf(c).dynamicLowest = {-1}; }},
    {"128 bytes at offset 65536 do not lie in sram",
     [](ImageContents &c) { c.meta.plan.buffers[0].offset = 1 << 16; }},
    {"planned buffer 'tile': unknown space",
     [](ImageContents &c) { c.meta.plan.buffers[0].space = "x"; }},
    {"there is no core 2",
     [](ImageContents &c) { c.meta.plan.buffers[0].core = 2; }},
    {": its live range ends before it begins",
     [](ImageContents &c) { c.meta.plan.buffers[0].first = 4; }},
    {": out of order, out of the text or of an unknown node",
     [](ImageContents &c) { c.meta.debug.ranges[0].count = 3; }},
    {"debug range", [](ImageContents &c) { c.meta.debug.ranges[1].node = 2; }},
    {"debug range", [](ImageContents &c) { c.meta.debug.ranges[2].count = 2; }},
    {"debug range",
     [](ImageContents &c) { c.meta.debug.ranges[2].first = UINT64_MAX; }},
    {"weight 'a' exists twice",
     [](ImageContents &c) { c.meta.weights[1].name = "a"; }},
    {"overlap the weight before or end behind the section of",
     [](ImageContents &c) { c.meta.weights[1].offset = 20; }},
    {" bytes, which is not what its type and shape have",
     [](ImageContents &c) { c.meta.weights[1].shape = {8}; }},
    {"machine field", [](ImageContents &c) { c.meta.machine.mxuN = 0; }},
    {"the estimated cycles are not a number",
     [](ImageContents &c) { c.meta.estimatedCycles = NAN; }},
    {"an input has an empty name",
     [](ImageContents &c) { entryOf(c).inputs[0].name.clear(); }},
    {"the name of the compiler version is not UTF-8",
     [](ImageContents &c) { c.meta.compilerVersion = "\n"; }},
    {"the name of a run-time dimension is not UTF-8",
     [](ImageContents &c) { entryOf(c).dynamicDims[0] = "\n"; }},
    {"the name of a planned buffer is not UTF-8",
     [](ImageContents &c) { c.meta.plan.buffers[0].name = "\n"; }},
    {"the name of a source node is not UTF-8",
     [](ImageContents &c) { c.meta.debug.nodes[0].name = "\n"; }},
    {": zero points, no scale",
     [](ImageContents &c) { entryOf(c).inputs[0].quantization.scale.clear(); }},
    {"2 zero points, expected 1",
     [](ImageContents &c) {
       entryOf(c).inputs[0].quantization.zeroPoint = {1, 2};
     }},
    {"internal error: 1 weights' data for 2 weights",
     [](ImageContents &c) { c.weightData.pop_back(); }},
    {"internal error: weight 'b' has 3 bytes of data, expected 4",
     [](ImageContents &c) { c.meta.weights[1].bytes = 4; }},
};

INSTANTIATE_TEST_SUITE_P(All, FaultyContents, testing::ValuesIn(faults));

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

TEST(Element, SmallFloatsRoundTripEveryPattern) {
  for (DataType type :
       {DataType::F16, DataType::BF16, DataType::F8E4M3, DataType::F8E5M2}) {
    unsigned bits = dataTypeBits(type);
    for (uint32_t pattern = 0; pattern < 1u << bits; ++pattern) {
      uint8_t in[2] = {static_cast<uint8_t>(pattern),
                       static_cast<uint8_t>(pattern >> 8)};
      uint8_t out[2] = {0, 0};
      double value = loadElement(type, in, 0);
      storeElement(type, out, 0, value);
      if (std::isnan(value))
        EXPECT_TRUE(std::isnan(loadElement(type, out, 0)));
      else
        EXPECT_EQ(out[0] | out[1] << 8, pattern) << dataTypeName(type);
    }
  }
}

TEST(Element, RoundsToNearestEvenAndSaturates) {
  auto through = [](DataType type, double value) {
    uint8_t data[8] = {};
    storeElement(type, data, 0, value);
    return loadElement(type, data, 0);
  };
  EXPECT_EQ(through(DataType::F16, 2049), 2048);
  EXPECT_EQ(through(DataType::F16, 2051), 2052);
  EXPECT_EQ(through(DataType::F16, 65520), INFINITY);
  EXPECT_EQ(through(DataType::F16, 0x1p-25), 0);
  EXPECT_EQ(through(DataType::F16, 0x1.8p-25), 0x1p-24);
  EXPECT_EQ(through(DataType::BF16, 257), 256);
  EXPECT_EQ(through(DataType::F8E4M3, 1e9), 448);
  EXPECT_EQ(through(DataType::F8E4M3, -INFINITY), -448);
  EXPECT_EQ(through(DataType::F8E5M2, 1e9), INFINITY);
  EXPECT_EQ(through(DataType::I8, 127.5), 127);
  EXPECT_EQ(through(DataType::I8, 2.5), 2);
  EXPECT_EQ(through(DataType::U8, -1), 0);
  EXPECT_EQ(through(DataType::I4, -9), -8);
  EXPECT_EQ(through(DataType::U4, 15), 15);
  EXPECT_EQ(through(DataType::I64, 1e30), static_cast<double>(INT64_MAX));
  EXPECT_EQ(through(DataType::I32, NAN), 0);
}
