//===- AshlarTblgen.cpp - TableGen back ends for the instruction set ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstModel.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TableGen/Main.h"

using namespace llvm;
using namespace ashlar::tblgen;

namespace {
enum class Backend {
  Check,
  IsaDecls,
  IsaTables,
  ExecDecls,
  ExecDispatch,
  Vectors,
  Manual,
  DialectDirectives
};
} // namespace

static cl::opt<Backend> backend(
    cl::desc("What to generate:"), cl::init(Backend::Check),
    cl::values(
        clEnumValN(Backend::Check, "check",
                   "nothing: verify the records only (default)"),
        clEnumValN(Backend::IsaDecls, "gen-isa-decls",
                   "enums, operand structs, encode and decode"),
        clEnumValN(Backend::IsaTables, "gen-isa-tables",
                   "instruction tables and the hash"),
        clEnumValN(Backend::ExecDecls, "gen-isa-exec-decls",
                   "declarations of the exec functions"),
        clEnumValN(Backend::ExecDispatch, "gen-isa-exec-dispatch",
                   "dispatch to the exec functions"),
        clEnumValN(Backend::Vectors, "gen-isa-vectors",
                   "round-trip test vectors"),
        clEnumValN(Backend::Manual, "gen-isa-manual",
                   "the instruction reference (Markdown)"),
        clEnumValN(
            Backend::DialectDirectives, "gen-dialect-directives",
            "declarations of the nisa dialect's enum parsers and printers")));

static bool run(raw_ostream &os, const RecordKeeper &records) {
  InstSet set = readInstSet(records);
  if (!verify(set))
    return true;
  switch (backend) {
  case Backend::Check:
    break;
  case Backend::IsaDecls:
    emitDecls(set, os);
    break;
  case Backend::IsaTables:
    emitTables(set, os);
    break;
  case Backend::ExecDecls:
    emitExecDecls(set, os);
    break;
  case Backend::ExecDispatch:
    emitExecDispatch(set, os);
    break;
  case Backend::Vectors:
    emitVectors(set, os);
    break;
  case Backend::Manual:
    emitManual(set, os);
    break;
  case Backend::DialectDirectives:
    emitDialectDirectives(set, os);
    break;
  }
  return false;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  cl::ParseCommandLineOptions(argc, argv,
                              "generator of Ashlar's instruction set\n");
  return TableGenMain(argv[0], TableGenMainFn(run));
}
