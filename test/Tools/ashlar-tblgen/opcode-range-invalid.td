// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK-DAG: [[#@LINE+1]]:5: error: 'x': opcode 0 is not in 1..1023
def XOp : Inst<"x", 0, Scalar, T_Alu, [], [Reserved<10, 54>], "">;
// CHECK-DAG: [[#@LINE+1]]:5: error: 'y': opcode 1024 is not in 1..1023
def YOp : Inst<"y", 1024, Scalar, T_Alu, [], [Reserved<10, 54>], "">;
