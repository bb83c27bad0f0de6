# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random programs of linalg on tensors: odd sizes, broadcasts, chains."""

import random

INT_TYPES = ("i8", "i32", "i64")
FLOAT_TYPES = ("f16", "f32", "f64")


def tensor(shape, dtype):
    return "tensor<" + "".join(f"{d}x" for d in shape) + dtype + ">"


def affine_map(rank, results):
    dims = ", ".join(f"d{i}" for i in range(rank))
    return f"affine_map<({dims}) -> ({', '.join(str(r) for r in results)})>"


def zero(dtype):
    return "0" if dtype.startswith("i") else "0.0"


class Program:
    """Builds one function; values are (name, shape, dtype)."""

    def __init__(self, name, rng):
        self.name, self.rng = name, rng
        self.args, self.lines, self.values, self.results = [], [], [], []
        self.count = 0

    def fresh(self):
        self.count += 1
        return f"%v{self.count}"

    def emit(self, text):
        self.lines.append("    " + text)

    def argument(self, shape, dtype):
        value = (f"%arg{len(self.args)}", tuple(shape), dtype)
        self.args.append(value)
        self.values.append(value)
        return value

    def constant(self, text, dtype):
        name = self.fresh()
        self.emit(f"{name} = arith.constant {text} : {dtype}")
        return name

    def empty(self, shape, dtype):
        name = self.fresh()
        self.emit(f"{name} = tensor.empty() : {tensor(shape, dtype)}")
        return name

    def fill(self, shape, dtype, text=None):
        scalar = self.constant(text or zero(dtype), dtype)
        empty = self.empty(shape, dtype)
        name = self.fresh()
        t = tensor(shape, dtype)
        self.emit(f"{name} = linalg.fill ins({scalar} : {dtype}) outs({empty} : {t}) -> {t}")
        return name

    def generic(self, inputs, maps, shape, dtype, iterators, body, init=None):
        """`body` maps argument names to (lines, result name)."""
        init = init or self.empty(shape, dtype)
        name = self.fresh()
        out = tensor(shape, dtype)
        args = [f"%b{self.count}_{i}" for i in range(len(inputs) + 1)]
        ins = ""
        if inputs:
            ins = (f"ins({', '.join(v[0] for v in inputs)} : "
                   f"{', '.join(tensor(v[1], v[2]) for v in inputs)}) ")
        self.emit(f"{name} = linalg.generic {{indexing_maps = [{', '.join(maps)}], iterator_types = "
                  f"[{', '.join(chr(34) + i + chr(34) for i in iterators)}]}} {ins}"
                  f"outs({init} : {out}) {{")
        types = [v[2] for v in inputs] + [dtype]
        self.emit(f"^bb0({', '.join(f'{a}: {t}' for a, t in zip(args, types))}):")
        lines, result = body(args, f"%x{self.count}_")
        for line in lines:
            self.emit("  " + line)
        self.emit(f"  linalg.yield {result} : {dtype}")
        self.emit(f"}} -> {out}")
        value = (name, tuple(shape), dtype)
        self.values.append(value)
        return value

    def finish(self):
        if not self.results:
            self.results = [self.values[-1]]
        args = ", ".join(f"{n}: {tensor(s, t)}" for n, s, t in self.args)
        outs = ", ".join(tensor(s, t) for _, s, t in self.results)
        text = [f"  func.func @{self.name}({args}) -> ({outs}) {{"] + self.lines
        text.append(f"    return {', '.join(v[0] for v in self.results)} : {outs}")
        text.append("  }")
        return "\n".join(text)


def size(rng, most=70):
    return rng.choice([1, 2, 3, 5, rng.randint(1, most), rng.randint(1, most)])


# Steps: each takes the program and adds a value.

def elementwise(p, a, others=None):
    rng, (_, shape, dtype) = p.rng, a
    rank = len(shape)
    inputs, maps = [a], []
    perm = list(range(rank))
    if rng.random() < 0.3:
        rng.shuffle(perm)  # out dimension perm[i] is a's dimension i
    out = [0] * rank
    for i, d in enumerate(perm):
        out[d] = shape[i]
    maps.append(affine_map(rank, [f"d{d}" for d in perm]))
    for _ in range(rng.randint(0, 2)):
        keep = sorted(rng.sample(range(rank), rng.randint(0, rank)))
        other = p.argument([out[d] for d in keep], dtype)
        inputs.append(other)
        maps.append(affine_map(rank, [f"d{d}" for d in keep]))
    maps.append(affine_map(rank, [f"d{d}" for d in range(rank)]))
    is_float = dtype.startswith("f")
    use_index = rank > 0 and rng.random() < 0.2 and dtype in ("i32", "f32")

    def body(args, prefix):
        lines, value, n = [], args[0], 0

        def add(text):
            nonlocal n
            n += 1
            lines.append(f"{prefix}{n} = {text}")
            return f"{prefix}{n}"

        for other in args[1:-1]:
            op = rng.choice(["addf", "subf", "mulf", "maximumf"] if is_float else
                            ["addi", "subi", "muli", "maxsi", "xori"])
            value = add(f"arith.{op} {value}, {other} : {dtype}")
        if use_index:
            index = add(f"linalg.index {rng.randrange(rank)} : index")
            number = add(f"arith.index_cast {index} : index to i32")
            if is_float:
                number = add(f"arith.sitofp {number} : i32 to f32")
            value = add(f"arith.{'addf' if is_float else 'addi'} {value}, {number} : {dtype}")
        if is_float:
            for _ in range(rng.choice([0, 1, 1, 2, 14])):
                op = rng.choice(["math.tanh", "math.absf", "arith.negf", "math.floor"])
                value = add(f"{op} {value} : {dtype}")
        return lines, value

    return p.generic(inputs, maps, out, dtype, ["parallel"] * rank, body)


def reduction(p, a):
    rng, (_, shape, dtype) = p.rng, a
    rank = len(shape)
    if rank == 0:
        return elementwise(p, a)
    dims = rng.sample(range(rank), rng.randint(1, rank))
    kept = [d for d in range(rank) if d not in dims]
    is_float = dtype.startswith("f")
    op, start = rng.choice([("addf", "0.0"), ("maximumf", "-3.0e4")] if is_float else
                           [("addi", "0"), ("maxsi", "-100"), ("xori", "0")])
    init = p.fill([shape[d] for d in kept], dtype, start)

    def body(args, prefix):
        return [f"{prefix}1 = arith.{op} {args[1]}, {args[0]} : {dtype}"], f"{prefix}1"

    out = p.generic([a], [affine_map(rank, [f"d{d}" for d in range(rank)]),
                          affine_map(rank, [f"d{d}" for d in kept])],
                    [shape[d] for d in kept], dtype,
                    ["reduction" if d in dims else "parallel" for d in range(rank)], body, init)
    if rng.random() < 0.5 and rank <= 4 and dtype != "i8":
        # Use it where it came from: rows stay on chip.
        def combine(args, prefix):
            name = "arith.subf" if is_float else "arith.subi"
            return [f"{prefix}1 = {name} {args[0]}, {args[1]} : {dtype}"], f"{prefix}1"

        identity = affine_map(rank, [f"d{d}" for d in range(rank)])
        out = p.generic([a, out], [identity, affine_map(rank, [f"d{d}" for d in kept]), identity],
                        shape, dtype, ["parallel"] * rank, combine)
    return out


def product(p, a):
    """A contraction of `a`'s last dimension, batched over leading ones."""
    rng, (_, shape, dtype) = p.rng, a
    if not shape:
        return elementwise(p, a)
    batch = len(shape) - 2 if len(shape) > 2 else 0
    n = [size(rng)] if rng.random() < 0.85 else []
    rank = len(shape) + len(n)
    k = len(shape) - 1
    acc = {"i8": "i32", "f16": "f32"}.get(dtype, dtype)
    b_dims = list(range(batch)) + [k] + ([rank - 1] if n else [])
    extents = list(shape) + n
    order = list(b_dims)
    rng.shuffle(order)
    b = p.argument([extents[d] for d in order], dtype)
    out_dims = list(range(len(shape) - 1)) + ([rank - 1] if n else [])
    if rng.random() < 0.3:
        rng.shuffle(out_dims)
    out_shape = [extents[d] for d in out_dims]
    init = p.fill(out_shape, acc) if rng.random() < 0.8 else p.argument(out_shape, acc)[0]

    def body(args, prefix):
        lines, (x, y, old) = [], args
        if acc != dtype:
            ext = "extf" if dtype.startswith("f") else rng.choice(["extsi", "extui"])
            lines += [f"{prefix}1 = arith.{ext} {x} : {dtype} to {acc}",
                      f"{prefix}2 = arith.{ext} {y} : {dtype} to {acc}"]
            x, y = f"{prefix}1", f"{prefix}2"
        s = "f" if acc.startswith("f") else "i"
        lines += [f"{prefix}3 = arith.mul{s} {x}, {y} : {acc}",
                  f"{prefix}4 = arith.add{s} {old}, {prefix}3 : {acc}"]
        return lines, f"{prefix}4"

    return p.generic([a, b], [affine_map(rank, [f"d{d}" for d in range(len(shape))]),
                              affine_map(rank, [f"d{d}" for d in order]),
                              affine_map(rank, [f"d{d}" for d in out_dims])],
                     out_shape, acc, ["reduction" if d == k else "parallel" for d in range(rank)],
                     body, init)


def convolution(p, a):
    rng = p.rng
    h, w, c, f, stride = rng.randint(5, 12), rng.randint(5, 12), size(rng, 9), size(rng, 9), 2
    dtype = rng.choice(["f32", "f64"])
    image, kernel = p.argument([2, h, w, c], dtype), p.argument([3, 3, c, f], dtype)
    out = [2, (h - 3) // stride + 1, (w - 3) // stride + 1, f]
    init = p.fill(out, dtype)
    name = p.fresh()
    p.emit(f"{name} = linalg.conv_2d_nhwc_hwcf {{strides = dense<{stride}> : tensor<2xi64>}} "
           f"ins({image[0]}, {kernel[0]} : {tensor(image[1], dtype)}, {tensor(kernel[1], dtype)}) "
           f"outs({init} : {tensor(out, dtype)}) -> {tensor(out, dtype)}")
    value = (name, tuple(out), dtype)
    p.values.append(value)
    return value


def padded_convolution(p, a):
    """Channels last, in one to three dimensions, behind a pad."""
    rng = p.rng
    rank = rng.choice([1, 2, 2, 3])
    dtype, acc = rng.choice([("f32", "f32"), ("i8", "i32"), ("f16", "f32")])
    kernel = [rng.randint(1, 3) for _ in range(rank)]
    stride = [rng.choice([1, 1, 2, 3]) for _ in range(rank)]
    dilation = [rng.choice([1, 1, 2]) for _ in range(rank)]
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    low, high = ([rng.randint(0, 2) for _ in range(rank)] for _ in range(2))
    space = [e + rng.randint(0, {1: 40, 2: 9, 3: 4}[rank]) for e in extent]
    grown = [l + s + h for l, s, h in zip(low, space, high)]
    out = [(g - e) // s + 1 for g, e, s in zip(grown, extent, stride)]
    n, c, f = rng.randint(1, 2), size(rng, 9), size(rng, 20)
    image, weights = p.argument([n] + space + [c], dtype), p.argument(kernel + [c, f], dtype)
    scalar, name = p.constant("3" if dtype == "i8" else "-1.5", dtype), p.fresh()
    p.emit(f"{name} = tensor.pad {image[0]} low{[0] + low + [0]} high{[0] + high + [0]} {{")
    p.emit(f"^bb0({', '.join(f'%i{p.count}_{d}: index' for d in range(rank + 2))}):")
    p.emit(f"  tensor.yield {scalar} : {dtype}")
    padded = (name, tuple([n] + grown + [c]), dtype)
    p.emit(f"}} : {tensor(image[1], dtype)} to {tensor(padded[1], dtype)}")
    # Loops: n, the space, f, the window, c.
    loops, last = 2 * rank + 3, 2 * rank + 2
    rows = [f"d{1 + i} * {stride[i]} + d{rank + 2 + i} * {dilation[i]}" for i in range(rank)]
    maps = [affine_map(loops, ["d0"] + rows + [f"d{last}"]),
            affine_map(loops, [f"d{rank + 2 + i}" for i in range(rank)] + [f"d{last}", f"d{rank + 1}"]),
            affine_map(loops, [f"d{i}" for i in range(rank + 2)])]

    def body(args, prefix):
        lines, (x, y, old) = [], args
        if acc != dtype:
            ext = "extf" if dtype.startswith("f") else "extsi"
            lines += [f"{prefix}1 = arith.{ext} {x} : {dtype} to {acc}",
                      f"{prefix}2 = arith.{ext} {y} : {dtype} to {acc}"]
            x, y = f"{prefix}1", f"{prefix}2"
        s = "f" if acc.startswith("f") else "i"
        lines += [f"{prefix}3 = arith.mul{s} {x}, {y} : {acc}",
                  f"{prefix}4 = arith.add{s} {old}, {prefix}3 : {acc}"]
        return lines, f"{prefix}4"

    shape = [n] + out + [f]
    return p.generic([padded, weights], maps, shape, acc,
                     ["parallel"] * (rank + 2) + ["reduction"] * (rank + 1), body, p.fill(shape, acc))


def softmax(p, a):
    _, shape, dtype = a
    if not shape or not dtype.startswith("f"):
        return elementwise(p, a)
    name, t = p.fresh(), tensor(shape, dtype)
    empty = p.empty(shape, dtype)
    p.emit(f"{name} = linalg.softmax dimension({p.rng.randrange(len(shape))}) "
           f"ins({a[0]} : {t}) outs({empty} : {t}) -> {t}")
    value = (name, shape, dtype)
    p.values.append(value)
    return value


def movement(p, a):
    rng, (x, shape, dtype) = p.rng, a
    rank = len(shape)
    kind = rng.choice(["slice", "pad", "concat", "collapse", "insert"])
    if rank == 0 or (kind == "collapse" and rank < 2):
        return elementwise(p, a)
    name, t = p.fresh(), tensor(shape, dtype)
    if kind == "slice":
        strides = [rng.choice([1, 1, 2]) for _ in shape]
        offsets = [rng.randrange(d) for d in shape]
        sizes = [rng.randint(1, (d - o - 1) // s + 1) for d, o, s in zip(shape, offsets, strides)]
        out = sizes
        p.emit(f"{name} = tensor.extract_slice {x}{offsets} {sizes} {strides} : {t} to "
               f"{tensor(out, dtype)}")
    elif kind == "insert":
        grown = [d + rng.randint(0, 3) for d in shape]
        base = p.argument(grown, dtype)
        offsets = [rng.randint(0, g - d) for g, d in zip(grown, shape)]
        out = grown
        p.emit(f"{name} = tensor.insert_slice {x} into {base[0]}{offsets} {list(shape)} "
               f"{[1] * rank} : {t} into {tensor(out, dtype)}")
    elif kind == "pad":
        low, high = ([rng.randint(0, 2) for _ in shape] for _ in range(2))
        out = [l + d + h for l, d, h in zip(low, shape, high)]
        c = p.constant("7" if dtype.startswith("i") else "7.0", dtype)
        p.emit(f"{name} = tensor.pad {x} low{low} high{high} {{")
        p.emit(f"^bb0({', '.join(f'%i{p.count}_{d}: index' for d in range(rank))}):")
        p.emit(f"  tensor.yield {c} : {dtype}")
        p.emit(f"}} : {t} to {tensor(out, dtype)}")
    elif kind == "concat":
        dim = rng.randrange(rank)
        out = list(shape)
        out[dim] *= 2
        p.emit(f"{name} = tensor.concat dim({dim}) {x}, {x} : ({t}, {t}) -> {tensor(out, dtype)}")
    else:
        out = [shape[0] * shape[1]] + list(shape[2:])
        groups = [[0, 1]] + [[i] for i in range(2, rank)]
        p.emit(f"{name} = tensor.collapse_shape {x} {groups} : {t} into {tensor(out, dtype)}")
    value = (name, tuple(out), dtype)
    p.values.append(value)
    return value


STEPS = [elementwise, elementwise, reduction, product, product, softmax, movement, convolution,
         padded_convolution]


def make(name, seed):
    rng = random.Random(seed)
    p = Program(name, rng)
    dtype = rng.choice(FLOAT_TYPES + ("f32", "f32") + INT_TYPES)
    rank = rng.choice([0, 1, 2, 2, 2, 3, 3, 4, 5, 7])
    most = {0: 1, 1: 300, 2: 70, 3: 20, 4: 9, 5: 5, 7: 3}[rank]
    p.argument([size(rng, most) for _ in range(rank)], dtype)
    value = p.values[0]
    for _ in range(rng.randint(1, 5)):
        value = rng.choice(STEPS)(p, value)
        if rng.random() < 0.2 and len(p.results) < 2:
            p.results.append(value)
    if value not in p.results:
        p.results.append(value)
    return p
