# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What folds away while a model is imported: sequences of tensors, branches whose
condition is known and loops whose count is known, against NumPy; and what is
refused of them.

    check_subgraphs.py FOLDER GROUP...
"""

import os
import subprocess

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from check_import import main

INT, FLOAT, BOOL = TensorProto.INT64, TensorProto.FLOAT, TensorProto.BOOL


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, **attributes)


def constant(name, value):
    return node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(value), name))


def graph(nodes, outputs, inputs=(), weights=()):
    """A graph inside of a node: names only, and their element types."""
    def infos(names):
        return [helper.make_tensor_value_info(*name, None) for name in names]

    return helper.make_graph(nodes, "inside", infos(inputs), infos(outputs),
                             [numpy_helper.from_array(np.asarray(a), n) for n, a in dict(weights).items()])


def sequences(c):
    x, z = c.floats(7, 4), c.floats(7, 4)

    def pieces(attributes, split, uses, expected, opset=17):
        """Splits x, and does something with the pieces."""
        weights = {} if split is None else {"split": np.int64(split)}
        c.check([node("SplitToSequence", ["x", *weights], ["s"], **attributes), *uses], {"x": x}, expected,
                weights=weights, opset=opset)

    def at(i, name):
        return [constant(name + "i", np.int64(i)), node("SequenceAt", ["s", name + "i"], [name])]

    pieces({}, 3, at(2, "y"), {"y": x[6:]})
    pieces({}, 3, at(-2, "y") + [node("SequenceLength", ["s"], ["n"])], {"y": x[3:6], "n": np.int64(3)})
    pieces({"axis": -1}, [1, 0, 3], at(1, "a") + at(2, "y") + [node("Shape", ["a"], ["n"])],
           {"y": x[:, 1:], "n": np.int64([7, 0])})
    pieces({"axis": 1, "keepdims": 0}, None, at(3, "y"), {"y": x[:, 3]})
    pieces({"axis": 1}, None, at(3, "y"), {"y": x[:, 3:]}, opset=11)
    pieces({"axis": 1, "keepdims": 0}, 1, at(0, "y"), {"y": x[:, :1]})
    pieces({}, None, [node("ConcatFromSequence", ["s"], ["y"], axis=1)], {"y": x.reshape(1, -1)})
    pieces({"keepdims": 0}, None, [node("ConcatFromSequence", ["s"], ["y"], axis=-1, new_axis=1)], {"y": x.T.copy()})
    # Made, changed and passed on.
    c.check([node("SequenceConstruct", ["x", "z"], ["s"]), node("SequenceInsert", ["s", "x", "two"], ["t"]),
             node("Add", ["x", "z"], ["sum"]), node("SequenceInsert", ["t", "sum", "minus"], ["u"]),
             node("SequenceErase", ["u", "zero"], ["v"]), node("SequenceErase", ["v"], ["w"]),
             node("Identity", ["w"], ["q"]), node("ConcatFromSequence", ["q"], ["y"], axis=0)],
            {"x": x, "z": z}, {"y": np.concatenate([z, x + z])},
            weights={"two": np.int64(2), "minus": np.int64(-1), "zero": np.int64(0)})
    c.check([node("SequenceEmpty", [], ["s"]), node("SequenceInsert", ["s", "x"], ["t"]),
             node("SequenceAt", ["t", "zero"], ["a"]), node("Neg", ["a"], ["y"]),
             node("SequenceLength", ["s"], ["n"])], {"x": x}, {"y": -x, "n": np.int64(0)},
            weights={"zero": np.int64(0)})


def branches(c):
    x = c.floats(1, 3, 4)
    # As torch writes squeeze: only a size of 1 is dropped.
    def squeeze(axis):
        return [node("Shape", ["x"], ["shape"]), constant("axis", np.int64(axis)), constant("one", np.int64(1)),
                node("Gather", ["shape", "axis"], ["size"]), node("Equal", ["size", "one"], ["is_one"]),
                node("If", ["is_one"], ["s"],
                     then_branch=graph([node("Squeeze", ["x", "axes"], ["inner"])], [("inner", FLOAT)],
                                       weights={"axes": np.int64([axis])}),
                     else_branch=graph([node("Identity", ["x"], ["other"])], [("other", FLOAT)])),
                node("Neg", ["s"], ["y"])]

    c.check(squeeze(0), {"x": x}, {"y": -x[0]})
    c.check(squeeze(1), {"x": x}, {"y": -x})
    # One in the other, names of both branches and of what follows the same, several outputs, one a value around.
    inner = node("If", ["no"], ["r"], then_branch=graph([node("Odd", ["x"], ["q"])], [("q", FLOAT)]),
                 else_branch=graph([node("Abs", ["a"], ["q"])], [("q", FLOAT)]))
    c.check([constant("yes", True), constant("no", False), node("Neg", ["x"], ["a"]),
             node("If", ["yes"], ["u", "v"], then_branch=graph([inner, node("Add", ["r", "x"], ["t"])],
                                                               [("t", FLOAT), ("a", FLOAT)]),
                  else_branch=graph([node("Odd", ["x"], ["t"])], [("t", FLOAT), ("t", FLOAT)])),
             node("Mul", ["u", "v"], ["t"]), node("Exp", ["t"], ["y"])],
            {"x": x}, {"y": np.exp((abs(x) + x) * -x)})
    # In a function.
    f = helper.make_function("my", "F", ["a", "flag"], ["b"], [
        node("If", ["flag"], ["b"], then_branch=graph([node("Relu", ["a"], ["q"])], [("q", FLOAT)]),
             else_branch=graph([node("Neg", ["a"], ["q"])], [("q", FLOAT)]))], [helper.make_opsetid("", 17)])
    c.check([constant("yes", True), constant("no", False), helper.make_node("F", ["x", "yes"], ["s"], domain="my"),
             helper.make_node("F", ["s", "no"], ["y"], domain="my")], {"x": x}, {"y": -np.maximum(x, 0)}, domain="my",
            functions=[f])


def loop(inputs, outputs, nodes, carried, stacked=(), **more):
    """A Loop; its body's values are called i, go, and what it carries."""
    body = graph(nodes, [("again", BOOL), *carried.values(), *stacked],
                 [("i", INT), ("go", BOOL), *((name, kind) for name, (_, kind) in carried.items())], **more)
    return node("Loop", inputs, outputs, body=body)


def loops(c):
    x = c.floats(3, 4)
    same = node("Identity", ["go"], ["again"])
    c.check([constant("five", np.int64(5)),
             loop(["five", "", "x"], ["y"], [same, node("Add", ["v", "x"], ["w"])], {"v": ("w", FLOAT)})],
            {"x": x}, {"y": sum([x] * 5, x)})
    # What each run gives is stacked, its number is known, and so is what a number decides.
    c.check([constant("n", np.int64(4)), constant("limit", np.int64(2)), constant("yes", True),
             loop(["n", "yes", "x"], ["y", "z", "k"],
                  [node("Less", ["i", "limit"], ["again"]), node("Neg", ["v"], ["w"]),
                   node("Gather", ["x", "i"], ["row"], axis=1), node("Identity", ["i"], ["number"])],
                  {"v": ("w", FLOAT)}, [("row", FLOAT), ("number", INT)])],
            {"x": x}, {"y": -x, "z": x[:, :3].T.copy(), "k": np.arange(3)})
    # No run, a sequence that grows, a loop in a loop.
    c.check([constant("none", np.int64(0)), loop(["none", "", "x"], ["y"], [same, node("Exp", ["v"], ["w"])],
                                                 {"v": ("w", FLOAT)})], {"x": x}, {"y": x})
    c.check([constant("three", np.int64(3)), node("SequenceEmpty", [], ["s"]),
             loop(["three", "", "s"], ["t"], [same, node("Gather", ["x", "i"], ["row"]),
                                              node("SequenceInsert", ["v", "row"], ["w"])], {"v": ("w", FLOAT)}),
             node("ConcatFromSequence", ["t"], ["y"], axis=0)], {"x": x}, {"y": x.ravel()})
    body = graph([node("Identity", ["go2"], ["again2"]), node("Add", ["p", "x"], ["q"])], [("again2", BOOL), ("q", FLOAT)],
                 [("i2", INT), ("go2", BOOL), ("p", FLOAT)])
    inner = node("Loop", ["i", "", "v"], ["w"], body=body)
    c.check([constant("four", np.int64(4)), loop(["four", "", "x"], ["y"], [same, inner], {"v": ("w", FLOAT)})],
            {"x": x}, {"y": sum([x] * 6, x)})
    # Until the condition ends it, without a count.
    c.check([constant("six", np.int64(6)), constant("yes", True),
             loop(["", "yes", "x"], ["y"], [node("Less", ["i", "six"], ["again"]), node("Add", ["v", "x"], ["w"])],
                  {"v": ("w", FLOAT)})], {"x": x}, {"y": sum([x] * 7, x)})


RELU = node("Relu", ["x"], ["y"])
EMPTY = graph([], [("again", BOOL)], [("i", INT), ("go", BOOL)])
COUNT = constant("n", np.int64(3))
PASS = node("Identity", ["go"], ["again"])
# Nodes between x and y, exit code, message.
REFUSED = [
    ([node("SequenceConstruct", ["x", "x"], ["s"]), node("Relu", ["s"], ["y"])], 2,
     "input 0 is a sequence, expected a tensor"),
    ([node("SequenceLength", ["x"], ["y"])], 2, "input 0 is a tensor, expected a sequence"),
    ([node("SequenceConstruct", ["x"], ["y"])], 3, "output 'y' is a sequence of tensors, which is not supported"),
    ([node("SequenceConstruct", ["x", "", "x"], ["s"])], 2, "input 1 is missing"),
    ([node("Cast", ["x"], ["h"], to=TensorProto.FLOAT16), node("SequenceConstruct", ["x", "h"], ["s"])], 2,
     "the sequence has tensors of f32 and of f16"),
    ([node("SequenceConstruct", ["x"], ["s"]), COUNT, node("SequenceAt", ["s", "n"], ["y"])], 2,
     "position 3 is outside [-1, 1)"),
    ([node("SequenceConstruct", ["x"], ["s"]), node("SequenceAt", ["s"], ["y"])], 2, "the position is missing"),
    ([node("SequenceConstruct", ["x"], ["s"]), constant("p", np.int64([0, 0])), node("SequenceAt", ["s", "p"], ["y"])],
     2, "the position is not one number"),
    ([node("SequenceConstruct", ["x"], ["s"]), COUNT, node("SequenceInsert", ["s", "x", "n"], ["t"])], 2,
     "the position is not one number in [-1, 1]"),
    ([node("SequenceConstruct", ["x"], ["s"]), node("SequenceInsert", ["s", "s"], ["t"])], 2,
     "expected a tensor to insert"),
    ([node("SequenceEmpty", [], ["s"]), node("SequenceErase", ["s"], ["t"])], 2, "the sequence is empty"),
    ([node("SequenceEmpty", [], ["s"]), node("ConcatFromSequence", ["s"], ["y"], axis=0)], 2, "the sequence is empty"),
    ([node("SequenceConstruct", ["x"], ["s"]), node("ConcatFromSequence", ["s"], ["y"])], 2,
     "the attribute axis is missing"),
    ([COUNT, node("Neg", ["n"], ["m"]), node("SplitToSequence", ["x", "m"], ["s"])], 2,
     "split is not a size or a list of sizes"),
    ([constant("k", np.int64([1, 3])), node("SplitToSequence", ["x", "k"], ["s"])], 2,
     "a part has 3 of the 2 elements"),
    ([constant("k", np.int64([1])), node("SplitToSequence", ["x", "k"], ["s"])], 2,
     "the parts do not add up to the dimension's size 2"),
    ([constant("k", np.int64([1])), node("Split", ["x", "k"], ["y", "z"])], 2, "there are 1 sizes for 2 parts"),
    ([RELU, node("SplitToSequence", ["w"], ["s"])], 3, "a sequence of 5000 tensors (at most 4096)"),
    ([RELU, node("SequenceEmpty", [], ["s"]), constant("n", np.int64(5000)),
      loop(["n", "", "s"], ["t"], [PASS, node("SequenceInsert", ["v", "x"], ["z"])], {"v": ("z", FLOAT)})], 3,
     "a sequence of 4097 tensors (at most 4096)"),
    # Branches
    ([node("Cast", ["x"], ["b"], to=BOOL), node("If", ["b"], ["y"])], 3, "the condition is computed at run time"),
    ([constant("b", True), node("If", ["b"], ["y"])], 2,
     "then_branch is no graph without inputs and with 1 outputs"),
    ([constant("b", [True, False]), node("If", ["b"], ["y"])], 2, "the condition is not a single value"),
    ([node("SequenceEmpty", [], ["s"]), node("If", ["s"], ["y"])], 2, "the condition is a sequence"),
    ([constant("b", True), node("If", ["b"], ["y"], then_branch=graph([], [("q", FLOAT)]))], 2,
     "the graph inside does not produce its output 'q'"),
    ([constant("b", True), RELU, node("If", ["b"], ["y"], then_branch=graph([], [("x", FLOAT)]))], 2,
     "'y' is produced twice"),
    ([constant("b", True), node("If", ["b"], ["y"], then_branch=graph([node("Odd", ["x"], ["q"])], [("q", FLOAT)]))],
     3, "Odd 'q' is not supported"),
    # Loops
    ([RELU, node("Cast", ["x"], ["k"], to=INT), node("Loop", ["k", ""], [], body=EMPTY)], 3,
     "the number of runs is computed at run time"),
    ([COUNT, node("Loop", ["n", "", "x"], ["y"], body=EMPTY)], 2,
     "its body's inputs and outputs are not those of a loop that carries 1 values"),
    ([COUNT, loop(["n", "", ""], ["y"], [PASS, node("Neg", ["v"], ["z"])], {"v": ("z", FLOAT)})], 2,
     "input 2 is missing"),
    ([COUNT, loop(["n", "", "x"], ["y"], [node("Equal", ["v", "v"], ["e"]), node("Neg", ["v"], ["z"]),
                                          node("ReduceMin", ["e"], ["again"], keepdims=0)], {"v": ("z", FLOAT)})], 3,
     "is not supported"),
    ([COUNT, loop(["n", "", "x"], ["y"], [node("ReduceSum", ["v"], ["e"], keepdims=0), node("Neg", ["v"], ["z"]),
                                          node("Cast", ["e"], ["again"], to=BOOL)], {"v": ("z", FLOAT)})], 3,
     "whether it runs again is computed at run time"),
    ([constant("n", np.int64(0)), loop(["n", ""], ["y"], [PASS, node("Neg", ["x"], ["z"])], {}, [("z", FLOAT)])], 3,
     "it never runs and stacks what its runs give"),
    ([COUNT, loop(["n", ""], ["y"], [PASS, node("SequenceConstruct", ["x"], ["z"])], {}, [("z", FLOAT)])], 2,
     "its runs give what cannot be stacked"),
    ([loop(["", "", "x"], ["y"], [PASS, node("Neg", ["v"], ["z"])], {"v": ("z", FLOAT)})], 3,
     "functions are inlined and loops are unrolled, and give more than 100000 nodes, which is not supported"),
    ([COUNT, loop(["n", "", "x"], ["y"], [PASS, node("Neg", ["x"], ["z"])], {"x": ("z", FLOAT)})], 2,
     "'x' is produced twice"),
]


def refusals(c):
    os.makedirs(c.folder)
    infos = [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in
             (("x", (2, 3)), ("w", (5000, 1)), ("y", (2, 3)))]
    for nodes, code, message in REFUSED:
        made = helper.make_graph(nodes, "case", infos[:2], infos[2:])
        path = f"{c.folder}/{c.count}.onnx"
        onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        done = subprocess.run(["ashlar", "compile", "--check", path], capture_output=True, text=True, timeout=100)
        c.count += 1
        if done.returncode != code or message not in done.stderr:
            c.failed += 1
            print(f"{c.count - 1}: expected {code}, '{message}', found {done.returncode}, {done.stderr}")
    # A branch of a function that refers to an attribute of the call.
    leaky = node("LeakyRelu", ["a"], ["q"])
    leaky.attribute.append(onnx.AttributeProto(name="alpha", type=onnx.AttributeProto.FLOAT, ref_attr_name="slope"))
    f = helper.make_function("my", "F", ["a", "flag"], ["b"], [
        node("If", ["flag"], ["b"], then_branch=graph([leaky], [("q", FLOAT)]))], [helper.make_opsetid("", 17)], ["slope"])
    made = helper.make_graph([constant("b", True), helper.make_node("F", ["x", "b"], ["y"], domain="my", slope=0.5)],
                             "case", infos[:1], infos[2:])
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("my", 1)],
                                ir_version=8, functions=[f]), f"{c.folder}/f.onnx")
    done = subprocess.run(["ashlar", "compile", "--check", f"{c.folder}/f.onnx"], capture_output=True, text=True)
    c.count += 1
    if done.returncode != 3 or "the attribute alpha is that of a function around a branch" not in done.stderr:
        c.failed += 1
        print(f"attribute: {done.returncode}, {done.stderr}")


if __name__ == "__main__":
    main(globals())
