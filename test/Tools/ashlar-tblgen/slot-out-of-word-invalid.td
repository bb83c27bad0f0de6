// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': slot 'ra' (bits 65..60) does not lie in the word
def XOp : Inst<"x", 1, Scalar, T_Alu, [Slot<"ra", Reg, 60>], [Reserved<10, 50>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'y': reserved bits 64..10 do not lie in the word
def YOp : Inst<"y", 2, Scalar, T_Alu, [], [Reserved<10, 55>], "">;
