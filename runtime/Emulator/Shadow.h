//===- Shadow.h - What the sanitiser knows of each byte -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_SHADOW_H
#define ASHLAR_RUNTIME_EMULATOR_SHADOW_H

#include "Emulator/VectorClock.h"

#include <cstdint>
#include <vector>

namespace ashlar::runtime {

/// One access: who (a component of vector clocks), when (its counter there) and
/// which word. Zero is nobody.
struct Epoch {
  uint64_t bits = 0;

  static constexpr unsigned pcBits = 21; // longer texts lose the site, no more
  static Epoch make(uint32_t component, uint32_t clock, uint64_t pc) {
    uint64_t limit = (uint64_t(1) << pcBits) - 1;
    return {uint64_t(component) << (32 + pcBits) |
            (pc < limit ? pc : limit) << 32 | clock};
  }
  uint32_t component() const { return uint32_t(bits >> (32 + pcBits)); }
  uint64_t pc() const { return bits >> 32 & ((uint64_t(1) << pcBits) - 1); }
  uint32_t clock() const { return uint32_t(bits); }
  explicit operator bool() const { return bits != 0; }
  bool operator==(const Epoch &other) const { return bits == other.bits; }
  /// True if somebody whose clock is `now` knows of it.
  bool before(const VectorClock &now) const {
    return !bits || clock() <= now.at(component());
  }
};

/// What went wrong, and over which bytes.
struct ShadowConflict {
  enum class Kind : uint8_t { None, Uninitialized, Race };
  Kind kind = Kind::None;
  uint64_t begin = 0, end = 0;
  Epoch other; // of a race
  bool otherWrote = false;
};

/// The last writer of each byte, its readers since, and whether it holds
/// anything. Exact to the byte; pages of 4 KiB hold sorted segments of bytes
/// that have the same history, which are few because tensors are accessed in
/// long runs.
class Shadow {
public:
  Shadow(uint64_t bytes, bool initialized) { resize(bytes, initialized); }
  /// Forgets everything.
  void resize(uint64_t bytes, bool initialized);

  ShadowConflict read(uint64_t begin, uint64_t end, Epoch me,
                      const VectorClock &now);
  /// `readsToo` also refuses uninitialised bytes.
  ShadowConflict write(uint64_t begin, uint64_t end, Epoch me,
                       const VectorClock &now, bool readsToo);
  void mark(uint64_t begin, uint64_t end, bool initialized);

private:
  struct Segment {
    uint32_t end = 0; // within its page
    bool initialized = false;
    Epoch writer;
    std::vector<Epoch> readers;

    bool sameHistory(const Segment &other) const {
      return initialized == other.initialized && writer == other.writer &&
             readers == other.readers;
    }
  };
  using Page = std::vector<Segment>;
  static constexpr unsigned pageBits = 12;

  template <typename F>
  ShadowConflict forEachSegment(uint64_t begin, uint64_t end, F visit);
  template <typename F>
  ShadowConflict visitPage(Page &page, uint32_t begin, uint32_t end, F visit);
  static size_t splitAt(Page &page, uint32_t offset);

  std::vector<Page> pages; // empty: as at the start
  uint64_t size = 0;
  bool startsInitialized = false;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_SHADOW_H
