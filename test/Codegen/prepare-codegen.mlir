// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-prepare-codegen))' | FileCheck %s

// The scalar unit divides towards zero only.
// CHECK-LABEL: func.func @divisions
// CHECK-NOT: ceildivsi
// CHECK-NOT: floordivsi
// CHECK-NOT: ceildivui
// CHECK: arith.divsi
// CHECK: arith.divui
func.func @divisions(%a: index, %b: index) -> (index, index, index) {
  %0 = arith.ceildivsi %a, %b : index
  %1 = arith.floordivsi %a, %b : index
  %2 = arith.ceildivui %a, %b : index
  return %0, %1, %2 : index, index, index
}

// Views keep their form: they become addresses.
// CHECK-LABEL: func.func @views
// CHECK: memref.subview
// CHECK: memref.transpose
func.func @views(%x: memref<8x4xf32>, %i: index) -> memref<4x2xf32, affine_map<(d0, d1)[s0] -> (d0 + d1 * 4 + s0)>> {
  %0 = memref.subview %x[%i, 0] [2, 4] [1, 1] : memref<8x4xf32> to memref<2x4xf32, strided<[4, 1], offset: ?>>
  %1 = memref.transpose %0 (i, j) -> (j, i) : memref<2x4xf32, strided<[4, 1], offset: ?>> to memref<4x2xf32, affine_map<(d0, d1)[s0] -> (d0 + d1 * 4 + s0)>>
  return %1 : memref<4x2xf32, affine_map<(d0, d1)[s0] -> (d0 + d1 * 4 + s0)>>
}
