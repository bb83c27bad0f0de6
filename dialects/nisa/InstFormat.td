//===- InstFormat.td - How an instruction is described ------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An instruction is one 64-bit word: a 10-bit opcode in bits 9..0, operands in
// slots, every other bit covered by a reserved slot that must be zero. The same
// record is an MLIR operation (mlir-tblgen) and an encoding (ashlar-tblgen), so
// that neither can disagree with the other.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NISA_INSTFORMAT
#define ASHLAR_NISA_INSTFORMAT

include "mlir/IR/OpBase.td"

def NISA_Dialect : Dialect {
  let name = "nisa";
  let summary = "the instruction set of the Ashlar NPU, one operation per machine word";
  let cppNamespace = "::ashlar::nisa";
}

//===----------------------------------------------------------------------===//
// Operand kinds
//===----------------------------------------------------------------------===//

/// What a slot holds. `form` selects how it is written in assembly; `cppType`
/// is its type in the generated operand struct.
class Kind<string theForm, int theWidth, string theCppType, bit theSigned = 0> {
  string form = theForm;
  int width = theWidth;
  string cppType = theCppType;
  bit isSigned = theSigned;
  // A suffix is written `.name` behind the mnemonic, not in the operand list.
  bit isSuffix = 0;
  // What the instruction does with the register that the slot names.
  bit isDef = 0;
  bit isUse = 0;
  // Number of legal values, from 0; 0 where every value that fits is legal.
  int limit = 0;
  // Names the slot's parser and printer in the nisa dialect.
  string directive = theForm;
}
class Def<string form, int width> : Kind<form, width, "uint8_t"> { let isDef = 1; }
class Use<string form, int width> : Kind<form, width, "uint8_t"> { let isUse = 1; }
class Upd<string form, int width> : Def<form, width> { let isUse = 1; }

def RegDef  : Def<"Reg", 6>;   // scalar register that is written: r0..r63, r0 reads as zero
def RegUpd  : Upd<"Reg", 6>;   // scalar register of which a part is replaced
def Reg     : Use<"Reg", 6>;   // scalar register that is read
def DescDef : Def<"Desc", 5>;  // descriptor register that is written: d0..d31
def DescUpd : Upd<"Desc", 5>;  // descriptor register of which a part is replaced
def Desc    : Use<"Desc", 5>;  // descriptor register that is read
def LaneDef : Def<"Lane", 5>;  // lane register that is written: v0..v31
def Lane    : Use<"Lane", 5>;  // lane register that is read
def Sem     : Kind<"Sem", 8, "uint8_t">;   // counting semaphore of this core: s0..s255
def Target  : Kind<"Target", 32, "int32_t", 1>; // words relative to this instruction
def Count   : Kind<"Count", 6, "uint8_t">; // payload words that follow; written as braces around them
def Dim     : Kind<"Imm", 3, "uint8_t"> { let limit = 6; } // descriptor dimension 0 (outermost) to 5 (innermost)
def DimMask : Kind<"Imm", 6, "uint8_t">;   // bit d stands for dimension d
class UImm<int width, string cpp> : Kind<"Imm", width, cpp>;
class SImm<int width, string cpp> : Kind<"Imm", width, cpp, 1>;
def SImm32 : SImm<32, "int32_t">;
def UImm32 : UImm<32, "uint32_t">;
def UImm16 : UImm<16, "uint16_t">;
def UImm20 : UImm<20, "uint32_t">;
def SImm26 : SImm<26, "int32_t">;

class Case<string theName, int theValue> {
  string name = theName;
  int value = theValue;
}
class EnumKind<string cppEnum, int theWidth, list<Case> theCases>
    : Kind<"Enum", theWidth, cppEnum> {
  list<Case> cases = theCases;
  let directive = cppEnum;
}
class Suffix<string cppEnum, int theWidth, list<Case> theCases>
    : EnumKind<cppEnum, theWidth, theCases> {
  let isSuffix = 1;
}

// Element types of tensors in memory. i4 and u4 are two to a byte, low nibble
// first. A boolean is a u8 that holds 0 or 1.
defvar elementCases = [
  Case<"i4", 0>, Case<"u4", 1>, Case<"i8", 2>, Case<"u8", 3>, Case<"i16", 4>,
  Case<"u16", 5>, Case<"i32", 6>, Case<"u32", 7>, Case<"i64", 8>,
  Case<"u64", 9>, Case<"f8e4m3", 10>, Case<"f8e5m2", 11>, Case<"f16", 12>,
  Case<"bf16", 13>, Case<"f32", 14>, Case<"f64", 15>];
def Elem       : EnumKind<"ElementType", 4, elementCases>;
def ElemSuffix : Suffix<"ElementType", 4, elementCases>;

// Types that lane registers and scalar arithmetic compute in.
defvar laneCases = [Case<"f32", 0>, Case<"f64", 1>, Case<"i32", 2>,
                    Case<"u32", 3>, Case<"i64", 4>, Case<"u64", 5>];
def LaneType     : Suffix<"LaneType", 3, laneCases>;
def LaneTypeFrom : Suffix<"LaneType", 3, laneCases>;

def Queue : EnumKind<"Queue", 4, [
  Case<"scalar", 0>, Case<"mxu", 1>, Case<"out", 2>, Case<"vec", 3>,
  Case<"dma0", 4>, Case<"dma1", 5>, Case<"dma2", 6>, Case<"dma3", 7>]>;

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

class Slot<string theName, Kind theKind, int theLsb> {
  string name = theName;
  Kind kind = theKind;
  int lsb = theLsb;
  string directive = "custom<" # theKind.directive # ">($" # theName # ")";
  // Part of the operation's builder, which takes plain integers.
  string addTo = "$_state.addAttribute(\"" # theName #
                 "\", $_builder.getI64IntegerAttr(" # theName # "));";
}
/// Bits that must be zero; a word with others traps as malformed.
class Reserved<int theLsb, int theWidth> {
  int lsb = theLsb;
  int width = theWidth;
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

/// Marks operations that are machine words; verifies that operands are legal.
def MachineInst : NativeOpTrait<"MachineInst"> {
  let cppNamespace = "::ashlar::nisa";
}

/// The unit that executes an instruction. `Payload` words belong to the head
/// word before them and travel to its engine with it.
class EngineKind<string theName> { string name = theName; }
def Scalar  : EngineKind<"Scalar">;
def Matrix  : EngineKind<"Matrix">;
def Output  : EngineKind<"Output">;
def Vector  : EngineKind<"Vector">;
def Copy    : EngineKind<"Copy">;

/// Selects the formula in runtime/Timing. `hostCost` is what the emulator's host
/// needs for a lane of the class's micro-operations, for i32, f32, i64 and f64:
/// in 64ths of a step of its budget, for the values that take it longest.
class TimingClass<string theName, list<int> theHostCost = [0, 0, 0, 0]> {
  string name = theName;
  list<int> hostCost = theHostCost;
}
def T_Alu      : TimingClass<"Alu">;      // one cycle
def T_Mul      : TimingClass<"Mul">;      // pipelined multiply
def T_Div      : TimingClass<"Div">;      // integer divide
def T_Fp       : TimingClass<"Fp">;       // floating point
def T_FpDiv    : TimingClass<"FpDiv">;    // divide and square root
def T_Load     : TimingClass<"Load">;     // scratchpad word read
def T_Store    : TimingClass<"Store">;    // scratchpad word write
def T_Branch   : TimingClass<"Branch">;   // taken branches pay
def T_Queue    : TimingClass<"Queue">;    // handed to a queue
def T_Engine   : TimingClass<"Engine">;   // head word: formula of its engine
def T_Modifier : TimingClass<"Modifier">; // payload word that changes its head
def T_Lane     : TimingClass<"Lane", [4, 4, 4, 8]>; // one lane operation
def T_LaneSlow : TimingClass<"LaneSlow", [32, 52, 52, 128]>; // divide, square root, remainder
def T_LaneTrans: TimingClass<"LaneTrans", [0, 80, 0, 400]>; // transcendental
def T_LaneFree : TimingClass<"LaneFree">; // set up once an instruction, not once a lane

/// One machine instruction.
class Inst<string theMnemonic, int theOpcode, EngineKind theEngine,
           TimingClass theTiming, list<Slot> theSlots,
           list<Reserved> theReserved, string theMeaning>
    : Op<NISA_Dialect, theMnemonic, [MachineInst]> {
  string mnemonic = theMnemonic;
  int opcode = theOpcode;
  EngineKind engine = theEngine;
  TimingClass timing = theTiming;
  list<int> hostCost = theTiming.hostCost;
  list<Slot> slots = theSlots;
  list<Reserved> reserved = theReserved;
  string meaning = theMeaning;
  // Head words whose operand of kind Count says how many payload words follow.
  bit isPayload = 0;
  // For payload words: mnemonics of the heads that accept them.
  list<string> heads = [];

  let summary = theMeaning;
  let arguments = !dag(ins, !listsplat(I64Attr, !size(theSlots)),
                       !foreach(s, theSlots, s.name));
  let assemblyFormat =
      !interleave(!foreach(s, theSlots, s.directive), " `,` ") # " attr-dict";
  // One builder, of integers in the order of the slots: hundreds of operations
  // have to compile in reasonable time.
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<
      !dag(ins, !listsplat("int64_t", !size(theSlots)), !foreach(s, theSlots, s.name)),
      "// In the order of the slots.\n" # !interleave(!foreach(s, theSlots, s.addTo), "\n")>];
}

class Payload<string theMnemonic, int theOpcode, EngineKind theEngine,
              TimingClass theTiming, list<string> theHeads, list<Slot> theSlots,
              list<Reserved> theReserved, string theMeaning>
    : Inst<theMnemonic, theOpcode, theEngine, theTiming, theSlots, theReserved,
           theMeaning> {
  let isPayload = 1;
  let heads = theHeads;
}

#endif // ASHLAR_NISA_INSTFORMAT
