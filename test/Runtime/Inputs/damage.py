# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""damage.py IMAGE SCRATCH: runs 300 damaged copies of an image."""

import random
import subprocess
import sys

image = open(sys.argv[1], "rb").read()
rng = random.Random(1)
for i in range(300):
    if i % 2:
        data = image[:rng.randrange(len(image))]
        what = f"cut to {len(data)}"
    else:
        # Half of the flips in the first two kilobytes, where headers and code are.
        bit = rng.randrange(8 * (len(image) if i % 4 else 2048))
        data = bytearray(image)
        data[bit // 8] ^= 1 << (bit % 8)
        what = f"bit {bit}"
    with open(sys.argv[2], "wb") as file:
        file.write(data)
    done = subprocess.run(["ashlar", "run", sys.argv[2], "--random-inputs"],
                          capture_output=True, timeout=60)
    assert done.returncode in (2, 5), (what, done)
    assert done.stderr.startswith(b"ashlar: error: "), (what, done)
