// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': bits 19..16 are neither a slot nor reserved
def XOp : Inst<"x", 1, Scalar, T_Alu, [Slot<"ra", Reg, 10>], [Reserved<20, 44>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'y': bits 63..10 are neither a slot nor reserved
def YOp : Inst<"y", 2, Scalar, T_Alu, [], [], "">;
