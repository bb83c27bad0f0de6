// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

def VHeadOp : Inst<"vhead", 1, Vector, T_Engine, [Slot<"count", Count, 10>], [Reserved<16, 48>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'a': has not four host costs: i32, f32, i64, f64
def AOp : Payload<"a", 3, Vector, T_Lane, ["vhead"], [], [Reserved<10, 54>], ""> { let hostCost = [1, 2]; }
// CHECK: [[#@LINE+1]]:5: error: 'b': host cost 65536 is not in 0..65535
def BOp : Payload<"b", 4, Vector, T_Lane, ["vhead"], [], [Reserved<10, 54>], ""> { let hostCost = [0, 65536, 0, 65535]; }
