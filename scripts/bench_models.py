# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The models' part of scripts/bench: one row per model and preset.

What the columns mean stands in docs/performance.md.
"""

import json
import os
import pathlib
import shutil
import subprocess
import time

from bench_common import BIN, ROOT, last_line, run

# What `ashlar compile` gets for a model of the shared folder that leaves
# dimensions open, and what else is measured by default.
DEFAULT = ["classification/onnxmlir_mnist", "detection/ultraface_slim_320_simplified",
           "segmentation/selfie_segmentation", "super-resolution/espcn_x3_224",
           "synthetic/autoencoder", "trained/digits_cnn --dim N=16",
           "trained/fashion_mobile --dim N=16", "trained-int8/fashion_mobile_int8 --dim N=16",
           "trained-int8/ultraface_slim_int8"]
# In the folder that --models names; no file, no row.
TORCHVISION = ["resnet50 --precision bf16", "resnet50_int8", "mobilenet_v2", "mobilenet_v2_int8"]

COLUMNS = [  # key, heading, format
    ("cycles", "cycles", "{:,}"), ("time_us", "us", "{:.5g}"), ("mxu", "mxu", "{:.1%}"),
    ("queued_cycles", "queued", "{:,}"), ("queued_mxu", "q mxu", "{:.1%}"),
    ("roofline", "roof", "{:.1%}"), ("dram_over_compulsory", "dram/c", "{:.2f}"),
    ("sram_over_bound", "sram/b", "{:.2f}"), ("estimated_over_cycles", "est/cyc", "{:.2f}"),
    ("compile_s", "compile s", "{:.1f}"), ("image_bytes", "image", "{:,}"),
    ("functional_s", "run s", "{:.3f}"), ("timed_over_functional", "timed/run", "{:.2f}"),
    ("functional_over_ort", "run/ort", "{:.1f}"), ("timed_over_ort", "timed/ort", "{:.1f}")]


class OnnxRuntime:
    """npm's onnxruntime-node, from $ORT_NODE_DIR or build/ort, where it is installed if need be."""

    def __init__(self, threads, repetitions, wanted):
        self.threads, self.repetitions, self.known = threads, repetitions, {}
        self.folder = pathlib.Path(os.environ.get("ORT_NODE_DIR", ROOT / "build" / "ort"))
        self.missing = self.find() if wanted else "not wanted"

    def find(self):
        """Why it cannot be used, or None."""
        if not shutil.which("node"):
            return "no node"
        package = self.folder / "node_modules" / "onnxruntime-node"
        if not package.exists() and shutil.which("npm"):
            self.folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["npm", "install", "--prefix", str(self.folder), "--silent",
                            "onnxruntime-node"], capture_output=True, check=False)
        return None if package.exists() else f"no {package}"

    def seconds(self, model, flags):
        """Seconds of one run, or None where it has none."""
        if self.missing:
            return None
        key = (str(model), tuple(flags))
        if key not in self.known:
            dims = [value for flag, value in zip(flags, flags[1:]) if flag == "--dim"]
            result, _ = run(["node", ROOT / "scripts" / "bench_onnxruntime.js", self.folder, model,
                             self.threads, self.repetitions, *dims])
            self.known[key] = (json.loads(result.stdout)["seconds"] if result.returncode == 0
                               else None)
        return self.known[key]


def ratio(a, b):
    return a / b if a is not None and b else None


def emulate(image, timed, repetitions, scratch, threads, requests=2):
    """Statistics of the fastest of some runs; an error as text.

    Each is the last request of its session, as ONNX Runtime's are not the first either: the
    host's memory has been touched.
    """
    best, flags = None, ["--repeat", str(requests), *(["--timed"] if timed else [])]
    for _ in range(repetitions):
        stats = scratch / "stats.json"
        result, _ = run([BIN / "ashlar", "run", image, "--random-inputs", "--stats", stats, *flags],
                        env={**os.environ, "ASHLAR_THREADS": str(threads)})
        if result.returncode != 0:
            return None, f"run: exit {result.returncode}: {last_line(result.stderr)}"
        figures = json.loads(stats.read_text())
        if best is None or figures["host_seconds"] < best["host_seconds"]:
            best = figures
    return best, None


def time_requests(image, inspected, scratch, options):
    """Statistics of a request that comes alone, and of one in the middle of a queue (`queued`)."""
    entry = inspected["entries"][0]
    overlaps = entry["fetches_next"] or entry["leaves_outputs"]
    timed, error = emulate(image, True, options.repetitions, scratch, options.threads,
                           requests=3 if overlaps else 2)
    if error or not overlaps:
        return timed, error
    alone, error = emulate(image, True, 1, scratch, options.threads, requests=1)
    if error:
        return None, error
    return {**alone, "queued": timed["queued"], "host_seconds": timed["host_seconds"]}, None


def add_figures(row, compiled, timed, inspected):
    entry, machine = inspected["entries"][0], inspected["machine"]
    cycles = timed["cycles"]
    # Weights that stay in the scratchpads (at one place in all cores) arrive when
    # a session opens, not in a run.
    resident = sum(b["bytes"] for b in inspected["memory_plan"]["buffers"]
                   if b["resident"] and b["core"] == 0)
    compulsory = (sum(t["bytes"] for t in entry["inputs"] + entry["outputs"])
                  + inspected["weights_bytes"] - resident)
    dram = timed["dram_read_bytes"] + timed["dram_write_bytes"]
    bound = max(timed["mxu_utilization"] * cycles, compulsory / machine["dramBytesPerCycle"])
    row.update(cycles=cycles, time_us=timed["time_us"], mxu=timed["mxu_utilization"],
               queued_cycles=round(timed["queued"]["cycles_per_request"]),
               queued_mxu=timed["queued"]["mxu_utilization"],
               roofline=ratio(bound, cycles), dram_bytes=dram, compulsory_bytes=compulsory,
               dram_over_compulsory=ratio(dram, compulsory),
               sram_peak_bytes=compiled["sram_peak_bytes"],
               sram_over_bound=ratio(compiled["sram_peak_bytes"],
                                     compiled["sram_peak_bytes_lower_bound"]),
               estimated_over_cycles=ratio(compiled["estimated_cycles"], cycles))


def bench_model(name, model, flags, target, scratch, options):
    row = {"section": "models", "name": name, "target": target}
    image, stats = scratch / "model.npu", scratch / "compile.json"
    begin = time.monotonic()
    result, _ = run([BIN / "ashlar", "compile", model, *flags, "--target", target, "-o", image,
                     "--stats", stats])
    row["compile_s"] = time.monotonic() - begin
    if result.returncode != 0:
        row["error"] = f"compile: exit {result.returncode}: {last_line(result.stderr)}"
        return row
    row["image_bytes"] = image.stat().st_size
    result, _ = run([BIN / "ashlar", "inspect", image, "--json"])
    inspected = json.loads(result.stdout)
    functional, error = emulate(image, False, options.repetitions, scratch, options.threads)
    timed = None
    if not error:
        timed, error = time_requests(image, inspected, scratch, options)
    if error:
        row["error"] = error
        return row
    add_figures(row, json.loads(stats.read_text()), timed, inspected)
    row["functional_s"], row["timed_s"] = functional["host_seconds"], timed["host_seconds"]
    row["timed_over_functional"] = ratio(row["timed_s"], row["functional_s"])
    row["ort_s"] = options.ort.seconds(model, flags)
    row["functional_over_ort"] = ratio(row["functional_s"], row["ort_s"])
    row["timed_over_ort"] = ratio(row["timed_s"], row["ort_s"])
    return row


def find_model(name, folders):
    """A file, a folder with model.onnx, or the name of one in the folders."""
    for path in [pathlib.Path(name), *(folder / name for folder in folders)]:
        for file in (path, path / "model.onnx"):
            if file.is_file():
                return file
    return None


def bench_models(named, folders, targets, scratch, options):
    """Rows of the models that are named as 'MODEL [FLAGS]', else of the default ones."""
    demo = [f"{model} --dim N=300" for model in sorted((ROOT / "demo").glob("*/*.onnx"))]
    options.ort = OnnxRuntime(options.threads, 3 * options.repetitions,
                              not options.no_onnxruntime)
    if options.ort.missing:
        yield {"section": "models", "name": "onnxruntime-node", "skipped": options.ort.missing}
    for words in (entry.split() for entry in named or demo + DEFAULT + TORCHVISION):
        model = find_model(words[0], folders)
        name = words[0].removeprefix(str(ROOT / "demo") + "/")
        if not model:
            kind = "error" if named else "skipped"
            yield {"section": "models", "name": name, kind: "not there"}
            continue
        for target in targets:
            yield bench_model(name, model, words[1:], target, scratch, options)


def table_row(row):
    cells = [f"{row['name'][-34:]:34} {row.get('target', ''):6}"]
    for key, heading, form in COLUMNS:
        value = row.get(key)
        text = "-" if value is None else form.format(value)
        cells.append(f"{text:>{max(len(heading), 7 if key != 'cycles' else 11)}}")
    return " ".join(cells)


def table_head():
    cells = [f"{'model':34} {'target':6}"]
    cells += [f"{heading:>{max(len(heading), 7 if key != 'cycles' else 11)}}"
              for key, heading, _ in COLUMNS]
    return " ".join(cells)
