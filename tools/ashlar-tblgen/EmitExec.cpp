//===- EmitExec.cpp - Declarations and dispatch of exec functions ---------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The semantics of an instruction is one hand-written function, declared here.
// The dispatch refers to all of them, so that a missing one fails at link.
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace ashlar::tblgen;

namespace {
/// Instructions that share one context and one dispatch function.
enum class Role { Scalar, Queue, Head, Lane, Output, Copy, Matrix };
} // namespace

static Role roleOf(const Inst &inst) {
  if (inst.engine == "Scalar")
    return inst.timing == "Queue" ? Role::Queue : Role::Scalar;
  if (!inst.isPayload)
    return Role::Head;
  if (inst.engine == "Vector")
    return Role::Lane;
  if (inst.engine == "Output")
    return Role::Output;
  return inst.engine == "Copy" ? Role::Copy : Role::Matrix;
}

static StringRef contextOf(Role role) {
  switch (role) {
  case Role::Scalar:
    return "ScalarContext";
  case Role::Lane:
    return "LaneContext";
  case Role::Output:
    return "OutputContext";
  case Role::Copy:
    return "CopyContext";
  case Role::Matrix:
    return "MatrixContext";
  case Role::Head:
  case Role::Queue:
    break;
  }
  return "EngineContext";
}

void ashlar::tblgen::emitExecDecls(const InstSet &set, raw_ostream &os) {
  emitHeader("The exec function of each instruction", os);
  for (const Inst &inst : set.insts) {
    Role role = roleOf(inst);
    if (role == Role::Queue)
      continue; // The emulator's queues implement `wait` and `signal`
                // themselves.
    os << formatv("{0} exec{1}({2} &, const isa::{1} &{3});\n",
                  role == Role::Head ? "Fault" : "void", inst.name,
                  contextOf(role),
                  role == Role::Scalar ? "" : ", const Captured &");
  }
}

// A switch over the instructions of one role; false for the opcodes of others.
static void emitPayloadDispatch(const InstSet &set, Role role, StringRef name,
                                raw_ostream &os) {
  os << formatv(
      "bool {0}({1} &context, uint64_t word, const Captured &captured) {{\n"
      "  switch (isa::opcodeOf(word)) {{\n",
      name, contextOf(role));
  for (const Inst &inst : set.insts)
    if (roleOf(inst) == role)
      os << formatv(
          "  case isa::Opcode::{0}:\n"
          "    exec{0}(context, isa::unpacked<isa::{0}>(word), captured);\n"
          "    return true;\n",
          inst.name);
  os << "  default:\n    return false;\n  }\n}\n";
}

static void emitScalarDispatch(const InstSet &set, raw_ostream &os) {
  os << "#ifdef ASHLAR_DISPATCH_SCALAR\n#undef ASHLAR_DISPATCH_SCALAR\n"
        "namespace {\n"
        "template <typename Inst, void (*exec)(ScalarContext &, const Inst "
        "&)>\n"
        "void runScalar(ScalarContext &context, uint64_t word) {\n"
        "  exec(context, isa::unpacked<Inst>(word));\n"
        "}\n"
        "} // namespace\n"
        "ScalarHandler scalarHandler(isa::Opcode opcode) {\n  switch (opcode) "
        "{\n";
  for (const Inst &inst : set.insts)
    if (roleOf(inst) == Role::Scalar)
      os << formatv("  case isa::Opcode::{0}:\n    return runScalar<isa::{0}, "
                    "exec{0}>;\n",
                    inst.name);
  os << "  default:\n    return nullptr;\n  }\n}\n#endif\n\n";
}

static void emitHeadDispatch(const InstSet &set, raw_ostream &os) {
  os << "#ifdef ASHLAR_DISPATCH_HEADS\n#undef ASHLAR_DISPATCH_HEADS\n"
        "HeadHandler headHandler(isa::Opcode opcode) {\n  switch (opcode) {\n";
  for (const Inst &inst : set.insts)
    if (roleOf(inst) == Role::Head)
      os << formatv("  case isa::Opcode::{0}:\n"
                    "    return [](EngineContext &context, uint64_t word, "
                    "const Captured &captured) "
                    "{{\n      return exec{0}(context, "
                    "isa::unpacked<isa::{0}>(word), captured);\n"
                    "    };\n",
                    inst.name);
  os << "  default:\n    return nullptr;\n  }\n}\n#endif\n\n";
}

void ashlar::tblgen::emitExecDispatch(const InstSet &set, raw_ostream &os) {
  emitHeader("Dispatch from words to exec functions; see ISA/Exec.h", os);
  emitScalarDispatch(set, os);
  emitHeadDispatch(set, os);
  struct {
    Role role;
    StringRef macro, name;
  } payloads[] = {{Role::Lane, "ASHLAR_DISPATCH_LANE", "dispatchLane"},
                  {Role::Output, "ASHLAR_DISPATCH_OUTPUT", "dispatchOutput"},
                  {Role::Copy, "ASHLAR_DISPATCH_COPY", "dispatchCopy"},
                  {Role::Matrix, "ASHLAR_DISPATCH_MATRIX", "dispatchMatrix"}};
  for (const auto &p : payloads) {
    os << "#ifdef " << p.macro << "\n#undef " << p.macro << "\n";
    emitPayloadDispatch(set, p.role, p.name, os);
    os << "#endif\n\n";
  }
}
