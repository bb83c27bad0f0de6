// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+4]]:5: error: 'y': opcode 7 is already taken
// CHECK: [[#@LINE+1]]:5: note: by 'x'
def XOp : Inst<"x", 7, Scalar, T_Alu, [], [Reserved<10, 54>], "">;

def YOp : Inst<"y", 7, Scalar, T_Alu, [], [Reserved<10, 54>], "">;
