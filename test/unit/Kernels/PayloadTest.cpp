//===- PayloadTest.cpp - Words that the decoder would have refused --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// The kernels do not trust that their words are payload of theirs, with
/// dimensions that there are.
class PayloadTest : public KernelFixture {
public:
  PayloadTest() : tensor(place(E::i32, {1, 1, 1, 1, 2, 8}, false)) {}

  /// Starts an instruction on two tensors.
  void begin() {
    KernelFixture::begin();
    desc(tensor);
    desc(tensor);
  }
  void expect(const Fault &fault, const std::string &message) {
    EXPECT_EQ(fault.kind, TrapKind::IllegalInstruction);
    EXPECT_NE(fault.detail.find(message), std::string::npos) << fault.detail;
  }

  Descriptor tensor;
};

TEST_F(PayloadTest, ForeignWords) {
  begin();
  add(isa::Nop{});
  expect(execCopy(context, isa::Copy{}, finish()),
         "payload is not of a copy engine");
  expect(execMm(context, isa::Mm{}, finish()),
         "payload is not of the matrix unit");
  expect(execDrain(context, isa::Drain{}, finish()),
         "payload is not of the output stage");
  expect(execVrun(context, isa::Vrun{}, finish()),
         "not a word of a vector program");
}

TEST_F(PayloadTest, Dimensions) {
  begin();
  isa::CWindow window{};
  window.dim = 6;
  add(window);
  expect(execCopy(context, isa::Copy{}, finish()), "dimension above 5");
  begin();
  isa::VIota iota{};
  iota.type = L::i32, iota.dim = 6;
  add(iota);
  expect(execVrun(context, isa::Vrun{}, finish()),
         "v.iota of a dimension above 5");
  begin();
  isa::Vgather gather{};
  gather.dim = 6;
  expect(execVgather(context, gather, finish()),
         "dimension 6, expected 0 to 5");
}

} // namespace
