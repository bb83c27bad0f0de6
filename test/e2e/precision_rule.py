# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a lower precision may cost a classifier, measured on models with expected
outputs (folders in ONNX's backend-test layout):

- the emulator's distance from the model's own outputs is at most 1.5 times that
  of the host path with the same roundings;
- the largest output of the first data set's first output is the same one, or the
  two are closer to each other than twice the host path's error: then neither is
  known at that precision, which the line says.

    precision_rule.py [--ashlar ASHLAR] [--precision bf16] [--target edge] FOLDER...

Prints a line a model and a summary; exits 1 if a rule is broken.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import numpy_helper

MOST = 1.5
# Distances below this share of the largest output are not the precision's doing.
NEGLIGIBLE = 1e-4


def read_tensor(path):
    tensor = onnx.TensorProto()
    with open(path, "rb") as file:
        tensor.ParseFromString(file.read())
    return numpy_helper.to_array(tensor).astype("f")


def run(options, folder, scratch):
    """The first output of the compiled model on the first data set."""
    model = os.path.join(folder, "model.onnx")
    data = os.path.join(folder, "test_data_set_0")
    image = os.path.join(scratch, "model.npu")
    inputs = [os.path.join(data, f"input_{i}.pb") for i in range(len(os.listdir(data)))]
    inputs = [path for path in inputs if os.path.exists(path)]
    graph = onnx.load(model, load_external_data=False).graph
    shapes = []
    for info, path in zip(graph.input, inputs):
        shapes += ["--shape", f"{info.name}=" + "x".join(map(str, read_tensor(path).shape))]
    subprocess.run([options.ashlar, "compile", model, "-o", image, "--target", options.target,
                    "--precision", options.precision, *shapes], check=True)
    subprocess.run([options.ashlar, "run", image, "--outputs", scratch, "--inputs", *inputs], check=True,
                   stdout=subprocess.DEVNULL)
    return np.load(os.path.join(scratch, graph.output[0].name.replace("/", "_") + ".npy"))


def check(options, folder):
    """What is wrong, and a line of figures."""
    done = subprocess.run([options.ashlar, "verify", folder, "--target", options.target, "--precision",
                           options.precision, "--sanitize"], capture_output=True, text=True)
    found = re.search(r", (\S+) from the model's own precision, where the host path has ([^\s)]+)", done.stdout)
    if done.returncode not in (0, 1) or not found:
        return f"exit {done.returncode}", (done.stdout + done.stderr).strip().splitlines()[:1]
    ours, host = float(found[1]), float(found[2])
    expected = read_tensor(os.path.join(folder, "test_data_set_0", "output_0.pb")).ravel()
    with tempfile.TemporaryDirectory() as scratch:
        output = run(options, folder, scratch).astype("f").ravel()
    top, wanted = int(output.argmax()), int(expected.argmax())
    largest = float(np.abs(expected).max())
    figures = f"error {ours:.3g}, host path {host:.3g}, largest output {largest:.3g}, top-1 {top} ({wanted})"
    if ours > MOST * host + NEGLIGIBLE * largest:
        return f"{ours / host if host else float('inf'):.2f} times the host path's error", figures
    gap = float(expected[wanted] - expected[top])
    if top != wanted and gap <= 2 * host:
        figures += f", {gap:.3g} apart"
    elif top != wanted:
        return f"top-1 is {top} instead of {wanted}", figures
    return "" if done.returncode == 0 else done.stdout.strip(), figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--ashlar", default="ashlar")
    parser.add_argument("--precision", default="bf16")
    parser.add_argument("--target", default="edge")
    options = parser.parse_args()
    broken = 0
    for folder in options.folders:
        wrong, figures = check(options, folder)
        broken += bool(wrong)
        print(f"{os.path.basename(os.path.normpath(folder))}: {figures}" + (f": {wrong}" if wrong else ""), flush=True)
    print(f"{len(options.folders) - broken} of {len(options.folders)} models keep the rule")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
