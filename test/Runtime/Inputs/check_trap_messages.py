# Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What each trap says, as `ashlar run` prints it: programs that each do one
thing wrong, all entry points of one image.

    check_trap_messages.py FOLDER TARGET

Prints a line for each that says something else, and a summary.
"""

import os
import subprocess
import sys

FOLDER, TARGET = sys.argv[1], sys.argv[2]
HUGE = 2**62


def address(register, space, core=255, chip=0, offset=0):
    """Loads a register with an address."""
    return f"li {register}, {offset}\nlih {register}, {space << 28 | chip << 16 | core << 8}\n"


def tensor(number, kind, dims, base="r20", at=None, strides=None):
    """Descriptor `number`, dense unless `strides` says otherwise; small tensors
    are in the scratchpad, each at a place of its own."""
    text = f"dnew d{number}, {kind}, {base}, {number * 4096 if at is None else at}\n"
    stride = 1
    for i, size in reversed(list(enumerate(dims))):
        dim = 6 - len(dims) + i
        this = stride if strides is None else strides[i]
        stride *= size
        if size < 2**20 and -2**25 <= this < 2**25:
            text += f"ddim d{number}, {dim}, {size}, {this}\n"
            continue
        for field, value in (("size", size), ("stride", this)):
            text += f"li r40, {value & 0xffffffff if value < 2**31 else 0}\nlih r40, {value >> 32 & 0xffffffff}\n"
            text += f"d{field} d{number}, {dim}, r40, 0\n"
    return text


def acc(number, rows, columns, kind="f32", at=0, strides=(32, 1)):
    return tensor(number, kind, [rows, columns], "r21", at, strides)


def matrix(number, kind, rows, k):
    return tensor(number, kind, [rows, 1, 1, k], strides=[k, 0, 0, 1])


def mm(a="bf16", b="bf16", into="f32", payload="", prefix=""):
    return (prefix + acc(0, 4, 8, into) + matrix(1, a, 4, 16) + matrix(2, b, 8, 16) + tensor(3, a, [4, 1, 1, 16]) +
            f"mm d0, d1, d2, set {{\n{payload}}}\n")


def vrun(body, *tensors):
    return "".join(tensors) + f"vrun {{\n{body}}}\n"


def f32(number, *dims):
    return tensor(number, "f32", dims or [8])


def gather(kind="i32", dims=(2,), limit=4, element="f32", dim=4, values=(), head="copy"):
    """Rows of d1 that the list d2 names."""
    text = "".join(f"li r5, {v}\nstore.i32 r5, r0, {2 * 4096 + 4 * i}\n" for i, v in enumerate(values))
    text += tensor(0, element, [dims[-1], 4]) + tensor(1, element, [limit, 4]) + tensor(2, kind, list(dims))
    return text + (f"copy dma0, d0, d1 {{\nc.gather d2, {dim}\n}}\n" if head == "copy" else f"vgather d0, d1, d2, {dim}\n")


def copy(dst, src, payload=""):
    return dst + src + f"copy dma0, d0, d1 {{\n{payload}}}\n"


def drain(payload, into="f32"):
    return acc(1, 4, 8) + tensor(0, into, [4, 1, 1, 8]) + f32(2, 4, 1, 1, 8) + f"drain d0, d1, row {{\n{payload}}}\n"


def preload(payload, kind="f32"):
    return acc(0, 4, 8) + tensor(1, kind, [4, 1, 1, 8]) + f32(2, 256) + f"preload d0, d1 {{\n{payload}}}\n"


def vsort(rows=2, keys=4, index="i32", length=4):
    return (f32(0, 2, keys) + tensor(1, index, [2, keys]) + tensor(2, "f32", [rows, length], strides=[0, 0]) +
            "vsorti d0, d1, d2, r0, ascending\n")


STORE = "v.out.f32 d1, v1, store, 0, set\n"

# Kind of trap, message, program.
CASES = [
    # Words
    ("illegal instruction", "unknown opcode 1023", ".word 1023"),
    ("illegal instruction", "reserved bits are not zero", ".word 0x8000000000000001"),
    ("illegal instruction", "an operand has no legal value", ".word 64 | (6 << 40)"),
    ("illegal instruction", "payload word outside of its head", ".word 275"),
    ("illegal instruction", "the payload runs past the end of the text", "jmp tail"),
    ("illegal instruction", ") is no payload of vrun", ".word 256 | (1 << 10)\n.word 1"),
    ("illegal instruction", "names a queue that this machine does not have or that does not run it",
     "copy dma3, d0, d1 {\n}"),
    ("text out of range", ": the program ran past its end", "jmp end"),
    ("text out of range", "target is word 99999 of", "jmp 99999"),
    ("text out of range", "target is word -1 of", "li r5, -1\njr r5"),
    # Loops
    ("loop stack", ", which is not ahead", "{name}b: nop\nloopi 2, {name}b"),
    ("text out of range", "loop body ends at word 99999 of", "loopi 2, 99999"),
    ("loop stack", "loops nest deeper than 8", "loopi 2, {name}e\n" * 9 + "nop\n{name}e: nop"),
    ("loop stack", "branch to word ", "loopi 2, {name}e\njmp {name}f\n{name}e: nop\n{name}f: nop"),
    ("loop stack", " leaves the loop body [", "loopi 2, {name}e\njmp {name}f\n{name}e: nop\n{name}f: nop"),
    # Scalar unit
    ("user trap", "code 77", "trap 77"),
    ("division by zero", "divisor r7 is 0", "div r5, r6, r7"),
    ("illegal instruction", "the type must be f32 or f64", "fadd.i32 r5, r6, r7"),
    ("illegal instruction", "4-bit types have no address", "load.i4 r5, r0, 0"),
    ("out of range", "byte offset 268435456 of a scratchpad of", "load.u8 r5, r0, 268435456"),
    # Semaphores
    ("bad semaphore", "core 7 of chip 1 does not exist; cores: ", "li r6, 263\nsignalr mxu, r6, s0, 1"),
    ("bad semaphore", "semaphore 0 of core 0 overflows 32 bits",
     "li r6, 65538\nloop r6, {name}e\nsignal scalar, s0, 65535\n{name}e: nop"),
    ("deadlock", "nothing can go on", "wait scalar, s3, 1"),
    ("step budget", "steps is exhausted", "{name}b: jmp {name}b"),
    # Addresses
    ("out of range", "there is no chip 1", vrun("v.in v1, d0\n" + STORE, address("r22", 2, chip=1), f32(0), f32(1),
                                                "dbase d0, r22, 0\n")),
    ("out of range", "there is no core 200", vrun("v.in v1, d0\n" + STORE, address("r22", 2, core=200), f32(0), f32(1),
                                                  "dbase d0, r22, 0\n")),
    ("out of range", "no such memory", vrun("v.in v1, d0\n" + STORE, f32(0), f32(1), "dbase d0, r0, 0\n")),
    ("out of range", "address 0x4 in no memory (space 0)",
     vrun("v.in v1, d0\n" + STORE, f32(0), f32(1), "dbase d0, r0, 4\n")),
    ("out of range", "this operand may not lie in dram", vrun("v.in v1, d0\n" + STORE, f32(0), f32(1),
                                                             "dbase d0, r1, 0\n")),
    ("out of range", "write to read-only memory", copy(tensor(0, "f32", [16], "r2", 0), f32(1, 16))),
    ("out of range", "this operand may not lie in sram", mm().replace("mm d0", "dbase d0, r20, 0\nmm d0")),
    ("out of range", "this operand may not lie in acc", copy(f32(0), tensor(1, "f32", [8], "r21"))),
    ("out of range", " of bytes [1048572, 1048604) of 256", copy(f32(0), tensor(1, "f32", [8], "r2", 1048572))),
    ("shape mismatch", "size of dimension 2 is negative",
     copy(f32(0), f32(1), "").replace("copy", "dsize d1, 2, r0, -3\ncopy")),
    ("misaligned descriptor", "stride of dimension 4 of a 4-bit tensor is odd",
     copy(tensor(0, "i4", [2, 3], strides=[3, 1]), tensor(1, "i4", [2, 3], strides=[4, 1]))),
    ("misaligned descriptor", "innermost stride of a 4-bit tensor is not 1",
     copy(tensor(0, "i4", [4], strides=[2]), tensor(1, "i4", [4]))),
    ("misaligned descriptor", "base is not a multiple of 4 bytes", copy(tensor(0, "f32", [8], at=2), f32(1))),
    ("out of range", "extent does not fit 64 bits",
     copy(f32(0, 4, 1), tensor(1, "f32", [4, 1], strides=[HUGE, 0]))),
    # Copies
    ("illegal instruction", "a modifier of copy is repeated", copy(f32(0), f32(1) + tensor(2, "i32", [8]), "c.gather d2, 5\nc.gather d2, 5\n")),
    ("type mismatch", "copy of i8 to f32, whose width differs", copy(f32(0), tensor(1, "i8", [8]))),
    ("type mismatch", "c.add of u8 to i8", copy(tensor(0, "i8", [8]), tensor(1, "u8", [8]), "c.add\n")),
    ("shape mismatch", "source has sizes [1,1,1,1,1,9], destination [1,1,1,1,1,8]; dimension 5 is 9 and 8",
     copy(f32(0), f32(1, 9))),
    ("shape mismatch", "more than 2^40 points in sizes",
     copy(tensor(0, "f32", [2**22, 2**22], strides=[0, 0]), tensor(1, "f32", [2**22, 2**22], strides=[0, 0]))),
    ("misaligned descriptor", "list for the innermost dimension of 4-bit elements",
     copy(tensor(0, "i4", [4]), tensor(1, "i4", [4]), "c.gather d2, 5\n").replace("copy", tensor(2, "i32", [4]) + "copy")),
    ("out of range", "window leaves the address space",
     copy(tensor(0, "f32", [2**21, 1], strides=[0, 0]), tensor(1, "f32", [2**21, 1], strides=[HUGE, 0]),
          "c.window 4, r41, r42\n").replace("copy", "li r41, 1048576\nli r42, 1048577\ncopy")),
    ("out of range", "c.multicast to an address outside the scratchpads",
     "li r41, 1\n" + copy(tensor(0, "f32", [8], "r1"), f32(1), "c.multicast r41\n")),
    ("out of range", "c.multicast to core 63 of ",
     "li r41, 0\nlih r41, 0x80000000\n" + copy(f32(0), f32(1), "c.multicast r41\n")),
    # Lists of indices
    ("type mismatch", "index list of u8, expected i32 or i64", gather("u8")),
    ("shape mismatch", "index list has sizes [1,1,1,1,2,2], expected 1 but in dimension 5", gather(dims=(2, 2))),
    ("shape mismatch", "index list longer than the scratchpad",
     tensor(0, "f32", [2**25, 1], strides=[0, 0]) + f32(1, 4, 1) + tensor(2, "i32", [2**25], strides=[0]) +
     "copy dma0, d0, d1 {\nc.gather d2, 4\n}\n"),
    ("index out of range", "index 9 at position 1, expected 0 to 3", gather(values=(0, 9))),
    ("type mismatch", "source of f32, destination of i8", tensor(0, "i8", [2, 4]) + f32(1, 4, 4) +
     tensor(2, "i32", [2]) + "vgather d0, d1, d2, 4\n"),
    ("misaligned descriptor", "list for the innermost dimension of 4-bit elements",
     gather(element="i4", dim=5, head="vgather")),
    ("shape mismatch", " differ outside dimension 4", f32(0, 2, 5) + f32(1, 4, 4) + tensor(2, "i32", [2]) +
     "vgather d0, d1, d2, 4\n"),
    ("type mismatch", "index of u8, expected i32 or i64", f32(0, 2, 4) + f32(1, 4, 4) + tensor(2, "u8", [2, 4]) +
     "vtake d0, d1, d2, 4\n"),
    ("index out of range", "index 9 of element 0, expected 0 to 3", "li r5, 9\nstore.i32 r5, r0, 8192\n" +
     f32(0, 1, 1) + f32(1, 4, 1) + tensor(2, "i32", [1, 1]) + "vtake d0, d1, d2, 4\n"),
    # Products
    ("type mismatch", "no product of f64 and f32", mm("f64", "f32")),
    ("type mismatch", "this product accumulates in i32, not f32", mm("i8", "i8")),
    ("type mismatch", "scale of type i8", mm("i8", "bf16", payload="mm.scale a, d3\n")),
    ("shape mismatch", "scale has sizes [1,1,1,1,1,8], a [",
     mm("i8", "bf16", payload="mm.scale a, d4\n", prefix=tensor(4, "bf16", [8]))),
    ("illegal instruction", "mm.zero of a without mm.scale", mm(payload="mm.zero a, d3\n")),
    ("type mismatch", "zero point of type u8, expected i8",
     mm("i8", "bf16", payload="mm.scale a, d4\nmm.zero a, d5\n",
        prefix=tensor(4, "bf16", [4, 1, 1, 16]) + tensor(5, "u8", [4, 1, 1, 16]))),
    ("illegal instruction", "two scales or zero points for one operand",
     mm("i8", "bf16", payload="mm.scale a, d3\nmm.scale a, d3\n")),
    ("shape mismatch", "k of a is [1,1,4,1,1,16], of b [1,1,8,1,1,15] (dimensions 3 to 5)", mm().replace("mm d0", "ddim d2, 5, 15, 1\nmm d0")),
    ("shape mismatch", "accumulator tile has sizes [1,1,1,1,4,9], expected [1,1,1,1,4,8]",
     mm().replace("mm d0", "ddim d0, 5, 9, 1\nmm d0")),
    ("out of range", "accumulator tile of sizes", acc(0, 2**25, 8) + tensor(1, "bf16", [2**25, 1, 1, 16], strides=[0] * 4) +
     matrix(2, "bf16", 8, 16) + "mm d0, d1, d2, set {\n}\n"),
    ("shape mismatch", "strides 33, 1 of an accumulator tile, expected a multiple of 32 and 1",
     mm().replace("mm d0", "ddim d0, 4, 4, 33\nmm d0")),
    ("misaligned descriptor", "accumulator tile at byte 4, expected a multiple of 128",
     mm().replace("mm d0", "dbase d0, r21, 4\nmm d0")),
    ("out of range", "accumulator panels leave the address space",
     tensor(0, "f32", [1, 4, 33], "r21", 0, [HUGE, 32, 1]) + matrix(1, "bf16", 4, 16) + matrix(2, "bf16", 33, 16) +
     "li r40, 0\nlih r40, 0x40000000\ndstride d0, 3, r40, 0\nmm d0, d1, d2, set {\n}\n"),
    # Output stage
    ("type mismatch", "accumulators hold i32 or f32, not i8",
     acc(1, 4, 8, "i8") + f32(0, 4, 8) + "drain d0, d1, row {\n}\n"),
    ("type mismatch", "preload of i8 into f32 without steps", preload("", "i8")),
    ("illegal instruction", "o.fma is not followed by o.muls", drain("o.fma d2\no.round\n")),
    ("illegal instruction", "o.fma is not followed by o.muls", drain("o.fma d2\n")),
    ("illegal instruction", "17 steps, at most 16 are possible", drain("o.round\n" * 17)),
    ("shape mismatch", "tensor of a step has sizes [1,1,1,1,1,8], the instruction's tensor [1,1,4,1,1,8]",
     drain("o.add d2\n").replace("drain", f32(2, 8) + "drain")),
    ("illegal instruction", "o.table outside a drain", preload("o.table d2\n")),
    ("type mismatch", "o.table of f32 into f32, expected one 8-bit type", drain("o.table d2\n")),
    ("shape mismatch", "table has sizes [1,1,1,1,1,255], expected 256 entries in dimension 5",
     drain("o.table d2\n", "i8").replace("drain", tensor(2, "i8", [255]) + "drain")),
    ("type mismatch", "o.poly table of i8, expected f32",
     drain("o.poly d2\n").replace("drain", tensor(2, "i8", [6]) + "drain")),
    ("shape mismatch", "table has sizes [1,1,1,1,1,7], expected 2 + 4 * segments entries in dimension 5",
     drain("o.poly d2\n").replace("drain", f32(2, 7) + "drain")),
    ("shape mismatch", "more than 2^24 entries in a table",
     drain("o.poly d2\n").replace("drain", tensor(2, "f32", [2**24 + 2], strides=[0]) + "drain")),
    # Vector programs
    ("illegal instruction", "v1 is read as f32 but holds nothing", vrun(STORE, f32(1))),
    ("illegal instruction", "33 micro-operations, at most 32 are possible",
     vrun("v.in v1, d1\n" + "v.add.f32 v1, v1, v1\n" * 33 + STORE, f32(1))),
    ("illegal instruction", "neither input nor output", vrun("v.const.f32 v0, 0\n")),
    ("type mismatch", "v.win takes elements of at most 32 bits",
     vrun("v.win.sum v1, d0, d0\n" + STORE, tensor(0, "i64", [8]), f32(1))),
    ("type mismatch", "input and weight of v.win.mac are not both integers or both floats",
     vrun("v.win.mac v1, d0, d2\n" + STORE, f32(0), f32(1), tensor(2, "i8", [8]))),
    ("illegal instruction", "v.iota gives i32 or i64", vrun("v.iota.f32 v1, 5\n" + STORE, f32(1))),
    ("illegal instruction", "mode or dimensions of v.out do not fit its kind",
     vrun("v.in v1, d0\nv.out.f32 d1, v1, store, 0, acc\n", f32(0), f32(1))),
    ("illegal instruction", "a scan without dimensions",
     vrun("v.in v1, d0\nv.out.f32 d1, v1, scansum, 0, set\n", f32(0), f32(1))),
    ("illegal instruction", "this kind of v.out does not exist for its type",
     vrun("v.in v1, d0\nv.out.f32 d1, v1, xor, 32, set\n", f32(0), f32(1))),
    ("type mismatch", "v.out cannot store to a tensor of i32",
     vrun("v.in v1, d0\n" + STORE, f32(0), tensor(1, "i32", [8]))),
    ("illegal instruction", "the operation does not exist for its type",
     vrun("v.in v1, d0\nv.exp.i32 v1, v1\nv.out.i32 d0, v1, store, 0, set\n", tensor(0, "i32", [8]))),
    ("illegal instruction", "v.bits between types of two widths",
     vrun("v.in v1, d0\nv.bits.f64.i32 v1, v1\n", tensor(0, "i32", [8]))),
    ("shape mismatch", "input of the vector program has sizes",
     vrun("v.in v1, d0\nv.in v2, d2\n" + STORE, f32(0), f32(1), f32(2, 9))),
    ("shape mismatch", ", whose dimensions 4 and 5 are not 1",
     vrun("v.in v1, d0\nv.win.sum v1, d2, d2\n" + STORE, f32(0), f32(1), f32(2))),
    ("shape mismatch", "input of v.win has sizes",
     vrun("v.in v1, d0\nv.win.sum v1, d2, d2\n" + STORE, f32(0, 2, 1, 1), f32(1, 2, 1, 1), f32(2, 3, 1, 1))),
    ("shape mismatch", "weight of v.win.mac has sizes",
     vrun("v.win.mac v1, d0, d2\n" + STORE, f32(0, 2, 2), f32(1, 1), f32(2, 2, 3))),
    ("shape mismatch", "output of the vector program has sizes", vrun("v.in v1, d0\n" + STORE, f32(0), f32(1, 9))),
    # Sorting
    ("shape mismatch", "row longer than the scratchpad", vsort(length=2**27)),
    ("shape mismatch", "rows of sizes [1,1,1,1,2,4] and [1,1,1,1,3,4]", vsort(rows=3)),
    ("shape mismatch", "5 keys out of 4", vsort(keys=5)),
    ("type mismatch", "index of u8, expected i32 or i64", vsort(index="u8")),
    # The sanitiser
    ("uninitialised read", "nothing has written 32 bytes at sram", copy(tensor(0, "f32", [8], "r3", 0), f32(1))),
    ("data race", " is not ordered with the write by core 0, dma0, word",
     copy(f32(0), tensor(1, "f32", [8], "r2", 0)) + "vrun {\nv.const.f32 v1, 0\nv.out.f32 d0, v1, store, 0, set\n}\n"),
    ("operand overlap", "operands share 4 bytes at sram:core 0 + 0x4: i32 [1,1,1,1,1,1] strides [0,0,0,0,0,1] at sram + 0x4 and i32",
     "li r5, 7\nstore.i32 r5, r0, 0\nstore.i32 r5, r0, 4\n" + tensor(0, "i32", [2], at=0) +
     tensor(1, "i32", [1], at=4) + "vrun {\nv.in v0, d0\nv.out.i32 d1, v0, sum, 32, set\n}\n"),
]

FLAGS = {"uninitialised read": ["--sanitize"], "data race": ["--sanitize"], "operand overlap": ["--sanitize"],
         "step budget": ["--steps", "100000"], "more than 2^40 points in sizes": ["--steps", str(2**63)],
         "row longer than the scratchpad": ["--steps", str(2**63)]}

# Operands in another core's memories.
SEVERAL_CORES = [
    ("out of range", "this operand must lie in this core's sram",
     vrun("v.in v1, d0\n" + STORE, address("r22", 2, core=1), f32(0), f32(1), "dbase d0, r22, 0\n")),
    ("out of range", "this operand must lie in this core's acc",
     address("r22", 3, core=1) + mm().replace("mm d0", "dbase d0, r22, 0\nddim d0, 4, 4, 64\nmm d0")),
]


def main():
    cases = CASES if TARGET == "edge" else SEVERAL_CORES
    os.makedirs(FOLDER, exist_ok=True)
    source, image = f"{FOLDER}/{TARGET}.s", f"{FOLDER}/{TARGET}.npu"
    names = [f"case{i}" for i in range(len(cases))]
    with open(source, "w") as out:
        out.write(f'.target {TARGET}\n.weight "w", f32, [64]\n.random 1, 0.0, 1.0\n')
        for name in names:
            out.write(f'.entry "{name}"\n.arena_bytes 4096\n')
        for name, (_, _, body) in zip(names, cases):
            body = body.replace("{name}", name)
            out.write(f"{name}:\n{address('r20', 2)}{address('r21', 3)}{body}\nhalt\n")
        out.write("tail: .word 256 | (2 << 10)\nend:\n")
    made = subprocess.run(["ashlar-translate", "--asm-to-image", source, "-o", image], capture_output=True, text=True)
    if made.returncode:
        sys.exit(made.stderr)
    failed = 0
    for name, (kind, message, _) in zip(names, cases):
        flags = FLAGS.get(kind, FLAGS.get(message, []))
        done = subprocess.run(["ashlar", "run", image, "--entry", name, *flags], capture_output=True, text=True,
                              timeout=100)
        if done.returncode != 5 or kind not in done.stderr or message not in done.stderr:
            failed += 1
            print(f"{name}: expected '{kind}', '{message}', found {done.returncode}, {done.stderr}")
    print(f"{failed} of {len(cases)} traps differ")


if __name__ == "__main__":
    main()
