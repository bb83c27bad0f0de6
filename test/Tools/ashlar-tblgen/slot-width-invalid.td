// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': slot 'imm' of 9 bits does not fit its C++ type 'uint8_t'
def XOp : Inst<"x", 1, Scalar, T_Alu, [Slot<"imm", UImm<9, "uint8_t">, 10>], [Reserved<19, 45>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'y': slot 'ra' is 5 bits wide, but form 'Reg' has 6
def YOp : Inst<"y", 2, Scalar, T_Alu, [Slot<"ra", Use<"Reg", 5>, 10>], [Reserved<15, 49>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'z': slot 'ra' has the unknown form 'Register'
def ZOp : Inst<"z", 3, Scalar, T_Alu, [Slot<"ra", Use<"Register", 6>, 10>], [Reserved<16, 48>], "">;
def SuffixImm : UImm<8, "uint8_t"> { let isSuffix = 1; }
// CHECK: [[#@LINE+1]]:5: error: 'w': slot 'imm' is a suffix but not an enum
def WOp : Inst<"w", 4, Scalar, T_Alu, [Slot<"imm", SuffixImm, 10>], [Reserved<18, 46>], "">;
