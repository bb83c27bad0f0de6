#!/usr/bin/env python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Who may include whom (docs/architecture.md): prints each include that breaks a rule.

usage: check_includes.py ROOT
"""

import pathlib
import re
import sys

# A room is a folder with one library. What each may include besides itself, the
# standard library, and what its kind allows (see `allowed_prefixes`).
DIALECTS = ["dialects/nn", "dialects/npu", "dialects/nisa"]
ROOMS = {
    # The runtime: no LLVM, no MLIR, nothing of lib/.
    "runtime/Timing": [],
    "runtime/ISA": [],
    "runtime/Assembly": ["runtime/ISA"],
    "runtime/Image": ["runtime/ISA", "runtime/Timing", "runtime/Assembly"],
    "runtime/Emulator": ["runtime/ISA", "runtime/Timing", "runtime/Assembly"],
    "runtime/API": ["runtime/include", "runtime/ISA", "runtime/Timing", "runtime/Image",
                    "runtime/Emulator"],
    "runtime/include": [],
    # Dialects: upstream and themselves. nisa's encoder is generated from the
    # same records as the instruction tables.
    "dialects/nn": [],
    "dialects/npu": [],
    "dialects/nisa": ["runtime/ISA"],
    # The compiler.
    "lib/Machine": ["runtime/Timing"],
    "lib/Planner": [],
    "lib/IO": ["runtime/Image"],
    "lib/Match": ["dialects/npu", "lib/Machine", "runtime/Timing"],
    "lib/Import/Mlir": [],
    "lib/Import/Onnx": ["dialects/nn"],
    "lib/Graph": ["dialects/nn"],
    "lib/Conversion/NNToLinalg": ["dialects/nn"],
    "lib/Conversion/NNToNPU": ["dialects/nn", "dialects/npu"],
    "lib/Conversion/LinalgToNPU": ["dialects/npu", "lib/Match", "lib/Machine",
                                   "runtime/Timing"],
    "lib/Conversion/NPUToLinalg": ["dialects/npu"],
    "lib/Schedule": ["dialects/npu", "lib/Match", "lib/Machine", "runtime/Timing"],
    "lib/Tile": ["dialects/npu", "lib/Machine", "lib/Planner", "runtime/Timing"],
    "lib/Codegen": ["dialects/npu", "dialects/nisa", "lib/Machine", "lib/Image",
                    "runtime/ISA", "runtime/Timing", "runtime/Image"],
    "lib/Image": ["dialects/nisa", "runtime/ISA", "runtime/Timing", "runtime/Image"],
    "lib/Reference": DIALECTS[:2] + ["lib/IO", "lib/Conversion/NNToLinalg",
                                     "lib/Conversion/NPUToLinalg"],
}
# These see everything but the tools.
OPEN_ROOMS = ["lib/Pipeline", "tools"]

# Libraries beyond the standard one, and who may use them.
LIBRARIES = {
    "hwy": ["runtime/Emulator"],
    "google": ["runtime/Image", "runtime/API", "lib/IO", "lib/Import/Onnx", "tools"],
    "onnx": ["lib/Import/Onnx"],
    "nlohmann": ["runtime/Emulator", "runtime/API", "lib/Pipeline", "lib/Schedule",
                 "lib/IO", "tools"],
    "CLI": ["tools"],
    "elf": ["runtime/Image"],
    "gelf": ["runtime/Image"],
    "libelf": ["runtime/Image"],
    "zip": ["lib/IO"],
    "zlib": ["runtime/Image", "lib/IO"],
}
# The image's protobuf schema: for who reads and writes it.
SCHEMA = "Image/Image.pb.h"
SCHEMA_ROOMS = ["runtime/Image"]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def room_of(path):
    """The room of a file or of an include written from the root."""
    parts = path.split("/")
    for length in range(len(parts), 0, -1):
        room = "/".join(parts[:length])
        if room in ROOMS or room in OPEN_ROOMS:
            return room
    # Public headers belong to the library of the same name.
    if path.startswith("include/ashlar/"):
        return room_of("lib/" + path[len("include/ashlar/"):])
    return None


def target_room(include):
    """The room that an include leads to, or None if it leads out of the project."""
    if include == "ashlar/ashlar.h":
        return "runtime/include"
    if include.startswith("ashlar/"):
        return room_of("include/" + include) or "?"
    if include.split("/")[0] in ("dialects", "lib", "tools", "test"):
        return room_of(include) or "?"
    return room_of("runtime/" + include)


def problem(path, include, root):
    room = room_of(path)
    if room is None:
        return "the file is in no room that test/Rooms/Inputs/check_includes.py knows"
    if (root / path).parent.joinpath(include).exists():
        target = room_of(str((root / path).parent.joinpath(include).resolve()
                             .relative_to(root.resolve())))
        return None if target == room else f"{room} reaches into {target} by a relative path"
    first = include.split("/")[0]
    if room.startswith("runtime/") or room == "lib/Planner":
        if first in ("llvm", "llvm-c", "mlir", "mlir-c", "clang"):
            return f"{room} must not include LLVM or MLIR"
    library = first.removesuffix(".h")
    if library in LIBRARIES:
        users = LIBRARIES[library]
        return None if room in users else f"only {', '.join(users)} may use {library}"
    if include == SCHEMA and room not in SCHEMA_ROOMS:
        return f"only {', '.join(SCHEMA_ROOMS)} may use the image's schema"
    target = target_room(include)
    if target is None or target == room:
        return None
    if target.split("/")[0] == "tools":
        return "nobody includes tools"
    if room in OPEN_ROOMS or target in ROOMS[room]:
        return None
    return f"{room} must not include {target}"


def main():
    root = pathlib.Path(sys.argv[1])
    failures = checked = 0
    for folder in ("runtime", "dialects", "include", "lib", "tools"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".c", ".inc"):
                continue
            name = str(path.relative_to(root))
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                checked += 1
                reason = problem(name, match.group(1), root)
                if reason:
                    failures += 1
                    print(f"{name}:{number}: {match.group(1)}: {reason}")
    print(f"{checked} includes, {failures} against the rules")
    sys.exit(1 if failures or not checked else 0)


if __name__ == "__main__":
    main()
