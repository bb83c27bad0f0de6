#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The demo, once built (scripts/demo builds): compiles, runs, judges.

The model is a convolutional network that scripts/train_digits_cnn.py trained on
scikit-learn's handwritten digits, in f32 and quantised to int8; the images that both
are judged by were held back.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "demo" / "digits_cnn"
KINDS = {"f32": "model", "int8": "model_int8"}


def run(*command):
    """Runs a step; its own message is the explanation when it fails."""
    result = subprocess.run([str(part) for part in command], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE)
    if result.returncode != 0:
        print(result.stdout, end="")
        print(f"demo: '{pathlib.Path(command[0]).name} {command[1]}' failed with exit code "
              f"{result.returncode}", file=sys.stderr)
        sys.exit(result.returncode)
    return result.stdout


def measure(ashlar, work, kind, labels, target):
    """The statistics of one timed run, with the number of right answers."""
    outputs = work / kind
    outputs.mkdir(parents=True, exist_ok=True)
    stats_file = outputs / "stats.json"
    image = work / f"digits_{kind}.npu"
    run(ashlar, "compile", MODEL / f"{KINDS[kind]}.onnx", "--dim", f"N={len(labels)}",
        "--target", target, "-o", image)
    run(ashlar, "run", image, "--inputs", MODEL / "test_inputs.npz", "--outputs", outputs,
        "--timed", "--stats", stats_file)
    stats = json.loads(stats_file.read_text())
    logits = np.load(outputs / "logits.npy")
    stats["correct"] = int((logits.argmax(axis=1) == labels).sum())
    stats["image_bytes"] = image.stat().st_size
    return stats


def print_table(rows, reference, images):
    def line(title, cell):
        print(f"  {title:<12}" + "".join(f"{cell(kind, row):>22}" for kind, row in rows.items()))

    line("", lambda kind, row: kind)
    line("accuracy", lambda kind, row: f"{row['correct'] / images:.4f} ({row['correct']})")
    line("reference", lambda kind, row: f"{reference[KINDS[kind]]['accuracy']:.4f} "
         f"({reference[KINDS[kind]]['correct']})")
    line("cycles", lambda kind, row: f"{row['cycles']:,.0f}")
    line("time", lambda kind, row: f"{row['time_us']:,.1f} us")
    line("utilisation", lambda kind, row: f"{100 * row['mxu_utilization']:.1f}%")
    line("dram read", lambda kind, row: f"{row['dram_read_bytes']:,} B")
    line("dram written", lambda kind, row: f"{row['dram_write_bytes']:,} B")
    line("image", lambda kind, row: f"{row['image_bytes']:,} B")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default="edge", help="preset or target file (default: edge)")
    parser.add_argument("--ashlar", default=ROOT / "build" / "bin" / "ashlar",
                        help="the tool (default: the one in build/)")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "demo",
                        help="folder for what is made (default: build/demo)")
    arguments = parser.parse_args()

    labels = np.load(MODEL / "test_labels.npy")
    reference = json.loads((MODEL / "reference.json").read_text())
    rows = {kind: measure(arguments.ashlar, arguments.work, kind, labels, arguments.target)
            for kind in KINDS}
    print(f"{len(labels)} held-back images on '{arguments.target}':")
    print_table(rows, reference, len(labels))

    image = os.path.relpath(arguments.work / "digits_int8.npu", ROOT)
    print("next:")
    print(f"  build/bin/ashlar inspect {image} --disassemble")
    print(f"  build/bin/ashlar run {image} --inputs "
          f"{(MODEL / 'test_inputs.npz').relative_to(ROOT)} --timed --profile")
    print("  README.md, docs/architecture.md")
    for kind, row in rows.items():
        if row["correct"] != reference[KINDS[kind]]["correct"]:
            print(f"demo: the accuracy of {kind} differs from the reference's", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
