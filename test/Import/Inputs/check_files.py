# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Model files that cannot be read, and flags that do not fit the model: what is
said, and the exit code.

    check_files.py FOLDER

Prints a line for each that differs, and a summary.
"""

import os
import subprocess
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = sys.argv[1]


def value(name, shape=(2, 3), kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def model(inputs=(value("x"),), nodes=None, weights=(), outputs=(value("y"),), change=lambda graph: None, opset=17):
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])] if nodes is None else nodes, "case",
                              list(inputs), list(outputs), list(weights))
    change(graph)
    opsets = [] if opset is None else [helper.make_opsetid("", opset)]
    made = helper.make_model(graph, ir_version=8)
    del made.opset_import[:]
    made.opset_import.extend(opsets)
    return made.SerializeToString()


def weight(name="w", kind=TensorProto.FLOAT, dims=(4,), raw=bytes(16)):
    tensor = TensorProto(name=name, data_type=kind, dims=dims)
    tensor.raw_data = raw
    return tensor


def external(**entries):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=(4,), data_location=TensorProto.EXTERNAL)
    for key, text in entries.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, text
    return tensor


def sparse(indices, shape=(2, 3), kind=TensorProto.FLOAT, dims=(2,)):
    """A change of a graph: a sparse initialiser with two values there."""
    values = weight(kind=kind, dims=dims, raw=bytes(8))
    places = numpy_helper.from_array(np.array(indices), "at")
    return lambda graph: graph.sparse_initializer.add().CopyFrom(helper.make_sparse_tensor(values, places, shape))


def chain(length, times):
    """A model with `length` functions, each of which calls the one before `times` times."""
    def steps(kind, domain):
        return [helper.make_node(kind, [f"v{i}"], [f"v{i + 1}"], domain=domain) for i in range(times)]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("my", 1)]
    made = [helper.make_function("my", f"F{i}", ["v0"], [f"v{times}"],
                                 steps(f"F{i - 1}" if i else "Relu", "my" if i else ""), opsets)
            for i in range(length)]
    graph = helper.make_graph([helper.make_node(f"F{length - 1}", ["x"], ["y"], domain="my")], "case", [value("x")],
                              [value("y")])
    return helper.make_model(graph, ir_version=8, functions=made, opset_imports=opsets).SerializeToString()


def foreign(*operators):
    """A model that imports operators of another domain only."""
    nodes = [helper.make_node(kind, [f"v{i}"], [f"v{i + 1}"], domain=domain)
             for i, (kind, domain) in enumerate(operators)]
    graph = helper.make_graph(nodes, "case", [value("v0")], [value(f"v{len(nodes)}")])
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("my", 1)]).SerializeToString()


def call(*functions, inputs=("x",)):
    """A model that calls the function F; `functions` are lists of their nodes."""
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("my", 1)]
    made = onnx.ModelProto.FromString(model(nodes=[helper.make_node("F", inputs, ["y"], domain="my")]))
    for name, nodes in zip("FG", functions):
        made.functions.append(helper.make_function("my", name, ["a"], ["b"], nodes, opsets))
    return made.SerializeToString()


SEQUENCE = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, [2])
BARE = helper.make_tensor_value_info("x", TensorProto.FLOAT, None)
RELU = helper.make_node("Relu", ["x"], ["y"])

# Contents, flags, exit code, message.
CASES = [
    (b"\x0a\xff\xff", [], 2, "is not an ONNX model: it is truncated, not a protobuf message, or nests more than 100 deep"),
    (model()[:-5], [], 2, "is not an ONNX model: it is truncated, not a protobuf message, or nests more than 100 deep"),
    (b"", [], 2, "is not an ONNX model: it has no graph"),
    # Signatures
    (model([SEQUENCE]), [], 3, "input 'x' is not a tensor (sequences, maps and optional values are not supported)"),
    (model([value("x", kind=TensorProto.COMPLEX64)]), [], 3, "input 'x': element type COMPLEX64 is not supported"),
    (model([BARE]), [], 2, "input 'x' has no shape; give it with --shape x=..."),
    (model([BARE]), ["--shape", "x=2x3"], 0, ""),
    (model([value("x", ("N", 3))]), [], 2,
     "input 'x' (Nx3) has a dynamic dimension 0; fix it with --shape x=<sizes> or --dim N=<size>"),
    (model([value("x", ("N", 3, "M")), value("z", ("N", "N"))]), ["--shape", "z=2x2"], 2,
     "input 'x' (Nx3xM) has dynamic dimensions 0, 2; fix them with --shape x=<sizes> or --dim N=<size> --dim M=<size>"),
    (model([value("x", (2**30, 2**30))]), [], 2, "input 'x' has more elements than any memory"),
    (model([value("x"), value("x")]), [], 2, "two inputs are named 'x'"),
    # Flags
    (model(), ["--shape", "x=2"], 2, "--shape gives input 'x' 1 dimensions, the model 2x3"),
    (model(), ["--shape", "x=2x4"], 2, "--shape gives dimension 1 of input 'x' size 4, but the model has 3"),
    (model([value("x", ("N", 3))]), ["--shape", "x=2x3", "--shape", "x=1x3"], 2, "--shape gives input 'x' twice"),
    (model([value("x", ("N", 3))]), ["--dim", "N=2", "--dim", "N=1"], 2, "--dim gives dimension 'N' twice"),
    (model([value("x", ("N", 3))]), ["--shape", "x=2x3x"], 2, "--shape 'x=2x3x': expected NAME=1x3x224x224"),
    (model([value("x", ("N", 3))]), ["--shape", "x=2x3", "--dim", "N=7"], 2,
     "--shape gives dimension 0 of input 'x' size 2, --dim N size 7"),
    (model([value("x", ("N", 3))]), ["--shape", "x=2x3", "--dim", "N=2"], 0, ""),
    (model(), ["--io-type", "z=i8"], 2, "--io-type names 'z', which is neither an input nor an output of the model"),
    (model(), ["--shape", "z=1"], 2, "--shape names 'z', which is not an input of the model"),
    (model(), ["--dim", "N=1"], 2, "--dim names 'N', which no input of the model has"),
    (model(), ["--constant", f"z={FOLDER}/c.npy"], 2, "--constant names 'z', which is not an input of the model"),
    (model(), ["--constant", f"x={FOLDER}/c.npy"], 2,
     "--constant gives input 'x' a value of type 'tensor<5xf32>', but the model has 2x3 of 'f32'"),
    (model(), ["--constant", f"x={FOLDER}/f8.pb"], 2, "f8.pb': no model has such an element type"),
    (model(), ["--precision", "i8"], 3,
     "cannot compute in i8: that needs scales, which the model does not have; quantise it first (QDQ), then its own "
     "types are integers"),
    # Operator sets
    (model(opset=1), [], 0, ""),
    (model(opset=28), [], 0, ""),
    (model(opset=0), [], 2, "the model uses opset 0; expected 1 to 28"),
    (model(opset=-3), [], 2, "the model uses opset -3; expected 1 to 28"),
    (model(opset=None), [], 2, "the model does not say which version of ONNX's operators it uses (opset_import)"),
    (model(opset=29), [], 3,
     "the model uses opset 29, the newest known one is 28; export it for that or an older one"),
    # Outputs are what the file says of them; sizes that the user has chosen may make them others.
    (model(outputs=[value("y", kind=TensorProto.INT32)]), [], 2,
     "output 'y' is declared as INT32, but the graph gives 'tensor<2x3xf32>'"),
    (model(outputs=[value("y", (9, 3))]), [], 2,
     "output 'y' is declared as 9x3, but the graph gives 'tensor<2x3xf32>'"),
    (model(outputs=[value("y", (6,))]), [], 2, "output 'y' is declared as 6, but the graph gives 'tensor<2x3xf32>'"),
    (model(outputs=[value("y", ("A", 3))]), [], 0, ""),
    (model(outputs=[value("y", ())]), [], 0, ""),
    (model([value("x", ("N", 3))], outputs=[value("y", (9, 3))]), ["--dim", "N=2"], 0,
     "warning: {path}: output 'y' is declared as 9x3, but the graph gives 'tensor<2x3xf32>'"),
    # Graphs
    (model(change=sparse([0, 5])), [], 0, ""),
    (model(change=sparse([0, 6])), [], 2, "sparse tensor 'w' has an index outside of its shape"),
    (model(change=sparse([[0, 0], [0, 3]])), [], 2, "sparse tensor 'w' has an index outside of its shape"),
    (model(change=sparse([-1, 0])), [], 2, "sparse tensor 'w' has an index outside of its shape"),
    (model(change=sparse([5, 0])), [], 2, "sparse tensor 'w' has indices that do not ascend"),
    (model(change=sparse([[1, 0], [1, 0]])), [], 2, "sparse tensor 'w' has indices that do not ascend"),
    (model(change=sparse([0, 1, 2])), [], 2, "sparse tensor 'w' has indices that are not i64 of shape [2] or [2, 2]"),
    (model(change=sparse([[0], [1]])), [], 2, "sparse tensor 'w' has indices that are not i64 of shape [2] or [2, 2]"),
    (model(change=sparse([0.0, 1.0])), [], 2, "sparse tensor 'w' has indices that are not i64 of shape"),
    (model(change=sparse([0, 5], dims=(1, 2))), [], 2, "sparse tensor 'w' has values that are not a list"),
    (model(change=sparse([0, 5], (2**20, 2**20))), [], 2,
     "sparse tensor 'w' has a negative size or is too large to be made dense"),
    (model(change=sparse([0, 5], kind=TensorProto.STRING)), [], 3,
     "initialiser 'w': element type STRING is not supported"),
    # Functions
    (call([helper.make_node("Relu", ["a"], ["b"])]), [], 0, ""),
    (call(), [], 3, "my.F 'y' is not supported: operators of the domain 'my' are not known"),
    (call([helper.make_node("F", ["a"], ["b"], domain="my")]), [], 2, "function 'F' calls itself"),
    (call([helper.make_node("G", ["a"], ["b"], domain="my")], [helper.make_node("F", ["a"], ["b"], domain="my")]),
     [], 2, "function 'F' calls itself"),
    (call([helper.make_node("Relu", ["x"], ["b"])]), [], 2, "Relu reads 'x', which nothing before it produces"),
    (call([helper.make_node("Relu", ["a"], ["c"])]), [], 2, "function 'F' does not produce its output 'b'"),
    (call([helper.make_node("Relu", ["a"], ["b"])], inputs=["x", "x"]), [], 2,
     "function 'F' has 1 inputs and 1 outputs, the call 2 and 1"),
    (call([helper.make_node("LSTM", ["a"], ["b"], name="inner")]), [], 3,
     "LSTM 'y/inner' is not supported: nn has no operator for loops yet"),
    (chain(64, 2), [], 3, "functions are inlined and loops are unrolled, and give more than 100000 nodes, which is not supported"),
    (chain(600, 1), [], 3, "functions that call one another more than 500 deep are not supported"),
    (chain(400, 1), [], 0, ""),
    (foreign(("A", "my"), ("B", "my")), [], 3,
     "my.A 'v1' is not supported: operators of the domain 'my' are not known"),
    (foreign(("A", "my"), ("B", "my")), [], 3,
     "my.B 'v2' is not supported: operators of the domain 'my' are not known"),
    (foreign(("A", "my"), ("Relu", "")), [], 2,
     "v2: the model uses Relu, but imports operators of other domains only (opset_import)"),
    (model(outputs=[value("y"), value("y")]), [], 2, "two outputs are named 'y'"),
    (model(outputs=[value("x")]), [], 3,
     "output 'x' is an input, which is not supported: let an Identity give it another name"),
    # All that is not supported is said at once, and what is no text is escaped.
    (model(nodes=[helper.make_node("Odd", ["x"], ["y"], domain="org.odd")], weights=[weight(kind=TensorProto.STRING)]),
     [], 3, "initialiser 'w': element type STRING is not supported"),
    (model(nodes=[helper.make_node("Odd", ["x"], ["y"], domain="org.odd")], weights=[weight(kind=TensorProto.STRING)]),
     [], 3, "org.odd.Odd 'y' is not supported"),
    (model(outputs=[value("zzz")]).replace(b"zzz", b"\xff\x1b\xe2"), [], 2,
     "nothing produces output '\\xff\\x1b\\xe2'"),
    (model([value("x", ())], outputs=[value("y", ())]), ["--shape", "x=1x1"], 0, ""),
    (model(nodes=[helper.make_node("Relu", ["z"], ["y"])]), [], 2, "Relu reads 'z', which nothing before it produces"),
    (model(nodes=[helper.make_node("Odd", ["x"], ["y"], domain="org.odd")]), [], 3,
     "org.odd.Odd 'y' is not supported: operators of the domain 'org.odd' are not known"),
    (model(nodes=[helper.make_node("Odd", ["x"], ["y"])]), [], 3, "Odd 'y' is not supported: ONNX has no such operator"),
    (model(nodes=[helper.make_node("BitCast", ["x"], ["y"])]), [], 3, "ONNX has it from opset 26 on, the model uses 17"),
    (model(nodes=[RELU, RELU]), [], 2, "'y' is produced twice"),
    (model(outputs=[value("z")]), [], 2, "nothing produces output 'z'"),
    # Constants
    (model(weights=[weight(raw=bytes(15))]), [], 2, "tensor 'w' has 15 bytes of data, expected 16"),
    (model(weights=[weight(dims=(-4,))]), [], 2, "tensor 'w' has a size of -4 that is negative or too large"),
    (model(weights=[weight(raw=b"\0ashlar" + b"\xff" * 16)]), [], 2, "tensor 'w' has 23 bytes of data, expected 16"),
    (model(weights=[weight(raw=b"\0ashlar" + bytes(16))]), [], 2, "tensor 'w' has 23 bytes of data, expected 16"),
    (model(weights=[external(location="../w.bin")]), [], 2,
     "external data '../w.bin' is not a path below the model's folder"),
    (model(weights=[external(location="w.bin\0x")]), [], 2, "is not a path below the model's folder"),
    (model(weights=[external(location="w.bin", length=str(2**64 - 1))]), [], 2,
     "external data of tensor 'w' is 18446744073709551615 bytes from byte 0 on, but 'w.bin' has 16"),
    (model(weights=[external(location="none.bin")]), [], 2, "No such file or directory"),
    (model(weights=[external(location="w.bin", offset="one")]), [], 2,
     "external data of tensor 'w' has offset 'one', expected a number"),
    (model(weights=[external(location="w.bin", offset="8", length="16")]), [], 2,
     "external data of tensor 'w' is 16 bytes from byte 8 on, but 'w.bin' has 16"),
    (model(weights=[external(location="w.bin", offset=str(2**64 - 1), length="16")]), [], 2,
     "external data of tensor 'w' is 16 bytes from byte 18446744073709551615 on, but 'w.bin' has 16"),
    (model(weights=[external(location="link.bin")]), [], 2,
     "external data 'link.bin' is a link that leaves the model's folder"),
    (model(weights=[external(location="near.bin")]), [], 0, ""),
    (model(weights=[external(location="fifo")]), [], 2, "external data 'fifo' is not a regular file"),
    (model(weights=[weight(), weight()]), [], 2, "two initialisers are named 'w'"),
]


def main():
    os.makedirs(f"{FOLDER}/folder.onnx")
    np.save(f"{FOLDER}/c.npy", np.zeros(5, np.float32))
    for name, contents in (("w.bin", bytes(16)), ("f8.pb", weight(kind=17, raw=bytes(4)).SerializeToString())):
        with open(f"{FOLDER}/{name}", "wb") as out:
            out.write(contents)
    os.symlink("/bin/sh", f"{FOLDER}/link.bin")
    os.symlink("w.bin", f"{FOLDER}/near.bin")
    os.mkfifo(f"{FOLDER}/fifo")
    failed = 0
    for i, (contents, flags, code, message) in enumerate([(None, [], 2, "' is a folder"), *CASES]):
        path = f"{FOLDER}/folder.onnx" if contents is None else f"{FOLDER}/{i}.onnx"
        if contents is not None:
            with open(path, "wb") as out:
                out.write(contents)
        done = subprocess.run(["ashlar", "compile", "--check", path, *flags], capture_output=True, text=True,
                              timeout=100)
        said = done.stdout + done.stderr
        if done.returncode != code or message.replace("{path}", path) not in said:
            failed += 1
            print(f"{i}: expected {code}, '{message}', found {done.returncode}, {said}")
    print(f"{failed} of {len(CASES) + 1} files differ")


if __name__ == "__main__":
    main()
