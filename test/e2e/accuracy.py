# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Images of Fashion-MNIST's test set that quantised classifiers get right, beside
what ONNX Runtime gets right of them (npm's onnxruntime-node 1.30, the same with
and without optimisations).

    accuracy.py MODELS [--target edge] [--batch 1667] [--only NAME]

MODELS is the folder of the shared models. Exits 1 if a count differs by more than
0.2% of the images.
"""

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np

ONNX_RUNTIME = {"fashion_cnn_int8": 6017, "fashion_mobile_uint8_pertensor": 5980, "fashion_mobile_int8": 5989}
MOST = 0.002


def count_correct(options, name, images, labels, scratch):
    image = os.path.join(scratch, name + ".npu")
    subprocess.run([options.ashlar, "compile", os.path.join(options.models, "onnx/trained-int8", name, "model.onnx"), "-o",
                    image, "--dim", f"N={options.batch}", "--target", options.target], check=True)
    correct = 0
    for first in range(0, len(images), options.batch):
        part = images[first:first + options.batch]
        filled = np.concatenate([part, np.zeros((options.batch - len(part), *part.shape[1:]), part.dtype)])
        np.save(os.path.join(scratch, "x.npy"), filled)
        subprocess.run([options.ashlar, "run", image, "--inputs", f"image={scratch}/x.npy", "--outputs", scratch],
                       check=True, stdout=subprocess.DEVNULL)
        logits = np.load(os.path.join(scratch, "logits.npy"))[:len(part)]
        correct += int((logits.argmax(1) == labels[first:first + options.batch]).sum())
    return correct


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models")
    parser.add_argument("--ashlar", default="ashlar")
    parser.add_argument("--target", default="edge")
    parser.add_argument("--batch", type=int, default=1667)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    data = np.load(os.path.join(options.models, "datasets/fashion-mnist_test_0-6666.npz"))
    labels = data["labels"]
    images = ((data["images"].astype("f") / 255 - 0.2860) / 0.3530)[:, None].astype("f")
    wrong = 0
    for name, expected in ONNX_RUNTIME.items():
        if options.only not in name:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            correct = count_correct(options, name, images, labels, scratch)
        differs = abs(correct - expected) > MOST * len(labels)
        wrong += differs
        print(f"{name}: {correct} of {len(labels)} right, ONNX Runtime {expected}" + (": differs" if differs else ""),
              flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
