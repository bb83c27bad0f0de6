#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures what the project promises, and prints it as a table and as JSON.

Sections: `models` (a row per model and preset: cycles, utilisation, traffic, memory, compile
time, the emulator's time over ONNX Runtime's), `planner` (public allocation problems: time,
distance from the lower bound), `emulator` (host speed of kernels and of the scalar unit, against
products of the host). docs/performance.md says what the columns mean. What is missing is said,
not skipped in silence.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import tempfile

from bench_common import BIN, PRESETS, ROOT, last_line, run
from bench_models import bench_models, table_head, table_row


def bench_planner(models, capacity_factor):
    problems = sorted((models / "alloc").glob("*.csv"))
    if not problems:
        yield {"section": "planner", "name": "alloc", "error": "missing: alloc/*.csv"}
    total = 0.0
    for problem in problems:
        capacity = int(int(problem.name.split(".")[1]) * capacity_factor)
        result, seconds = run([BIN / "ashlar-plan", problem, "--capacity", capacity,
                               "--stop-at-capacity"])
        total += seconds
        row = {"section": "planner", "name": f"{problem.stem} at {capacity}",
               "cpu_s": round(seconds, 3), "fits": result.returncode == 0}
        for key, label in (("peak", "peak"), ("lower_bound", "lower bound"), ("steps", "steps")):
            match = re.search(rf"^{label} (\d+)$", result.stderr, re.MULTILINE)
            row[key] = int(match.group(1)) if match else None
        yield row
    if problems:
        yield {"section": "planner", "name": "all", "cpu_s": round(total, 3)}


def bench_emulator():
    """The benchmarks' own tables, line by line."""
    for name in ("bench-kernels", "bench-emulator"):
        binary = BIN / name
        if not binary.exists():
            yield {"section": "emulator", "name": name, "error": "not built"}
            continue
        result, seconds = run([binary])
        if result.returncode != 0:
            yield {"section": "emulator", "name": name,
                   "error": f"exit {result.returncode}: {last_line(result.stderr)}"}
            continue
        for line in result.stdout.splitlines():
            if line.strip():
                yield {"section": "emulator", "name": name, "line": line.strip()}


def print_row(row):
    if "error" in row or "skipped" in row:
        what = "error" if "error" in row else "skipped"
        target = f" on {row['target']}" if "target" in row else ""
        print(f"{row['name']}{target}: {what}: {row[what]}", flush=True)
        return
    if row["section"] == "models":
        print(table_row(row), flush=True)
        return
    values = [f"{key}={value:,}" if isinstance(value, int) and not isinstance(value, bool)
              else f"{key}={value:.4g}" if isinstance(value, float)
              else f"{key}={value}"
              for key, value in row.items() if key not in ("section", "name", "line")]
    print(f"{row['section']:9} {row['name']:34} {row.get('line', '')}{'  '.join(values)}",
          flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("ASHLAR_MODELS", ROOT.parent / "shared" / "models")
    parser.add_argument("model", nargs="*", metavar="'MODEL [FLAGS]'",
                        help="files, folders with a model.onnx, or such in the folders of models, "
                             "each with flags for ashlar compile (default: the demo's models and "
                             "a choice of those folders)")
    parser.add_argument("--models", type=pathlib.Path, action="append", default=[],
                        help="another folder of models, e.g. with resnet50 (repeatable)")
    parser.add_argument("--target", action="append", default=[],
                        help="preset or target file (repeatable; default: all presets)")
    parser.add_argument("--repetitions", type=int, default=3,
                        help="runs of which the fastest counts")
    parser.add_argument("--threads", type=int, default=2,
                        help="of the emulator and of ONNX Runtime")
    parser.add_argument("--no-onnxruntime", action="store_true",
                        help="leave out what is measured against ONNX Runtime")
    parser.add_argument("--section", action="append", choices=["models", "planner", "emulator"])
    parser.add_argument("--capacity-factor", type=float, default=1.0,
                        help="planner: times the capacity that the problem names")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "build" / "bench.json")
    arguments = parser.parse_args()
    arguments.shared = pathlib.Path(default)
    return arguments


def main():
    arguments = parse()
    folders = [*arguments.models, arguments.shared / "onnx"]
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        sections = {
            "models": lambda: bench_models(arguments.model, folders, arguments.target or PRESETS,
                                           pathlib.Path(scratch), arguments),
            "planner": lambda: bench_planner(arguments.shared, arguments.capacity_factor),
            "emulator": bench_emulator}
        chosen = arguments.section or (["models"] if arguments.model else sections)
        for section in chosen:
            if section == "models":
                print(table_head())
            for row in sections[section]():
                rows.append(row)
                print_row(row)
    arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    print(f"written: {arguments.json}")
    sys.exit(1 if any("error" in row for row in rows) else 0)


if __name__ == "__main__":
    main()
