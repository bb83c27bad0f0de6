//===- Exec.h - The exec functions of the emulator ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The semantics of each instruction is one function, written by hand in
// runtime/Emulator and declared here by the generator. What they get:
//
//   scalar instructions   void  execAdd(ScalarContext &, const isa::Add &)
//   heads of an engine    Fault execMm(EngineContext &, const isa::Mm &, const
//   Captured &) payload, vector       void  execVAdd(LaneContext &, const
//   isa::VAdd &, const Captured &) payload, output       void
//   execOMul(OutputContext &, ...) payload, copy         void
//   execCWindow(CopyContext &, ...) payload, matrix       void
//   execMmScale(MatrixContext &, ...)
//
// `wait`, `signal` and `signalr` have none: they are entries of queues, which
// the emulator's core implements.
//
// Dispatch functions are generated too. A source file that defines one of the
// macros before it includes ISA/ExecDispatch.inc inside namespace
// ashlar::runtime gets its definition: ASHLAR_DISPATCH_SCALAR, _HEADS, _LANE,
// _OUTPUT, _COPY, _MATRIX.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_ISA_EXEC_H
#define ASHLAR_RUNTIME_ISA_EXEC_H

#include "ISA/Isa.h"

namespace ashlar::runtime {

struct Captured;
struct Fault;
class ScalarContext;
class EngineContext;
class LaneContext;
class OutputContext;
class CopyContext;
class MatrixContext;

#include "ISA/ExecDecls.inc"

/// Unpacks the operands of a valid word and executes it. A text is decoded once
/// into handlers; then an instruction costs one indirect call.
using ScalarHandler = void (*)(ScalarContext &, uint64_t word);
using HeadHandler = Fault (*)(EngineContext &, uint64_t word, const Captured &);

/// The handler of an opcode; null if it is not of that kind (or a queue
/// entry's).
ScalarHandler scalarHandler(isa::Opcode opcode);
HeadHandler headHandler(isa::Opcode opcode);

/// Execute one valid payload word; false if it is not payload of that engine.
bool dispatchLane(LaneContext &context, uint64_t word,
                  const Captured &captured);
bool dispatchOutput(OutputContext &context, uint64_t word,
                    const Captured &captured);
bool dispatchCopy(CopyContext &context, uint64_t word,
                  const Captured &captured);
bool dispatchMatrix(MatrixContext &context, uint64_t word,
                    const Captured &captured);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_ISA_EXEC_H
