//===- HostThreads.h - Host threads for large instructions ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The emulator executes one instruction after the other; within a large one,
// parts that do not depend on each other may run on several host threads. Who
// runs which part is left to chance, so a part must give the same bytes
// whoever runs it and whenever.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_HOSTTHREADS_H
#define ASHLAR_RUNTIME_EMULATOR_HOSTTHREADS_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace ashlar::runtime {

/// The calling thread and `count - 1` others, which are started when they are
/// first needed and sleep when there is nothing to do. One caller at a time.
class HostThreads {
public:
  /// At least one, at most 256.
  explicit HostThreads(unsigned count);
  ~HostThreads();
  HostThreads(const HostThreads &) = delete;
  HostThreads &operator=(const HostThreads &) = delete;

  unsigned count() const { return wanted; }

  /// Calls part(i) once for each i < parts and returns when all have returned.
  /// Parts must not throw.
  template <typename Part> void run(size_t parts, Part &&part) {
    if (parts <= 1 || wanted == 1) {
      for (size_t i = 0; i < parts; ++i)
        part(i);
      return;
    }
    share(
        parts,
        [](void *context, size_t i) {
          (*static_cast<std::remove_reference_t<Part> *>(context))(i);
        },
        &part);
  }

  /// What a session gets that does not ask for a number: ASHLAR_THREADS, else
  /// one per processor of the host.
  static unsigned defaultCount();

private:
  using Function = void (*)(void *context, size_t part);
  void share(size_t parts, Function function, void *context);
  void takeParts();
  void work();

  const unsigned wanted;
  std::vector<std::thread> threads;
  // The work at hand; written while it is closed and nobody is inside.
  Function function = nullptr;
  void *context = nullptr;
  size_t parts = 0;
  std::atomic<size_t> next{0};
  // Odd: open. Helpers enter before they look at it, the caller closes it
  // before it looks whether somebody is inside.
  std::atomic<uint32_t> generation{0};
  std::atomic<uint32_t> inside{0};
  std::atomic<bool> stopping{false};
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_HOSTTHREADS_H
