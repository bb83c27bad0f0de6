# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cases of operators with windows: convolutions, transposed ones, pools."""

import numpy as np

from op_cases import FLOATS, INTS, wide


def windows(x, window, strides, dilations, pads, fill, out):
    """Yields (place, elements of the window as (N, C, taps))."""
    spatial = len(window)
    reach = [(o - 1) * s + (w - 1) * d + 1 for o, s, w, d in zip(out, strides, window, dilations)]
    high = [max(p, r - n - l) for p, r, n, l in zip(pads[spatial:], reach, x.shape[2:], pads)]
    padded = np.pad(x, [(0, 0), (0, 0)] + list(zip(pads, high)), constant_values=fill)
    for place in np.ndindex(*out):
        index = tuple(slice(p * s, p * s + (w - 1) * d + 1, d)
                      for p, s, w, d in zip(place, strides, window, dilations))
        yield place, padded[(slice(None), slice(None)) + index]


def ints(name, values):
    return "%s = array<i64: %s>" % (name, ", ".join(map(str, values)))


def random_window(c, spatial):
    window = c.shape(spatial, 1, 3)
    strides, dilations = c.shape(spatial, 1, 3), c.shape(spatial, 1, 2)
    pads = [int(p) for p in c.rng.integers(0, 3, 2 * spatial)]
    size = [int(c.rng.integers((w - 1) * d + 1, 9)) for w, d in zip(window, dilations)]
    return window, strides, dilations, pads, size


def add_layouts(c, name, operands, expected, text, tolerance):
    """An operator on (N, C, spatial...), and the same with channels last."""
    c.add(name, operands, expected, text, tolerance)
    moved = [np.moveaxis(operands[0], 1, -1)] + operands[1:]
    if len(operands) > 1:
        window = tuple(range(2, operands[1].ndim))
        moved[1] = operands[1].transpose(window + ((1, 0) if name == "conv" else (0, 1)))
    c.add(name, [np.ascontiguousarray(x) for x in moved],
          np.ascontiguousarray(np.moveaxis(expected, 1, -1)), text + ", channels_last", tolerance)


def convolutions(c):
    for dtype, other in [("float32", "float32"), ("float16", "float16"), ("float64", "float64"),
                         ("int8", "uint8"), ("uint8", "int8")] * 3:
        spatial = int(c.rng.integers(1, 4))
        window, strides, dilations, pads, size = random_window(c, spatial)
        groups, features, channels = c.shape(3, 1, 3)
        x = c.array(dtype, (2, groups * channels) + tuple(size), -2, 2)
        w = c.array(other, (groups * features, channels) + window, -2, 2)
        result = "int32" if dtype in INTS else dtype
        bias = c.array(result, (groups * features,), -2, 2)
        lane = "int32" if dtype in INTS else wide(x).dtype
        out = [(n + pads[i] + pads[i + spatial] - (window[i] - 1) * dilations[i] - 1) // strides[i] + 1
               for i, n in enumerate(size)]
        expected = np.zeros((2, groups * features) + tuple(out), lane)
        for place, taps in windows(x.astype(lane), window, strides, dilations, pads, 0, out):
            for g in range(groups):
                part = taps[:, g * channels:(g + 1) * channels].reshape(2, -1)
                kernel = w[g * features:(g + 1) * features].astype(lane).reshape(features, -1)
                expected[(slice(None), slice(g * features, (g + 1) * features)) + place] = part @ kernel.T
        expected += bias.astype(lane).reshape((1, -1) + (1,) * spatial)
        add_layouts(c, "conv", [x, w, bias], expected.astype(result),
                    ", ".join([ints("strides", strides), ints("dilations", dilations), ints("pads", pads),
                               "groups = %d : i64" % groups]), 1e-4)


def transposed_convolutions(c):
    for _ in range(12):
        spatial = int(c.rng.integers(1, 3))
        window, strides, dilations, pads, size = random_window(c, spatial)
        extra = [int(c.rng.integers(0, s)) for s in strides]
        groups, features, channels = c.shape(3, 1, 3)
        out = [(n - 1) * s + (w - 1) * d + 1 - pads[i] - pads[i + spatial] + e
               for i, (n, s, w, d, e) in enumerate(zip(size, strides, window, dilations, extra))]
        if min(out) < 1:
            continue
        x = c.array("float32", (2, groups * channels) + tuple(size), -2, 2)
        w = c.array("float32", (groups * channels, features) + window, -2, 2)
        expected = np.zeros((2, groups * features) + tuple(out), "float32")
        for place in np.ndindex(*size):
            for tap in np.ndindex(*window):
                at = tuple(p * s + t * d - l for p, s, t, d, l in zip(place, strides, tap, dilations, pads))
                if any(a < 0 or a >= o for a, o in zip(at, out)):
                    continue
                for g in range(groups):
                    part = x[(slice(None), slice(g * channels, (g + 1) * channels)) + place]
                    kernel = w[(slice(g * channels, (g + 1) * channels), slice(None)) + tap]
                    expected[(slice(None), slice(g * features, (g + 1) * features)) + at] += part @ kernel
        add_layouts(c, "conv_transpose", [x, w], expected,
                    ", ".join([ints("strides", strides), ints("dilations", dilations), ints("pads", pads),
                               ints("output_padding", extra), "groups = %d : i64" % groups]), 1e-4)


def pools(c):
    for dtype in FLOATS * 4:
        spatial = int(c.rng.integers(1, 4))
        window, strides, dilations, pads, size = random_window(c, spatial)
        pads = [min(p, w - 1) for p, w in zip(pads, window * 2)]
        ceil, include = bool(c.rng.integers(0, 2)), bool(c.rng.integers(0, 2))
        out = []
        for i, n in enumerate(size):
            span = n + pads[i] + pads[i + spatial] - (window[i] - 1) * dilations[i] - 1
            count = (span + (strides[i] - 1 if ceil else 0)) // strides[i] + 1
            out.append(count - (ceil and (count - 1) * strides[i] >= n + pads[i]))
        x = c.array(dtype, (2, 3) + tuple(size))
        best = np.zeros((2, 3) + tuple(out), wide(x).dtype)
        mean, total = best.copy(), best.copy()
        ones = np.ones((1, 1) + tuple(size))
        if include:
            ones = np.pad(ones, [(0, 0), (0, 0)] + list(zip(pads, pads[spatial:])), constant_values=1)
        counts = windows(ones, window, strides, dilations, [0] * 2 * spatial if include else pads, 0, out)
        axes = tuple(range(2, 2 + spatial))
        for (place, taps), (_, inside), (_, high) in zip(
                windows(wide(x), window, strides, dilations, pads, 0, out), counts,
                windows(wide(x), window, strides, dilations, pads, -np.inf, out)):
            where = (slice(None), slice(None)) + place
            best[where], total[where] = high.max(axes), taps.sum(axes)
            mean[where] = taps.sum(axes) / inside.sum()
        text = ", ".join([ints("window", window), ints("strides", strides), ints("dilations", dilations),
                          ints("pads", pads)] + ["ceil_mode"] * ceil)
        add_layouts(c, "pool <max>", [x], best.astype(dtype), text, None)
        add_layouts(c, "pool <sum>", [x], total.astype(dtype), text, 1e-5)
        add_layouts(c, "pool <avg>", [x], mean.astype(dtype), text + ", count_include_pad" * include, 1e-5)
