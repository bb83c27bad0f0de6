# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the tests against the nouns of the project: prints each operation, pass,
pipeline, tool, flag and instruction that lacks a test of its own.

    check_tests.py ROOT LLVM-TBLGEN MLIR-INCLUDE
"""

import json
import pathlib
import re
import subprocess
import sys

# A pass or pipeline as a flag, or in the text of a pipeline.
RUN = r"(?:--|[(,='\"])%s(?![\w-])"
LIT_SUFFIXES = (".mlir", ".test", ".s", ".td", ".csv", ".py", ".sh")


class Tree:
    def __init__(self, root, tblgen, include):
        self.root, self.tblgen, self.include = root, tblgen, include

    def text(self, folder, *patterns):
        """All files below a folder whose names match, in one string."""
        files = sorted({p for pattern in patterns for p in (self.root / folder).rglob(pattern)})
        return "\n".join(p.read_text() for p in files)

    def run_lines(self):
        """What lit executes, scripts that tests call included."""
        lines = []
        for path in sorted((self.root / "test").rglob("*")):
            if path.suffix not in LIT_SUFFIXES:
                continue
            text = path.read_text()
            script = path.suffix in (".py", ".sh")
            lines += [line for line in text.splitlines() if script or "RUN:" in line]
        return "\n".join(lines)

    def records(self, path, kind):
        """TableGen's records of a class, as tblgen itself reads them."""
        folder = (self.root / path).parent
        command = [self.tblgen, "--dump-json", "-I", self.include, "-I", str(self.root),
                   "-I", str(folder), str(self.root / path)]
        done = subprocess.run(command, capture_output=True, check=True)
        table = json.loads(done.stdout)
        return [table[name] for name in table["!instanceof"].get(kind, [])]


def missing_dialect_tests(tree, dialect, file):
    """Each op stands in a test that parses and prints it, and where it has rules
    of its own, in one that sees them broken."""
    folder = "test/Dialect/" + dialect.upper()
    valid, invalid = [], []
    for path in sorted((tree.root / folder).rglob("*.mlir")):
        (invalid if path.stem.endswith("-invalid") else valid).append(path.read_text())
    for op in tree.records(file, "Op"):
        name = "%s.%s" % (dialect, op["opName"])
        pattern = re.compile(r"(?<![\w.'])%s(?![\w.])" % re.escape(name))
        if not any(pattern.search(line) for text in valid for line in text.splitlines()
                   if "CHECK" in line):
            yield "%s: no round trip in %s" % (name, folder)
        traits = {trait["def"] for trait in op["traits"]}
        infers = "InferTypeOpAdaptorWithIsCompatible" in traits and "NN_Elementwise" not in traits
        if op["hasVerifier"] or op["hasRegionVerifier"] or infers:
            if not any("expected-error" in part and pattern.search(part)
                       for text in invalid for part in text.split("// -----")):
                yield "%s: its rules are seen broken in no *-invalid.mlir of %s" % (name, folder)


def missing_numeric_tests(tree):
    """Each nn operator's lowering is compared with numpy, or refused with a reason."""
    folder = "test/Conversion/NNToLinalg"
    cases = tree.text(folder + "/Inputs", "*.py")
    refused = tree.text(folder, "*-invalid.mlir")
    for op in tree.records("dialects/nn/NNOps.td", "Op"):
        if not re.search(r'"%s(?: [^"]*)?"' % op["opName"], cases) and \
                not re.search(r"cannot compile nn\.%s " % op["opName"], refused):
            yield "nn.%s: no numerical check in test/Conversion/NNToLinalg" % op["opName"]


def missing_pass_tests(tree, commands):
    for path in sorted((tree.root / "include").rglob("Passes.td")):
        for record in tree.records(path.relative_to(tree.root), "PassBase"):
            if not re.search(RUN % record["argument"], commands):
                yield "%s: the pass is run by no test" % record["argument"]
    registration = r'(?:PassPipelineRegistration|registerMachinePipeline)<[^;]*?\(\s*"([\w-]+)"'
    pipelines = re.findall(registration, tree.text("lib", "*.cpp"))
    for name in sorted(set(pipelines)):
        if not re.search(RUN % name, commands):
            yield "%s: the pipeline is run by no test" % name


def missing_tool_tests(tree, commands):
    for folder in sorted(p for p in (tree.root / "tools").iterdir() if p.is_dir()):
        if not re.search(r"(?<![\w/-])%s(?![\w-])" % folder.name, commands):
            yield "%s: the tool is run by no test" % folder.name
    groups = re.findall(r'add_(?:option|flag)\w*(?:<[^>]*>)?\(\s*"(-[^"]+)"',
                        tree.text("tools", "*.cpp"))
    for group in sorted(set(groups)):
        names = [re.escape(name.split("{")[0]) for name in group.split(",")]
        if not re.search(r"(?<![\w-])(?:%s)(?![a-z-])" % "|".join(names), commands):
            yield "%s: the flag is given in no test" % group


def missing_instruction_tests(tree):
    """Each instruction is executed by a unit test of the emulator: named at the
    start of a statement of assembly, or as an operand struct or opcode. (That it
    is encoded, decoded, assembled and disassembled, generated vectors see to.)"""
    tests = ("*Test.cpp", "*.h")  # no benchmarks
    source = re.sub(r"//.*", "", tree.text("test/unit/Emulator", *tests) +
                    tree.text("test/unit/Kernels", *tests))
    for inst in tree.records("dialects/nisa/Nisa.td", "Inst"):
        mnemonic, struct = inst["opName"], inst["!name"].removesuffix("Op")
        assembly = r'(?:"|\\n|[{;:\n])\s*%s(?:\.\w+)*(?: |\\n|"|$)' % re.escape(mnemonic)
        if not re.search(assembly, source) and \
                not re.search(r"::%s\b" % struct, source):
            yield "%s: no test of the emulator executes it" % mnemonic


def main():
    tree = Tree(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    commands = tree.run_lines()
    missing = [
        *missing_dialect_tests(tree, "nn", "dialects/nn/NNOps.td"),
        *missing_dialect_tests(tree, "npu", "dialects/npu/NPU.td"),
        *missing_numeric_tests(tree),
        *missing_pass_tests(tree, commands),
        *missing_tool_tests(tree, commands),
        *missing_instruction_tests(tree),
    ]
    print("\n".join(missing + ["%d without a test" % len(missing)]))
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
