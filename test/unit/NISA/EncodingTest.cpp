//===- EncodingTest.cpp - nisa operations to words and back ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nisa/Encoding.h"
#include "ISA/Isa.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include <array>
#include <gtest/gtest.h>

using namespace mlir;
using namespace ashlar;

namespace {

#include "ISA/IsaVectors.inc"

class EncodingTest : public testing::Test {
protected:
  EncodingTest()
      : handler(&context,
                [this](Diagnostic &diag) { messages += diag.str() + "\n"; }) {
    context.loadDialect<nisa::NISADialect>();
  }

  // The text belongs to the fixture's module; null if it does not parse or
  // verify.
  nisa::TextOp parse(StringRef body) {
    std::string source = ("nisa.text 0 {\n" + body + "\n}").str();
    module = parseSourceString<ModuleOp>(source, &context);
    return module ? *module->getOps<nisa::TextOp>().begin() : nisa::TextOp();
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::string messages;
  ScopedDiagnosticHandler handler;
};

// A vector's word as an operation, printed, parsed and encoded, is the same
// word.
void checkVectors(MLIRContext &context, std::span<const Vector> vectors) {
  Location loc = UnknownLoc::get(&context);
  for (const Vector &vector : vectors) {
    SCOPED_TRACE(vector.text);
    OpBuilder builder(&context);
    OwningOpRef<Operation *> op(nisa::decodeToOp(builder, loc, vector.word, 7));
    ASSERT_TRUE(op);
    ASSERT_TRUE(succeeded(verify(*op)));
    std::string text;
    llvm::raw_string_ostream(text) << **op;
    Block block;
    ASSERT_TRUE(
        succeeded(parseSourceString(text, &block, ParserConfig(&context))))
        << text;
    Operation &parsed = block.front();
    EXPECT_EQ(parsed.getName(), (*op)->getName());
    const ashlar::isa::InstInfo *info = nisa::instInfo(&parsed);
    ASSERT_NE(info, nullptr);
    int64_t offset = 0;
    for (const ashlar::isa::SlotInfo &slot : info->slots)
      if (slot.form == ashlar::isa::Form::Target) {
        offset = ashlar::isa::getSlot(vector.word, slot);
        EXPECT_EQ(nisa::getOperand(&parsed, slot.name), 7);
      }
    FailureOr<uint64_t> word = nisa::encodeOp(&parsed, offset);
    ASSERT_TRUE(succeeded(word));
    EXPECT_EQ(*word, vector.word);
  }
}

TEST_F(EncodingTest, everyInstruction) {
#define CHECK_INST(NAME) checkVectors(context, vectorsOf##NAME);
  ASHLAR_FOR_EACH_INST(CHECK_INST)
  EXPECT_EQ(messages, "");
}

TEST_F(EncodingTest, typedBuilders) {
  OpBuilder builder(&context);
  Location loc = builder.getUnknownLoc();
  OwningOpRef<Operation *> op(
      nisa::AddiOp::create(builder, loc, 1, 2, -3).getOperation());
  EXPECT_EQ(*nisa::encodeOp(*op), encode(ashlar::isa::Addi{1, 2, -3}));
  OwningOpRef<Operation *> fma(
      nisa::createInst(builder, loc, "v.fma", {1, 2, 3, 4, 5}));
  EXPECT_EQ(*nisa::encodeOp(*fma),
            encode(ashlar::isa::VFma{ashlar::isa::LaneType::f64, 2, 3, 4, 5}));
  EXPECT_EQ(nisa::createInst(builder, loc, "v.fma", {1, 2}), nullptr);
  EXPECT_EQ(nisa::createInst(builder, loc, "no.such", {}), nullptr);
}

TEST_F(EncodingTest, texts) {
  nisa::TextOp text = parse("nisa.label L4 \"top\"\n"
                            "nisa.vrun 1\n"
                            "nisa.v.in v0, d1\n"
                            "nisa.bne r1, r0, L4\n"
                            "nisa.jmp L9\n"
                            "nisa.label L9");
  ASSERT_TRUE(text) << messages;
  FailureOr<nisa::EncodedText> encoded = nisa::encodeText(text);
  ASSERT_TRUE(succeeded(encoded));
  using namespace ashlar::isa;
  std::vector<uint64_t> expected = {encode(Vrun{1}), encode(VIn{0, 1}),
                                    encode(Bne{1, 0, -2}), encode(Jmp{1})};
  EXPECT_EQ(std::vector<uint64_t>(encoded->words.begin(), encoded->words.end()),
            expected);
  EXPECT_EQ(encoded->symbols.at("top"), 0u);
  EXPECT_EQ(encoded->labels.lookup(9), 4u);

  OpBuilder builder(&context);
  FailureOr<nisa::TextOp> back =
      nisa::decodeText(builder, builder.getUnknownLoc(), 0, encoded->words);
  ASSERT_TRUE(succeeded(back));
  OwningOpRef<nisa::TextOp> owner(*back);
  ASSERT_TRUE(succeeded(verify(*back)));
  FailureOr<nisa::EncodedText> again = nisa::encodeText(*back);
  ASSERT_TRUE(succeeded(again));
  EXPECT_EQ(again->words, encoded->words);
}

TEST_F(EncodingTest, decodeRefusesMalformedTexts) {
  OpBuilder builder(&context);
  Location loc = builder.getUnknownLoc();
  using namespace ashlar::isa;
  EXPECT_TRUE(failed(nisa::decodeText(builder, loc, 0, {encode(Nop{}), 0})));
  EXPECT_TRUE(failed(nisa::decodeText(builder, loc, 0, {encode(Jmp{2})})));
  EXPECT_TRUE(failed(nisa::decodeText(
      builder, loc, 0, {encode(Jmp{2}), encode(Vrun{1}), encode(VIn{})})));
  EXPECT_EQ(messages,
            "word 1 is malformed: 0\n"
            "a branch goes to word 2, which is payload or not in the text\n"
            "a branch goes to word 2, which is payload or not in the text\n");
}

// The verifier sees them first; who encodes what nobody has verified is told.
TEST_F(EncodingTest, valuesThatDoNotFitAreRefused) {
  OpBuilder builder(&context);
  OwningOpRef<Operation *> op(nisa::createInst(
      builder, builder.getUnknownLoc(), "addi", {1, 2, int64_t(1) << 40}));
  EXPECT_TRUE(failed(nisa::encodeOp(*op)));
  EXPECT_EQ(messages, "'nisa.addi' op value 1099511627776 does not fit operand "
                      "'imm'\n");
}

TEST_F(EncodingTest, virtualRegistersAreRefused) {
  nisa::TextOp text = parse("nisa.add %r64, r1, %r100\nnisa.dmov %d32, d1\n"
                            "nisa.li r1, 5");
  ASSERT_TRUE(text) << messages;
  EXPECT_TRUE(failed(nisa::encodeText(text)));
  EXPECT_EQ(
      messages,
      "'nisa.add' op register 64 of 'rd' is virtual, expected one below 64\n"
      "'nisa.dmov' op register 32 of 'dd' is virtual, expected one below 32\n");
}

TEST_F(EncodingTest, registerOperands) {
  nisa::TextOp text = parse("nisa.dsize d3, 2, %r64, 5");
  Operation &op = text.getBody().front().front();
  auto operands = nisa::registerOperands(&op);
  ASSERT_EQ(operands.size(), 2u);
  EXPECT_EQ(operands[0].slot, "dd");
  EXPECT_EQ(operands[0].cls, nisa::RegisterClass::Descriptor);
  EXPECT_TRUE(operands[0].isDef && operands[0].isUse);
  EXPECT_EQ(operands[1].number, 64);
  EXPECT_TRUE(!operands[1].isDef && operands[1].isUse);
  nisa::setOperand(&op, operands[1].slot, 9);
  EXPECT_EQ(nisa::getOperand(&op, "ra"), 9);
}

TEST_F(EncodingTest, payloadCounts) {
  OpBuilder builder(&context);
  Location loc = builder.getUnknownLoc();
  auto text = nisa::TextOp::create(builder, loc, 3);
  OwningOpRef<nisa::TextOp> owner(text);
  builder.setInsertionPointToStart(&text.getBody().front());
  auto run = nisa::VrunOp::create(builder, loc, 0);
  nisa::VInOp::create(builder, loc, 0, 1);
  nisa::VNegOp::create(builder, loc, 0, 1, 0);
  auto drain = nisa::DrainOp::create(builder, loc, 1, 2, 0, 9);
  EXPECT_TRUE(failed(verify(text)));
  nisa::setPayloadCounts(text);
  EXPECT_EQ(run.getCount(), 2u);
  EXPECT_EQ(drain.getCount(), 0u);
  messages.clear();
  EXPECT_TRUE(succeeded(verify(text))) << messages;
}

} // namespace
