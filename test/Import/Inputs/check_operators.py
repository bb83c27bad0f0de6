# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""nn's Rationale, the list of operators that are not imported, and the importer
say the same of every operator of ONNX.

    check_operators.py RATIONALE NOT_IMPORTED.def FOLDER
"""

import re
import subprocess
import sys

import onnx
from onnx import TensorProto, helper

DAGGER = "\N{DAGGER}"


def read_rationale(path):
    """Operators of the table: whether a dagger marks them, and their carriers."""
    with open(path, encoding="utf-8") as file:
        table = file.read().split("## Where every ONNX operator goes")[1].split("\n## ")[0]
    operators = {}
    for row in table.splitlines():
        if row.startswith("| `"):
            names, carriers = row.split("|")[1:3]
            for name, mark in re.findall(f"`(\\w+)`({DAGGER}?)", names):
                operators[name] = (mark == DAGGER, carriers)
    return operators


def main():
    rationale, listed, folder = sys.argv[1:]
    operators = read_rationale(rationale)
    with open(listed, encoding="utf-8") as file:
        refused = {m[0]: m[1] for m in re.findall(r"^NOT_IMPORTED\((\w+), \d+, (\w+),", file.read(), re.M)}
    problems = [f"{name}: in ONNX {onnx.__version__}, not in the Rationale" for name in
                {s.name for s in onnx.defs.get_all_schemas() if not s.domain} - set(operators)]
    for name in set(operators) | set(refused):
        marked, carriers = operators.get(name, (False, ""))
        if marked != (name in refused):
            problems.append(f"{name}: a dagger in the Rationale or an entry in the list, not both")
        if refused.get(name) == "Expressible" and "*" in carriers:
            problems.append(f"{name}: expressible, but by what nn reserves")
        if refused.get(name) == "Missing" and "*" not in carriers:
            problems.append(f"{name}: missing, but all that carries it is there")

    # What the importer says: no operator is unknown to it or to the list.
    nodes = [helper.make_node(name, [], [f"{name}_out"], name=f"<{name}>") for name in operators]
    graph = helper.make_graph(nodes, "all", [], [helper.make_tensor_value_info("Abs_out", TensorProto.FLOAT, [])])
    path = f"{folder}/all.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 28)], ir_version=8), path)
    said = subprocess.run(["ashlar", "compile", "--check", path], capture_output=True, text=True, timeout=100).stderr
    for name in operators:
        lines = [line for line in said.splitlines() if f"<{name}>" in line]
        unlisted = any("ONNX has no such operator" in line for line in lines)
        imported = any("breaks the ONNX specification" in line for line in lines)
        if name == "SequenceEmpty" and not lines:  # needs no input
            continue
        if unlisted or imported == (name in refused) or not lines:
            problems.append(f"{name}: the importer says {lines}")
    print("\n".join(problems))
    print(f"{len(problems)} of {len(operators)} operators differ")


if __name__ == "__main__":
    main()
