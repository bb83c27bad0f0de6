// RUN: ashlar-opt %s --reference-outline-operations | FileCheck %s

// Operations that differ in their operands alone share a function; a constant goes
// with what reads it.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[A:.*]]: memref<8xf32>, %[[B:.*]]: memref<8xf32>, %[[C:.*]]: memref<2000x1000xf32>)
// CHECK-SAME: passthrough = ["noinline", "optnone"]
// CHECK: call @[[EXP:kernel[_0-9]*]](%[[A]], %[[B]])
// CHECK: call @[[EXP]](%[[B]], %[[A]])
// CHECK: call @[[COPY:kernel[_0-9]*]](%[[A]], %[[B]])
// CHECK: call @[[FILL:kernel[_0-9]*]](%[[C]])
// CHECK: math.absf
// CHECK-DAG: func.func private @[[EXP]]({{.*}} attributes {llvm.linkage = #llvm.linkage<internal>, passthrough = ["noinline", "optnone"]}
// CHECK-DAG: linalg.exp
// CHECK-DAG: memref.copy
// What has much to compute is optimised.
// CHECK-DAG: func.func private @[[FILL]]({{.*}} attributes {llvm.linkage = #llvm.linkage<internal>, passthrough = ["noinline"]}
// CHECK-DAG: arith.constant 1.0{{.*}} : f32
// CHECK-DAG: linalg.fill
func.func @main(%a: memref<8xf32>, %b: memref<8xf32>, %c: memref<2000x1000xf32>) {
  %one = arith.constant 1.0 : f32
  linalg.exp ins(%a : memref<8xf32>) outs(%b : memref<8xf32>)
  linalg.exp ins(%b : memref<8xf32>) outs(%a : memref<8xf32>)
  memref.copy %a, %b : memref<8xf32> to memref<8xf32>
  linalg.fill ins(%one : f32) outs(%c : memref<2000x1000xf32>)
  %i = arith.constant 0 : index
  %0 = memref.load %a[%i] : memref<8xf32>
  %1 = math.absf %0 : f32
  memref.store %1, %a[%i] : memref<8xf32>
  return
}
