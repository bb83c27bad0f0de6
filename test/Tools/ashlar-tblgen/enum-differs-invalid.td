// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+5]]:5: error: 'y': enum 'Mode' differs from an enum of the same name
// CHECK: [[#@LINE+1]]:5: note: first used here
def XOp : Inst<"x", 1, Scalar, T_Alu,
    [Slot<"mode", EnumKind<"Mode", 2, [Case<"set", 0>, Case<"add", 1>]>, 10>], [Reserved<12, 52>], "">;

def YOp : Inst<"y", 2, Scalar, T_Alu,
    [Slot<"mode", EnumKind<"Mode", 2, [Case<"set", 0>, Case<"sub", 1>]>, 10>], [Reserved<12, 52>], "">;
