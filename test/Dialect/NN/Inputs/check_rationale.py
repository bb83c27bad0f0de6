# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds dialects/nn/Rationale.md against ONNX's schemas and the dialect's ODS.

    check_rationale.py FOLDER-OF-THE-DIALECT
"""

import pathlib
import re
import sys

import onnx.defs

folder = pathlib.Path(sys.argv[1])
defined = set()
for path in folder.glob("*Ops.td"):
    defined |= set(re.findall(r'def NN_\w+Op : NN_\w+<"(\w+)"', path.read_text()))

mapped, carriers, reserved = set(), set(), set()
in_onnx = False
for line in (folder / "Rationale.md").read_text().splitlines():
    in_onnx = line.startswith("| ONNX") or (in_onnx and line.startswith("|"))
    cells = line.split("|")
    if len(cells) != 4 or not line.startswith("| `"):
        continue
    if in_onnx:
        mapped |= set(re.findall(r"`(\w+)`", cells[1]))
    for name, star in re.findall(r"`(\w+)`(\*?)", cells[2]):
        (reserved if star else carriers).add(name)

wrong = []
standard = {s.name for s in onnx.defs.get_all_schemas() if s.domain == ""}
wrong += ["no row for ONNX's %s" % name for name in sorted(standard - mapped)]
wrong += ["%s is no operator of the dialect" % name for name in sorted(carriers - defined - {"nn"})]
wrong += ["%s is in ODS, not reserved" % name for name in sorted(reserved & defined)]
print("\n".join(wrong + ["%d ONNX operators mapped, %d problems" % (len(standard & mapped), len(wrong))]))
sys.exit(bool(wrong))
