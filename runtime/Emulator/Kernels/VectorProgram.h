//===- VectorProgram.h - The payload of a vrun, ready to run --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Payload words become a list of steps on slots: each word that writes a lane
// register gets a slot of its own, so that no step overwrites its operands and
// constants are filled once. Compiling needs the element types of the inputs,
// since they decide what kind of value a register holds.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_VECTORPROGRAM_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_VECTORPROGRAM_H

#include "Emulator/Captured.h"
#include "Emulator/Fault.h"
#include "Emulator/Kernels/LaneKernels.h"

#include <string>
#include <vector>

namespace ashlar::runtime {

/// Widths and kinds that registers are checked for; i32 and u32 are one.
enum class LaneKind : uint8_t { None, Float32, Float64, Int32, Int64 };
LaneKind laneKind(isa::LaneType type);
inline bool isWide(LaneKind kind) {
  return kind == LaneKind::Float64 || kind == LaneKind::Int64;
}

struct VectorStep {
  enum class Action : uint8_t { Compute, Load, Window, Iota };
  Action action = Action::Compute;
  bool wide = false;                      // Iota: i64
  uint8_t dim = 0;                        // Iota
  uint8_t tensor = 0;                     // Load, Window: index into inputs
  uint8_t weight = 0;                     // Window mac: index into inputs
  isa::WindowKind window{};               // Window
  int16_t d = -1, a = -1, b = -1, c = -1; // slots
  lane::Fn fn = nullptr; // Compute; Window: combines a with (b, c)
  uint64_t identity = 0; // Window
};

struct VectorConstant {
  int16_t slot;
  bool wide;
  int16_t reg; // scalar register that holds it, or -1
  uint64_t bits;
};

/// A tensor the program reads.
struct VectorInput {
  uint8_t desc;  // descriptor register
  bool windowed; // dimensions 4 and 5 are a window
};

inline bool isScanKind(isa::OutKind kind) {
  return kind >= isa::OutKind::scansum && kind <= isa::OutKind::scanmax;
}

struct VectorOutput {
  uint8_t desc;
  int16_t slot;
  isa::LaneType type;
  isa::OutKind kind;
  uint8_t dims;
  isa::OutMode mode;

  bool isStore() const { return kind == isa::OutKind::store; }
  bool isArg() const {
    return kind == isa::OutKind::argmin || kind == isa::OutKind::argmax;
  }
  bool isScan() const { return isScanKind(kind); }
  bool isReduction() const { return !isStore() && !isScan() && !isArg(); }
};

/// Whether two outputs of one program are worked out one after the other:
/// reductions over different dimensions, or with scans.
template <typename Output> bool runApart(const Output &a, const Output &b) {
  return a.kind != isa::OutKind::store && b.kind != isa::OutKind::store &&
         (a.dims != b.dims || isScanKind(a.kind) || isScanKind(b.kind));
}

/// How a domain is cut in blocks for results over the dimensions of `mask`.
struct VectorSplit {
  VectorSplit(const int64_t (&domain)[kDims], unsigned mask);
  uint64_t blocks() const;

  uint64_t kept = 1, reduced = 1; // points; saturate
  bool byRows = false;
};

struct VectorProgram {
  std::vector<VectorStep> steps;
  std::vector<VectorConstant> constants;
  std::vector<VectorInput> inputs;
  std::vector<VectorOutput> outputs;
  int slots = 0;

  void clear() {
    steps.clear(), constants.clear(), inputs.clear(), outputs.clear();
    slots = 0;
  }
};

/// Compiled programs, found again by where their words lie, what they say and
/// the element types of their tensors. Those that do not compile are not kept.
class VectorPrograms {
public:
  /// The program of a vrun, valid until the next call; null if `fault` is set.
  const VectorProgram *find(const Captured &captured, Fault &fault);

private:
  struct Entry {
    std::vector<uint64_t> words;
    std::vector<isa::ElementType> types; // of inputs, then outputs
    VectorProgram program;
    bool fits(const Captured &captured) const;
  };
  static constexpr size_t kEntries = 256; // of 8 bits of the address
  std::vector<Entry> entries;
};

/// What the exec functions of `v.` words build (see ISA/Exec.h).
class LaneContext {
public:
  explicit LaneContext(VectorProgram &theProgram) : program(theProgram) {}

  /// Compiles all payload words of `captured`. IllegalInstruction if the
  /// program is malformed, TypeMismatch if a tensor's type does not fit its
  /// use.
  Fault compile(const Captured &captured);

  // Used by the exec functions. A failed check is remembered; the first counts.
  void fail(TrapKind kind, const std::string &what);
  /// The slot of a register that must hold values of `kind`.
  int16_t use(unsigned reg, LaneKind kind);
  /// The slot for a new value of a register.
  int16_t define(unsigned reg, LaneKind kind);
  uint8_t addInput(unsigned desc, bool windowed);
  void addStep(const VectorStep &step) { program.steps.push_back(step); }
  void countOperation() { ++operations; }

  VectorProgram &program;

private:
  struct Register {
    int16_t slot = -1;
    LaneKind kind = LaneKind::None;
  };
  Register registers[32];
  unsigned operations = 0;
  unsigned word = 0; // payload word at hand, for messages
  Fault fault;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_VECTORPROGRAM_H
