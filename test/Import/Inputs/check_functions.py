# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models with functions of their own, with sparse constants, and with operators
that are composed of powers and windows, against NumPy.

    check_functions.py FOLDER GROUP...
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from check_import import main


def node(op, inputs, outputs, domain="", **attributes):
    return helper.make_node(op, inputs, outputs, domain=domain, **attributes)


def field(message, number, value):
    """`message` with a field that ONNX 1.12's schema does not have yet."""
    assert len(value) < 128
    return type(message).FromString(message.SerializeToString() + bytes([number << 3 | 2, len(value)]) + value)


def refer(made, attribute, kind, name):
    """The node's attribute has the value of the call's attribute `name`."""
    made.attribute.append(onnx.AttributeProto(name=attribute, type=kind, ref_attr_name=name))
    return made


def functions(c):
    x, b = c.floats(3, 4), c.floats(4)
    leaky = refer(node("LeakyRelu", ["a"], ["l"]), "alpha", onnx.AttributeProto.FLOAT, "slope")
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("my", 1)]
    shift = helper.make_function("my", "Shift", ["v", "by"], ["w"], [node("Add", ["v", "by"], ["w"])], opsets)
    act = helper.make_function("my", "Act", ["a", "by"], ["r", "s"],
                               [leaky, node("Shift", ["l", "by"], ["r"], "my"), node("Neg", ["a"], ["s"])],
                               opsets, ["slope"])

    def leak(x, slope):
        return np.where(x < 0, x * np.float32(slope), x)

    # A function in a function, an attribute by reference, names that both scopes have, one call's and another's.
    c.check([node("Act", ["x", "b"], ["l", "n"], "my", slope=0.25), node("Act", ["l", "x"], ["r"], "my", slope=0.5),
             node("Sub", ["r", "n"], ["y"])],
            {"x": x, "b": b}, {"y": leak(leak(x, 0.25) + b, 0.5) + x + x}, domain="my", functions=[act, shift])
    # Without the attribute the operator's own default applies, or the function's.
    plain = [node("Act", ["x", "b"], ["y"], "my")]
    c.check(plain, {"x": x, "b": b}, {"y": leak(x, 0.01) + b}, domain="my", functions=[shift, act])
    default = helper.make_attribute("slope", 0.75).SerializeToString()
    c.check(plain, {"x": x, "b": b}, {"y": leak(x, 0.75) + b}, domain="my", functions=[shift, field(act, 11, default)])
    # Overloads have one name.
    twice = helper.make_function("my", "Shift", ["v", "by"], ["w"], [node("Sub", ["v", "by"], ["w"])], opsets)
    c.check([field(node("Shift", ["x", "b"], ["y"], "my"), 8, b"down")], {"x": x, "b": b}, {"y": x - b}, domain="my",
            functions=[shift, field(twice, 13, b"down")])
    # An input that the call leaves out is absent inside, too.
    clip = helper.make_function("my", "Limit", ["a", "low", "high"], ["r"], [node("Clip", ["a", "low", "high"], ["r"])],
                                opsets)
    c.check([node("Limit", ["x", "", "h"], ["y"], "my")], {"x": x}, {"y": np.minimum(x, 0.5)}, domain="my",
            functions=[clip], weights={"h": np.float32(0.5)})
    c.check([node("Limit", ["x", "h"], ["y"], "my")], {"x": x}, {"y": np.maximum(x, 0.5)}, domain="my",
            functions=[clip], weights={"h": np.float32(0.5)})
    # A function's own opset: there, softmax of a matrix's flattened axes.
    old = helper.make_function("my", "Old", ["a"], ["r"], [node("Softmax", ["a"], ["r"], axis=0)],
                               [helper.make_opsetid("", 11)])
    e = np.exp(x - x.max())
    c.check([node("Old", ["x"], ["y"], "my")], {"x": x}, {"y": e / e.sum()}, domain="my", functions=[old])


def sparse(c):
    def tensor(name, values, indices, shape):
        return helper.make_sparse_tensor(numpy_helper.from_array(np.asarray(values), name),
                                         numpy_helper.from_array(np.asarray(indices, np.int64), name + "_at"), shape)

    x = c.floats(2, 3)
    w = np.float32([[0, 5, 0], [0, 0, -7]])
    values = np.float32([5, -7])
    add = [node("Add", ["x", "w"], ["y"])]
    c.check(add, {"x": x}, {"y": x + w}, sparse=[tensor("w", values, [1, 5], [2, 3])])
    c.check(add, {"x": x}, {"y": x + w}, sparse=[tensor("w", values, [[0, 1], [1, 2]], [2, 3])])
    c.check(add, {"x": x}, {"y": x}, sparse=[tensor("w", values[:0], np.zeros(0), [2, 3])])
    c.check([node("Constant", [], ["w"], sparse_value=tensor("w", values, [1, 5], [2, 3])), *add], {"x": x},
            {"y": x + w})
    c.check([node("Where", ["w", "x", "z"], ["y"])], {"x": x, "z": -x}, {"y": np.where(w != 0, x, -x)},
            sparse=[tensor("w", np.array([True, True]), [1, 5], [2, 3])])
    # Large enough to be a resource.
    big, at = np.zeros((40, 50), np.float32), np.sort(c.rng.choice(2000, 90, replace=False))
    big.flat[at] = c.floats(90)
    z = c.floats(3, 40)
    c.check([node("MatMul", ["z", "w"], ["y"])], {"z": z}, {"y": z @ big},
            sparse=[tensor("w", big.flat[at], at, [40, 50])])


def windows(c):
    x = c.floats(2, 5, 4, 6)

    def lrn(x, size, alpha, beta, bias):
        low, square = (size - 1) // 2, x.astype("d") ** 2
        sums = sum(np.pad(square, [(0, 0), (low, size - 1 - low)] + [(0, 0)] * (x.ndim - 2))[:, i:i + x.shape[1]]
                   for i in range(size))
        return (x / (bias + alpha / size * sums) ** beta).astype(x.dtype)

    for shape in (x, x[:, :, 0], x[:, :, 0, 0], x[:0]):
        for size in (1, 2, 3, 7):
            c.check([node("LRN", ["x"], ["y"], size=size, alpha=0.5, beta=0.6, bias=1.5)], {"x": shape},
                    {"y": lrn(shape, size, 0.5, 0.6, 1.5)})
    c.check([node("LRN", ["x"], ["y"], size=3)], {"x": x}, {"y": lrn(x, 3, 1e-4, 0.75, 1)})

    def lp_pool(x, p, window, strides=(1, 1), pads=(0, 0, 0, 0)):
        padded = np.pad(np.abs(x).astype("d") ** p, [(0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])])
        views = np.lib.stride_tricks.sliding_window_view(padded, window, (2, 3))[:, :, ::strides[0], ::strides[1]]
        return (views.sum((-1, -2)) ** (1 / p)).astype(x.dtype)

    for p in (1, 2, 3):
        c.check([node("LpPool", ["x"], ["y"], p=p, kernel_shape=[2, 3], strides=[1, 2], pads=[1, 0, 0, 2])], {"x": x},
                {"y": lp_pool(x, p, (2, 3), (1, 2), (1, 0, 0, 2))})
        c.check([node("GlobalLpPool", ["x"], ["y"], p=p)], {"x": x}, {"y": lp_pool(x, p, (4, 6))})
    c.check([node("LpPool", ["x"], ["y"], kernel_shape=[2, 2], dilations=[2, 3])], {"x": x},
            {"y": np.sqrt(sum(x[:, :, i:i + 2, j:j + 3] ** 2 for i in (0, 2) for j in (0, 3)))}, opset=18)

    # The first of several largest; before opset 13 over all that follows the axis.
    ties = np.float32([[[1, 3, 3], [3, 0, 2]], [[-1, -1, -2], [0, 0, 0]]])
    hot = np.float32([[[0, 1, 0], [1, 0, 0]], [[1, 0, 0], [1, 0, 0]]])
    c.check([node("Hardmax", ["x"], ["y"])], {"x": ties}, {"y": hot})
    c.check([node("Hardmax", ["x"], ["y"], axis=1)], {"x": ties},
            {"y": np.float32([[[0, 1, 1], [1, 0, 0]], [[0, 0, 0], [1, 1, 1]]])})
    c.check([node("Hardmax", ["x"], ["y"])], {"x": ties},
            {"y": np.float32([[[0, 1, 0], [0, 0, 0]], [[0, 0, 0], [1, 0, 0]]])}, opset=11)
    z = c.floats(3, 4)
    c.check([node("SwiGLU", ["x", "z"], ["y"], alpha=1.5)], {"x": z + 1, "z": z},
            {"y": (z + 1) / (1 + np.exp(-1.5 * (z + 1))) * z}, opset=28)


if __name__ == "__main__":
    main(globals())
