#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The demo, once built (scripts/demo builds): compiles, runs, judges.

The model is a multi-layer perceptron that scripts/train_digits_mlp.py trained on
scikit-learn's handwritten digits; the images it is judged by were held back.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "demo" / "digits_mlp"


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


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", default="edge", help="preset or target file (default: edge)")
    parser.add_argument("--ashlar", default=ROOT / "build" / "bin" / "ashlar",
                        help="the tool (default: the one in build/)")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "demo",
                        help="folder for what is made (default: build/demo)")
    arguments = parser.parse_args()

    ashlar, work = arguments.ashlar, arguments.work
    (work / "outputs").mkdir(parents=True, exist_ok=True)
    image, stats_file = work / "digits.npu", work / "stats.json"
    labels = np.load(MODEL / "test_labels.npy")
    reference = json.loads((MODEL / "reference.json").read_text())

    run(ashlar, "compile", MODEL / "model.onnx", "--dim", f"N={len(labels)}",
        "--target", arguments.target, "-o", image)
    run(ashlar, "run", image, "--inputs", MODEL / "test_inputs.npz", "--outputs",
        work / "outputs", "--timed", "--stats", stats_file)

    logits = np.load(work / "outputs" / "logits.npy")
    correct = int((logits.argmax(axis=1) == labels).sum())
    stats = json.loads(stats_file.read_text())
    print(f"{len(labels)} held-back images on '{arguments.target}':")
    print(f"  accuracy      {correct / len(labels):.4f} ({correct} of {len(labels)}; "
          f"reference {reference['correct']})")
    print(f"  cycles        {stats['cycles']:,.0f} ({stats['time_us']:,.1f} us on the machine)")
    print(f"  utilisation   {100 * stats['mxu_utilization']:.2f}% of the matrix unit")
    print(f"  dram          {stats['dram_read_bytes']:,} bytes read, "
          f"{stats['dram_write_bytes']:,} written")
    print("next:")
    print(f"  build/bin/ashlar inspect {os.path.relpath(image, ROOT)} --disassemble")
    print(f"  build/bin/ashlar run {os.path.relpath(image, ROOT)} --inputs "
          f"{(MODEL / 'test_inputs.npz').relative_to(ROOT)} --timed --profile")
    print("  README.md, docs/architecture.md")
    if correct != reference["correct"]:
        print("demo: the accuracy differs from the reference's", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
