# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random convolutional graphs of nn before and after passes on nn: the host has
to compute the same.

    check_layouts.py FOLDER FIRST_SEED COUNT PASS...
"""

import os
import subprocess
import sys

import numpy as np


def shape_type(shape, element="f32"):
    return "tensor<%s%s>" % ("".join("%dx" % s for s in shape), element)


def array(values):
    return "array<i64: %s>" % ", ".join(str(int(v)) for v in values)


class Graph:
    """Values are (name, shape) pairs of f32, four-dimensional unless said."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.lines, self.count = [], 0

    def pick(self, items):
        return items[int(self.rng.integers(0, len(items)))]

    def emit(self, op, operands, shape, attributes=""):
        name = "%%v%d" % self.count
        self.count += 1
        self.lines.append("  %s = nn.%s %s%s : (%s) -> %s" % (
            name, op, ", ".join(n for n, _ in operands), " {%s}" % attributes if attributes else "",
            ", ".join(shape_type(s) for _, s in operands), shape_type(shape)))
        return name, tuple(shape)

    def constant(self, shape, low=-1.0, high=1.0):
        name = "%%v%d" % self.count
        self.count += 1
        data = self.rng.uniform(low, high, shape).astype("<f4")
        self.lines.append('  %s = nn.constant dense<"0x%s"> : %s' % (
            name, data.tobytes().hex().upper(), shape_type(shape)) if data.size > 1 else
            "  %s = nn.constant dense<%r> : %s" % (name, float(data.reshape(-1)[0]), shape_type(shape)))
        return name, tuple(shape)

    # Each of these takes a four-dimensional value (N, C, H, W) to another one.

    def conv(self, x):
        n, c, h, w = x[1]
        groups = self.pick([1, 1, c, 2 if c % 2 == 0 else 1])
        features, window = groups * self.pick([1, 2, 3]), self.pick([1, 1, 2, 3])
        pad, stride = self.pick([0, 1]), self.pick([1, 2])
        out = [(s + 2 * pad - window) // stride + 1 for s in (h, w)]
        if min(out) < 1:
            return x
        operands = [x, self.constant((features, c // groups, window, window))]
        if self.pick([True, False]):
            operands.append(self.constant((features,)))
        return self.emit("conv", operands, (n, features, *out), ", ".join([
            "strides = " + array([stride] * 2), "dilations = " + array([1, 1]),
            "pads = " + array([pad] * 4), "groups = %d : i64" % groups]))

    def conv_transpose(self, x):
        n, c, h, w = x[1]
        if h * w > 100:
            return x
        features = self.pick([1, 3])
        weights = self.constant((c, features, 2, 2))
        return self.emit("conv_transpose", [x, weights], (n, features, 2 * h, 2 * w), ", ".join([
            "strides = " + array([2, 2]), "dilations = " + array([1, 1]), "pads = " + array([0] * 4),
            "output_padding = " + array([0, 0])]))

    def pool(self, x):
        n, c, h, w = x[1]
        if min(h, w) < 2:
            return x
        return self.emit("pool <%s>" % self.pick(["max", "avg"]), [x], (n, c, h - 1, w - 1), ", ".join([
            "window = " + array([2, 2]), "strides = " + array([1, 1]),
            "dilations = " + array([1, 1]), "pads = " + array([0] * 4)]))

    def affine(self, x):
        c = x[1][1]
        shape = self.pick([(c, 1, 1), (1, c, 1, 1), (1, 1, 1), ()])
        op = self.pick(["mul", "add", "sub", "div"])
        operands = [x, self.constant(shape, 0.5, 2.0)]
        if op != "div" and self.pick([True, False]):
            operands.reverse()
        return self.emit(op, operands, x[1])

    def unary(self, x):
        return self.emit(self.pick(["relu", "sigmoid", "neg", "tanh"]), [x], x[1])

    def whole_constant(self, x):
        return self.emit("add", [x, self.constant(x[1][1:])], x[1])

    def gate(self, x):
        pooled = self.emit("reduce <mean>", [x], x[1][:2] + (1, 1), "axes = array<i64: 2, 3>, keep_dims")
        return self.emit("mul", [x, pooled], x[1])

    def softmax(self, x):
        return self.emit("softmax", [x], x[1], "axis = %d : i64" % self.pick([1, 2, 3]))

    def normalize(self, x):
        return self.emit("normalize", [x], x[1], "axes = %s, epsilon = 1.0e-3 : f64" % self.pick(
            [array([2, 3]), array([1]), array([1, 2, 3])]))

    def concat(self, x):
        other = self.unary(x)
        axis = self.pick([1, 2, 3])
        shape = list(x[1])
        shape[axis] *= 2
        return self.emit("concat", [x, other], shape, "axis = %d : i64" % axis)

    def slice(self, x):
        axis = self.pick([1, 2, 3])
        sizes, starts, steps = list(x[1]), [0] * 4, [1] * 4
        if sizes[axis] < 2:
            return x
        sizes[axis], starts[axis] = sizes[axis] - 1, 1
        if self.pick([True, False]):
            starts[axis], steps[axis] = sizes[axis], -1
        return self.emit("slice", [x], sizes, "starts = %s, sizes = %s, steps = %s" % (
            array(starts), array(sizes), array(steps)))

    def pad(self, x):
        low, high = [0, 0, 1, 0], [0, 1, 0, 2]
        return self.emit("pad <%s>" % self.pick(["constant", "edge"]), [x],
                         [s + l + h for s, l, h in zip(x[1], low, high)],
                         "low = %s, high = %s" % (array(low), array(high)))

    def residual(self, x):
        return self.emit("add", [x, self.unary(x)], x[1])

    def broadcast(self, x):
        row = self.emit("reduce <max>", [x], x[1][:2] + (1,) + x[1][3:], "axes = array<i64: 2>, keep_dims")
        return self.emit("broadcast", [row], x[1])

    def shuffle(self, x):
        n, c, h, w = x[1]
        if c % 2:
            return x
        split = self.emit("reshape", [x], (n, 2, c // 2, h, w))
        moved = self.emit("transpose", [split], (n, c // 2, 2, h, w), "permutation = array<i64: 0, 2, 1, 3, 4>")
        return self.emit("reshape", [moved], x[1])

    def depth_to_space(self, x):
        n, c, h, w = x[1]
        if c % 4 or h * w > 100:
            return x
        split = self.emit("reshape", [x], (n, 2, 2, c // 4, h, w))
        moved = self.emit("transpose", [split], (n, c // 4, h, 2, w, 2), "permutation = array<i64: 0, 3, 4, 1, 5, 2>")
        return self.emit("reshape", [moved], (n, c // 4, 2 * h, 2 * w))

    def swap(self, x):
        """Work on (N, H, W, C), as a channels-last front end writes it."""
        n, c, h, w = x[1]
        last = self.emit("transpose", [x], (n, h, w, c), "permutation = array<i64: 0, 2, 3, 1>")
        last = self.emit("mul", [last, self.constant((c,))], last[1])
        if self.pick([True, False]):
            last = self.emit("softmax", [last], last[1], "axis = 3 : i64")
        return self.emit("transpose", [last], x[1], "permutation = array<i64: 0, 3, 1, 2>")

    def channel_range(self, x):
        name = "%%v%d" % self.count
        self.count += 1
        self.lines.append("  %s = nn.iota {axis = 1 : i64} : %s" % (name, shape_type(x[1])))
        return self.emit("add", [x, (name, x[1])], x[1])

    def finish(self, x):
        """A head: rank and order change on the way out."""
        n, c, h, w = x[1]
        kind = self.pick(["plain", "flat", "matmul", "boxes", "argmax"])
        if kind == "flat":
            return self.emit("reshape", [x], (n, c * h * w)), "f32"
        if kind == "matmul":
            pooled = self.emit("reduce <sum>", [x], (n, c), "axes = array<i64: 2, 3>")
            product = self.emit("matmul", [pooled, self.constant((c, 5))], (n, 5))
            scaled = self.emit("mul", [product, self.constant((5,))], (n, 5))
            return self.emit("sub", [scaled, self.constant((5,))], (n, 5)), "f32"
        if kind == "boxes":
            moved = self.emit("transpose", [x], (n, h, w, c), "permutation = array<i64: 0, 2, 3, 1>")
            return self.emit("reshape", [moved], (n, h * w, c)), "f32"
        if kind == "argmax":
            name = "%%v%d" % self.count
            self.lines.append("  %s = nn.arg_reduce <max> %s {axis = 1 : i64} : (%s) -> %s" % (
                name, x[0], shape_type(x[1]), shape_type((n, h, w), "i64")))
            return (name, (n, h, w)), "i64"
        return x, "f32"

    def build(self):
        shape = (self.pick([1, 2]), self.pick([1, 3, 4]), self.pick([1, 5, 8]), self.pick([4, 7]))
        steps = [self.conv, self.conv, self.conv, self.affine, self.affine, self.affine, self.unary, self.pool,
                 self.conv_transpose, self.whole_constant, self.gate, self.softmax, self.normalize, self.concat,
                 self.slice, self.pad, self.residual, self.broadcast, self.shuffle, self.depth_to_space, self.swap,
                 self.channel_range]
        x = early = ("%x", shape)
        for number in range(int(self.rng.integers(4, 14))):
            x = self.pick(steps)(x)
            if number == 2:
                early = x
        results = [self.finish(x)]
        if early[0].startswith("%v") and self.pick([True, False]):
            results.append((early, "f32"))
        types = ", ".join(shape_type(s, e) for (_, s), e in results)
        return shape, len(results), "func.func @main(%%x: %s) -> (%s) {\n%s\n  return %s : %s\n}\n" % (
            shape_type(shape), types, "\n".join(self.lines), ", ".join(n for (n, _), _ in results), types)


def run(folder, text, x, count):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "graph.mlir")
    with open(path, "w") as out:
        out.write(text)
    np.save(os.path.join(folder, "x.npy"), x)
    subprocess.run(["ashlar-reference", path, "--outputs=" + folder,
                    "--inputs=" + os.path.join(folder, "x.npy")], check=True)
    return [np.load(os.path.join(folder, "%d.npy" % i)) for i in range(count)]


def main():
    folder, first, count, passes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    wrong = 0
    for seed in range(first, first + count):
        graph = Graph(seed)
        shape, results, text = graph.build()
        x = graph.rng.uniform(-1, 1, shape).astype("float32")
        changed = subprocess.run(["ashlar-opt", "-", *passes], input=text, capture_output=True, text=True)
        if changed.returncode:
            print("seed %d: the passes fail\n%s\n%s" % (seed, changed.stderr, text))
            wrong += 1
            continue
        before = run(os.path.join(folder, "before"), text, x, results)
        after = run(os.path.join(folder, "after"), changed.stdout, x, results)
        if not all(a.dtype == b.dtype and np.allclose(a, b, rtol=1e-4, atol=1e-5 * max(1, np.abs(b).max()))
                   for a, b in zip(after, before)):
            print("seed %d differs\n%s\n%s" % (seed, text, changed.stdout))
            wrong += 1
    print("%d of %d graphs differ" % (wrong, count))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
