//===- BenchKernels.cpp - Speed of the kernels against this host ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints the time of matrix products as the emulator executes them, the ratio
// to a host product measured in the same run, and the rate of some vector
// programs.
//
//===----------------------------------------------------------------------===//

#include "Emulator/EngineContext.h"
#include "HostProduct.h"
#include "ISA/Exec.h"

#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <vector>

using namespace ashlar;
using namespace ashlar::runtime;
using E = isa::ElementType;
using L = isa::LaneType;

namespace {

/// The best of five, in seconds of this thread: other work on the host hardly
/// matters.
double secondsOf(const std::function<void()> &f) {
  double best = 1e30;
  for (int i = 0; i < 5; ++i) {
    std::clock_t start = std::clock();
    f();
    double d = double(std::clock() - start) / CLOCKS_PER_SEC;
    best = d < best ? d : best;
  }
  return best;
}

Machine makeMachine() {
  Machine m;
  m.sramBytes = 64 << 20, m.accBytes = 8 << 20, m.mxuN = 64;
  return m;
}

Machine machine = makeMachine();
Memory memory(machine);
EngineContext context{memory, machine, 0};

Descriptor matrix(E type, uint64_t at, int64_t rows, int64_t columns) {
  Descriptor d;
  d.type = type;
  d.base = makeAddress(Space::Sram, kThisCore, at);
  for (int64_t &s : d.size)
    s = 1;
  d.size[2] = rows, d.size[5] = columns;
  d.stride[2] = columns, d.stride[5] = 1;
  return d;
}

void check(const Fault &f) {
  if (f) {
    std::fprintf(stderr, "%s: %s\n", trapKindName(f.kind), f.detail.c_str());
    std::exit(1);
  }
}

/// The product as mm instructions of `tileRows` x 64 results.
void emulatedProduct(E type, int64_t m, int64_t n, int64_t k,
                     int64_t tileRows) {
  int64_t bytes = elementBits(type) / 8;
  for (int64_t j = 0; j < n; j += 64)
    for (int64_t i = 0; i < m; i += tileRows) {
      Captured c;
      isa::Mm mm{};
      mm.acc = 0, mm.a = 1, mm.b = 2, mm.mode = isa::AccMode::set;
      uint64_t word = isa::encode(mm);
      c.reset(&word, 0);
      Descriptor acc;
      acc.type = type == E::i8 ? E::i32 : E::f32;
      acc.base =
          makeAddress(Space::Acc, kThisCore, uint64_t((j * m + i * 64) * 4));
      for (int64_t &s : acc.size)
        s = 1;
      acc.size[4] = tileRows, acc.size[5] = 64;
      acc.stride[4] = 64, acc.stride[5] = 1;
      c.captureDesc(0, acc);
      c.captureDesc(1, matrix(type, uint64_t(i * k * bytes), tileRows, k));
      c.captureDesc(2,
                    matrix(type, uint64_t((16 << 20) + j * k * bytes), 64, k));
      check(execMm(context, mm, c));
    }
}

void benchProduct(E type, const char *name, double hostSeconds,
                  const char *hostName) {
  for (int64_t tileRows : {1024, 64}) {
    double s =
        secondsOf([&] { emulatedProduct(type, 1024, 1024, 1024, tileRows); });
    std::printf("mm %-5s 1024^3 as tiles of %4d x 64: %7.2f ms %8.1f GOP/s  "
                "%.2f x %s\n",
                name, int(tileRows), s * 1e3, 2.0 * (1 << 30) / s * 1e-9,
                s / hostSeconds, hostName);
  }
}

void benchVector(const char *name, E type,
                 const std::function<void(std::vector<uint64_t> &)> &body,
                 int64_t rows = 1024, int64_t columns = 1024,
                 int64_t outColumns = 1024) {
  std::vector<uint64_t> words(1);
  body(words);
  Captured c;
  c.reset(words.data(), uint32_t(words.size() - 1));
  c.captureDesc(0, matrix(type, 0, rows, columns));
  c.captureDesc(1, matrix(type, 0, rows, columns));
  c.captureDesc(2, matrix(type, 32 << 20, rows, outColumns));
  double s = secondsOf([&] { check(execVrun(context, isa::Vrun{}, c)); });
  std::printf("vrun %-22s %7.2f ms %7.2f ns/element\n", name, s * 1e3,
              s * 1e9 / double(rows * columns));
}

/// What an instruction costs that has next to nothing to do.
void benchSmall(const std::function<void(std::vector<uint64_t> &)> &body) {
  std::vector<uint64_t> words(1);
  body(words);
  Captured c;
  c.reset(words.data(), uint32_t(words.size() - 1));
  for (unsigned d = 0; d < 3; ++d)
    c.captureDesc(d, matrix(E::f32, d * 4096, 1, 16));
  constexpr int kCount = 100000;
  double s = secondsOf([&] {
    for (int i = 0; i < kCount; ++i)
      check(execVrun(context, isa::Vrun{}, c));
  });
  std::printf("vrun of 16 elements          %7.0f ns\n", s / kCount * 1e9);
}

void benchPrograms() {
  auto in = [](uint8_t v, uint8_t d) { return isa::encode(isa::VIn{v, d}); };
  auto out = [](L type, uint8_t v, isa::OutKind kind, uint8_t dims) {
    isa::VOut o{};
    o.type = type, o.tensor = 2, o.vs = v, o.kind = kind, o.dims = dims;
    return isa::encode(o);
  };
  for (E type : {E::f32, E::bf16})
    benchVector(type == E::f32 ? "add f32" : "add bf16", type,
                [&](std::vector<uint64_t> &w) {
                  w.insert(w.end(), {in(0, 0), in(1, 1),
                                     isa::encode(isa::VAdd{L::f32, 2, 0, 1}),
                                     out(L::f32, 2, isa::OutKind::store, 0)});
                });
  benchVector(
      "max f32 by rows", E::f32,
      [&](std::vector<uint64_t> &w) {
        w.insert(w.end(),
                 {in(0, 0), out(L::f32, 0, isa::OutKind::max, 1 << 5)});
      },
      1024, 1024, 1);
  benchVector(
      "sum f32 by rows of 32", E::f32,
      [&](std::vector<uint64_t> &w) {
        w.insert(w.end(),
                 {in(0, 0), out(L::f32, 0, isa::OutKind::sum, 1 << 5)});
      },
      32768, 32, 1);
  benchSmall([&](std::vector<uint64_t> &w) {
    w.insert(w.end(),
             {in(0, 0), in(1, 1), isa::encode(isa::VAdd{L::f32, 2, 0, 1}),
              out(L::f32, 2, isa::OutKind::store, 0)});
  });
#define TRANS(NAME)                                                            \
  benchVector(#NAME, E::f32, [&](std::vector<uint64_t> &w) {                   \
    w.insert(w.end(), {in(0, 0), isa::encode(isa::NAME{L::f32, 1, 0}),         \
                       out(L::f32, 1, isa::OutKind::store, 0)});               \
  })
  TRANS(VExp);
  TRANS(VLog);
  TRANS(VSin);
  TRANS(VTanh);
  TRANS(VErf);
  TRANS(VSqrt);
  TRANS(VAsin);
#undef TRANS
}

/// A peer that is wrong is no peer.
void checkSome(const int8_t *a, const int8_t *b, const int32_t *c) {
  for (int i = 0; i < 1024; i += 31) {
    int j = i * 37 % 1024, sum = 0;
    for (int k = 0; k < 1024; ++k)
      sum += a[i * 1024 + k] * b[j * 1024 + k];
    if (c[i * 1024 + j] != sum) {
      std::fprintf(stderr, "the host's product is wrong at %d, %d\n", i, j);
      std::exit(1);
    }
  }
}

} // namespace

int main() {
  for (uint64_t i = 0; i < memory.sramBytes(); ++i)
    memory.sram(0)[i] = uint8_t(i * 2654435761u >> 24);
  const uint8_t *a = memory.sram(0), *b = a + (16 << 20);
  std::vector<int32_t> c(1 << 20);
  double hostInt = secondsOf([&] {
    test::hostProductI8(reinterpret_cast<const int8_t *>(a),
                        reinterpret_cast<const int8_t *>(b), c.data(), 1024,
                        1024, 1024);
  });
  checkSome(reinterpret_cast<const int8_t *>(a),
            reinterpret_cast<const int8_t *>(b), c.data());
  benchProduct(E::i8, "i8", hostInt, "host i8");
  for (uint64_t i = 0; i < memory.sramBytes(); i += 4) {
    float x = float(int(i % 8191) - 4000) / 777;
    std::memcpy(memory.sram(0) + i, &x, 4);
  }
  std::vector<float> f(1 << 20);
  double hostFloat = secondsOf([&] {
    test::hostProductF32(reinterpret_cast<const float *>(a),
                         reinterpret_cast<const float *>(b), f.data(), 1024,
                         1024, 1024);
  });
  std::printf("host product: i8 %.2f ms, f32 %.2f ms\n", hostInt * 1e3,
              hostFloat * 1e3);
  benchProduct(E::f32, "f32", hostFloat, "host f32");
  benchProduct(E::bf16, "bf16", hostFloat, "host f32");
  benchPrograms();
  return 0;
}
