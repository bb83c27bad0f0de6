// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

def XOp : Inst<"x", 1, Scalar, T_Alu, [], [Reserved<10, 54>], "">;
// CHECK: [[#@LINE+2]]:5: error: 'x': mnemonic 'x' is already taken
// CHECK: [[#@LINE-2]]:5: note: by this instruction
def YOp : Inst<"x", 2, Scalar, T_Alu, [], [Reserved<10, 54>], "">;

// A suffix can make a mnemonic that exists.
def FaddOp : Inst<"fadd", 3, Scalar, T_Alu, [Slot<"type", LaneType, 10>], [Reserved<13, 51>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'fadd.f32': mnemonic 'fadd.f32' is already taken
def FaddF32Op : Inst<"fadd.f32", 4, Scalar, T_Alu, [], [Reserved<10, 54>], "">;

// CHECK: [[#@LINE+1]]:5: error: 'z': the record's name 'Z' does not end in 'Op'
def Z : Inst<"z", 5, Scalar, T_Alu, [], [Reserved<10, 54>], "">;
