#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures what the project promises, and prints it as a table and as JSON.

Sections: `models` (compile time, cycles, utilisation of ONNX models on the presets),
`planner` (public allocation problems: time, distance from the lower bound), `emulator`
(host speed of kernels and of the scalar unit, against products of the host).
Models and problems come from the folder given with --models; the demo's model is
always there. What is missing is said, not skipped in silence.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = ROOT / "build" / "bin"
PRESETS = ["nano", "edge", "server", "hbm"]


def run(command, **options):
    """The finished process and the CPU seconds that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([str(part) for part in command], text=True, capture_output=True,
                            **options)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result, seconds


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def bench_model(name, model, extra, target, scratch):
    row = {"section": "models", "name": f"{name} on {target}"}
    image, stats = scratch / "model.npu", scratch / "stats.json"
    result, seconds = run([BIN / "ashlar", "compile", model, *extra, "--target", target, "-o",
                           image])
    if result.returncode != 0:
        row["error"] = f"compile: exit {result.returncode}: {last_line(result.stderr)}"
        return row
    row["compile_cpu_s"] = round(seconds, 3)
    row["image_bytes"] = image.stat().st_size
    result, seconds = run([BIN / "ashlar", "run", image, "--random-inputs", "--timed", "--stats",
                           stats])
    if result.returncode != 0:
        row["error"] = f"run: exit {result.returncode}: {last_line(result.stderr)}"
        return row
    figures = json.loads(stats.read_text())
    row["run_cpu_s"] = round(seconds, 3)
    for key in ("cycles", "macs", "mxu_utilization", "dram_read_bytes", "dram_write_bytes"):
        row[key] = figures[key]
    return row


def bench_models(models, names):
    entries = [(f"demo/{name}", ROOT / f"demo/digits_cnn/{name}.onnx", ["--dim", "N=300"])
               for name in ("model", "model_int8")]
    for words in map(shlex.split, names):
        entries.append((words[0], models / "onnx" / words[0] / "model.onnx", words[1:]))
    with tempfile.TemporaryDirectory() as scratch:
        for name, model, extra in entries:
            for target in PRESETS:
                if not model.exists():
                    yield {"section": "models", "name": name, "error": f"missing: {model.name}"}
                    break
                yield bench_model(name, model, extra, target, pathlib.Path(scratch))


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
    values = [f"{key}={value:,}" if isinstance(value, int) and not isinstance(value, bool)
              else f"{key}={value:.4g}" if isinstance(value, float)
              else f"{key}={value}"
              for key, value in row.items() if key not in ("section", "name", "line")]
    print(f"{row['section']:9} {row['name']:34} {row.get('line', '')}{'  '.join(values)}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("ASHLAR_MODELS", ROOT.parent / "shared" / "models")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(default))
    parser.add_argument("--model", action="append", default=[], metavar="'CATEGORY/NAME [FLAGS]'",
                        help="ONNX models of that folder to measure, with flags for "
                             "ashlar compile (repeatable)")
    parser.add_argument("--section", action="append", choices=["models", "planner", "emulator"])
    parser.add_argument("--capacity-factor", type=float, default=1.0,
                        help="planner: times the capacity that the problem names")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "build" / "bench.json")
    arguments = parser.parse_args()

    names = arguments.model or ["trained/digits_mlp --dim N=64", "synthetic/autoencoder"]
    sections = {"models": lambda: bench_models(arguments.models, names),
                "planner": lambda: bench_planner(arguments.models, arguments.capacity_factor),
                "emulator": bench_emulator}
    rows = []
    for section in arguments.section or sections:
        for row in sections[section]():
            rows.append(row)
            print_row(row)
    arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    print(f"written: {arguments.json}")
    sys.exit(1 if any("error" in row for row in rows) else 0)


if __name__ == "__main__":
    main()
