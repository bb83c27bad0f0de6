# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check-target-files.py PRESET.yaml FOLDER: what `ashlar targets` says of target
files that are one change away from a good one. Prints a line for each that is
not refused as it should be, and a summary."""

import os
import re
import subprocess
import sys


def key(name, value):
    """Sets `section.key`, or replaces what follows a key of the first column."""
    section, _, last = name.rpartition(".")

    def change(text):
        head, body = re.split(rf"(?m)^(?={section}:)", text, maxsplit=1) if section else ("", text)
        changed = re.sub(rf"(?m)^( *{last}): .*", rf"\1: {value}", body, count=1)
        assert changed != body, name
        return head + changed
    return change


def append(text):
    return lambda old: old + text


def whole(text):
    return lambda _: text


CASES = [
    (whole("- a\n- b\n"), ":1: expected a target file with the keys name, chip"),
    (whole(""), ":1: expected a target file with the keys name, chip"),
    (whole("name: [\n"), "error: "),
    (whole("name: x\nchip: 3\n"), ":2: chip: expected keys (cores"),
    (whole("name: x\nchip:\n  [1]: 3\n"), ": chip: expected a plain key"),
    (whole("[1]: 3\n"), ":1: expected a plain key"),
    (whole("name: {a: b}\n"), ":1: name: expected a single value"),
    (whole("name: x\n"), "chip.clock: missing key"),
    (whole("chip:\n  cores: 1\n"), "name: missing key"),
    (whole("#" * 70000), ":1: not a target file: longer than 65536 bytes"),
    (append("name: x\n"), "name: duplicate key; first on line"),
    (append("colour: 1\n"), "colour: unknown key; a target file has name, chip"),
    (append("---\nname: x\n"), ":1: expected one document, found several"),
    (key("name", "a b"), "name: expected up to 64 letters, digits, '-', '_' and '.', found 'a b'"),
    (key("chip.cores", "many"), "a number"),
    (key("chip.cores", "0"), "chip.cores: must be from 1 to"),
    (key("chip.cores", "1.5"), "chip.cores: must be a whole number, not 1.5"),
    (key("chip.cores", "2"), "chip.core_link: must be positive on a machine of several cores"),
    (key("chip.clock", "fast"), "a frequency with its unit, such as 1.2 GHz (MHz, GHz)"),
    (key("dram.bandwidth", "32"), "a bandwidth with its unit, such as 32 GB/s (B/cycle, MB/s, GB/s, TB/s)"),
    (key("dram.bandwidth", "0 GB/s"), " (bytes a cycle)"),
    (key("dram.latency", "150"), "a time with its unit, such as 150 ns (cycles, ns, us)"),
    (key("dram.capacity", "4"), "a size with its unit, such as 512 KiB (B, KiB, MiB, GiB, KB, MB, GB)"),
    (key("dram.burst", "48 B"), "dram.burst: must be a power of two, not 48"),
    (key("scratchpad.line", "48 B"), "scratchpad.line: must be a power of two, not 48"),
    (key("scratchpad.capacity", "5000 B"), "scratchpad.capacity: must be whole lines of 64 bytes, not 5000"),
    (key("scratchpad.bandwidth", "500 B/cycle"), "scratchpad.bandwidth: must be whole lines of 64 bytes, not 500"),
    (key("matrix.k", "12"), "matrix.k: must be a multiple of 8 (f32 runs at an eighth), not 12"),
    (key("matrix.float8", "maybe"), "true or false"),
    (key("matrix.accumulators", "1000 B"), "matrix.accumulators: must be whole rows of 128 bytes, not 1000"),
    (key("copy.bytes_in_flight", "32 B"), "copy.bytes_in_flight: must hold a burst of 64 bytes, not 32"),
    (key("scalar.instruction_memory", "2001 B"), "scalar.instruction_memory: must be whole words of 8 bytes, not 2001"),
]


def main():
    good = open(sys.argv[1]).read()
    os.makedirs(sys.argv[2], exist_ok=True)
    failed = 0
    for i, (change, message) in enumerate(CASES):
        path = f"{sys.argv[2]}/{i}.yaml"
        with open(path, "w") as out:
            out.write(change(good))
        done = subprocess.run(["ashlar", "targets", path], capture_output=True, text=True, timeout=60)
        if done.returncode != 2 or message not in done.stderr:
            failed += 1
            print(f"{i}: expected '{message}', found {done.returncode}, {done.stderr}")
    print(f"{failed} of {len(CASES)} target files differ")


if __name__ == "__main__":
    main()
