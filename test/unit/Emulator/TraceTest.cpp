//===- TraceTest.cpp - Traces, profiles, attribution ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EnginePrograms.h"
#include "TextualProgram.h"

#include <nlohmann/json.hpp>

using namespace ashlar::runtime;
using namespace ashlar::runtime::test;

namespace {

/// The product with its loads and its loop as two operators.
std::shared_ptr<Program> annotatedProduct(const ProductProgram &product) {
  auto program = std::make_shared<Program>();
  std::vector<Diagnostic> diagnostics;
  program->text = {assembleText(product.text(), diagnostics).words};
  program->nodes = {{"prologue \"quoted\"", "Load", 0},
                    {"/fc/MatMul", "MatMul", 5}};
  uint64_t words = program->text[0].size();
  program->ranges = {{0, 0, 12, 0}, {0, 12, words - 13, 1}};
  return program;
}

TEST(Trace, isJsonWithOneEventAnInstruction) {
  ProductProgram product;
  auto program = annotatedProduct(product);
  EmulatorOptions options = timedOptions();
  options.trace = true;
  Session session(smallMachine(), program, options);
  RunResult result = session.run();
  ASSERT_TRUE(result.ok());
  auto json = nlohmann::json::parse(traceToJson(
      smallMachine(), *program, result.trace, result.traceTruncated));
  unsigned matrix = 0, names = 0;
  std::map<std::pair<int, int>, double> endOf;
  for (const auto &event : json["traceEvents"]) {
    if (event["ph"] == "M") {
      ++names;
      continue;
    }
    EXPECT_EQ(event["ph"], "X");
    matrix += event["tid"] == 1 && event["cat"] == "instruction";
    // Events of one track do not overlap.
    double &end = endOf[{event["pid"], event["tid"]}];
    EXPECT_GE(double(event["ts"]) + 1e-9, end);
    end = double(event["ts"]) + double(event["dur"]);
    EXPECT_LE(end, double(result.statistics.timeUs) + 1e-6);
  }
  EXPECT_EQ(matrix, product.tiles);
  EXPECT_EQ(names, 1u + 4); // one core; mxu, out, dma0, dma1
  EXPECT_NE(json.dump().find("prologue"), std::string::npos);
}

TEST(Trace, isNotKeptUnlessAskedFor) {
  ProductProgram product;
  Session session({product.text()}, timedOptions());
  EXPECT_TRUE(session.run().trace.empty());
}

TEST(Attribution, addsUpOverOperators) {
  ProductProgram product;
  auto program = annotatedProduct(product);
  for (bool timed : {false, true}) {
    EmulatorOptions options;
    options.timed = timed;
    Session session(smallMachine(), program, options);
    RunResult result = session.run();
    ASSERT_TRUE(result.ok());
    const Statistics &s = result.statistics;
    ASSERT_EQ(s.operators.size(), 3u);
    EXPECT_EQ(s.operators[1].name, "/fc/MatMul");
    EXPECT_EQ(s.operators[1].sourceMacs, 5u);
    EXPECT_EQ(s.operators[1].macs, product.macs());
    uint64_t macs = 0, reads = 0, writes = 0, instructions = 0;
    double busy = 0, stalls = 0;
    for (const OperatorStatistics &op : s.operators) {
      macs += op.macs;
      reads += op.dramReadBytes;
      writes += op.dramWriteBytes;
      instructions += op.instructions;
      busy += op.scalarCycles + op.matrixCycles + op.outputCycles +
              op.vectorCycles + op.copyCycles;
      stalls += op.scalarStalls + op.matrixStalls + op.outputStalls +
                op.vectorStalls + op.copyStalls;
    }
    EXPECT_EQ(macs, s.macs);
    EXPECT_EQ(reads, s.dramReadBytes);
    EXPECT_EQ(writes, s.dramWriteBytes);
    EXPECT_EQ(instructions, s.instructions.total());
    if (timed) {
      double engineBusy = 0, engineStalls = 0;
      for (const EngineStatistics &e : s.engines) {
        engineBusy += double(e.cycles.busy);
        engineStalls += double(e.cycles.stalled());
      }
      // Engines' figures are rounded to whole cycles.
      EXPECT_NEAR(busy, engineBusy, double(s.engines.size()));
      EXPECT_NEAR(stalls, engineStalls, 8.0 * double(s.engines.size()));
      EXPECT_GT(s.operators[1].firstCycle, s.operators[0].firstCycle);
      EXPECT_LE(s.operators[1].lastCycle, s.cycles);
    }
    std::string table = profileTable(smallMachine(), s);
    EXPECT_NE(table.find("MatMul /fc/MatMul"), std::string::npos) << table;
  }
}

} // namespace
