//===- OutputStage.h - The steps of drain and preload ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_OUTPUTSTAGE_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_OUTPUTSTAGE_H

#include "Emulator/EngineContext.h"
#include "Emulator/Kernels/LaneKernels.h"
#include "Emulator/Kernels/TensorWalk.h"

#include <memory>
#include <string>
#include <vector>

namespace ashlar::runtime {

/// Most steps of one instruction.
inline constexpr unsigned kMaxOutSteps = 16;

struct OutStep {
  enum class Action : uint8_t {
    Tensor,   // x = fn(x, tensor)
    Scalar,   // x = fn(x, lo)
    Fused,    // x = fn(tensor * lo, x)
    Unary,    // x = fn(x)
    Saturate, // clamp to [lo, hi], NaN to 0
    Clamp,    // min(max(x, lo), hi)
    Table,
    Polynomial,
  };
  Action action = Action::Unary;
  lane::Fn fn = nullptr;
  const Descriptor *desc = nullptr; // Tensor, Fused, Table, Polynomial
  float lo = 0, hi = 0;
  // Once resolved:
  HostTensor tensor;
  unsigned walked = 0; // index in the walk
  std::vector<float> table;
};

/// What the exec functions of `o.` words build (see ISA/Exec.h).
class OutputContext {
public:
  std::vector<OutStep> steps;
  bool fusedPending = false; // an o.fma waits for its o.muls
  Fault fault;

  void fail(const std::string &what) {
    if (!fault)
      fault = Fault(TrapKind::IllegalInstruction, what);
  }
  /// Reads all payload words.
  Fault read(const Captured &captured);
  /// Checks and resolves the steps' tensors. `sizes` are dst's (or src's);
  /// `tableType` is dst's type, null where o.table has no meaning.
  Fault resolve(const EngineContext &ctx, const Descriptor &sizes,
                const isa::ElementType *tableType);
  /// Number of tensors that steps walk; resolve gave them indices from 1.
  unsigned walkedTensors() const { return walked; }
  /// Strides of walked tensor t >= 1 in dimension d.
  int64_t strideOf(unsigned t, unsigned d) const;

  /// Applies the steps to n <= lane::kBlock values of points from `first` on.
  void apply(float *x, const TensorWalk &walk, int64_t first, size_t n) const;

private:
  Fault resolveTable(const EngineContext &ctx, OutStep &step,
                     const isa::ElementType *type);
  unsigned walked = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_OUTPUTSTAGE_H
