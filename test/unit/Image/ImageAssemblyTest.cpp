//===- ImageAssemblyTest.cpp - Images as text -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SampleImage.h"

#include "Image/Element.h"

#include <gmock/gmock.h>

#include <random>

using namespace ashlar::runtime;

static ImageAssemblyOptions sampleOptions() {
  ImageAssemblyOptions options;
  options.findTarget = [](const std::string &name, Machine &machine) {
    machine = sampleMachine(name == "two" ? 2 : 1);
    return std::string(name == "one" || name == "two" ? "" : "unknown");
  };
  return options;
}

static std::shared_ptr<const Image> assembled(const std::string &source) {
  ImageContents contents;
  EXPECT_EQ(assembleImage(source, sampleOptions(), contents), "");
  auto bytes = std::make_shared<std::vector<uint8_t>>();
  std::string error = writeImageBytes(contents, *bytes);
  EXPECT_EQ(error, "");
  auto image = Image::openMemory(bytes->data(), bytes->size(), bytes, error);
  EXPECT_TRUE(image) << error;
  return image;
}

TEST(ImageAssembly, PrintedImageAssemblesToTheSameBytes) {
  std::vector<uint8_t> bytes = sampleBytes(), again;
  std::string error;
  auto image = Image::openMemory(bytes.data(), bytes.size(), nullptr, error);
  ASSERT_TRUE(image) << error;
  ImageContents contents;
  ASSERT_EQ(assembleImage(printImage(*image), {}, contents), "");
  ASSERT_EQ(writeImageBytes(contents, again), "");
  EXPECT_EQ(bytes, again);
}

TEST(ImageAssembly, TargetsHaveNamesOnlyIfTheToolKnowsThem) {
  ImageContents contents;
  EXPECT_NE(assembleImage(".target one\nhalt\n", {}, contents)
                .find("targets have no names here: use .machine"),
            std::string::npos);
}

TEST(ImageAssembly, CoresWithoutTextHalt) {
  auto image = assembled(".target two\n nop\nmain: halt\n");
  ASSERT_EQ(image->text().size(), 2u);
  EXPECT_EQ(image->text()[1],
            std::vector<uint64_t>{ashlar::isa::encode(ashlar::isa::Halt{})});
  EXPECT_EQ(image->meta().entries[0].coreStart, (std::vector<uint64_t>{1, 0}));
}

TEST(ImageAssembly, DataOfEveryType) {
  auto image = assembled(R"(
.target one
.weight "i4", i4, [3]
  .data -8, 7, 1
.weight "i64", i64, [2]
  .data -9223372036854775808, 0x123456789abcdef0
.weight "f16", f16, [2]
  .data 1.5, inf
.weight "bf16", bf16, [1]
  .data 3.0
.weight "r", i8, [1000]
  .random 7, -3, 3
  halt
)");
  const auto &weights = image->meta().weights;
  auto load = [&](size_t weight, size_t index) {
    return loadElement(weights[weight].type,
                       image->weights() + weights[weight].offset, index);
  };
  EXPECT_EQ(load(0, 0), -8);
  EXPECT_EQ(load(0, 1), 7);
  EXPECT_EQ(load(0, 2), 1);
  EXPECT_EQ(loadInteger(DataType::I64, image->weights() + weights[1].offset, 1),
            0x123456789abcdef0);
  EXPECT_EQ(load(2, 0), 1.5);
  EXPECT_EQ(load(3, 0), 3.0);
  bool low = false, high = false;
  for (size_t i = 0; i < 1000; ++i) {
    EXPECT_LE(std::abs(load(4, i)), 3);
    low |= load(4, i) == -3;
    high |= load(4, i) == 3;
  }
  EXPECT_TRUE(low && high) << "both ends of the range occur";
}

TEST(ImageAssembly, AnyTextGivesAMessage) {
  std::vector<uint8_t> bytes = sampleBytes();
  std::string error;
  auto image = Image::openMemory(bytes.data(), bytes.size(), nullptr, error);
  ASSERT_TRUE(image) << error;
  std::string text = printImage(*image);
  std::mt19937 random(3);
  for (unsigned i = 0; i < 2000; ++i) {
    std::string damaged = text;
    for (unsigned c = 0; c < 1 + random() % 5; ++c) {
      size_t at = random() % damaged.size();
      switch (random() % 3) {
      case 0:
        damaged[at] = static_cast<char>(random());
        break;
      case 1:
        damaged.erase(at, random() % 20);
        break;
      default:
        damaged.insert(at, std::string(1 + random() % 3,
                                       "0123456789-,[]\"\n."[random() % 17]));
      }
    }
    ImageContents contents;
    std::string errors = assembleImage(damaged, sampleOptions(), contents);
    if (!errors.empty())
      continue;
    std::vector<uint8_t> out;
    EXPECT_EQ(writeImageBytes(contents, out), "")
        << "what assembles is a valid image";
  }
}
