// RUN: not ashlar-tblgen -I %nisa_dir -I %mlir_include %s 2>&1 | FileCheck %s

include "InstFormat.td"

def VHeadOp : Inst<"vhead", 1, Vector, T_Engine, [Slot<"count", Count, 10>], [Reserved<16, 48>], "">;
def PlainOp : Inst<"plain", 2, Vector, T_Engine, [], [Reserved<10, 54>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'a': its head 'nosuch' does not exist
def AOp : Payload<"a", 3, Vector, T_Lane, ["nosuch"], [], [Reserved<10, 54>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'b': belongs to engine Output, but its head 'vhead' to Vector
def BOp : Payload<"b", 4, Output, T_Modifier, ["vhead"], [], [Reserved<10, 54>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'c': its head 'plain' takes no payload
def COp : Payload<"c", 5, Vector, T_Lane, ["plain"], [], [Reserved<10, 54>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'd': is a payload word without heads
def DOp : Payload<"d", 6, Vector, T_Lane, [], [], [Reserved<10, 54>], "">;
// CHECK: [[#@LINE+1]]:5: error: 'e': names heads but is not a payload word
def EOp : Inst<"e", 7, Vector, T_Engine, [], [Reserved<10, 54>], ""> { let heads = ["vhead"]; }
