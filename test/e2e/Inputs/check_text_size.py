# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_text_size.py SHARE IMAGE...: text bytes of no image exceed the smallest by more than SHARE."""

import json
import subprocess
import sys

sizes = []
for image in sys.argv[2:]:
    shown = json.loads(subprocess.run(["ashlar", "inspect", "--json", image], check=True,
                                      capture_output=True).stdout)
    sizes.append(sum(section["bytes"] for section in shown["sections"]
                     if section["name"].startswith(".text")))
assert min(sizes) > 0
assert max(sizes) <= (1 + float(sys.argv[1])) * min(sizes), sizes
print(f"{len(sizes)} images: {min(sizes)} to {max(sizes)} bytes of text")
