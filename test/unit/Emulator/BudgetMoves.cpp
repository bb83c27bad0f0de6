//===- BudgetMoves.cpp - What costs the host most for its steps: moves ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BudgetPrograms.h"

#include <cstring>

using namespace ashlar::runtime::test;

namespace {

using T = BudgetTensor;

/// Words that put indices all over the place in a list.
const std::string scatteredIndices =
    descriptor(9, {"i32", {1, 1, 1, 1, 1, 4096}, {0, 0, 0, 0, 0, 1}, 8 << 20}) +
    vrun("v.iota.i32 v0, 5\nv.const.i32 v1, 1103515245\nv.const.i32 v2, 4095\n"
         "v.mul.i32 v0, v0, v1\nv.and.i32 v0, v0, v2\n"
         "v.out.i32 d9, v0, store, 0, set\n") +
    "\nsignal vec, s1, 1\nwait dma0, s1, 1\n";

void moves(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const std::vector<T> &list,
                 const std::string &body, const std::string &setup = "") {
    cases.push_back({name, setup + tensors(list), body});
  };
  T index{"i32", {1, 1, 1, 1, 1, 4096}, {0, 0, 0, 0, 0, 1}, 8 << 20};
  const std::string &fill = scatteredIndices;
  T bytes{"i8", {1, 1, 1, 1, 4096, 1}, {0, 0, 0, 0, 1040, 0}, 0}, other = bytes;
  other.at = 1;
  add("vgather of bytes", {bytes, other, index}, "vgather d0, d1, d2, 4", fill);
  add("vscatter of bytes", {bytes, other, index}, "vscatter d0, d1, d2, 4, set",
      fill);
  T half{"f16", {1, 1, 1, 1, 4096, 1}, {0, 0, 0, 0, 520, 0}, 0};
  add("vscatter.add of halves", {half, half, index},
      "vscatter d0, d0, d2, 4, add", fill);
  T halves{"f16", {1, 1, 1, 1, 4096, 2}, {0, 0, 0, 0, 520, 0}, 0};
  add("vscatter.add of halves to one", {halves, halves, index},
      "vscatter d0, d0, d2, 4, add", fill);
  T indices{"i32", {1, 1, 1, 1, 4096, 1}, {0, 0, 0, 0, 1, 0}, 8 << 20};
  add("vtake", {bytes, other, indices}, "vtake d0, d1, d2, 4", fill);
  add("vput", {bytes, other, indices}, "vput d0, d1, d2, 4, set", fill);
  add("vput.add", {half, half, indices}, "vput d0, d0, d2, 4, add", fill);
  T eights{"f8e4m3", {1, 1, 1, 1, 4096, 1}, {0, 0, 0, 0, 1, 0}, 0};
  add("vput.add f8", {eights, eights, indices}, "vput d0, d0, d2, 4, add",
      fill);
  T pairs{"i8", {1, 1, 1, 1, 4096, 2}, {0, 0, 0, 0, 1040, 520}, 0};
  add("vtrans of bytes", {bytes, other}, "vtrans d0, d1");
  add("vtrans of pairs", {pairs, pairs}, "vtrans d0, d1");
  T nibbles{"i4", {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 1}, 0},
      nibbles2{"i4", {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 1}, 1 << 20};
  add("vtrans of nibbles", {nibbles, nibbles2}, "vtrans d0, d1");
}

void sorts(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const std::vector<T> &list,
                 const std::string &body, const std::string &setup = "") {
    cases.push_back({name, setup + tensors(list), body});
  };
  auto sort = [&](int64_t rows, int64_t length, int64_t keep,
                  const char *type) {
    std::string name = std::string("vsort of ") + std::to_string(rows) + " x " +
                       std::to_string(length) + " " + type + ", " +
                       std::to_string(keep);
    T src{type, {1, 1, 1, 1, rows, length}, {0, 0, 0, 0, 0, 1}, 8 << 20},
        dst{type, {1, 1, 1, 1, rows, keep}, {0, 0, 0, 0, 0, 1}, 1 << 20};
    T all{type, {1, 1, 1, 1, 1, length}, {0, 0, 0, 0, 0, 1}, 8 << 20};
    T payload{"i64", {1, 1, 1, 1, rows, keep}, {0, 0, 0, 0, 0, 1}, 4 << 20};
    std::string lane = std::string(type) == "i64" ? "i64" : "i32";
    std::string setup =
        descriptor(9, all) +
        vrun("v.iota." + lane + " v0, 5\nv.const." + lane +
             " v1, 1103515245\nv.const." + lane + " v2, 9\nv.mul." + lane +
             " v0, v0, v1\nv.shr." + lane + " v2, v0, v2\nv.xor." + lane +
             " v0, v0, v2\nv.out." + lane + " d9, v0, store, 0, set\n") +
        "\n";
    add(name, {dst, payload, src}, "vsorti d0, d1, d2, r0, descending", setup);
  };
  sort(1000, 1, 1, "i8");
  sort(1000, 2, 2, "i32");
  sort(100, 100, 100, "i8");
  sort(1, 100000, 100000, "i64");
  sort(1, 100000, 50000, "i64");
  sort(1, 100000, 1, "i64");
  T run{"f16", {1, 1, 1, 1, 1, 4096}, {0, 0, 0, 0, 0, 1}, 0},
      merged{"f16", {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 1}, 0},
      payload{"i8", {1, 1, 1, 1, 1, 4096}, {0, 0, 0, 0, 0, 7}, 0},
      both{"i8", {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 7}, 0};
  add("vmerge", {merged, both, run, payload},
      "vmerge d0, d1, d2, d3, d2, d3, ascending");
  T run1{"f16", {1, 1, 1, 1, 1000, 1}, {0, 0, 0, 0, 1, 1}, 0};
  add("vmerge of rows of one", {run1},
      "vmerge d0, d0, d0, d0, d0, d0, ascending");
}

void copies(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const std::vector<T> &list,
                 const std::string &mods, const std::string &setup = "") {
    cases.push_back(
        {name, setup + tensors(list), "copy dma0, d0, d1 {\n" + mods + "}"});
  };
  T flat{"i8", {1, 1, 1, 1, 1, 1 << 20}, {0, 0, 0, 0, 0, 1}, 0}, flat2 = flat;
  flat2.at = 4 << 20;
  add("copy of a row", {flat, flat2}, "");
  T dram = flat;
  dram.base = "r3", dram.size[5] = 64 << 20;
  T dram2 = dram;
  dram2.at = 128 << 20;
  add("copy of a row of dram", {dram, dram2}, "");
  add("copy of a row, multicast", {flat, flat2}, "c.multicast r50\n",
      "li r50, 3\n");
  add("copy filled", {flat, flat2}, "c.window 5, r0, r0\n");
  T bytes{"i8", {1, 1, 1, 1, 1, 60000}, {0, 0, 0, 0, 0, 4160}, 0, "r3"},
      packed{"i8", {1, 1, 1, 1, 1, 60000}, {0, 0, 0, 0, 0, 1}, 0};
  add("copy of bytes from afar", {packed, bytes}, "");
  add("copy of bytes to afar", {bytes, packed}, "");
  T far2 = bytes;
  far2.at = 2080;
  add("copy of bytes from afar to afar", {bytes, far2}, "");
  add("copy of bytes, filled afar", {bytes, packed}, "c.window 5, r0, r0\n");
  T pairs{"i8", {1, 1, 1, 1, 30000, 2}, {0, 0, 0, 0, 4160, 1}, 0, "r3"},
      packedPairs{"i8", {1, 1, 1, 1, 30000, 2}, {0, 0, 0, 0, 2, 1}, 0};
  add("copy of pairs", {packedPairs, pairs}, "");
  T twos{"i8", {256, 2, 2, 2, 2, 2}, {0, 3, 0, 3, 0, 3}, 0}, twos2 = twos;
  twos2.at = 1000;
  add("copy of pairs of pairs", {twos, twos2}, "");
  add("copy of pairs of pairs, multicast", {twos, twos2}, "c.multicast r50\n",
      "li r50, 3\n");
  add("copy of pairs, filled", {twos, twos2}, "c.window 0, r0, r0\n");
  T halves{"f16", {256, 2, 2, 2, 2, 2}, {0, 3, 0, 3, 0, 3}, 0};
  add("copy.add of pairs", {halves, halves}, "c.add\n");
  T one{"f16", {1, 1, 1, 1, 1, 8192}, {}, 0};
  add("copy.add to one", {one, one}, "c.add\n");
  T half{"f16", {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 1}, 0};
  add("copy.add of halves", {half, half}, "c.add\n");
  T index{"i32", {1, 1, 1, 1, 1, 4096}, {0, 0, 0, 0, 0, 1}, 8 << 20};
  const std::string &fill = scatteredIndices;
  T table{"i8", {1, 1, 1, 1, 4096, 1}, {0, 0, 0, 0, 4160, 0}, 0, "r3"},
      got{"i8", {1, 1, 1, 1, 4096, 1}, {0, 0, 0, 0, 1, 0}, 0};
  add("copy of gathered bytes", {got, table, index}, "c.gather d2, 4\n", fill);
  add("copy of scattered bytes", {table, got, index}, "c.scatter d2, 4\n",
      fill);
  T t2{"i8", {1, 1, 1, 1, 4096, 2}, {0, 0, 0, 0, 520, 0}, 0}, s2 = t2;
  add("copy of gathered pairs, multicast", {s2, t2, index},
      "c.gather d2, 4\nc.multicast r50\n", fill + "li r50, 3\n");
  T nibbles{"i4", {1, 1, 1, 1, 4096, 3}, {0, 0, 0, 0, 4, 1}, 0};
  add("copy of nibbles", {nibbles, nibbles}, "");
}

void products(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const T &a, const T &b,
                 const char *acc, const std::string &mods = "",
                 const char *mode = "set",
                 const T &extra = {"i8", {1, 1, 1, 1, 1, 1}, {}, 0}) {
    int64_t m = a.size[0] * a.size[1] * a.size[2],
            n = b.size[0] * b.size[1] * b.size[2];
    T c{acc, {1, 1, 1, 1, m, n}, {0, 0, 0, m * 32, 32, 1}, 0, "r21"};
    cases.push_back(
        {name, tensors({c, a, b, extra}),
         "mm d0, d1, d2, " + std::string(mode) + " {\n" + mods + "}"});
  };
  auto rows = [](const char *type, int64_t m, int64_t k) {
    return T{type, {1, 1, m, 1, 1, k}, {0, 0, k, 0, 0, 1}, 0};
  };
  auto columns = [](const char *type, int64_t m, int64_t k) {
    return T{type, {1, 1, m, 1, 1, k}, {0, 0, 1, 0, 0, m}, 0};
  };
  for (const char *type : {"i8", "u8", "bf16", "f32", "f8e4m3"}) {
    const char *acc = type[0] == 'i' || type[0] == 'u' ? "i32" : "f32";
    std::string t = std::string("mm ") + type + " ";
    add(t + "512x256x512", rows(type, 512, 512), rows(type, 256, 512), acc);
    add(t + "1x1x8192", rows(type, 1, 8192), rows(type, 1, 8192), acc);
    add(t + "1x256x512", rows(type, 1, 512), rows(type, 256, 512), acc);
    add(t + "500x1x500", rows(type, 500, 500), rows(type, 1, 500), acc);
    add(t + "500x500x1", rows(type, 500, 1), rows(type, 500, 1), acc, "",
        "add");
    add(t + "17x33x5", rows(type, 17, 5), rows(type, 33, 5), acc, "", "add");
    add(t + "64x64x512, columns", columns(type, 64, 512),
        columns(type, 64, 512), acc);
    add((t + "1x1x8192, apart").c_str(),
        T{type, {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 400}, 0},
        T{type, {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 400}, 0}, acc);
    add((t + "2x2x8192, pairs").c_str(),
        T{type, {1, 1, 2, 2048, 2, 2}, {0, 0, 3, 0, 3, 3}, 0},
        T{type, {1, 1, 2, 2048, 2, 2}, {0, 0, 3, 0, 3, 3}, 0}, acc);
    add((t + "200x1x64, pairs").c_str(),
        T{type, {50, 2, 2, 16, 2, 2}, {0, 3, 7, 0, 3, 3}, 0},
        T{type, {1, 1, 1, 16, 2, 2}, {0, 0, 3, 0, 3, 3}, 0}, acc);
  }
  T q{"i4", {1, 1, 2, 2048, 2, 2}, {0, 0, 4, 0, 4, 1}, 0},
      bf{"bf16", {1, 1, 2, 2048, 2, 2}, {0, 0, 3, 0, 3, 3}, 0},
      scale{"f16", {1, 1, 2, 2048, 2, 2}, {0, 0, 1, 0, 3, 3}, 0};
  add("mm i4 scaled, pairs", q, bf, "f32", "mm.scale a, d3\nmm.zero a, d1\n",
      "set", scale);
  T q2 = rows("i4", 2, 8192), b2 = rows("bf16", 2, 8192),
    s2 = rows("f16", 2, 8192);
  add("mm i4 scaled", q2, b2, "f32", "mm.scale a, d3\nmm.zero a, d1\n", "set",
      s2);
}

void outputs(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const T &dst, int64_t m, int64_t n,
                 const char *acc, const std::string &steps,
                 const T &other = {"f32", {1, 1, 1, 1, 1, 1}, {}, 0},
                 bool preload = false) {
    T c{acc, {1, 1, 1, 1, m, n}, {0, 0, 0, m * 32, 32, 1}, 0, "r21"};
    cases.push_back({name, tensors({dst, c, other}) + "li r40, 0x0080ffff\n",
                     (preload ? std::string("preload d1, d0")
                              : std::string("drain d0, d1, row")) +
                         " {\n" + steps + "}"});
  };
  auto tensor = [](const char *type, int64_t m, int64_t n, int64_t sm,
                   int64_t sn) {
    return T{type, {1, 1, m, 1, 1, n}, {0, 0, sm, 0, 0, sn}, 0};
  };
  for (bool preload : {false, true}) {
    std::string p = preload ? "preload " : "drain ";
    add(p + "of rows of one", tensor("f32", 4096, 1, 1, 0), 4096, 1, "f32", "",
        {"f32", {1, 1, 1, 1, 1, 1}, {}, 0}, preload);
    add(p + "of columns far apart", tensor("f32", 64, 64, 1, 1040), 64, 64,
        "f32", "", {"f32", {1, 1, 1, 1, 1, 1}, {}, 0}, preload);
    T pairs{"f16", {256, 2, 2, 2, 2, 1}, {0, 3, 7, 3, 7, 0}, 0};
    add(p + "of pairs", pairs, 1024, 4, "f32", "o.muls r40\n",
        {"f32", {1, 1, 1, 1, 1, 1}, {}, 0}, preload);
    add(p + "of pairs, 16 steps", pairs, 1024, 4, "f32",
        repeat("o.mul d0\n", 16), {"f32", {1, 1, 1, 1, 1, 1}, {}, 0}, preload);
    T flat = tensor("f64", 128, 32, 32, 1);
    for (const char *step :
         {"o.mul d0\n", "o.fma d0\no.muls r40\n", "o.muls r40\n", "o.round\n",
          "o.sat i8\n", "o.sat f8e4m3\n", "o.sat bf16\n", "o.clamp r40, r40\n"})
      add(p + std::string(step).substr(0, std::strcspn(step, "\n")), flat, 128,
          32, "f32", repeat(step, 16), {"f32", {1, 1, 1, 1, 1, 1}, {}, 0},
          preload);
    T poly{"f32", {1, 1, 1, 1, 1, 2 + 4 * 1024}, {0, 0, 0, 0, 0, 1}, 1 << 20};
    add(p + "o.poly", flat, 128, 32, "f32", repeat("o.poly d2\n", 16), poly,
        preload);
  }
  T table{"i8", {1, 1, 1, 1, 1, 256}, {0, 0, 0, 0, 0, 1}, 1 << 20};
  add("drain o.table", tensor("i8", 128, 32, 32, 1), 128, 32, "f32",
      "o.sat i8\n" + repeat("o.table d2\n", 15), table);
  for (const char *type : {"i4", "i8", "i64", "f8e4m3", "f16", "f64"})
    add(std::string("drain to ") + type, tensor(type, 512, 32, 32, 1), 512, 32,
        "f32", "");
}

} // namespace

void ashlar::runtime::test::addBudgetMoves(std::vector<BudgetCase> &cases) {
  moves(cases);
  sorts(cases);
  copies(cases);
  products(cases);
  outputs(cases);
}
