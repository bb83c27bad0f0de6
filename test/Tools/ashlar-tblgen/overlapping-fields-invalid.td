// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': slot 'rb' overlaps slot 'ra' in bit 15
def XOp : Inst<"x", 1, Scalar, T_Alu, [Slot<"ra", Reg, 10>, Slot<"rb", Reg, 15>], [Reserved<21, 43>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'y': slot 'ra' overlaps the opcode in bit 9
def YOp : Inst<"y", 2, Scalar, T_Alu, [Slot<"ra", Reg, 9>], [Reserved<15, 49>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'z': reserved bits overlaps slot 'ra' in bit 12
def ZOp : Inst<"z", 3, Scalar, T_Alu, [Slot<"ra", Reg, 10>], [Reserved<12, 52>], "">;
