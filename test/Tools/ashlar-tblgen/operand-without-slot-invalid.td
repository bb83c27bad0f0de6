// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': operand 'extra' has no slot
def XOp : Inst<"x", 1, Scalar, T_Alu, [Slot<"ra", Reg, 10>], [Reserved<16, 48>], ""> {
  let arguments = (ins I64Attr:$ra, I64Attr:$extra);
}
// CHECK: [[#@LINE+1]]:5: error: 'y': slot 'ra' has no operand
def YOp : Inst<"y", 2, Scalar, T_Alu, [Slot<"ra", Reg, 10>], [Reserved<16, 48>], ""> {
  let arguments = (ins);
}
