# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the tests against what people type: prints each flag of a tool's command or
of a script, each option of a pass or pipeline and each function of the C interface
that no test uses, with that command, script or pass.

    check_interfaces.py ROOT BIN
"""

import pathlib
import re
import subprocess
import sys

LIT_SUFFIXES = (".mlir", ".test", ".s", ".td", ".csv")


def lit_lines(path):
    """The lines that lit runs, continued ones joined, substitutions expanded."""
    text = re.sub(r"\\\n[^\n]*RUN:", " ", path.read_text())
    defined = {}
    for line in text.splitlines():
        if found := re.search(r"DEFINE: *(%\{\w+\}) *= *(.*)", line):
            defined[found[1]] = found[2]
        elif "RUN:" in line:
            for name, value in defined.items():
                line = line.replace(name, value)
            yield line


def command_lines(root):
    """What tests run: lines of lit, and whole scripts, which make their commands."""
    for path in sorted((root / "test").rglob("*")):
        if "Rooms" in path.parts:
            continue
        if path.suffix in LIT_SUFFIXES:
            yield from lit_lines(path)
        elif path.suffix in (".py", ".sh"):
            yield " ".join(path.read_text().split())


def is_given(lines, command, flag):
    flag = re.compile(r"(?<![\w-])%s(?![\w-])" % re.escape(flag))
    return any(re.search(command, line) and flag.search(line) for line in lines)


def commands_of(binaries):
    """Pairs of a command with its help and a pattern of lines that call it."""
    yield "ashlar-plan", [binaries / "ashlar-plan"], r"\bashlar-plan\b"
    tool = binaries / "ashlar"
    text = subprocess.run([tool, "--help"], capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"^  ([a-z]+) ", text.split("Subcommands:")[1], re.M):
        yield "ashlar " + name, [tool, name], r"\bashlar[\"',]* *\[?[\"']?%s\b|[\"']%s[\"']" % (name, name)


def missing_flags(binaries, lines):
    for name, command, pattern in commands_of(binaries):
        text = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
        for short, flag in sorted(set(re.findall(r"^ +(?:(-\w), ?)?(--[a-z][a-z-]*)", text, re.M))):
            if not is_given(lines, pattern, flag) and not (short and is_given(lines, pattern, short)):
                yield "%s %s: no test gives it" % (name, flag)


def missing_translations(root, lines):
    """Flags of tools that LLVM parses, as their sources name them."""
    for folder in ("ashlar-translate", "ashlar-tblgen", "ashlar-reference"):
        text = "".join(p.read_text() for p in (root / "tools" / folder).glob("*.cpp"))
        flags = re.findall(r'Translate\w*Registration \w+\(\s*"([\w-]+)"|clEnumValN\(\s*[\w:]+,\s*"([\w-]+)"|'
                           r'cl::(?:opt|list)<[^>]*>\s+\w+\(\s*"([\w-]+)"', text)
        for flag in sorted({"--" + name for names in flags for name in names if name}):
            if not is_given(lines + build_lines(root), r"\b%s\b" % folder, flag):
                yield "%s %s: no test gives it" % (folder, flag)


def build_lines(root):
    """What the build generates is compiled into the tools, which the tests run;
    the manual is compared with docs/."""
    return ["ashlar-tblgen " + (root / file).read_text()
            for file in ("runtime/ISA/CMakeLists.txt", "dialects/nisa/CMakeLists.txt", "scripts/generate-docs")]


def missing_options(root, lines):
    for path in sorted((root / "include").rglob("Passes.td")):
        for part in re.split(r"^def ", path.read_text(), flags=re.M)[1:]:
            name = re.search(r'"([\w-]+)"', part)[1]
            for option in re.findall(r'Option<"\w+",\s*"([\w-]+)"', part):
                given = re.compile(r"%s(?:=|\{)[^}|]*?(?<![\w-])%s=" % (re.escape(name), re.escape(option)))
                if not any(given.search(line) for line in lines):
                    yield "%s: no test gives its option '%s'" % (name, option)


def missing_script_flags(root, lines):
    for path in sorted((root / "scripts").glob("run_*.py")):
        wrapper = r"scripts/(?:%s|%s)\b" % (re.escape(path.name), path.stem.removeprefix("run_").rstrip("s"))
        for flag in re.findall(r'add_argument\("(--[\w-]+)"', path.read_text()):
            if not is_given(lines, wrapper, flag):
                yield "scripts/%s %s: no test gives it" % (path.name, flag)


def missing_functions(root):
    tests = "".join(p.read_text() for p in sorted((root / "test" / "unit" / "API").iterdir()))
    header = (root / "runtime" / "include" / "ashlar" / "ashlar.h").read_text()
    for name in sorted(set(re.findall(r"\b(ashlar_\w+)\(", header))):
        if not re.search(r"\b%s\(" % name, tests):
            yield "%s: no test calls it" % name


def main():
    root, binaries = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    lines = list(command_lines(root))
    missing = [*missing_flags(binaries, lines), *missing_translations(root, lines), *missing_options(root, lines),
               *missing_script_flags(root, lines), *missing_functions(root)]
    print("\n".join(missing + ["%d without a test" % len(missing)]))
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
