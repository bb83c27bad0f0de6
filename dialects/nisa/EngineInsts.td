//===- EngineInsts.td - Copies, matrix unit, output stage ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A head word names its operands and how many payload words follow; payload
// words refine it. All of them are captured, with the descriptors and registers
// they name, when the head is dispatched. docs/machine.md defines the terms.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NISA_ENGINEINSTS
#define ASHLAR_NISA_ENGINEINSTS

include "InstFormat.td"

//===----------------------------------------------------------------------===//
// Copy engines
//===----------------------------------------------------------------------===//

def CopyOp : Inst<"copy", 128, Copy, T_Engine,
    [Slot<"queue", Queue, 10>, Slot<"dst", Desc, 14>, Slot<"src", Desc, 19>, Slot<"count", Count, 24>],
    [Reserved<30, 34>],
    "copies element by element: both descriptors have the same sizes and element width; the queue is one of the dma queues">;

class CopyMod<string m, int op, list<Slot> s, list<Reserved> r, string meaning>
    : Payload<m, op, Copy, T_Modifier, ["copy"], s, r, meaning>;
def CWindowOp : CopyMod<"c.window", 129, [Slot<"dim", Dim, 10>, Slot<"lo", Reg, 13>, Slot<"hi", Reg, 19>],
    [Reserved<25, 39>],
    "elements whose index in `dim` is below lo or at least hi are not read; the destination gets the fill value there">;
def CFillOp : CopyMod<"c.fill", 130, [Slot<"ra", Reg, 10>], [Reserved<16, 48>],
    "fill value: the low bits of ra (0 without this word)">;
def CGatherOp : CopyMod<"c.gather", 131, [Slot<"index", Desc, 10>, Slot<"dim", Dim, 15>], [Reserved<18, 46>],
    "the index of the source in `dim` is read from a list of i32 or i64 in this core's scratchpad (dimension 5 of its descriptor); traps outside [0, size of the source)">;
def CScatterOp : CopyMod<"c.scatter", 132, [Slot<"index", Desc, 10>, Slot<"dim", Dim, 15>], [Reserved<18, 46>],
    "the index of the destination in `dim` is read from a list; duplicates apply in ascending order of the list">;
def CAddOp : CopyMod<"c.add", 133, [], [Reserved<10, 54>],
    "adds to the destination instead of replacing it; types i8 to i64 (wrapping), f16, bf16, f32, f64 (rounding once)">;
def CMulticastOp : CopyMod<"c.multicast", 134, [Slot<"cores", Reg, 10>], [Reserved<16, 48>],
    "the destination is written at the same scratchpad offset of every core whose bit is set in `cores`">;
def CSignalOp : CopyMod<"c.signal", 135, [Slot<"sem", Sem, 10>, Slot<"n", UImm16, 32>],
    [Reserved<18, 14>, Reserved<48, 16>],
    "adds n to semaphore `sem` of each core that the copy writes to (of this core if it writes to dram) when the last byte has landed there">;

//===----------------------------------------------------------------------===//
// Matrix unit
//===----------------------------------------------------------------------===//

def MmOp : Inst<"mm", 160, Matrix, T_Engine,
    [Slot<"acc", Desc, 10>, Slot<"a", Desc, 15>, Slot<"b", Desc, 20>,
     Slot<"mode", EnumKind<"AccMode", 1, [Case<"set", 0>, Case<"add", 1>]>, 25>,
     Slot<"count", Count, 26>],
    [Reserved<32, 32>],
    "acc[m, n] = (or +=) sum over k of a[m, k] * b[n, k]. a streams: its dimensions 0..2 are m, 3..5 are k; b is stationary: 0..2 are n, 3..5 are k; each group is flattened row-major and k is walked in ascending order">;
class MmMod<string m, int op, string meaning>
    : Payload<m, op, Matrix, T_Modifier, ["mm"],
      [Slot<"side", EnumKind<"MatrixSide", 1, [Case<"a", 0>, Case<"b", 1>]>, 10>, Slot<"tensor", Desc, 11>],
      [Reserved<16, 48>], meaning>;
def MmScaleOp : MmMod<"mm.scale", 161,
    "dequantisation of an i4, u4, i8 or u8 operand: value = (q - zero) * scale, rounded to the other operand's type; the scale (f32, f16 or bf16) has the operand's sizes, with strides 0 inside a group">;
def MmZeroOp : MmMod<"mm.zero", 162,
    "zero point of a dequantised operand: a tensor of the operand's own type with its sizes; without this word 0">;

//===----------------------------------------------------------------------===//
// Output stage
//===----------------------------------------------------------------------===//

def DrainOp : Inst<"drain", 176, Output, T_Engine,
    [Slot<"dst", Desc, 10>, Slot<"acc", Desc, 15>,
     Slot<"order", EnumKind<"DrainOrder", 1, [Case<"row", 0>, Case<"lane", 1>]>, 20>,
     Slot<"count", Count, 21>],
    [Reserved<27, 37>],
    "dst[m, n] = the accumulator after the steps of its payload, in their order, computed in f32 (an i32 accumulator is converted first, rounding to nearest even). dst's dimensions 0..2 are m, 3..5 are n. Without steps i32 goes to an integer type saturating and to i32 as it is. `order` says whether lanes or rows are walked innermost">;
def PreloadOp : Inst<"preload", 177, Output, T_Engine,
    [Slot<"acc", Desc, 10>, Slot<"src", Desc, 15>, Slot<"count", Count, 20>],
    [Reserved<26, 38>],
    "accumulator[m, n] = src[m, n] after the steps of its payload; src lies in the scratchpad (dimensions 0..2 are m, 3..5 are n) or is an accumulator tile of the same shape. Without steps integers are converted to i32 and floats to f32 exactly; with steps the work is in f32 and an i32 accumulator gets the rounded, saturated result">;

class OutStep<string m, int op, list<Slot> s, list<Reserved> r, string meaning>
    : Payload<m, op, Output, T_Modifier, ["drain", "preload"], s, r, meaning>;
class OutTensor<string m, int op, string meaning>
    : OutStep<m, op, [Slot<"tensor", Desc, 10>], [Reserved<15, 49>], meaning>;
class OutScalar<string m, int op, string meaning>
    : OutStep<m, op, [Slot<"ra", Reg, 10>], [Reserved<16, 48>], meaning>;
def OMulOp : OutTensor<"o.mul", 178, "x = x * t[m, n]: a scratchpad tensor with the sizes of dst (strides 0 make it per tensor, lane or row), converted to f32">;
def OAddOp : OutTensor<"o.add", 179, "x = x + t[m, n]">;
def OSubOp : OutTensor<"o.sub", 180, "x = x - t[m, n]">;
def OMulsOp : OutScalar<"o.muls", 181, "x = x * the f32 in ra">;
def OAddsOp : OutScalar<"o.adds", 182, "x = x + the f32 in ra">;
def OFmaOp : OutTensor<"o.fma", 183, "x = t[m, n] * (the f32 of the o.muls word that follows) + x, product and sum rounded each: a second tensor with a scale of its own">;
def ORoundOp : OutStep<"o.round", 184, [], [Reserved<10, 54>], "x = x rounded to an integer, ties to even">;
def OSatOp : OutStep<"o.sat", 185, [Slot<"type", Elem, 10>], [Reserved<14, 50>],
    "x = x clamped to the range of an integer type (NaN becomes 0), or rounded to a float type's precision">;
def OClampOp : OutStep<"o.clamp", 186, [Slot<"lo", Reg, 10>, Slot<"hi", Reg, 16>], [Reserved<22, 42>],
    "x = min(max(x, the f32 in lo), the f32 in hi); NaN stays NaN">;
def OTableOp : OutTensor<"o.table", 187, "x = entry of a table of 256 bytes of dst's type in the scratchpad; x must be an 8-bit integer (after o.sat); negative i8 values use entries 128..255">;
def OPolyOp : OutTensor<"o.poly", 188, "x = piecewise cubic: a table of f32 in the scratchpad: lo, 1/step, then 4 coefficients (constant first) for each of its (size - 2)/4 segments; t = (x - lo)/step, segment floor(t) clamped to the table, argument t - segment, Horner with fused steps; NaN stays NaN">;

#endif // ASHLAR_NISA_ENGINEINSTS
