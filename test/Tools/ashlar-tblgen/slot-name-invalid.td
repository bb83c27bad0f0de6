// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': slot name 'ra' is used twice
def XOp : Inst<"x", 1, Scalar, T_Alu, [Slot<"ra", Reg, 10>, Slot<"ra", Reg, 16>], [Reserved<22, 42>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'y': slot name 'register' cannot be a field of a C++ struct
def YOp : Inst<"y", 2, Scalar, T_Alu, [Slot<"register", Reg, 10>], [Reserved<16, 48>], "">;
