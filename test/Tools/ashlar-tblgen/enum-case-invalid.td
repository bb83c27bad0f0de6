// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': case 'big' = 4 of enum 'Size' does not fit in 2 bits
def XOp : Inst<"x", 1, Scalar, T_Alu,
    [Slot<"size", EnumKind<"Size", 2, [Case<"small", 0>, Case<"big", 4>]>, 10>], [Reserved<12, 52>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'y': cases 'left' and 'right' of enum 'Side' have the same value 1
def YOp : Inst<"y", 2, Scalar, T_Alu,
    [Slot<"side", EnumKind<"Side", 2, [Case<"left", 1>, Case<"right", 1>]>, 10>], [Reserved<12, 52>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'z': enum 'Way' has two cases named 'up'
def ZOp : Inst<"z", 3, Scalar, T_Alu,
    [Slot<"way", EnumKind<"Way", 2, [Case<"up", 0>, Case<"up", 1>]>, 10>], [Reserved<12, 52>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'w': enum 'Empty' has no cases
def WOp : Inst<"w", 4, Scalar, T_Alu, [Slot<"e", EnumKind<"Empty", 2, []>, 10>], [Reserved<12, 52>], "">;
