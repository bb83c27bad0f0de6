//===- BudgetPrograms.cpp - What costs the host most for its steps --------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BudgetPrograms.h"

using namespace ashlar::runtime::test;

namespace {

using T = BudgetTensor;

const std::string fourLoads =
    "v.in v0, d0\nv.in v1, d0\nv.in v2, d0\nv.in v3, d0\n";
const std::string adds = repeat("v.add.f32 v0, v0, v1\n", 30);

void scalar(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const std::string &body,
                 unsigned times = 1, const std::string &setup = "") {
    cases.push_back({name, setup, repeat(body, times)});
  };
  add("spin", "nop\n", 64);
  add("signal and wait, scalar", "signal scalar, s1, 1\nwait scalar, s1, 1\n",
      8);
  add("signal and wait, queue", "signal vec, s1, 1\nwait dma0, s1, 1\n", 8);
  add("signal, wait behind",
      "wait vec, s1, 1\nsignal vec, s2, 1\nsignal dma0, s1, 1\nwait scalar, "
      "s2, 1\n",
      8);
  add("load, store", "load.u64 r5, r0, 64\nstore.u64 r5, r0, 72\n", 16);
  add("fdiv.f64", "fdiv.f64 r5, r40, r41\n", 16,
      "li r40, 5\nlih r40, 0x00100000\nli r41, 7\nlih r41, 0x3ff80000\n");
  add("fma.f32", "fma.f32 r5, r40, r41, r41\n", 16,
      "li r40, 0x0080ffff\nli r41, 0x3f7ffffe\n");
  add("fma.f64", "fma.f64 r5, r40, r41, r41\n", 16,
      "li r40, 5\nlih r40, 0x00100000\nli r41, 7\nlih r41, 0x3fe80000\n");
  add("fmul.f32", "fmul.f32 r5, r40, r41\n", 16,
      "li r40, 0x0080ffff\nli r41, 0x3f7ffffe\n");
  add("fsqrt.f64", "fsqrt.f64 r5, r40\n", 16, "li r40, 5\n");
  add("rem", "rem r5, r40, r41\n", 16, "li r40, -5\nli r41, 7\n");
  add("dnew", "dnew d0, i8, r20, 0\nddim d0, 2, 32, 64\n", 16);
}

void small(std::vector<BudgetCase> &cases) {
  T one{"i8", {1, 1, 1, 1, 1, 1}, {}, 0}, two = one, none = one;
  two.at = 64;
  none.size[0] = 0;
  cases.push_back({"copy of nothing", tensors({one, none}),
                   repeat("copy dma0, d1, d1 {\n}\n", 8)});
  cases.push_back({"copy of a byte", tensors({one, two}),
                   repeat("copy dma0, d0, d1 {\n}\n", 8)});
  T list{"i64", {1, 1, 1, 1, 1, 1}, {}, 128};
  cases.push_back(
      {"copy of a byte with everything", tensors({one, two, list}),
       "copy dma0, d0, d1 {\nc.gather d2, 0\nc.scatter d2, 1\nc.add\nc.window "
       "2, r0, r50\nc.window 3, r0, r50\nc.window 4, r0, r50\nc.window 5, r0, "
       "r50\nc.multicast r51\n}\n"});
  cases.back().setup +=
      "li r50, 1\nli r51, 3\n" +
      vrun("v.const.i64 v0, 0\nv.out.i64 d2, v0, store, 0, set\n") +
      "\nsignal vec, s1, 1\nwait dma0, s1, 1\n";
  T f{"f32", {1, 1, 1, 1, 1, 1}, {}, 64},
      acc{"f32", {1, 1, 1, 1, 1, 1}, {}, 0, "r21"};
  cases.push_back({"mm of one", tensors({acc, f, f}),
                   repeat("mm d0, d1, d2, set {\n}\n", 8)});
  T q{"i8", {1, 1, 1, 1, 1, 1}, {}, 64}, bf = f;
  bf.type = "bf16";
  cases.push_back({"mm of one with scale and zero", tensors({acc, q, bf}),
                   "mm d0, d1, d2, add {\nmm.scale a, d2\nmm.zero a, d1\n}\n"});
  cases.push_back({"drain of one", tensors({f, acc}),
                   repeat("drain d0, d1, row {\n}\n", 8)});
  cases.push_back({"drain of one, 16 steps", tensors({f, acc}),
                   "drain d0, d1, row {\n" + repeat("o.mul d0\n", 16) + "}\n"});
  T poly{"f32", {1, 1, 1, 1, 1, (1 << 20) * 4 + 2}, {}, 64};
  cases.push_back({"drain of one, long table", tensors({f, acc, poly}),
                   "drain d0, d1, row {\n" + repeat("o.poly d2\n", 4) + "}\n"});
  cases.push_back({"preload of one", tensors({acc, f}),
                   repeat("preload d0, d1 {\n}\n", 8)});
}

void smallPrograms(std::vector<BudgetCase> &cases) {
  T f{"f32", {1, 1, 1, 1, 1, 1}, {}, 64};
  cases.push_back(
      {"vrun of one", tensors({f}),
       vrun("v.const.f32 v0, 0\nv.out.f32 d0, v0, store, 0, set\n")});
  cases.push_back({"vrun of one, 38 words", tensors({f}),
                   vrun("v.const.f32 v0, 0\nv.const.f32 v1, 0\n" + fourLoads +
                        repeat("v.add.f32 v0, v0, v1\n", 32) +
                        "v.out.f32 d0, v0, store, 0, set\n")});
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += vrun("v.const.f32 v0, " + std::to_string(i) + "\n" +
                 repeat("v.add.f32 v0, v0, v0\n", 32) +
                 repeat("v.const.f32 v1, 0\n", 27) +
                 "v.out.f32 d0, v0, store, 0, set\n") +
            "\n";
  cases.push_back({"vrun of one, many programs", tensors({f}), many});
  T ten{"f32", {1, 1, 1, 1, 1, 15}, {0, 0, 0, 0, 0, 0}, 64};
  cases.push_back({"vrun of 15, two reductions", tensors({ten, f}),
                   vrun(fourLoads + repeat("v.min.f32 v0, v0, v1\n", 30) +
                        "v.out.f32 d1, v0, sum, 32, acc\nv.out.f32 d1, v0, "
                        "prod, 63, acc\n")});
  const std::string zero =
      vrun("v.const.i64 v0, 0\nv.out.i64 d1, v0, store, 0, set\n") + "\n";
  T s{"f32", {1, 1, 1, 1, 1, 1}, {}, 64},
      si{"i64", {1, 1, 1, 1, 1, 1}, {}, 128};
  cases.push_back({"vsort of one", tensors({s, si}),
                   repeat("vsort d0, d1, d0, d1, ascending\n", 8)});
  cases.push_back({"vmerge of one", tensors({s, si}),
                   repeat("vmerge d0, d1, d0, d1, d0, d1, ascending\n", 8)});
  cases.push_back({"vtake of one", tensors({s, si}) + zero,
                   repeat("vtake d0, d0, d1, 5\n", 8)});
  cases.push_back({"vgather of one", tensors({s, si}) + zero,
                   repeat("vgather d0, d0, d1, 5\n", 8)});
  cases.push_back(
      {"vtrans of one", tensors({s, f}), repeat("vtrans d0, d1\n", 8)});
}

void programLoads(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const std::vector<T> &list,
                 const std::string &words, const std::string &setup = "") {
    cases.push_back({name, tensors(list) + setup, vrun(words)});
  };
  // Lines and pages of their own.
  T far{"f32", {1, 1, 1, 1, 1, 4000}, {0, 0, 0, 0, 0, 1040}, 0};
  T farOut = far;
  add("loads far apart", {far, farOut},
      fourLoads + "v.out.f32 d1, v3, "
                  "store, 0, set\n");
  T pairs{"f32", {1, 1, 1, 1, 4096, 2}, {0, 0, 0, 0, 3, 1}, 0};
  add("pairs", {pairs, pairs},
      fourLoads + "v.out.f32 d1, v3, "
                  "store, 0, set\nv.out.f32 d1, v3, store, 0, set\n");
  T twos{"i8", {128, 2, 2, 2, 2, 2}, {0, 3, 0, 3, 0, 3}, 0};
  add("pairs of pairs", {twos, twos},
      fourLoads + "v.out.i32 d1, v3, "
                  "store, 0, set\nv.out.i32 d1, v3, store, 0, set\n");
  add("pairs of pairs, indices", {twos},
      "v.iota.i64 v0, 0\nv.iota.i64 v1, 1\nv.iota.i64 v2, 2\nv.iota.i64 v3, "
      "3\nv.iota.i64 v4, 4\nv.iota.i64 v5, 5\nv.out.i64 d0, v5, store, 0, "
      "set\n");
  for (const char *type :
       {"i4", "i8", "f8e4m3", "f8e5m2", "f16", "bf16", "f64"}) {
    bool f = type[0] == 'f' || type[0] == 'b',
         wide = std::string(type) == "f64";
    T t{type, {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 1}, 0};
    std::string lane = wide ? "f64" : f ? "f32" : "i32";
    add(std::string("loads and stores of ") + type, {t},
        fourLoads + "v.out." + lane + " d0, v3, store, 0, set\nv.out." + lane +
            " d0, v3, store, 0, set\n");
    if (f && !wide)
      add(std::string("stores of f64 to ") + type, {t},
          "v.reg.f64 v0, r40\nv.out.f64 d0, v0, store, 0, set\nv.out.f64 d0, "
          "v0, store, 0, set\n",
          "li r40, 12345\nlih r40, 0x3e012345\n");
  }
}

/// Lanes hardly filled.
void programBlocks(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const std::vector<T> &list,
                 const std::string &words, const std::string &setup = "") {
    cases.push_back({name, tensors(list) + setup, vrun(words)});
  };
  T thin{"f32", {1, 1, 1, 1, 1000, 16}, {0, 0, 0, 0, 16, 1}, 0},
      thinOut{"f32", {1, 1, 1, 1, 1, 16}, {0, 0, 0, 0, 0, 1}, 0};
  add("16 lanes at a time", {thin, thinOut},
      fourLoads + adds + "v.out.f32 d1, v0, sum, 16, set\n");
  add("16 lanes at a time, no operations", {thin, thinOut},
      fourLoads + "v.out.f32 d1, v0, "
                  "sum, 16, set\nv.out.f32 d1, v0, prod, 16, set\n");
  T odd{"f32", {10, 10, 10, 1, 16, 1}, {16, 16, 16, 0, 3, 1}, 0},
      oddOut{"f32", {1, 1, 1, 1, 16, 1}, {0, 0, 0, 0, 3, 1}, 0};
  add("16 strided lanes at a time", {odd, oddOut},
      fourLoads + "v.out.f32 d1, v0, "
                  "sum, 7, set\nv.out.f32 d1, v0, prod, 7, set\n");
  T few{"f32", {1, 1, 1, 1, 15, 2}, {0, 0, 0, 0, 3, 1}, 0},
      fewOut{"f32", {1, 1, 1, 1, 15, 1}, {0, 0, 0, 0, 3, 0}, 0};
  add("rows of 2", {few, fewOut},
      fourLoads + adds + "v.out.f32 d1, v0, sum, 32, acc\n");
  T rows{"f32", {1, 1, 1, 1, 1000, 96}, {0, 0, 0, 0, 96, 1}, 0},
      rowsOut{"f32", {1, 1, 1, 1, 1000, 1}, {0, 0, 0, 0, 1, 0}, 0};
  add("rows of 96", {rows, rowsOut},
      fourLoads + adds + "v.out.f32 d1, v0, sum, 32, acc\n");
  T square{"f32", {1, 1, 1, 1, 97, 97}, {0, 0, 0, 0, 97, 1}, 0},
      sr{"f32", {1, 1, 1, 1, 97, 1}, {0, 0, 0, 0, 1, 0}, 0},
      sc{"f32", {1, 1, 1, 1, 1, 97}, {0, 0, 0, 0, 0, 1}, 0};
  add("reductions over two dimensions", {square, sr, sc},
      fourLoads + adds +
          "v.out.f32 d1, v0, sum, 32, set\nv.out.f32 d2, v0, prod, 16, set\n");
}

void programResults(std::vector<BudgetCase> &cases) {
  auto add = [&](const std::string &name, const std::vector<T> &list,
                 const std::string &words, const std::string &setup = "") {
    cases.push_back({name, tensors(list) + setup, vrun(words)});
  };
  for (const char *type : {"f32", "f64", "i64"}) {
    T flat{type, {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 1}, 0},
        end{type, {}, {}, 0}, index{"i64", {}, {}, 0};
    end.size = index.size = {1, 1, 1, 1, 1, 1};
    std::string t = type, c = "v.reg." + t + " v0, r40\n";
    std::string small = t == "f32" ? "li r40, 0x0080ffff\n"
                                   : "li r40, 5\nlih r40, 0x00100000\n";
    std::string load = "v.in v1, d0\n";
    for (const char *kind : {"sum", "prod", "min"})
      add(t + " " + kind, {flat, end},
          load + c + "v.out." + t + " d1, v0, " + kind + ", 32, set\nv.out." +
              t + " d1, v0, " + kind + ", 32, set\n",
          small);
    add(t + " argmax", {flat, index},
        load + c + "v.out." + t + " d1, v0, argmax, 32, last\nv.out." + t +
            " d1, v0, argmin, 32, last\n",
        small);
    for (const char *kind : {"scansum", "scanprod", "scanmin"})
      add(t + " " + kind, {flat},
          load + c + "v.out." + t + " d0, v0, " + kind + ", 32, set\nv.out." +
              t + " d0, v0, " + kind + ", 32, exrev\n",
          small);
  }
  // Factors just below 1, so that products stay subnormal for long.
  for (const char *type : {"f32", "f64"}) {
    std::string t = type, c = "v.in v1, d0\nv.reg." + t + " v0, r40\n";
    T flat{type, {1, 1, 1, 1, 1, 8192}, {0, 0, 0, 0, 0, 0}, 0};
    add(t + " scan of powers", {flat},
        c + "v.out." + t + " d0, v0, scanprod, 32, set\nv.out." + t +
            " d0, v0, scanprod, 32, set\n",
        t == "f32" ? "li r40, 0x3f666666\n"
                   : "li r40, 0\nlih r40, 0x3feccccc\n");
  }
  T win{"i8", {1, 1, 1, 1, 100, 100}, {0, 0, 0, 0, 3, 3}, 0},
      one{"f32", {1, 1, 1, 1, 1, 1}, {}, 0};
  add("window of one point", {win, one},
      "v.win.mac v0, d0, d0\nv.cvt.f32.i32 v0, v0, even\nv.out.f32 d1, v0, "
      "store, 0, set\n");
  T wins{"f16", {1, 64, 2, 2, 100, 1}, {0, 3, 3, 3, 3, 0}, 0},
      onePoint{"f32", {1, 64, 2, 2, 1, 1}, {}, 0};
  add("window of pairs", {wins, onePoint},
      "v.win.mac v0, d0, d0\nv.out.f32 d1, v0, store, 0, set\n");
}

/// Micro-operations on the values that take them longest.
struct Operation {
  const char *word, *type; // of the operands
  uint64_t a, b;
  const char *result = nullptr;
};
constexpr uint64_t tiny = 5, least = 0x0010000000000005,
                   huge = 0x7fe0000100000005, one = 0x3ff8000000000005;
const Operation operationList[] = {
    {"v.add.f32", "f32", 0x0080ffff, 0x3fc00000},
    {"v.add.f64", "f64", least, one},
    {"v.mul.i32", "i32", 7, 123456},
    {"v.mul.f32", "f32", 0x3f7ffffe, 0x0080ffff},
    {"v.mul.f64", "f64", tiny, huge},
    {"v.fma.f32", "f32", 0x3f7ffffe, 0x0080ffff},
    {"v.fma.f64", "f64", one, tiny},
    {"v.min.f64", "f64", tiny, huge},
    {"v.sel.u32", "u32", 0, 1},
    {"v.div.i32", "i32", 123456, 7},
    {"v.div.f32", "f32", 0x3f7ffffe, 0x7f000001},
    {"v.div.i64", "i64", 123456, 7},
    {"v.div.f64", "f64", one, huge},
    {"v.rem.i64", "i64", 123456, 7},
    {"v.rem.f32", "f32", 0x7f000001, 5},
    {"v.rem.f64", "f64", huge, tiny},
    {"v.sqrt.f32", "f32", 5, 0},
    {"v.rsqrt.f64", "f64", tiny, 0},
    {"v.exp.f32", "f32", 0x7fc00001, 0},
    {"v.exp.f64", "f64", tiny, 0},
    {"v.exp2.f64", "f64", tiny, 0},
    {"v.log1p.f64", "f64", tiny, 0},
    {"v.pow.f32", "f32", 0xbf123456, 0x40000000},
    {"v.pow.f64", "f64", tiny, tiny},
    {"v.atan2.f64", "f64", one, tiny},
    {"v.sin.f32", "f32", 0x7f000001, 0},
    {"v.tan.f64", "f64", huge, 0},
    {"v.asin.f64", "f64", tiny, 0},
    {"v.sinh.f64", "f64", tiny, 0},
    {"v.tanh.f64", "f64", tiny, 0},
    {"v.asinh.f32", "f32", 0x3fc00000, 0},
    {"v.atanh.f64", "f64", tiny, 0},
    {"v.erf.f32", "f32", 0x3f7ffffe, 0},
    {"v.cbrt.f64", "f64", tiny, 0},
    {"v.sigmoid.f64", "f64", tiny, 0},
    {"v.cvt.u64.f64", "f64", one, 0, "u64"},
    {"v.narrow f16,", "f32", 0x3fc00000, 0},
    {"v.narrow f8e5m2,", "f32", 0x3f7ffffe, 0},
};

void operations(std::vector<BudgetCase> &cases) {
  for (const Operation &o : operationList) {
    std::string word = o.word, type = o.type;
    std::string result = o.result ? o.result : type;
    bool isThree = word.starts_with("v.fma"), isSel = word.starts_with("v.sel");
    bool isOne = o.b == 0;
    std::string operands = isSel      ? "v2, v0, v1"
                           : isThree  ? "v0, v1, v1"
                           : o.result ? "v0, even"
                           : isOne    ? "v0"
                                      : "v0, v1";
    auto set = [](const char *reg, uint64_t bits) {
      return std::string("li ") + reg + ", " +
             std::to_string(int32_t(uint32_t(bits))) + "\nlih " + reg + ", " +
             std::to_string(bits >> 32) + "\n";
    };
    T out{result, {1, 1, 1, 1, 1, 1024}, {0, 0, 0, 0, 0, 1}, 0};
    cases.push_back({word, tensors({out}) + set("r40", o.a) + set("r41", o.b),
                     vrun("v.reg." + type + " v0, r40\nv.reg." + type +
                          " v1, r41\nv.const.i32 v2, 1\n" +
                          repeat(word + " v3, " + operands + "\n", 30) +
                          "v.out." + result + " d0, v3, store, 0, set\n")});
  }
  T out{"i64", {1, 1, 1, 1, 1, 1024}, {0, 0, 0, 0, 0, 1}, 0};
  cases.push_back({"v.iota.i64", tensors({out}),
                   vrun(repeat("v.iota.i64 v3, 5\n", 30) +
                        "v.out.i64 d0, v3, store, 0, set\n")});
}

} // namespace

void ashlar::runtime::test::addBudgetPrograms(std::vector<BudgetCase> &cases) {
  scalar(cases);
  small(cases);
  smallPrograms(cases);
  programLoads(cases);
  programBlocks(cases);
  programResults(cases);
  operations(cases);
}
