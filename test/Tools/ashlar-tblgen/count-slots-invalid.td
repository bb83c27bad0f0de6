// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

// CHECK: [[#@LINE+1]]:5: error: 'x': has 2 slots of form 'Count', at most one is possible
def XOp : Inst<"x", 1, Vector, T_Engine, [Slot<"a", Count, 10>, Slot<"b", Count, 16>], [Reserved<22, 42>], "">;
def HeadOp : Inst<"head", 2, Vector, T_Engine, [Slot<"count", Count, 10>], [Reserved<16, 48>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'y': is a payload word and cannot have payload of its own
def YOp : Payload<"y", 3, Vector, T_Lane, ["head"], [Slot<"count", Count, 10>], [Reserved<16, 48>], "">;
