//===- VectorClock.h - Who knows what of whom -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_VECTORCLOCK_H
#define ASHLAR_RUNTIME_EMULATOR_VECTORCLOCK_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ashlar::runtime {

/// One counter per queue of the chip (scalar units included). Component c of
/// someone's clock is how many steps of c happened before what he does next.
class VectorClock {
public:
  uint32_t at(size_t component) const {
    return component < counts.size() ? counts[component] : 0;
  }
  void join(const VectorClock &other) {
    if (counts.size() < other.counts.size())
      counts.resize(other.counts.size());
    for (size_t i = 0; i < other.counts.size(); ++i)
      counts[i] = std::max(counts[i], other.counts[i]);
  }
  void advance(size_t component) {
    if (counts.size() <= component)
      counts.resize(component + 1);
    ++counts[component];
  }
  void clear() { counts.clear(); }

private:
  std::vector<uint32_t> counts;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_VECTORCLOCK_H
