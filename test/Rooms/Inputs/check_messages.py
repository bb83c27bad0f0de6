# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the tests against the messages of the project: prints each message that
no test expects.

    check_messages.py ROOT ALLOWED

A message is what one statement of C++ says: its literals of two words or more,
unless the statement is none that speaks to users. Its longest piece between
values has to stand somewhere below test/ (but not here). ALLOWED lists messages that no test
can provoke, one per line: the piece, a tab, the reason.
"""

import pathlib
import re
import sys

FOLDERS = ("dialects", "include", "lib", "runtime", "tools")
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|'
    r"^[ \t]*#(?:[^\n\\]|\\.)*|[A-Za-z_]\w*|\s+|.", re.S | re.M)

# What takes text that is no message: help, statements about the program itself,
# generated sources, output of what was asked for.
NO_MESSAGE = re.compile(
    r"^(assert|static_assert|llvm_unreachable|_Pragma|notifyMatchFailure|"
    r"getDescription|getArgument|PassPipelineRegistration|registerMachinePipeline|"
    r"Option|ListOption|add_option|add_flag|add_subcommand|opt|desc|clEnumVal|clEnumValN|"
    r"ParseCommandLineOptions|MlirOptMain|mlirTranslateMain|App|Translate\w*Registration|"
    r"showProgress|printf|format|formatv|snprintf|emitHeader|os)$")
NO_MESSAGES_IN = re.compile(
    r"tools/ashlar-tblgen/Emit\w+\.cpp|lib/Machine/Presets\.cpp|tools/ashlar/Report\.cpp")


def statements(text):
    """The tokens of each statement, with their lines. The header of a function
    counts as part of its first statement."""
    tokens, line = [], 1
    for match in TOKEN.finditer(text):
        token = match.group(0)
        if token in ";{}":
            yield tokens
            tokens = [t for t in tokens if t[1] == "getDescription"] if token == "{" else []
        elif not re.match(r"//|/\*|\s", token) and not token.startswith("#"):
            tokens.append((line, token))
        line += token.count("\n")
    yield tokens


def messages(tokens):
    """The literals of a statement, adjacent ones joined, as pairs of a line and
    pieces between values."""
    if any(NO_MESSAGE.match(token) for _, token in tokens):
        return
    joined, last = [], False
    for line, token in tokens:
        if token.startswith('"'):
            text = re.sub(r"\\(.)", lambda m: " " if m[1] in "nt" else m[1], token[1:-1])
            if last:
                joined[-1][1] += text
            else:
                joined.append([line, text])
        last = token.startswith('"')
    for line, text in joined:
        yield line, re.split(r"%[-+.*0-9]*[a-z]+|\{\d*[^{} ]*\}", text)


def normal(text):
    text = re.sub(r'"\s*"', "", text).replace("\\", "")
    return re.sub(r"\s+", " ", text).lower()


def longest(pieces):
    pieces = [re.sub(r"\s+", " ", piece).strip(" '\":;,.()[]<>-=") for piece in pieces]
    pieces = [p for p in pieces if " " in p and len(re.findall("[A-Za-z]{2,}", p)) >= 2]
    return max(pieces, key=len, default="")


def main():
    root = pathlib.Path(sys.argv[1])
    rows = [line.split("\t") for line in pathlib.Path(sys.argv[2]).read_text().splitlines()]
    allowed = {row[0]: False for row in rows if len(row) == 2}
    paths = [p for p in sorted((root / "test").rglob("*"))
             if p.is_file() and p.suffix != ".onnx" and p.parent.parent.name != "Rooms"
             and p.parent.name != "Rooms"]
    tests = normal("\n".join(p.read_text(errors="replace") for p in paths))
    missing = []
    for path in [p for folder in FOLDERS for p in sorted((root / folder).rglob("*"))]:
        name = str(path.relative_to(root))
        if path.suffix not in (".cpp", ".h") or NO_MESSAGES_IN.match(name):
            continue
        for tokens in statements(path.read_text()):
            found = [(line, longest(pieces)) for line, pieces in messages(tokens)]
            line, piece = max(found, key=lambda pair: len(pair[1]), default=(0, ""))
            if piece in allowed:
                allowed[piece] = True
            elif piece and normal(piece) not in tests:
                missing.append("%s:%d: no test expects '%s'" % (name, line, piece))
    missing += ["%s: '%s' is no message" % (sys.argv[2], p) for p, used in allowed.items() if not used]
    print("\n".join(missing + ["%d without a test" % len(missing)]))
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
