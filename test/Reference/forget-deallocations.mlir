// RUN: ashlar-opt %s --reference-forget-deallocations | FileCheck %s

// CHECK-LABEL: func.func @buffers
// CHECK: memref.alloc()
// CHECK: memref.store
// CHECK-NOT: memref.dealloc
func.func @buffers(%f: f32, %n: index) {
  %i = arith.constant 0 : index
  %j = arith.constant 1 : index
  %0 = memref.alloc() : memref<4xf32>
  memref.store %f, %0[%i] : memref<4xf32>
  memref.dealloc %0 : memref<4xf32>
  scf.for %k = %i to %n step %j {
    %1 = memref.alloc() : memref<4xf32>
    memref.store %f, %1[%i] : memref<4xf32>
    memref.dealloc %1 : memref<4xf32>
  }
  return
}
