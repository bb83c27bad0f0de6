//===- VectorInsts.td - Vector programs and data movement in the scratchpad ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `vrun` runs its payload once for every point of a domain of up to six
// dimensions. Lane registers hold f32, f64, 32-bit or 64-bit integers; a word
// that reads a register last written with another width or kind is malformed
// (i32 and u32 are one kind, i64 and u64 another). Small integers are loaded
// into 32 bits, f16, bf16 and f8 into f32. A program has at most 32 micro-
// operations, 4 inputs, 2 outputs.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NISA_VECTORINSTS
#define ASHLAR_NISA_VECTORINSTS

include "InstFormat.td"

def VrunOp : Inst<"vrun", 256, Vector, T_Engine, [Slot<"count", Count, 10>], [Reserved<16, 48>],
    "runs a vector program; the domain is the sizes of its first v.in or v.win, or of its first v.out if it has neither; every tensor has the domain's sizes, but 1 in reduced dimensions">;

class VMod<string m, int op, TimingClass t, list<Slot> s, list<Reserved> r, string meaning>
    : Payload<m, op, Vector, t, ["vrun"], s, r, meaning>;

def VInOp : VMod<"v.in", 257, T_Modifier, [Slot<"vd", LaneDef, 10>, Slot<"tensor", Desc, 15>], [Reserved<20, 44>],
    "vd = the element of a scratchpad tensor">;
def VWinOp : VMod<"v.win", 258, T_Modifier,
    [Slot<"kind", Suffix<"WindowKind", 2, [Case<"mac", 0>, Case<"sum", 1>, Case<"max", 2>, Case<"min", 3>]>, 25>,
     Slot<"vd", LaneDef, 10>, Slot<"input", Desc, 15>, Slot<"weight", Desc, 20>],
    [Reserved<27, 37>],
    "windowed multiply-reduce: input has dimensions 0..3 as the domain and 4..5 as the window; vd = the reduction over the window, row-major ascending, of input (for mac: of input * weight, whose sizes equal input's); the domain's dimensions 4..5 are 1. Integers give i32 (wrapping), f16, bf16 and f32 give f32 (mac is fused). `weight` is ignored unless mac">;
def VConstOp : VMod<"v.const", 259, T_LaneFree,
    [Slot<"type", LaneType, 15>, Slot<"vd", LaneDef, 10>, Slot<"imm", UImm32, 32>], [Reserved<18, 14>],
    "vd = constant: the bits of an f32, i32 or u32; for i64 sign-extended, u64 zero-extended, for f64 the f32's value">;
def VRegOp : VMod<"v.reg", 260, T_LaneFree,
    [Slot<"type", LaneType, 16>, Slot<"vd", LaneDef, 10>, Slot<"ra", Reg, 22>], [Reserved<15, 1>, Reserved<19, 3>, Reserved<28, 36>],
    "vd = the bits of scalar register ra">;
def VIotaOp : VMod<"v.iota", 261, T_Lane,
    [Slot<"type", LaneType, 15>, Slot<"vd", LaneDef, 10>, Slot<"dim", Dim, 18>], [Reserved<21, 43>],
    "vd = the index of this point in `dim`; type i32 or i64">;

def OutKind : EnumKind<"OutKind", 4, [
    Case<"store", 0>, Case<"sum", 1>, Case<"prod", 2>, Case<"min", 3>, Case<"max", 4>,
    Case<"and", 5>, Case<"or", 6>, Case<"xor", 7>, Case<"argmin", 8>, Case<"argmax", 9>,
    Case<"scansum", 10>, Case<"scanprod", 11>, Case<"scanmin", 12>, Case<"scanmax", 13>,
    Case<"minnum", 14>, Case<"maxnum", 15>]>;
def VOutOp : VMod<"v.out", 262, T_Modifier,
    [Slot<"type", LaneType, 50>, Slot<"tensor", Desc, 10>, Slot<"vs", Lane, 15>, Slot<"kind", OutKind, 20>,
     Slot<"dims", DimMask, 24>,
     Slot<"mode", EnumKind<"OutMode", 3, [Case<"set", 0>, Case<"acc", 1>, Case<"last", 2>,
                  Case<"exclusive", 3>, Case<"reverse", 4>, Case<"exrev", 5>]>, 30>],
    [Reserved<33, 17>, Reserved<53, 11>],
    "stores vs, or its reduction, arg-reduction or scan over the dimensions in `dims`, converted to the tensor's type; an i32 or f32 tensor may lie in accumulator memory, except with acc. acc: the reduction starts from the tensor's old value; last: of equal values an arg-reduction takes the last, not the first; exclusive, reverse, exrev: kinds of scan. An arg-reduction counts row-major over `dims` and stores an i32 or i64; NaN wins. A scan runs row-major through the points of `dims`, of which there is at least one, reverse and exrev from the last to the first">;

class V3<string m, int op, TimingClass t, string meaning>
    : VMod<m, op, t, [Slot<"type", LaneType, 10>, Slot<"vd", LaneDef, 13>, Slot<"va", Lane, 18>, Slot<"vb", Lane, 23>],
           [Reserved<28, 36>], meaning>;
class V2<string m, int op, TimingClass t, string meaning>
    : VMod<m, op, t, [Slot<"type", LaneType, 10>, Slot<"vd", LaneDef, 13>, Slot<"va", Lane, 18>],
           [Reserved<23, 41>], meaning>;

// Arithmetic. Integers wrap; floats round to nearest even and keep subnormals; generated NaNs are canonical.
def VAddOp : V3<"v.add", 272, T_Lane, "vd = va + vb">;
def VSubOp : V3<"v.sub", 273, T_Lane, "vd = va - vb">;
def VMulOp : V3<"v.mul", 274, T_Lane, "vd = va * vb"> { let hostCost = [4, 36, 4, 96]; }
def VMinOp : V3<"v.min", 275, T_Lane, "vd = the smaller; NaN if either is NaN; -0 is below +0">;
def VMaxOp : V3<"v.max", 276, T_Lane, "vd = the larger; NaN if either is NaN; -0 is below +0">;
def VMinnumOp : V3<"v.minnum", 277, T_Lane, "vd = the smaller; the number if one is NaN; floats only">;
def VMaxnumOp : V3<"v.maxnum", 278, T_Lane, "vd = the larger; the number if one is NaN; floats only">;
def VCopysignOp : V3<"v.copysign", 279, T_Lane, "vd = va with the sign of vb; floats only">;
def VDivOp : V3<"v.div", 280, T_LaneSlow, "vd = va / vb; integers truncate, x / 0 is all ones, the smallest divided by -1 is itself">;
def VRemOp : V3<"v.rem", 281, T_LaneSlow, "vd = remainder of va / vb with the sign of va (floats as C's fmod); x rem 0 is x"> { let hostCost = [32, 5600, 52, 22000]; }
def VPowOp : V3<"v.pow", 282, T_LaneTrans, "vd = va to the power vb, IEEE 754 pow; floats only"> { let hostCost = [0, 80, 0, 1200]; }
def VAtan2Op : V3<"v.atan2", 283, T_LaneTrans, "vd = angle of the point (vb, va); floats only">;
def VFmaOp : VMod<"v.fma", 284, T_Lane, [Slot<"type", LaneType, 10>, Slot<"vd", LaneDef, 13>, Slot<"va", Lane, 18>, Slot<"vb", Lane, 23>, Slot<"vc", Lane, 28>],
    [Reserved<33, 31>], "vd = va * vb + vc, rounded once; integers wrap"> { let hostCost = [4, 36, 4, 96]; }
def VNegOp : V2<"v.neg", 285, T_Lane, "vd = -va">;
def VAbsOp : V2<"v.abs", 286, T_Lane, "vd = magnitude of va; the smallest integer stays">;
def VFloorOp : V2<"v.floor", 287, T_Lane, "vd = va rounded down; floats only">;
def VCeilOp : V2<"v.ceil", 288, T_Lane, "vd = va rounded up; floats only">;
def VTruncOp : V2<"v.trunc", 289, T_Lane, "vd = va rounded towards zero; floats only">;
def VRintOp : V2<"v.rint", 290, T_Lane, "vd = va rounded to nearest, ties to even; floats only">;
def VRoundOp : V2<"v.round", 291, T_Lane, "vd = va rounded to nearest, ties away from zero; floats only">;
def VSqrtOp : V2<"v.sqrt", 292, T_LaneSlow, "vd = square root, correctly rounded; floats only">;
def VRsqrtOp : V2<"v.rsqrt", 293, T_LaneSlow, "vd = 1 / sqrt(va), both rounded; floats only">;
def VRcpOp : V2<"v.rcp", 294, T_LaneSlow, "vd = 1 / va, correctly rounded; floats only">;

// Transcendentals, floats only; error bounds stand in docs/numerics.md.
def VExpOp : V2<"v.exp", 295, T_LaneTrans, "vd = exp(va)"> { let hostCost = [0, 80, 0, 1200]; }
def VExp2Op : V2<"v.exp2", 296, T_LaneTrans, "vd = exp2(va)"> { let hostCost = [0, 80, 0, 1200]; }
def VExpm1Op : V2<"v.expm1", 297, T_LaneTrans, "vd = expm1(va)"> { let hostCost = [0, 80, 0, 1200]; }
def VLogOp : V2<"v.log", 298, T_LaneTrans, "vd = log(va)">;
def VLog2Op : V2<"v.log2", 299, T_LaneTrans, "vd = log2(va)">;
def VLog10Op : V2<"v.log10", 300, T_LaneTrans, "vd = log10(va)">;
def VLog1pOp : V2<"v.log1p", 301, T_LaneTrans, "vd = log1p(va)">;
def VSinOp : V2<"v.sin", 302, T_LaneTrans, "vd = sin(va)"> { let hostCost = [0, 480, 0, 480]; }
def VCosOp : V2<"v.cos", 303, T_LaneTrans, "vd = cos(va)"> { let hostCost = [0, 480, 0, 480]; }
def VTanOp : V2<"v.tan", 304, T_LaneTrans, "vd = tan(va)"> { let hostCost = [0, 480, 0, 480]; }
def VAsinOp : V2<"v.asin", 305, T_LaneTrans, "vd = asin(va)">;
def VAcosOp : V2<"v.acos", 306, T_LaneTrans, "vd = acos(va)">;
def VAtanOp : V2<"v.atan", 307, T_LaneTrans, "vd = atan(va)">;
def VSinhOp : V2<"v.sinh", 308, T_LaneTrans, "vd = sinh(va)"> { let hostCost = [0, 80, 0, 2000]; }
def VCoshOp : V2<"v.cosh", 309, T_LaneTrans, "vd = cosh(va)"> { let hostCost = [0, 80, 0, 1200]; }
def VTanhOp : V2<"v.tanh", 310, T_LaneTrans, "vd = tanh(va)"> { let hostCost = [0, 80, 0, 1200]; }
def VAsinhOp : V2<"v.asinh", 311, T_LaneTrans, "vd = asinh(va)"> { let hostCost = [0, 96, 0, 520]; }
def VAcoshOp : V2<"v.acosh", 312, T_LaneTrans, "vd = acosh(va)">;
def VAtanhOp : V2<"v.atanh", 313, T_LaneTrans, "vd = atanh(va)"> { let hostCost = [0, 96, 0, 520]; }
def VErfOp : V2<"v.erf", 314, T_LaneTrans, "vd = erf(va)">;
def VCbrtOp : V2<"v.cbrt", 315, T_LaneTrans, "vd = cbrt(va)">;
def VSigmoidOp : V2<"v.sigmoid", 316, T_LaneTrans, "vd = sigmoid(va)"> { let hostCost = [0, 80, 0, 1200]; }

// Comparison gives 1 or 0 as i32. Ordered comparisons of floats are false for NaN, `ne` is true.
def VEqOp : V3<"v.eq", 317, T_Lane, "vd = va == vb">;
def VNeOp : V3<"v.ne", 318, T_Lane, "vd = va != vb">;
def VLtOp : V3<"v.lt", 319, T_Lane, "vd = va < vb">;
def VLeOp : V3<"v.le", 320, T_Lane, "vd = va <= vb">;
def VUnoOp : V3<"v.uno", 321, T_Lane, "vd = va or vb is NaN; floats only">;
def VSelOp : VMod<"v.sel", 322, T_Lane, [Slot<"type", LaneType, 10>, Slot<"vd", LaneDef, 13>, Slot<"vc", Lane, 28>, Slot<"va", Lane, 18>, Slot<"vb", Lane, 23>],
    [Reserved<33, 31>], "vd = va if vc (i32) is not 0, else vb">;

// Bits; integer types.
def VAndOp : V3<"v.and", 323, T_Lane, "vd = va & vb">;
def VOrOp : V3<"v.or", 324, T_Lane, "vd = va | vb">;
def VXorOp : V3<"v.xor", 325, T_Lane, "vd = va ^ vb">;
def VShlOp : V3<"v.shl", 326, T_Lane, "vd = va << vb; 0 if vb is not below the width">;
def VShrOp : V3<"v.shr", 327, T_Lane, "vd = va >> vb, sign in for i32 and i64, zeros for u32 and u64; a count not below the width counts as the width">;
def VNotOp : V2<"v.not", 328, T_Lane, "vd = ~va">;
def VClzOp : V2<"v.clz", 329, T_Lane, "vd = leading zeros">;
def VCtzOp : V2<"v.ctz", 330, T_Lane, "vd = trailing zeros">;
def VPopcountOp : V2<"v.popcount", 331, T_Lane, "vd = bits set">;

// Conversion.
def VCvtOp : VMod<"v.cvt", 332, T_Lane,
    [Slot<"to", LaneType, 10>, Slot<"from", LaneTypeFrom, 23>, Slot<"vd", LaneDef, 13>, Slot<"va", Lane, 18>,
     Slot<"mode", EnumKind<"CvtMode", 1, [Case<"trunc", 0>, Case<"even", 1>]>, 26>],
    [Reserved<27, 37>],
    "vd = va converted: floats to integers truncate or round to even, saturate, NaN becomes 0; to floats rounds to nearest even; between integers wraps or extends by `from`'s sign">;
def VBitsOp : VMod<"v.bits", 333, T_Lane,
    [Slot<"to", LaneType, 10>, Slot<"from", LaneTypeFrom, 23>, Slot<"vd", LaneDef, 13>, Slot<"va", Lane, 18>],
    [Reserved<26, 38>], "vd = the bits of va as a type of the same width">;
def VNarrowOp : VMod<"v.narrow", 334, T_Lane,
    [Slot<"type", Elem, 23>, Slot<"vd", LaneDef, 13>, Slot<"va", Lane, 18>], [Reserved<10, 3>, Reserved<27, 37>],
    "vd = va reduced to the values of an element type: f32 rounded (to nearest even) to f16, bf16 or f8; 32-bit integers wrapped to i4 to u16">;
def VSatOp : VMod<"v.sat", 335, T_Lane,
    [Slot<"type", Elem, 23>, Slot<"vd", LaneDef, 13>, Slot<"va", Lane, 18>], [Reserved<10, 3>, Reserved<27, 37>],
    "vd = va (i32) clamped to the range of i4 to u16">;

//===----------------------------------------------------------------------===//
// Data movement and ordering within the scratchpad
//===----------------------------------------------------------------------===//

class Move<string m, int op, list<Slot> s, list<Reserved> r, string meaning>
    : Inst<m, op, Vector, T_Engine, s, r, meaning>;
def VgatherOp : Move<"vgather", 384, [Slot<"dst", Desc, 10>, Slot<"src", Desc, 15>, Slot<"index", Desc, 20>, Slot<"dim", Dim, 25>],
    [Reserved<28, 36>],
    "dst[.., i, ..] = src[.., index[i], ..] in `dim`; other sizes agree; index is a list of i32 or i64 (dimension 5); traps outside [0, size)">;
def VscatterOp : Move<"vscatter", 385, [Slot<"dst", Desc, 10>, Slot<"src", Desc, 15>, Slot<"index", Desc, 20>, Slot<"dim", Dim, 25>,
     Slot<"mode", EnumKind<"ScatterMode", 2, [Case<"set", 0>, Case<"add", 1>, Case<"min", 2>, Case<"max", 3>]>, 28>],
    [Reserved<30, 34>],
    "dst[.., index[i], ..] = (or combined with) src[.., i, ..]; duplicates apply in ascending order of the list">;
def VtakeOp : Move<"vtake", 386, [Slot<"dst", Desc, 10>, Slot<"src", Desc, 15>, Slot<"index", Desc, 20>, Slot<"dim", Dim, 25>],
    [Reserved<28, 36>],
    "element-wise gather: dst[p] = src[p with its index in `dim` replaced by index[p]]; index has dst's sizes">;
def VputOp : Move<"vput", 387, [Slot<"dst", Desc, 10>, Slot<"src", Desc, 15>, Slot<"index", Desc, 20>, Slot<"dim", Dim, 25>,
     Slot<"mode", EnumKind<"ScatterMode", 2, [Case<"set", 0>, Case<"add", 1>, Case<"min", 2>, Case<"max", 3>]>, 28>],
    [Reserved<30, 34>],
    "element-wise scatter: dst[p with its index in `dim` replaced by index[p]] = (or combined with) src[p], p ascending row-major">;
def VtransOp : Move<"vtrans", 388, [Slot<"dst", Desc, 10>, Slot<"src", Desc, 15>], [Reserved<20, 44>],
    "dst = src, same sizes and element width, through the transposer: strides on either side cost nothing extra as long as each side has a dimension of stride 1">;
def SortOrder : EnumKind<"SortOrder", 1, [Case<"ascending", 0>, Case<"descending", 1>]>;
def VsortOp : Move<"vsort", 389, [Slot<"keys", Desc, 10>, Slot<"payload", Desc, 15>, Slot<"srckeys", Desc, 20>, Slot<"srcpayload", Desc, 25>,
     Slot<"order", SortOrder, 30>], [Reserved<31, 33>],
    "sorts along dimension 5, stable; NaN counts as the largest value; the payload (any type) moves with its key. keys may be shorter than srckeys in dimension 5: the first ones remain (top-k)">;
def VsortiOp : Move<"vsorti", 390, [Slot<"keys", Desc, 10>, Slot<"index", Desc, 15>, Slot<"srckeys", Desc, 20>, Slot<"base", Reg, 25>,
     Slot<"order", SortOrder, 31>], [Reserved<32, 32>],
    "`vsort` whose payload is the position in srckeys plus base; index is i32 or i64">;
def VmergeOp : Move<"vmerge", 391, [Slot<"keys", Desc, 10>, Slot<"payload", Desc, 15>, Slot<"keysa", Desc, 20>, Slot<"payloada", Desc, 25>,
     Slot<"keysb", Desc, 30>, Slot<"payloadb", Desc, 35>, Slot<"order", SortOrder, 40>], [Reserved<41, 23>],
    "merges two runs sorted along dimension 5, stable (a before b); keys may be shorter than both together: the first ones remain">;

#endif // ASHLAR_NISA_VECTORINSTS
