//===- ScalarInsts.td - Control, arithmetic, descriptors, queues --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registers are 64 bits wide and hold integers and floating-point bit patterns
// alike (an f32 in the low half, the high half zero). Integer arithmetic wraps.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NISA_SCALARINSTS
#define ASHLAR_NISA_SCALARINSTS

include "InstFormat.td"

class RRR<string m, int op, TimingClass t, string meaning>
    : Inst<m, op, Scalar, t,
           [Slot<"rd", RegDef, 10>, Slot<"ra", Reg, 16>, Slot<"rb", Reg, 22>],
           [Reserved<28, 36>], meaning>;
class RRI<string m, int op, TimingClass t, string meaning>
    : Inst<m, op, Scalar, t,
           [Slot<"rd", RegDef, 10>, Slot<"ra", Reg, 16>, Slot<"imm", SImm32, 32>],
           [Reserved<22, 10>], meaning>;
class Bcc<string m, int op, string meaning>
    : Inst<m, op, Scalar, T_Branch,
           [Slot<"ra", Reg, 10>, Slot<"rb", Reg, 16>, Slot<"target", Target, 32>],
           [Reserved<22, 10>], meaning>;
class FRRR<string m, int op, TimingClass t, string meaning>
    : Inst<m, op, Scalar, t,
           [Slot<"type", LaneType, 40>, Slot<"rd", RegDef, 10>,
            Slot<"ra", Reg, 16>, Slot<"rb", Reg, 22>],
           [Reserved<28, 12>, Reserved<43, 21>], meaning>;

// Control.
def NopOp : Inst<"nop", 1, Scalar, T_Alu, [], [Reserved<10, 54>], "does nothing">;
def HaltOp : Inst<"halt", 2, Scalar, T_Alu, [], [Reserved<10, 54>],
                "ends this core's program; the core is done when its queues have drained">;
def TrapOp : Inst<"trap", 3, Scalar, T_Alu, [Slot<"code", UImm32, 32>], [Reserved<10, 22>],
                "stops the program with a user trap that carries `code`">;
def JmpOp : Inst<"jmp", 4, Scalar, T_Branch, [Slot<"target", Target, 32>], [Reserved<10, 22>],
                "continues at `target`">;
def CallOp : Inst<"call", 5, Scalar, T_Branch, [Slot<"rd", RegDef, 10>, Slot<"target", Target, 32>],
                [Reserved<16, 16>],
                "rd = index of the next word in this core's text; continues at `target`">;
def JrOp : Inst<"jr", 6, Scalar, T_Branch, [Slot<"ra", Reg, 10>], [Reserved<16, 48>],
                "continues at the word of this core's text whose index is ra">;
def LoopOp : Inst<"loop", 7, Scalar, T_Alu, [Slot<"ra", Reg, 10>, Slot<"target", Target, 32>],
                [Reserved<16, 16>],
                "hardware loop: runs the words up to (not including) `target` ra times, not at all if ra <= 0; `target` lies ahead; nests eight deep; branches may not leave or enter the body, calls and returns out of it may">;
def LoopiOp : Inst<"loopi", 8, Scalar, T_Alu, [Slot<"count", UImm20, 10>, Slot<"target", Target, 32>],
                [Reserved<30, 2>], "`loop` with a constant trip count">;
def BeqOp : Bcc<"beq", 9, "branches to `target` if ra == rb">;
def BneOp : Bcc<"bne", 10, "branches to `target` if ra != rb">;
def BltOp : Bcc<"blt", 11, "branches to `target` if ra < rb, signed">;
def BgeOp : Bcc<"bge", 12, "branches to `target` if ra >= rb, signed">;
def BltuOp : Bcc<"bltu", 13, "branches to `target` if ra < rb, unsigned">;
def BgeuOp : Bcc<"bgeu", 14, "branches to `target` if ra >= rb, unsigned">;
def RdsysOp : Inst<"rdsys", 15, Scalar, T_Alu,
                [Slot<"rd", RegDef, 10>,
                 Slot<"what", EnumKind<"SystemValue", 4, [Case<"core", 0>, Case<"cores", 1>,
                                 Case<"chip", 2>, Case<"entry", 3>]>, 16>],
                [Reserved<20, 44>],
                "rd = this core's number, the number of cores, this chip's number, or the number of the entry point that was called">;

// Integer arithmetic.
def LiOp : Inst<"li", 16, Scalar, T_Alu, [Slot<"rd", RegDef, 10>, Slot<"imm", SImm32, 32>],
                 [Reserved<16, 16>], "rd = imm, sign-extended">;
def LihOp : Inst<"lih", 17, Scalar, T_Alu, [Slot<"rd", RegUpd, 10>, Slot<"imm", UImm32, 32>],
                 [Reserved<16, 16>], "upper half of rd = imm; the lower half stays">;
def AddOp : RRR<"add", 18, T_Alu, "rd = ra + rb">;
def SubOp : RRR<"sub", 19, T_Alu, "rd = ra - rb">;
def MulOp : RRR<"mul", 20, T_Mul, "rd = low 64 bits of ra * rb">;
def DivOp : RRR<"div", 21, T_Div, "rd = ra / rb, signed, truncated; traps if rb is 0; the smallest integer divided by -1 is itself">;
def DivuOp : RRR<"divu", 22, T_Div, "rd = ra / rb, unsigned; traps if rb is 0">;
def RemOp : RRR<"rem", 23, T_Div, "rd = ra - (ra / rb) * rb, signed; traps if rb is 0; 0 if rb is -1">;
def RemuOp : RRR<"remu", 24, T_Div, "rd = ra modulo rb, unsigned; traps if rb is 0">;
def AndOp : RRR<"and", 25, T_Alu, "rd = ra & rb">;
def OrOp : RRR<"or", 26, T_Alu, "rd = ra | rb">;
def XorOp : RRR<"xor", 27, T_Alu, "rd = ra ^ rb">;
def ShlOp : RRR<"shl", 28, T_Alu, "rd = ra << (rb mod 64)">;
def ShrOp : RRR<"shr", 29, T_Alu, "rd = ra >> (rb mod 64), zeros in">;
def SarOp : RRR<"sar", 30, T_Alu, "rd = ra >> (rb mod 64), sign in">;
def MinOp : RRR<"min", 31, T_Alu, "rd = the smaller of ra and rb, signed">;
def MaxOp : RRR<"max", 32, T_Alu, "rd = the larger of ra and rb, signed">;
def MinuOp : RRR<"minu", 33, T_Alu, "rd = the smaller of ra and rb, unsigned">;
def MaxuOp : RRR<"maxu", 34, T_Alu, "rd = the larger of ra and rb, unsigned">;
def SeqOp : RRR<"seq", 35, T_Alu, "rd = 1 if ra == rb, else 0">;
def SneOp : RRR<"sne", 36, T_Alu, "rd = 1 if ra != rb, else 0">;
def SltOp : RRR<"slt", 37, T_Alu, "rd = 1 if ra < rb, signed, else 0">;
def SltuOp : RRR<"sltu", 38, T_Alu, "rd = 1 if ra < rb, unsigned, else 0">;
def SelOp : Inst<"sel", 39, Scalar, T_Alu,
                 [Slot<"rd", RegDef, 10>, Slot<"rc", Reg, 16>, Slot<"ra", Reg, 22>, Slot<"rb", Reg, 28>],
                 [Reserved<34, 30>], "rd = ra if rc is not 0, else rb">;
def AddiOp : RRI<"addi", 40, T_Alu, "rd = ra + imm">;
def MuliOp : RRI<"muli", 41, T_Mul, "rd = low 64 bits of ra * imm">;
def AndiOp : RRI<"andi", 42, T_Alu, "rd = ra & imm">;
def OriOp : RRI<"ori", 43, T_Alu, "rd = ra | imm">;
def XoriOp : RRI<"xori", 44, T_Alu, "rd = ra ^ imm">;
def ShliOp : RRI<"shli", 45, T_Alu, "rd = ra << (imm mod 64)">;
def ShriOp : RRI<"shri", 46, T_Alu, "rd = ra >> (imm mod 64), zeros in">;
def SariOp : RRI<"sari", 47, T_Alu, "rd = ra >> (imm mod 64), sign in">;
def MiniOp : RRI<"mini", 48, T_Alu, "rd = the smaller of ra and imm, signed">;
def MaxiOp : RRI<"maxi", 49, T_Alu, "rd = the larger of ra and imm, signed">;
def SeqiOp : RRI<"seqi", 50, T_Alu, "rd = 1 if ra == imm, else 0">;
def SltiOp : RRI<"slti", 51, T_Alu, "rd = 1 if ra < imm, signed, else 0">;

// Floating point; `type` is f32 or f64. Every operation rounds once, to nearest even.
def FaddOp : FRRR<"fadd", 64, T_Fp, "rd = ra + rb">;
def FsubOp : FRRR<"fsub", 65, T_Fp, "rd = ra - rb">;
def FmulOp : FRRR<"fmul", 66, T_Fp, "rd = ra * rb">;
def FdivOp : FRRR<"fdiv", 67, T_FpDiv, "rd = ra / rb">;
def FminOp : FRRR<"fmin", 68, T_Fp, "rd = the smaller of ra and rb; NaN if either is NaN; -0 is below +0">;
def FmaxOp : FRRR<"fmax", 69, T_Fp, "rd = the larger of ra and rb; NaN if either is NaN; -0 is below +0">;
def FeqOp : FRRR<"feq", 70, T_Fp, "rd = 1 if ra == rb, else 0 (NaN compares false)">;
def FltOp : FRRR<"flt", 71, T_Fp, "rd = 1 if ra < rb, else 0 (NaN compares false)">;
def FleOp : FRRR<"fle", 72, T_Fp, "rd = 1 if ra <= rb, else 0 (NaN compares false)">;
def FsqrtOp : Inst<"fsqrt", 73, Scalar, T_FpDiv,
                 [Slot<"type", LaneType, 40>, Slot<"rd", RegDef, 10>, Slot<"ra", Reg, 16>],
                 [Reserved<22, 18>, Reserved<43, 21>], "rd = square root of ra">;
def FmaOp : Inst<"fma", 74, Scalar, T_Fp,
                 [Slot<"type", LaneType, 40>, Slot<"rd", RegDef, 10>, Slot<"ra", Reg, 16>,
                  Slot<"rb", Reg, 22>, Slot<"rc", Reg, 28>],
                 [Reserved<34, 6>, Reserved<43, 21>], "rd = ra * rb + rc, rounded once">;
def CvtOp : Inst<"cvt", 75, Scalar, T_Fp,
                 [Slot<"to", LaneType, 40>, Slot<"from", LaneTypeFrom, 43>,
                  Slot<"rd", RegDef, 10>, Slot<"ra", Reg, 16>],
                 [Reserved<22, 18>, Reserved<46, 18>],
                 "rd = ra converted; to an integer it truncates and saturates, NaN becomes 0; to a narrower float it rounds to nearest even; 32-bit integers are sign- or zero-extended into rd by their type">;
def FrintOp : Inst<"frint", 76, Scalar, T_Fp,
                 [Slot<"type", LaneType, 40>,
                  Slot<"mode", EnumKind<"RoundMode", 3, [Case<"even", 0>, Case<"down", 1>,
                              Case<"up", 2>, Case<"zero", 3>, Case<"away", 4>]>, 22>,
                  Slot<"rd", RegDef, 10>, Slot<"ra", Reg, 16>],
                 [Reserved<25, 15>, Reserved<43, 21>],
                 "rd = ra rounded to an integer: nearest (ties to even or away), down, up, or towards zero">;

// Scratchpad words. Addresses are byte offsets into this core's scratchpad and
// multiples of the element's size. f16, bf16 and f8 move as bits.
def LoadOp : Inst<"load", 80, Scalar, T_Load,
                 [Slot<"type", ElemSuffix, 22>, Slot<"rd", RegDef, 10>, Slot<"ra", Reg, 16>,
                  Slot<"imm", SImm32, 32>],
                 [Reserved<26, 6>], "rd = the element at byte offset ra + imm, sign- or zero-extended; traps for i4 and u4">;
def StoreOp : Inst<"store", 81, Scalar, T_Store,
                 [Slot<"type", ElemSuffix, 22>, Slot<"rs", Reg, 10>, Slot<"ra", Reg, 16>,
                  Slot<"imm", SImm32, 32>],
                 [Reserved<26, 6>], "the element at byte offset ra + imm = the low bits of rs; traps for i4 and u4">;

// Descriptors: base address, element type, six sizes and strides in elements,
// dimension 5 innermost. Queued instructions take a copy when dispatched.
def DnewOp : Inst<"dnew", 96, Scalar, T_Alu, [Slot<"dd", DescDef, 10>, Slot<"type", Elem, 15>,
                 Slot<"ra", Reg, 19>, Slot<"imm", SImm32, 32>], [Reserved<25, 7>],
                 "dd = base ra + imm, type `type`, all sizes 1, all strides 0">;
def DbaseOp : Inst<"dbase", 97, Scalar, T_Alu, [Slot<"dd", DescUpd, 10>, Slot<"ra", Reg, 19>,
                 Slot<"imm", SImm32, 32>], [Reserved<15, 4>, Reserved<25, 7>],
                 "base of dd = ra + imm">;
def DaddOp : Inst<"dadd", 98, Scalar, T_Alu, [Slot<"dd", DescUpd, 10>, Slot<"ra", Reg, 19>,
                 Slot<"imm", SImm32, 32>], [Reserved<15, 4>, Reserved<25, 7>],
                 "base of dd += ra + imm">;
def DsizeOp : Inst<"dsize", 99, Scalar, T_Alu, [Slot<"dd", DescUpd, 10>, Slot<"dim", Dim, 15>,
                 Slot<"ra", Reg, 19>, Slot<"imm", SImm32, 32>], [Reserved<18, 1>, Reserved<25, 7>],
                 "size of dimension `dim` of dd = ra + imm; negative traps when the descriptor is used">;
def DstrideOp : Inst<"dstride", 100, Scalar, T_Alu, [Slot<"dd", DescUpd, 10>, Slot<"dim", Dim, 15>,
                 Slot<"ra", Reg, 19>, Slot<"imm", SImm32, 32>], [Reserved<18, 1>, Reserved<25, 7>],
                 "stride of dimension `dim` of dd = ra + imm elements">;
def DdimOp : Inst<"ddim", 101, Scalar, T_Alu, [Slot<"dd", DescUpd, 10>, Slot<"dim", Dim, 15>,
                 Slot<"size", UImm20, 18>, Slot<"stride", SImm26, 38>], [],
                 "size and stride of dimension `dim` of dd = constants">;
def DmovOp : Inst<"dmov", 102, Scalar, T_Alu, [Slot<"dd", DescDef, 10>, Slot<"ds", Desc, 15>],
                 [Reserved<20, 44>], "dd = ds">;

// Semaphores. Entries of a queue run in its order; a signal happens when all
// entries before it in its queue have completed, and does not hold up those behind it.
def WaitOp : Inst<"wait", 112, Scalar, T_Queue, [Slot<"queue", Queue, 10>, Slot<"sem", Sem, 14>,
                 Slot<"n", UImm16, 32>], [Reserved<22, 10>, Reserved<48, 16>],
                 "the queue (or the scalar unit itself) stops until semaphore `sem` of this core is at least n, then takes n from it">;
def SignalOp : Inst<"signal", 113, Scalar, T_Queue, [Slot<"queue", Queue, 10>, Slot<"sem", Sem, 14>,
                 Slot<"n", UImm16, 32>], [Reserved<22, 10>, Reserved<48, 16>],
                 "adds n to semaphore `sem` of this core when the queue's earlier entries have completed">;
def SignalrOp : Inst<"signalr", 114, Scalar, T_Queue, [Slot<"queue", Queue, 10>, Slot<"core", Reg, 22>,
                 Slot<"sem", Sem, 14>, Slot<"n", UImm16, 32>], [Reserved<28, 4>, Reserved<48, 16>],
                 "`signal` on core number `core` (chip number in bits 19..8)">;

// Requests that are queued one behind another.
def LeaveOp : Inst<"leave", 115, Scalar, T_Alu, [Slot<"queue", Queue, 10>], [Reserved<14, 50>],
                 "if another request is queued behind this one, this core need not wait for `queue`, a copy queue, to be done: what it has been given goes on in the next run, in front of that run's own entries">;

#endif // ASHLAR_NISA_SCALARINSTS
