# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the tests against the messages of the project: prints each message that
no test expects.

    check_messages.py ROOT ALLOWED

A message is what C++ puts together of literals and values with + and << or with
a format, two words or more; both sides of a `?` and each argument of a call are
messages of their own. Its longest piece between values has to stand somewhere
below test/ (but not here), and if that has less than three words, beside the
piece before or behind it. Shell and Python scripts that users start say whole
lines. ALLOWED lists messages that no test can provoke, one per line: the piece,
a tab, the reason.
"""

import pathlib
import re
import sys

FOLDERS = ("dialects", "include", "lib", "runtime", "tools")
TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|'
    r"^[ \t]*#(?:[^\n\\]|\\.)*|[A-Za-z_]\w*|\s+|.", re.S | re.M)

# What takes text that is no message: help, statements about the program itself,
# generated sources, what comes and goes on a terminal.
NO_MESSAGE = re.compile(
    r"^(assert|static_assert|llvm_unreachable|_Pragma|notifyMatchFailure|"
    r"getDescription|getArgument|PassPipelineRegistration|registerMachinePipeline|"
    r"Option|ListOption|add_option|add_flag|add_subcommand|opt|desc|clEnumVal|clEnumValN|"
    r"ParseCommandLineOptions|MlirOptMain|mlirTranslateMain|App|Translate\w*Registration|"
    r"showProgress)$")
# What writes sources or pages rather than messages.
NO_MESSAGES_IN = re.compile(
    r"tools/ashlar-tblgen/Emit\w+\.cpp|lib/Machine/Presets\.cpp|tools/ashlar/Report\.cpp|"
    r"runtime/Emulator/Trace\.cpp")
FORMAT = re.compile(r"%[-+.*0-9]*(?:[a-z]+|$)|%%|\{\d*[^{} ]*\}")


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


def ends_message(tokens, i):
    """Whether what stands before token `i` and what follows make two messages."""
    token = tokens[i][1]
    if token == ":":  # not a scope
        return tokens[i - 1][1] != ":" and tokens[i + 1: i + 2] != [(tokens[i][0], ":")]
    return token in ("?", ",", "=", "&", "|", "return")


def messages(tokens):
    """The messages of a statement: each a list of literals with their lines,
    adjacent ones joined. Of what stands in parentheses, only what is not divided
    is part of the message around them."""
    if any(NO_MESSAGE.match(token) for _, token in tokens):
        return
    outer, current, divided = [], [], False
    for i, (line, token) in enumerate(tokens):
        if token.startswith('"'):
            text = re.sub(r"\\(.)", lambda m: " " if m[1] in "nt" else m[1], token[1:-1])
            if i and tokens[i - 1][1].startswith('"'):
                current[-1][1] += text
            else:
                current.append([line, text])
        elif token == "(":
            outer.append((current, divided))
            current, divided = [], False
        elif token == ")" and outer:
            before, was_divided = outer.pop()
            if divided:
                yield current
                current = before
            else:
                current = before + current
            divided = was_divided
        elif ends_message(tokens, i):
            yield current
            current, divided = [], True
    yield from [message for message, _ in outer]
    yield current


def words(text):
    return [word for word in text.split() if re.search(r"[A-Za-z]{2}|[0-9]", word)]


def pieces_of(message):
    """What stands between the values of a message."""
    pieces = [piece for _, text in message for piece in FORMAT.split(text)]
    if not any(" " in piece for piece in pieces):
        return []  # names of something
    pieces = [re.sub(r"\s+", " ", piece).strip(" '\":;,.()[]<>-=") for piece in pieces]
    pieces = [piece for piece in pieces if words(piece)]
    return pieces if sum(len(words(piece)) for piece in pieces) > 1 else []


def normal(text):
    text = re.sub(r'"\s*"', "", text).replace("\\", "")
    return re.sub(r"\s+", " ", text).lower()


def is_expected(pieces, tests):
    """Whether the tests have the longest piece, if it is short beside another."""
    pieces = [normal(piece) for piece in pieces]
    place = max(range(len(pieces)), key=lambda i: len(pieces[i]))
    if pieces[place] not in tests:
        return False
    pairs = [pieces[i: i + 2] for i in (place - 1, place) if 0 <= i < len(pieces) - 1]
    return len(words(pieces[place])) > 2 or not pairs or any(
        re.search(".{0,200}?".join(map(re.escape, pair)), tests) for pair in pairs)


def cpp_messages(root):
    for path in [p for folder in FOLDERS for p in sorted((root / folder).rglob("*"))]:
        name = str(path.relative_to(root))
        if path.suffix not in (".cpp", ".h") or NO_MESSAGES_IN.match(name):
            continue
        for tokens in statements(path.read_text()):
            for message in messages(tokens):
                yield name, message


def script_messages(root):
    """Lines that go to the standard error or end a script."""
    for path in sorted(p for p in (root / "scripts").iterdir() if p.is_file()):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r">&2|file=sys\.stderr|sys\.exit\(f?\"|\.error\(", line):
                text = re.search(r'"(.*)"', line)
                if text:
                    values = re.sub(r"\$\{?[\w*@\[\]]*\}?", "{}", text[1])
                    yield str(path.relative_to(root)), [[number, values]]


def main():
    root = pathlib.Path(sys.argv[1])
    rows = [line.split("\t") for line in pathlib.Path(sys.argv[2]).read_text().splitlines()]
    allowed = {row[0]: False for row in rows if len(row) == 2}
    paths = [p for p in sorted((root / "test").rglob("*"))
             if p.is_file() and p.suffix not in (".onnx", ".pyc")
             and "Rooms" not in (p.parent.name, p.parent.parent.name)]
    tests = normal("\n".join(p.read_text(errors="replace") for p in paths))
    missing, count = [], 0
    for name, message in [*cpp_messages(root), *script_messages(root)]:
        pieces = pieces_of(message)
        count += bool(pieces)
        longest = max(pieces, key=len, default="")
        if longest in allowed:
            allowed[longest] = True
        elif pieces and not is_expected(pieces, tests):
            missing.append("%s:%d: no test expects '%s'" % (name, message[0][0], longest))
    missing += ["%s: '%s' is no message" % (sys.argv[2], p) for p, used in allowed.items() if not used]
    print("\n".join(missing + ["%d messages, %d without a test" % (count, len(missing))]))
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
