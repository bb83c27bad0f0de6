//===- TensorFileTest.cpp - npy, npz and ONNX tensors ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/IO/TensorFile.h"
#include "ashlar/IO/RandomTensor.h"

#include "Image/Element.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <sys/mman.h>
#include <unistd.h>

using namespace ashlar;
using runtime::DataType;
using testing::HasSubstr;

static NamedTensor floats(std::vector<int64_t> shape,
                          std::vector<float> values) {
  NamedTensor tensor{"x", DataType::F32, std::move(shape), {}};
  tensor.data.resize(values.size() * 4);
  for (size_t i = 0; i < values.size(); ++i)
    runtime::storeElement(DataType::F32, tensor.data.data(), i, values[i]);
  return tensor;
}

/// An .npy file with a header of our choice.
static std::vector<uint8_t> npy(const std::string &header,
                                const std::vector<uint8_t> &data,
                                uint8_t version = 1) {
  std::vector<uint8_t> bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', version, 0};
  bytes.push_back(static_cast<uint8_t>(header.size()));
  bytes.push_back(static_cast<uint8_t>(header.size() >> 8));
  if (version > 1)
    bytes.insert(bytes.end(), {0, 0});
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

TEST(Npy, EveryTypeRoundTrips) {
  for (unsigned number = 0; number < runtime::numDataTypes; ++number) {
    DataType type = static_cast<DataType>(number);
    NamedTensor tensor = randomTensor("", type, {3, 5}, 1, 0), read;
    ASSERT_EQ(parseNpy(formatNpy(tensor), read), "");
    EXPECT_EQ(read.shape, tensor.shape);
    // What NumPy cannot hold comes back through an exact type.
    ASSERT_EQ(convertForDevice(read, type), "") << runtime::dataTypeName(type);
    EXPECT_EQ(read.data, tensor.data) << runtime::dataTypeName(type);
  }
}

TEST(Npy, ScalarsAndEmptyTensors) {
  for (const std::vector<int64_t> &shape :
       {std::vector<int64_t>{}, {0}, {3, 0, 2}, {1}}) {
    NamedTensor tensor = randomTensor("", DataType::I32, shape, 1, 0), read;
    ASSERT_EQ(parseNpy(formatNpy(tensor), read), "");
    EXPECT_EQ(read.shape, shape);
    EXPECT_EQ(read.data, tensor.data);
  }
}

TEST(Npy, ColumnMajorAndBigEndian) {
  NamedTensor tensor;
  ASSERT_EQ(parseNpy(npy("{'descr': '|i1', 'fortran_order': True, "
                         "'shape': (2, 3), }\n",
                         {1, 4, 2, 5, 3, 6}),
                     tensor),
            "");
  EXPECT_EQ(tensor.data, (std::vector<uint8_t>{1, 2, 3, 4, 5, 6}));
  ASSERT_EQ(parseNpy(npy("{'shape': (1,), 'descr': '>i4', "
                         "'fortran_order': False}",
                         {0, 0, 1, 2}, 2),
                     tensor),
            "");
  EXPECT_EQ(runtime::loadInteger(DataType::I32, tensor.data.data(), 0), 258);
}

TEST(Npy, FaultsAreNamed) {
  NamedTensor tensor;
  auto error = [&](const std::string &header, std::vector<uint8_t> data = {}) {
    return parseNpy(npy(header, data), tensor);
  };
  EXPECT_THAT(parseNpy({}, tensor), HasSubstr("not an .npy file"));
  EXPECT_THAT(error("{'descr': '<c8', 'fortran_order': False, 'shape': ()}"),
              HasSubstr("'<c8' is not supported"));
  EXPECT_THAT(error("{'descr': '|O', 'fortran_order': False, 'shape': ()}"),
              HasSubstr("not supported"));
  EXPECT_THAT(error("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
                    {0, 0, 0, 0}),
              HasSubstr("has 8 bytes of data, the file has 4"));
  EXPECT_THAT(error("{'descr': '<f4', 'fortran_order': False, "
                    "'shape': (4611686018427387904, 4)}"),
              HasSubstr("the header is not readable"));
  EXPECT_THAT(error("{'descr': '<f4', 'fortran_order': False, "
                    "'shape': (999999999999999999, 999999999999999999)}"),
              HasSubstr("too many"));
  EXPECT_THAT(error("{'descr': '<f4', 'shape': (1,)}"),
              HasSubstr("not readable"));
  EXPECT_THAT(error("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"),
              HasSubstr("not readable"));
  EXPECT_EQ(parseNpy(npy("", {}, 9), tensor), "unknown .npy version 9");
  std::vector<uint8_t> cut = npy(
      "{'descr': '<f4', 'fortran_order': False, 'shape': ()}", {0, 0, 0, 0});
  cut.resize(40);
  EXPECT_EQ(parseNpy(cut, tensor), "truncated: the header is cut off");
}

TEST(Npy, DamageIsHarmless) {
  std::vector<uint8_t> bytes =
      formatNpy(randomTensor("", DataType::F32, {4, 4}, 1, 0));
  std::mt19937 random(1);
  for (unsigned i = 0; i < 20000; ++i) {
    std::vector<uint8_t> damaged = bytes;
    for (unsigned c = 0; c < 1 + random() % 3; ++c)
      damaged[random() % 128] = static_cast<uint8_t>(random());
    damaged.resize(random() % 2 ? damaged.size() : random() % damaged.size());
    NamedTensor tensor;
    if (parseNpy(damaged, tensor).empty()) {
      uint64_t expected = 0;
      ASSERT_TRUE(runtime::tensorBytes(tensor.type, tensor.shape, expected));
      EXPECT_EQ(tensor.data.size(), expected);
    }
  }
}

//===----------------------------------------------------------------------===//
// Archives
//===----------------------------------------------------------------------===//

class Npz : public testing::Test {
protected:
  std::string path =
      testing::TempDir() + "/io-" + std::to_string(getpid()) + ".npz";
  void TearDown() override { unlink(path.c_str()); }

  void write(
      const std::vector<std::pair<std::string, std::vector<uint8_t>>> &members,
      zip_int32_t method) {
    int code = 0;
    zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    ASSERT_TRUE(archive);
    for (const auto &[name, bytes] : members) {
      zip_source_t *source =
          zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
      zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
      ASSERT_GE(index, 0);
      zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                               method, 0);
    }
    ASSERT_EQ(zip_close(archive), 0);
  }
};

TEST_F(Npz, StoredAndDeflated) {
  NamedTensor a = floats({2}, {1, 2});
  NamedTensor b = randomTensor("", DataType::U8, {100, 100}, 3, 0);
  for (zip_int32_t method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    write({{"a.npy", formatNpy(a)}, {"x/b.npy", formatNpy(b)}}, method);
    std::vector<NamedTensor> tensors;
    ASSERT_EQ(readTensorFile(path, tensors), "");
    ASSERT_EQ(tensors.size(), 2u);
    EXPECT_EQ(tensors[0].name, "a");
    EXPECT_EQ(tensors[0].data, a.data);
    EXPECT_EQ(tensors[1].name, "x/b");
    EXPECT_EQ(tensors[1].data, b.data);
  }
}

TEST_F(Npz, FaultsAreNamed) {
  write({{"a.txt", {1, 2, 3}}}, ZIP_CM_STORE);
  std::vector<NamedTensor> tensors;
  EXPECT_THAT(readTensorFile(path, tensors),
              HasSubstr("member 'a.txt' is no .npy file"));
  write({{"a.npy", {1, 2, 3}}}, ZIP_CM_STORE);
  EXPECT_THAT(readTensorFile(path, tensors),
              HasSubstr("member 'a.npy': not an .npy file"));
  FILE *file = fopen(path.c_str(), "wb");
  fputs("no archive", file);
  fclose(file);
  EXPECT_THAT(readTensorFile(path, tensors),
              HasSubstr("not a readable .npz archive: "));
  EXPECT_THAT(readTensorFile("/nonexistent.npz", tensors), HasSubstr("npz"));
  std::string folder = testing::TempDir();
  EXPECT_THAT(readTensorFile(folder, tensors), HasSubstr("is no tensor file: "
                                                         "expected .npy, .npz "
                                                         "or .pb"));
  std::string named = folder + "/folder.npy";
  std::filesystem::create_directories(named);
  EXPECT_THAT(readTensorFile(named, tensors),
              HasSubstr("it is no regular file"));
  std::filesystem::remove(named);
}

// What is unpacked is never more than the header says, whatever follows it.
TEST_F(Npz, MembersThatAreLargerThanTheySayAreRefused) {
  NamedTensor tensor = randomTensor("", DataType::I8, {1 << 14}, 1, 0);
  for (zip_int32_t method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    write({{"a.npy", formatNpy(tensor)}}, method);
    std::vector<uint8_t> bytes;
    ASSERT_EQ(readFile(path, bytes), "");
    const uint8_t local[] = {'P', 'K', 3, 4}, central[] = {'P', 'K', 1, 2};
    auto claim = [&](const uint8_t (&mark)[4], size_t offset) {
      auto at = std::find_end(bytes.begin(), bytes.end(), mark, mark + 4);
      const uint8_t thousand[] = {0xe8, 3, 0, 0};
      std::copy_n(thousand, 4, at + offset);
    };
    claim(local, 22);
    claim(central, 24);
    FILE *file = fopen(path.c_str(), "wb");
    fwrite(bytes.data(), 1, bytes.size(), file);
    fclose(file);
    std::vector<NamedTensor> tensors;
    EXPECT_THAT(readTensorFile(path, tensors),
                HasSubstr("member 'a.npy': holds more than the 1000 bytes "
                          "that it claims"));
  }
}

TEST_F(Npz, DamageIsHarmless) {
  write({{"a.npy", formatNpy(randomTensor("", DataType::I8, {999}, 1, 0))},
         {"b.npy", formatNpy(floats({3}, {1, 2, 3}))}},
        ZIP_CM_DEFLATE);
  std::vector<uint8_t> bytes;
  ASSERT_EQ(readFile(path, bytes), "");
  std::mt19937 random(5);
  for (unsigned i = 0; i < 300; ++i) {
    std::vector<uint8_t> damaged = bytes;
    for (unsigned c = 0; c < 1 + random() % 4; ++c)
      damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
    if (random() % 4 == 0)
      damaged.resize(random() % damaged.size());
    FILE *file = fopen(path.c_str(), "wb");
    fwrite(damaged.data(), 1, damaged.size(), file);
    fclose(file);
    std::vector<NamedTensor> tensors;
    std::string error = readTensorFile(path, tensors);
    if (error.empty())
      for (const NamedTensor &tensor : tensors)
        EXPECT_LE(tensor.data.size(), 100000u);
  }
}

//===----------------------------------------------------------------------===//
// ONNX tensors
//===----------------------------------------------------------------------===//

static std::vector<uint8_t> bytesOf(std::initializer_list<int> values) {
  return {values.begin(), values.end()};
}

TEST(TensorProto, RawAndTypedData) {
  NamedTensor tensor;
  // dims 2 (packed), data_type FLOAT, name "x", raw_data of two floats.
  ASSERT_EQ(parseTensorProto(bytesOf({0x0a, 1, 2, 0x10, 1, 0x42, 1, 'x', 0x4a,
                                      8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}),
                             ".", tensor),
            "");
  EXPECT_EQ(tensor.name, "x");
  EXPECT_EQ(tensor.data, floats({2}, {1, -2}).data);
  // dims 2 (one by one: 1, 2), float_data not packed.
  ASSERT_EQ(parseTensorProto(bytesOf({0x08, 1, 0x08, 2, 0x10, 1, 0x25, 0, 0,
                                      0x80, 0x3f, 0x25, 0, 0, 0, 0xc0}),
                             ".", tensor),
            "");
  EXPECT_EQ(tensor.shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(tensor.data, floats({2}, {1, -2}).data);
  // int32_data for i8: -1 as a varint of ten bytes.
  ASSERT_EQ(
      parseTensorProto(bytesOf({0x08, 1, 0x10, 3, 0x2a, 10, 0xff, 0xff, 0xff,
                                0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
                       ".", tensor),
      "");
  EXPECT_EQ(tensor.type, DataType::I8);
  EXPECT_EQ(tensor.data, bytesOf({0xff}));
  // A scalar i64 in int64_data.
  ASSERT_EQ(parseTensorProto(bytesOf({0x10, 7, 0x38, 5}), ".", tensor), "");
  EXPECT_EQ(tensor.shape.size(), 0u);
  EXPECT_EQ(runtime::loadInteger(DataType::I64, tensor.data.data(), 0), 5);
}

TEST(TensorProto, FaultsAreNamed) {
  NamedTensor tensor;
  auto error = [&](std::initializer_list<int> bytes) {
    return parseTensorProto(bytesOf(bytes), ".", tensor);
  };
  EXPECT_THAT(error({0x10, 8}), HasSubstr("strings are not supported"));
  EXPECT_THAT(error({0x10, 99}), HasSubstr("unknown element type 99"));
  EXPECT_THAT(error({0x10, 14}), HasSubstr("complex numbers"));
  EXPECT_THAT(error({0x10, 18}), HasSubstr("f8 of the FNUZ kind"));
  EXPECT_THAT(error({0x08, 2, 0x10, 1}), HasSubstr("2 elements, its data 0"));
  EXPECT_THAT(error({0x08, 2, 0x10, 1, 0x4a, 1, 0}),
              HasSubstr("8 bytes, its data 1"));
  EXPECT_THAT(error({0x0a, 0xff, 0xff, 0xff, 0xff, 0x07}),
              HasSubstr("not a readable ONNX tensor"));
  EXPECT_THAT(error({0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                     1, 0x10, 1}),
              HasSubstr("its shape is negative or too large"));
  // External data have all bytes of the tensor: here 4 elements of 3 bytes.
  std::ofstream(testing::TempDir() + "/three") << "abc";
  EXPECT_EQ(parseTensorProto(
                bytesOf({0x08, 4,   0x10, 2,   0x70, 1,   0x6a, 17,  0x0a,
                         8,    'l', 'o',  'c', 'a',  't', 'i',  'o', 'n',
                         0x12, 5,   't',  'h', 'r',  'e', 'e'}),
                testing::TempDir(), tensor),
            "external data 'three' have 3 bytes, expected 4 from offset 0");
  // External data may not leave the folder.
  EXPECT_THAT(
      error({0x10, 1,   0x70, 1,   0x6a, 16,   0x0a, 8,   'l', 'o', 'c',
             'a',  't', 'i',  'o', 'n',  0x12, 4,    '/', 'e', 't', 'c'}),
      HasSubstr("external data must be a file below the tensor's folder"));
}

TEST(TensorProto, NoneIsLargerThanProtobufAllows) {
  size_t size = size_t(INT32_MAX) + 1;
  void *address = mmap(nullptr, size, PROT_READ,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(address, MAP_FAILED);
  NamedTensor tensor;
  EXPECT_EQ(parseTensorProto({static_cast<const uint8_t *>(address), size}, "",
                             tensor),
            "larger than 2 GiB, which protobuf does not allow");
  munmap(address, size);
}

TEST(TensorProto, DamageIsHarmless) {
  std::vector<uint8_t> bytes = bytesOf(
      {0x0a, 2, 1, 2,    0x10, 1, 0x42, 1, 'x', 0x4a, 8,    0, 0, 0x80, 0x3f,
       0,    0, 0, 0xc0, 0x22, 4, 0,    0, 0,   0,    0x3a, 2, 1, 1});
  std::mt19937 random(2);
  for (unsigned i = 0; i < 100000; ++i) {
    std::vector<uint8_t> damaged = bytes;
    for (unsigned c = 0; c < 1 + random() % 3; ++c)
      damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
    damaged.resize(random() % 2 ? damaged.size() : random() % damaged.size());
    NamedTensor tensor;
    if (parseTensorProto(damaged, "/nonexistent", tensor).empty()) {
      uint64_t expected = 0;
      ASSERT_TRUE(runtime::tensorBytes(tensor.type, tensor.shape, expected));
      EXPECT_EQ(tensor.data.size(), expected);
    }
  }
}

TEST(Convert, OnlyWhatFilesCannotSay) {
  NamedTensor tensor = floats({2}, {1.0f, 3.14159f});
  ASSERT_EQ(convertForDevice(tensor, DataType::BF16), "");
  EXPECT_EQ(runtime::loadElement(DataType::BF16, tensor.data.data(), 1),
            3.140625);
  EXPECT_THAT(convertForDevice(tensor, DataType::I32),
              HasSubstr("elements are bf16, expected i32"));
  NamedTensor small{"", DataType::I8, {2}, {7, 8}};
  EXPECT_THAT(convertForDevice(small, DataType::I4),
              HasSubstr("element 1 is 8, out of range of i4"));
  EXPECT_THAT(describeTensor(DataType::F32, {}), "f32 scalar");
  EXPECT_THAT(describeTensor(DataType::I8, {1, 64}), "i8 1x64");
}
