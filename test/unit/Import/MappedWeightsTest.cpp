//===- MappedWeightsTest.cpp - Weights stay in the model's file -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Import/Onnx/ImportOnnx.h"
#include "dialects/nn/NN.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FileSystem.h"

#include "onnx/onnx_pb.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <numeric>
#include <set>

using namespace ashlar;
using onnx::TensorProto;

namespace {

constexpr int kElements = 4096;

std::vector<float> numbers(int seed) {
  std::vector<float> values(kElements);
  std::iota(values.begin(), values.end(), float(seed * 10000));
  return values;
}

enum class Storage { Raw, Typed };

void addWeight(onnx::GraphProto &graph, int seed, Storage storage) {
  TensorProto &weight = *graph.add_initializer();
  // Names of all lengths move the bytes to all offsets.
  weight.set_name("w" + std::string(seed, 'x'));
  weight.add_dims(kElements);
  weight.set_data_type(TensorProto::FLOAT);
  std::vector<float> values = numbers(seed);
  if (storage == Storage::Raw)
    weight.set_raw_data(values.data(), values.size() * sizeof(float));
  else
    weight.mutable_float_data()->Assign(values.begin(), values.end());
}

void describe(onnx::ValueInfoProto &value, const std::string &name) {
  value.set_name(name);
  auto &type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_value(kElements);
}

/// y = x + w + wx + wxx + ..., written to a file whose name is returned.
std::string writeModel(int weights, Storage storage) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  auto &opset = *model.add_opset_import();
  opset.set_domain("");
  opset.set_version(17);
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.set_name("sum");
  describe(*graph.add_input(), "x");
  std::string sum = "x";
  for (int i = 0; i < weights; ++i) {
    addWeight(graph, i, storage);
    onnx::NodeProto &add = *graph.add_node();
    add.set_op_type("Add");
    add.add_input(sum);
    add.add_input("w" + std::string(i, 'x'));
    sum = "s" + std::to_string(i);
    add.add_output(sum);
  }
  describe(*graph.add_output(), sum);
  llvm::SmallString<128> path;
  EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("mapped", "onnx", path));
  std::ofstream out(path.c_str(), std::ios::binary);
  EXPECT_TRUE(model.SerializeToOstream(&out));
  return path.str().str();
}

/// Whether `data` lies in a mapping of the file at `path`.
bool isMapped(const char *data, const std::string &path) {
  std::ifstream maps("/proc/self/maps");
  auto address = reinterpret_cast<uintptr_t>(data);
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin, end;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) == 2 &&
        address >= begin && address < end)
      return line.find(path) != std::string::npos;
  }
  return false;
}

void expectMapped(Storage storage) {
  constexpr int kWeights = 16;
  std::string path = writeModel(kWeights, storage);
  mlir::MLIRContext context;
  ImportResult result = importOnnx(path, {}, &context);
  ASSERT_TRUE(result.module);
  std::set<uintptr_t> offsets;
  int seen = 0;
  result.module->walk([&](nn::ConstantOp constant) {
    auto resource =
        llvm::dyn_cast<mlir::DenseResourceElementsAttr>(constant.getValue());
    ASSERT_TRUE(resource);
    llvm::ArrayRef<char> bytes = resource.getData();
    EXPECT_TRUE(isMapped(bytes.data(), path));
    offsets.insert(reinterpret_cast<uintptr_t>(bytes.data()) % sizeof(float));
    float first;
    std::memcpy(&first, bytes.data(), sizeof(first));
    std::vector<float> expected = numbers(int(first) / 10000);
    ASSERT_EQ(bytes.size(), expected.size() * sizeof(float));
    EXPECT_EQ(std::memcmp(bytes.data(), expected.data(), bytes.size()), 0);
    ++seen;
  });
  EXPECT_EQ(seen, kWeights);
  EXPECT_EQ(offsets.size(), sizeof(float)) << "not all offsets were tried";
  llvm::sys::fs::remove(path);
}

} // namespace

TEST(MappedWeights, RawDataStayInTheFileAtAnyOffset) {
  expectMapped(Storage::Raw);
}

TEST(MappedWeights, PackedFloatsStayInTheFileAtAnyOffset) {
  expectMapped(Storage::Typed);
}
