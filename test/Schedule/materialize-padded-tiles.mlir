// RUN: ashlar-opt %s --schedule-materialize-tiles --canonicalize --split-input-file --verify-diagnostics | FileCheck %s

#in = affine_map<(h, f, k) -> (2 * h + k, f)>
#window = affine_map<(h, f, k) -> (k)>
#out = affine_map<(h, f, k) -> (h, f)>

// A tile's load is one copy from the unpadded source, at a position that may be
// anywhere; loops stand in the order that was chosen.
// CHECK-DAG: #[[LOW:.*]] = affine_map<(d0) -> (d0 * -2 + 1)>
// CHECK-LABEL: func.func @pool
// CHECK-SAME: %[[X:.*]]: memref<64x32xf32
// CHECK-DAG: %[[INF:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK-NOT: npu.pad
// CHECK: scf.for %[[F:.*]] = %{{.*}} to %{{.*}} step %c16
// CHECK: scf.for %[[H:.*]] = %{{.*}} to %{{.*}} step %c5
// CHECK-DAG: %[[AT:.*]] = affine.apply #[[LOW]](%[[H]])
// CHECK-DAG: %[[SOURCE:.*]] = memref.subview %[[X]][0, %[[F]]] [64, 16]
// CHECK: npu.copy %[[SOURCE]] to %{{.*}} low(%[[AT]], %[[ZERO]]) fill(%[[INF]] : f32)
// CHECK-NOT: npu.pad
func.func @pool(%x: memref<64x32xf32, #npu.space<dram>>, %w: memref<3xf32, #npu.space<dram>>, %z: memref<32x32xf32, #npu.space<dram>>) {
  %p = npu.pad %x low [1, 0] value(0xFF800000 : f32) : memref<64x32xf32, #npu.space<dram>> to memref<66x32xf32, #npu.space<dram>>
  linalg.generic {indexing_maps = [#in, #window, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%p, %w : memref<66x32xf32, #npu.space<dram>>, memref<3xf32, #npu.space<dram>>) outs(%z : memref<32x32xf32, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 5, 16, 3>, schedule.order = array<i64: 1, 0>} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.maximumf %o, %a : f32
    linalg.yield %m : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A padded dimension of one point stays in the copy, whose position decides
// whether there is anything to read, and is no dimension of the work.
// CHECK-LABEL: func.func @one_row
// CHECK: %[[TILE:.*]] = memref.alloc() : memref<1x8xi8, #npu.space<sram>>
// CHECK: %[[ROW:.*]] = memref.subview %[[TILE]][0, 0] [1, 8] [1, 1] : {{.*}} to memref<8xi8
// CHECK: npu.copy %{{.*}} to %[[TILE]] low(%{{.*}}, %{{.*}}) fill(
// CHECK: linalg.generic {{.*}} ins(%[[ROW]]
func.func @one_row(%x: memref<4x8xi8, #npu.space<dram>>, %z: memref<6x8xi8, #npu.space<dram>>) {
  %p = npu.pad %x low [1, 0] value(7 : i8) : memref<4x8xi8, #npu.space<dram>> to memref<6x8xi8, #npu.space<dram>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p : memref<6x8xi8, #npu.space<dram>>) outs(%z : memref<6x8xi8, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 1, 8>} {
  ^bb0(%a: i8, %o: i8):
    %s = arith.addi %a, %a : i8
    linalg.yield %s : i8
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

func.func @order(%x: memref<4x8xi8, #npu.space<dram>>, %z: memref<4x8xi8, #npu.space<dram>>) {
  // expected-error @below {{'schedule.order' cannot be used: expected parallel loops, each once, got 2}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x8xi8, #npu.space<dram>>) outs(%z : memref<4x8xi8, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 1, 8>, schedule.order = array<i64: 2>} {
  ^bb0(%a: i8, %o: i8):
    linalg.yield %a : i8
  }
  return
}
