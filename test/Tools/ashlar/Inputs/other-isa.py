# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""other-isa.py IN OUT: an image that says it is made for another instruction set,
with a checksum that fits."""

import struct
import sys
import zlib

image = bytearray(open(sys.argv[1], "rb").read())
count, = struct.unpack_from("<H", image, 0x3C)
sections = [struct.unpack_from("<IIQQQQ", image, 64 + 64 * i) for i in range(count)]
names = sections[struct.unpack_from("<H", image, 0x3E)[0]][4]


def find(name):
    for section in sections:
        at = names + section[0]
        if image[at:image.index(0, at)].decode() == name:
            return section[4], section[4] + section[5]
    raise KeyError(name)


begin, end = find(".ashlar.meta")
# Field 3 of 8 bytes.
at = image.index(b"\x19", begin, end)
image[at + 1] ^= 1
first, last = find(".weights")
rest = zlib.crc32(image[last:-8], zlib.crc32(image[:first]))
struct.pack_into("<II", image, len(image) - 8, rest, zlib.crc32(image[first:last]))
open(sys.argv[2], "wb").write(image)
