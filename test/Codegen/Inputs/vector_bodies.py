# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every operation that a vector program may contain, in every type it has."""

import sys

import numpy as np
from npu_harness import DRAM, SRAM, Harness, iterators, memref

rng = np.random.default_rng(1)
N = 77
cases = []  # name, body, input types, output type, data, expected, tolerance


def case(name, body, ins, out, data, expected, tolerance=0.0):
    cases.append((name, body, ins, out, data, expected, tolerance))


def floats():
    f, g = (rng.standard_normal(N).astype("f4") for _ in range(2))
    binary = {"addf": np.add, "subf": np.subtract, "mulf": np.multiply, "divf": np.divide,
              "maximumf": np.maximum, "minimumf": np.minimum, "maxnumf": np.fmax,
              "minnumf": np.fmin, "remf": np.fmod}
    for op, fn in binary.items():
        case(op, f"%r = arith.{op} %a0, %a1 : f32\nnpu.yield %r : f32", ["f32"] * 2, "f32", [f, g],
             fn(f, g))
    unary = {"exp": np.exp, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "tan": np.tan,
             "floor": np.floor, "ceil": np.ceil, "absf": np.abs, "roundeven": np.rint,
             "atan": np.arctan, "cosh": np.cosh, "sinh": np.sinh, "exp2": np.exp2,
             "expm1": np.expm1, "trunc": np.trunc, "asinh": np.arcsinh, "cbrt": np.cbrt}
    positive = {"log": np.log, "sqrt": np.sqrt, "log1p": np.log1p, "log2": np.log2,
                "log10": np.log10, "rsqrt": lambda v: 1 / np.sqrt(v)}
    for op, fn in list(unary.items()) + list(positive.items()):
        x = abs(f) + np.float32(0.1) if op in positive else f
        case(op, f"%r = math.{op} %a0 : f32\nnpu.yield %r : f32", ["f32"], "f32", [x], fn(x), 1e-6)
    x, y = f.copy(), g
    x[3], x[5] = np.nan, y[5]
    nan = np.isnan(x)
    compares = {"oeq": x == y, "ogt": x > y, "oge": x >= y, "olt": x < y, "ole": x <= y,
                "une": x != y, "ugt": (x > y) | nan, "uge": (x >= y) | nan, "ult": (x < y) | nan,
                "ule": (x <= y) | nan, "ueq": (x == y) | nan, "one": (x != y) & ~nan,
                "ord": ~nan, "uno": nan}
    for predicate, expected in compares.items():
        case("cmpf " + predicate, f"%r = arith.cmpf {predicate}, %a0, %a1 : f32\nnpu.yield %r : i1",
             ["f32"] * 2, "i1", [x, y], expected)


def integers(dtype, t):
    info = np.iinfo(dtype)
    a, b = (rng.integers(info.min, info.max, N, dtype=dtype, endpoint=True) for _ in range(2))
    b[b == 0], b[b == -1] = 3, 5
    unsigned = dtype.replace("i", "u")
    ua, ub = a.view(unsigned), b.view(unsigned)
    wide = [v.astype(object) for v in (a, b)]
    quotient = (np.sign(wide[0]) * np.sign(wide[1]) * (abs(wide[0]) // abs(wide[1]))).astype(dtype)
    shift = rng.integers(0, info.bits, N, dtype=dtype)
    binary = {"addi": a + b, "subi": a - b, "muli": a * b, "andi": a & b, "ori": a | b,
              "xori": a ^ b, "maxsi": np.maximum(a, b), "minsi": np.minimum(a, b),
              "maxui": np.maximum(ua, ub).view(dtype), "minui": np.minimum(ua, ub).view(dtype),
              "divui": (ua // ub).view(dtype), "remui": (ua % ub).view(dtype), "divsi": quotient,
              "remsi": np.fmod(a, b)}
    for op, expected in binary.items():
        case(f"{op} {t}", f"%r = arith.{op} %a0, %a1 : {t}\nnpu.yield %r : {t}", [t] * 2, t, [a, b],
             expected)
    shifts = {"shli": a << shift, "shrsi": a >> shift,
              "shrui": (ua >> shift.view(unsigned)).view(dtype)}
    for op, expected in shifts.items():
        case(f"{op} {t}", f"%r = arith.{op} %a0, %a1 : {t}\nnpu.yield %r : {t}", [t] * 2, t,
             [a, shift], expected)
    compares = {"slt": a < b, "sle": a <= b, "sgt": a > b, "sge": a >= b, "ult": ua < ub,
                "ule": ua <= ub, "ugt": ua > ub, "uge": ua >= ub, "eq": a == b, "ne": a != b}
    for predicate, expected in compares.items():
        case(f"cmpi {predicate} {t}",
             f"%r = arith.cmpi {predicate}, %a0, %a1 : {t}\nnpu.yield %r : i1", [t] * 2, "i1", [a, b],
             expected)
    f = (rng.standard_normal(N) * 20).astype("f4")
    conversions = {"sitofp": (t, "f32", a, a.astype("f4")), "uitofp": (t, "f32", a, ua.astype("f4")),
                   "fptosi": ("f32", t, f, f.astype(dtype)),
                   "fptoui": ("f32", t, abs(f), abs(f).astype(unsigned).view(dtype))}
    if t != "i64":
        long = rng.integers(-2**62, 2**62, N)
        conversions |= {"extsi": (t, "i64", a, a.astype("i8")), "extui": (t, "i64", a, ua.astype("i8")),
                        "trunci": ("i64", t, long, long.astype(dtype))}
    for op, (source, target, data, expected) in conversions.items():
        case(f"{op} {t}", f"%r = arith.{op} %a0 : {source} to {target}\nnpu.yield %r : {target}",
             [source], target, [data], expected)


def others():
    f, g = (rng.standard_normal(N).astype("f4") for _ in range(2))
    m, k = (rng.integers(0, 2, N).astype(bool) for _ in range(2))
    h, d = f.astype("f2"), rng.standard_normal(N)
    case("select", "%r = arith.select %a0, %a1, %a2 : f32\nnpu.yield %r : f32", ["i1", "f32", "f32"],
         "f32", [m, f, g], np.where(m, f, g))
    case("andi i1", "%r = arith.andi %a0, %a1 : i1\nnpu.yield %r : i1", ["i1"] * 2, "i1", [m, k], m & k)
    case("not", "%c = arith.constant true\n%r = arith.xori %a0, %c : i1\nnpu.yield %r : i1", ["i1"],
         "i1", [m], ~m)
    case("extui i1", "%r = arith.extui %a0 : i1 to i32\nnpu.yield %r : i32", ["i1"], "i32", [m],
         m.astype("i4"))
    case("extsi i1", "%r = arith.extsi %a0 : i1 to i32\nnpu.yield %r : i32", ["i1"], "i32", [m],
         -m.astype("i4"))
    case("index", "%i = npu.index 0\n%j = arith.index_cast %i : index to i32\n"
         "%k = arith.sitofp %j : i32 to f32\n%r = arith.addf %k, %a0 : f32\nnpu.yield %r : f32",
         ["f32"], "f32", [f], f + np.arange(N, dtype="f4"))
    # 0.1 is no f32: it reaches the lanes through a scalar register.
    case("f64", "%c = arith.constant 0.1 : f64\n%p = arith.mulf %a0, %c : f64\n"
         "%r = arith.addf %p, %a0 : f64\nnpu.yield %r : f64", ["f64"], "f64", [d], d * 0.1 + d)
    case("truncf", "%r = arith.truncf %a0 : f64 to f32\nnpu.yield %r : f32", ["f64"], "f32", [d],
         d.astype("f4"))
    # Halves are rounded after every step.
    case("f16", "%p = arith.mulf %a0, %a1 : f16\n%r = arith.addf %p, %a0 : f16\nnpu.yield %r : f16",
         ["f16"] * 2, "f16", [h, g.astype("f2")], h * g.astype("f2") + h)
    case("mixed", "%p = arith.extf %a0 : f16 to f32\n%q = arith.addf %p, %a1 : f32\n"
         "%r = arith.mulf %q, %p : f32\nnpu.yield %r : f32", ["f16", "f32"], "f32", [h, f],
         (h.astype("f4") + f) * h.astype("f4"))
    case("bitcast", "%r = arith.bitcast %a0 : f32 to i32\nnpu.yield %r : i32", ["f32"], "i32", [f],
         f.view("i4"))
    case("copy", "npu.yield %a0 : f32", ["f32"], "f32", [f], f)
    case("reuse", "%r = arith.addf %a0, %a0 : f32\n%q = arith.mulf %r, %r : f32\n"
         "%z = arith.subf %q, %a0 : f32\nnpu.yield %z : f32", ["f32"], "f32", [f], (f + f) * (f + f) - f)
    case("constant", "%c = arith.constant 2.5 : f32\nnpu.yield %c : f32", [], "f32", [],
         np.full(N, 2.5, "f4"))


def saturating_casts():
    """Clamps that are the type's own range, with and without rounding, and some that are not."""
    x = np.concatenate([rng.standard_normal(N - 17) * 10.0 ** rng.integers(0, 6, N - 17),
                        [np.nan, np.inf, -np.inf, 0.5, 1.5, 2.5, -0.5, -1.5, 127.5, -128.5, 126.5,
                         254.5, 255.5, 3e9, -3e9, 32767.5, -32768.5]]).astype("f4")
    for t, low, high in (("i8", -128, 127), ("i8", 0, 255), ("i16", -32768, 32767), ("i16", 0, 65535),
                         ("i8", -127, 127), ("i8", 0, 127), ("i8", -128, 255)):
        for rounds in (False, True):
            for zero in (0, 3):
                steps = ["math.roundeven %X : f32"] * rounds
                steps += ["arith.addf %X, %z : f32"] * (zero != 0)
                steps += ["arith.maximumf %X, %l : f32", "arith.minimumf %X, %h : f32",
                          "arith.fptosi %X : f32 to i32", f"arith.trunci %X : i32 to {t}"]
                code = [f"%{name} = arith.constant {float(value):e} : f32"
                        for name, value in (("z", zero), ("l", low), ("h", high))]
                last = "%a0"
                for place, step in enumerate(steps):
                    code.append(f"%s{place} = " + step.replace("%X", last))
                    last = f"%s{place}"
                code.append(f"npu.yield {last} : {t}")
                y = (np.rint(x) if rounds else x) + np.float32(zero)
                y = np.where(np.isnan(y), 0, np.clip(y, low, high)).astype("i4")
                case(f"saturate {t} {low} {high} {rounds} {zero}", "\n".join(code), ["f32"], t, [x],
                     y.astype("i1" if t == "i8" else "i2"))


def program(batch):
    """All cases of a batch in one function, each with tensors of its own."""
    arguments, body = [], []
    for c, (_, code, ins, out, _, _, _) in enumerate(batch):
        names = []
        for i, t in enumerate(ins):
            arguments.append(f'%x{c}_{i}: {memref([N], t, DRAM)} {{npu.io = "input", npu.name = "x{c}_{i}"}}')
            body.append(f"%s{c}_{i} = memref.alloc() : {memref([N], t, SRAM)}\n"
                        f"npu.copy %x{c}_{i} to %s{c}_{i} : {memref([N], t, DRAM)} to {memref([N], t, SRAM)}")
            names.append(f"%s{c}_{i}")
        arguments.append(f'%o{c}: {memref([N], out, DRAM)} {{npu.io = "output", npu.name = "o{c}"}}')
        body.append(f"%t{c} = memref.alloc() : {memref([N], out, SRAM)}")
        source = "" if not ins else "ins(%s : %s) " % (
            ", ".join(names), ", ".join(memref([N], t, SRAM) for t in ins))
        maps = ", ".join(["affine_map<(i) -> (i)>"] * (len(ins) + 1))
        lanes = ", ".join([f"%a{i}: {t}" for i, t in enumerate(ins)] + [f"%old: {out}"])
        body.append(f"npu.vector {source}outs(%t{c} : {memref([N], out, SRAM)}) attributes "
                    f"{{indexing_maps = [{maps}], iterator_types = {iterators('p')}}} {{\n"
                    f"^bb0({lanes}):\n{code}\n}}\n"
                    f"npu.copy %t{c} to %o{c} : {memref([N], out, SRAM)} to {memref([N], out, DRAM)}")
    return "func.func @main(%s) {\n%s\nreturn\n}" % (", ".join(arguments), "\n".join(body))


with np.errstate(all="ignore"):
    floats()
    for dtype, t in (("i1", "i8"), ("i2", "i16"), ("i4", "i32"), ("i8", "i64")):
        integers(dtype, t)
    others()
    saturating_casts()
harness = Harness(sys.argv[1])
data = {f"x{c}_{i}": value for c, entry in enumerate(cases) for i, value in enumerate(entry[4])}
result = harness.run("bodies", program(cases), data)
for c, (name, _, _, _, _, expected, tolerance) in enumerate(cases):
    harness.check(name, result[f"o{c}"], expected, tolerance)
harness.finish()
