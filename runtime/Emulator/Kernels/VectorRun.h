//===- VectorRun.h - One vrun under way -----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The domain is split in kept and reduced (or scanned) dimensions. "By lanes",
// blocks of kept points advance together through the reduced ones; "by rows",
// the lanes of a block are successive reduced points of one kept point. Either
// way each output's points come in row-major order of its reduced dimensions,
// which is all that the sixteen partial results of docs/machine.md depend on.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_KERNELS_VECTORRUN_H
#define ASHLAR_RUNTIME_EMULATOR_KERNELS_VECTORRUN_H

#include "Emulator/EngineContext.h"
#include "Emulator/Kernels/HostScratch.h"
#include "Emulator/Kernels/TensorWalk.h"
#include "Emulator/Kernels/VectorProgram.h"

#include <algorithm>

namespace ashlar::runtime {

inline constexpr size_t kSlotBytes = lane::kBlock * 8;
inline constexpr int kPartials = 16;

/// Sets n lanes to a value's bits.
inline void fillLanes(void *lanes, bool wide, uint64_t bits, size_t n) {
  if (wide)
    std::fill_n(static_cast<uint64_t *>(lanes), n, bits);
  else
    std::fill_n(static_cast<uint32_t *>(lanes), n, uint32_t(bits));
}

/// One output and what its reduction needs.
struct OutputState {
  const VectorOutput *out;
  unsigned tensor; // index into the walks
  bool wide;
  lane::StoreFn store;
  lane::Reduction reduction;
  lane::ArgReduction arg;
  uint8_t
      *partials; // 16 slots; a scan's state; an arg-reduction's best and index
};

class VectorRun {
public:
  VectorRun(const VectorProgram &theProgram, const Captured &theCaptured)
      : program(theProgram), captured(theCaptured) {}

  Fault prepare(EngineContext &ctx);
  /// `threads` may be null.
  void run(HostThreads *threads);

private:
  Fault prepareInputs(EngineContext &ctx);
  Fault prepareOutputs(EngineContext &ctx);
  Fault checkSizes(const Descriptor &d, const int64_t (&expected)[kDims],
                   const char *what);
  bool isShareable() const;
  void openWorkspace();
  void pass(const VectorOutput *const *outputs, size_t count,
            HostThreads *threads);
  void byLanes(const TensorWalk &kept, const TensorWalk &reduced, int64_t begin,
               int64_t end);
  void byRows(const TensorWalk &kept, const TensorWalk &reduced, int64_t begin,
              int64_t end);
  void runBlock(const TensorWalk &lanes, int64_t first, size_t n,
                const int64_t *bases);
  void runWindow(const VectorStep &step, const TensorWalk &lanes, int64_t first,
                 size_t n, const int64_t *bases);
  void loadBlock(unsigned tensor, int64_t base, const TensorWalk &lanes,
                 int64_t first, size_t n, uint8_t *dst);
  void storeBlock(const OutputState &s, const void *src, lane::StoreFn store,
                  int64_t base, const TensorWalk &lanes, int64_t first,
                  size_t n);
  void startLanes(OutputState &s, size_t n);
  void takeLanes(OutputState &s, int64_t step, const TensorWalk &lanes,
                 int64_t first, size_t n, const int64_t *bases);
  void finishLanes(OutputState &s, int64_t steps, const TensorWalk &lanes,
                   int64_t first, size_t n);
  void startRow(OutputState &s);
  void takeRow(OutputState &s, const TensorWalk &lanes, int64_t first, size_t n,
               const int64_t *bases);
  void finishRow(OutputState &s, const int64_t *bases);
  void finishValue(OutputState &s, uint8_t *result, const TensorWalk &lanes,
                   int64_t base, int64_t first, size_t n);
  uint8_t *slot(int index) { return slots + size_t(index) * kSlotBytes; }

  struct Tensor {
    HostTensor host;
    lane::LoadFn load = nullptr;
  };
  const VectorProgram &program;
  const Captured &captured;
  int64_t domain[kDims] = {};
  // Inputs, then outputs, then one index tensor per dimension with a v.iota.
  Tensor tensors[kMaxWalked];
  int64_t strides[kMaxWalked][kDims] = {};
  unsigned tensorCount = 0;
  unsigned indices[kDims] = {}; // index tensor of a dimension; 0: none
  uint8_t *slots = nullptr, *scratch = nullptr;
  OutputState states[2];
  size_t stateCount = 0;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_KERNELS_VECTORRUN_H
