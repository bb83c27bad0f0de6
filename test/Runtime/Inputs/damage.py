# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""damage.py IMAGE SCRATCH: runs 300 damaged copies of an image, and 100 whose
checksum has been made to fit the damage, so that they get as far as they can."""

import random
import struct
import subprocess
import sys
import zlib

image = open(sys.argv[1], "rb").read()
rng = random.Random(1)
MODES = ([], ["--timed"], ["--sanitize"], ["--timed", "--sanitize"])


def run(data, flags, codes, what):
    with open(sys.argv[2], "wb") as file:
        file.write(data)
    command = ["ashlar", "run", sys.argv[2], "--random-inputs", *flags]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode in codes, (what, flags, done)
    assert done.returncode == 0 or done.stderr.startswith(b"ashlar: error: "), (what, flags, done)
    return done.returncode


def flip(limit):
    bit = rng.randrange(8 * limit)
    data = bytearray(image)
    data[bit // 8] ^= 1 << (bit % 8)
    return data, f"bit {bit}"


def repair(data):
    """The checksum is the last 8 bytes: of all but the weights, and of those,
    which the last section but one holds."""
    count = struct.unpack_from("<H", image, 60)[0]
    begin, size = struct.unpack_from("<QQ", image, 64 + 64 * (count - 2) + 24)
    rest = zlib.crc32(data[begin + size:-8], zlib.crc32(data[:begin]))
    data[-8:] = struct.pack("<II", rest, zlib.crc32(data[begin:begin + size]))


for i in range(300):
    if i % 2:
        data = image[:rng.randrange(len(image))]
        what = f"cut to {len(data)}"
    else:
        # Half of the flips in the first two kilobytes, where headers and code are.
        data, what = flip(len(image) if i % 4 else 2048)
    run(data, MODES[i // 2 % 4], (2, 5), what)

same = bytearray(image)
repair(same)
assert same == image, "the test computes another checksum"
trapped = 0
for i in range(100):
    data, what = flip(len(image) - 8 if i % 4 else 2048)
    repair(data)
    code = run(data, ["--steps", "100000", *MODES[i % 4]], (0, 2, 5), what + ", repaired")
    trapped += code == 5
assert trapped > 0, "no damage has reached a run"
