# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How the tests run: shell tests with FileCheck, and GoogleTest programs."""

import os

import lit.formats
import lit.util

config.name = "Ashlar"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".s", ".td", ".test", ".onnx.txt", ".csv"]
config.excludes = ["Inputs", "CMakeLists.txt", "lit.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.ashlar_build_dir, "test")

bin_dir = os.path.join(config.ashlar_build_dir, "bin")
config.environment["PATH"] = os.pathsep.join(
    [bin_dir, config.llvm_tools_dir, os.environ["PATH"]])
for name in ("HOME", "ASHLAR_SEEDS", "ORT_NODE_DIR"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

if lit.util.which("clang-format-22"):
    config.available_features.add("clang-format")

ort = os.environ.get("ORT_NODE_DIR", os.path.join(config.ashlar_build_dir, "ort"))
if lit.util.which("node") and os.path.isdir(os.path.join(ort, "node_modules", "onnxruntime-node")):
    config.available_features.add("onnxruntime")

# The models that are shared between projects; tests that need them say
# "REQUIRES: shared-models".
models = os.environ.get(
    "ASHLAR_MODELS", os.path.join(config.ashlar_source_dir, "..", "shared", "models"))
if os.path.isdir(models):
    config.available_features.add("shared-models")
config.substitutions += [
    ("%bin_dir", bin_dir),
    ("%models", os.path.realpath(models)),
    ("%nisa_dir", os.path.join(config.ashlar_source_dir, "dialects", "nisa")),
    ("%mlir_include", config.mlir_include_dir),
    ("%source_dir", config.ashlar_source_dir),
    ("%python", "/usr/bin/python3"),
]
