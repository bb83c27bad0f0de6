#!/usr/bin/env python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sources as clang-format leaves them, and under 500 lines: prints each file that is not.

usage: check_style.py ROOT
"""

import pathlib
import subprocess
import sys

MOST_LINES = 499
FORMATTED = {".cpp", ".h"}
SOURCES = FORMATTED | {".td", ".py", ".cmake"}
FOLDERS = ["cmake", "dialects", "include", "lib", "runtime", "scripts", "test", "tools"]


def sources(root):
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                yield path


def misformatted(files):
    """Those of `files` that clang-format would change."""
    done = subprocess.run(["clang-format-22", "--dry-run", "-Werror", *map(str, files)],
                          capture_output=True, text=True)
    return {line.split(":", 1)[0] for line in done.stderr.splitlines() if ": error:" in line}


def main():
    root = pathlib.Path(sys.argv[1])
    files = list(sources(root))
    wrong = {path: "not as clang-format leaves it" for path in misformatted(f for f in files if f.suffix in FORMATTED)}
    for path in files:
        lines = path.read_bytes().count(b"\n")
        if lines > MOST_LINES:
            wrong.setdefault(str(path), f"{lines} lines")
    for path, why in sorted(wrong.items()):
        print(f"{pathlib.Path(path).relative_to(root)}: {why}")
    print(f"{len(files)} files, {len(wrong)} against the rules")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
