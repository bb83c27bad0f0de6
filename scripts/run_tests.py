#!/usr/bin/python3
# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds, and runs every test.

The last line is `N passed, N failed, N skipped`; the exit code is 0 only if nothing
failed. The runtime's unit tests run a second time under AddressSanitizer and UBSan.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIT = "/usr/lib/llvm-22/bin/lit"
PASSED = {"PASS", "XFAIL", "FLAKYPASS"}
SKIPPED = {"UNSUPPORTED", "SKIPPED"}
# Left out by --filter: no result at all.
EXCLUDED = {"EXCLUDED"}


def build(preset, targets):
    command = [str(ROOT / "scripts" / "build"), preset, *targets]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        print(f"the {preset} build failed", file=sys.stderr)
        print("0 passed, 1 failed, 0 skipped")
        sys.exit(1)


def run_lit(folder, name_filter):
    """Counts of one run of lit: passed, failed, skipped."""
    with tempfile.TemporaryDirectory() as scratch:
        results = pathlib.Path(scratch) / "results.json"
        # Debian's Python has psutil, which --timeout needs.
        command = ["/usr/bin/python3", LIT, "-sv", "--timeout=900", "-o", str(results), str(folder)]
        if name_filter:
            command += ["--filter", name_filter, "--allow-empty-runs"]
        subprocess.run(command, cwd=ROOT)
        if not results.exists():
            print(f"lit did not run in {folder}", file=sys.stderr)
            return 0, 1, 0
        codes = [test["code"] for test in json.loads(results.read_text())["tests"]]
    passed = sum(code in PASSED for code in codes)
    skipped = sum(code in SKIPPED for code in codes)
    excluded = sum(code in EXCLUDED for code in codes)
    failed = len(codes) - passed - skipped - excluded
    return passed, failed, skipped


def print_summaries(folder):
    """The last lines of what tests have left as `*.summary`: how many cases they ran."""
    for file in sorted(folder.rglob("*.summary")):
        lines = file.read_text().splitlines()
        if lines:
            print(lines[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filter", metavar="REGEX", help="only tests whose path matches")
    parser.add_argument("--seeds", type=int, metavar="N",
                        help="seeds of the property tests (default: each test's own)")
    parser.add_argument("--no-sanitize", action="store_true",
                        help="leave out the second run under sanitizers")
    arguments = parser.parse_args()
    if arguments.seeds is not None:
        os.environ["ASHLAR_SEEDS"] = str(arguments.seeds)

    build("release", ["all", "test-programs"])
    for stale in (ROOT / "build" / "test").rglob("*.summary"):
        stale.unlink()
    runs = [run_lit(ROOT / "build" / "test", arguments.filter)]
    print_summaries(ROOT / "build" / "test")
    if not arguments.no_sanitize:
        build("sanitize", ["runtime-unit-tests"])
        runs.append(run_lit(ROOT / "build-sanitize" / "test" / "unit", arguments.filter))
    passed, failed, skipped = (sum(column) for column in zip(*runs))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
