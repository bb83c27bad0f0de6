// RUN: ashlar-opt %s --schedule-materialize-tiles --split-input-file | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// The accumulator lives across the reduction loop, boundary tiles use the same
// body, and the product itself never reaches dram.
// CHECK-LABEL: func.func @product
// CHECK-SAME: %[[A:.*]]: memref<37x65xf32, #npu.space<dram>>, %[[B:.*]]: memref<65x32xf32, #npu.space<dram>>, %[[C:.*]]: memref
// CHECK-NOT: memref.alloc() : memref<37x32xf32, #npu.space<dram>>
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step
// CHECK: %[[ROWS:.*]] = arith.minsi
// CHECK: %[[ACC:.*]] = memref.alloc() : memref<16x32xf32, #npu.space<acc>>
// CHECK: %[[WIN:.*]] = memref.subview %[[ACC]][0, 0] [%[[ROWS]], 32]
// CHECK: linalg.fill {{.*}} outs(%[[WIN]]
// CHECK: scf.for %[[K:.*]] = {{.*}}
// CHECK: %[[DEPTH:.*]] = arith.minsi
// CHECK: memref.alloc() : memref<16x32xf32, #npu.space<sram>>
// CHECK: memref.subview %[[A]][%[[I]], %[[K]]] [%[[ROWS]], %[[DEPTH]]]
// CHECK: memref.copy
// CHECK: linalg.generic {{.*}} outs(%[[WIN]]
// CHECK: arith.mulf
// CHECK: }
// CHECK: linalg.generic {{.*}} ins(%[[WIN]]
// CHECK: math.absf
// CHECK: memref.copy %{{.*}}, %{{.*}} : memref<?x32xf32, {{.*}}#npu.space<sram>> to memref<?x32xf32, {{.*}}#npu.space<dram>>
func.func @product(%x: memref<37x65xf32, #npu.space<dram>>, %y: memref<65x32xf32, #npu.space<dram>>,
                   %z: memref<37x32xf32, #npu.space<dram>>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<37x32xf32, #npu.space<dram>>
  linalg.fill {schedule.group = 0 : i64} ins(%zero : f32) outs(%t : memref<37x32xf32, #npu.space<dram>>)
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<37x65xf32, #npu.space<dram>>, memref<65x32xf32, #npu.space<dram>>)
      outs(%t : memref<37x32xf32, #npu.space<dram>>)
      attrs = {schedule.group = 0 : i64, schedule.tiles = array<i64: 16, 32, 32>, schedule.stream = "lhs"} {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t : memref<37x32xf32, #npu.space<dram>>) outs(%z : memref<37x32xf32, #npu.space<dram>>)
      attrs = {schedule.group = 0 : i64} {
  ^bb0(%p: f32, %o: f32):
    %0 = math.absf %p : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// The other operand streams: the accumulator is transposed.
// CHECK-LABEL: func.func @rhs_streams
// CHECK: memref.alloc() : memref<64x8xf32, #npu.space<acc>>
func.func @rhs_streams(%x: memref<8x32xf32, #npu.space<dram>>, %y: memref<32x64xf32, #npu.space<dram>>,
                       %z: memref<8x64xf32, #npu.space<dram>>) {
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<8x32xf32, #npu.space<dram>>, memref<32x64xf32, #npu.space<dram>>)
      outs(%z : memref<8x64xf32, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 8, 64, 32>, schedule.stream = "rhs"} {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#tr = affine_map<(i, j) -> (j, i)>

// A transposition is two transfers of one tile.
// CHECK-LABEL: func.func @transpose
// CHECK: %[[T:.*]] = memref.alloc() : memref<8x16xf32, #npu.space<sram>>
// CHECK: memref.copy %{{.*}}, %[[T]]
// CHECK: %[[V:.*]] = memref.transpose %[[T]]
// CHECK: memref.copy %[[V]], %{{.*}}
// CHECK-NOT: linalg.generic
func.func @transpose(%x: memref<16x64xf32, #npu.space<dram>>, %z: memref<64x16xf32, #npu.space<dram>>) {
  linalg.generic {indexing_maps = [#tr, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<16x64xf32, #npu.space<dram>>) outs(%z : memref<64x16xf32, #npu.space<dram>>)
      attrs = {schedule.tiles = array<i64: 16, 8>} {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// An index counts from the tile's corner; a loop of one point has no dimension.
// CHECK-LABEL: func.func @index
// CHECK: scf.for %[[I:.*]] =
// CHECK: scf.for %[[J:.*]] =
// CHECK: memref.alloc() : memref<4xi64, #npu.space<sram>>
// CHECK: linalg.generic
// CHECK: %[[L:.*]] = linalg.index 0
// CHECK: %[[G:.*]] = arith.addi %[[L]], %[[J]]
// CHECK: arith.muli %[[I]], %[[G]]
func.func @index(%z: memref<16x64xi64, #npu.space<dram>>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%z : memref<16x64xi64, #npu.space<dram>>) attrs = {schedule.tiles = array<i64: 1, 4>} {
  ^bb0(%o: i64):
    %0 = linalg.index 0 : index
    %1 = linalg.index 1 : index
    %2 = arith.muli %0, %1 : index
    %3 = arith.index_cast %2 : index to i64
    linalg.yield %3 : i64
  }
  return
}

// -----

#x = affine_map<(y, g, f, k, c) -> (y + k, g, c)>
#w = affine_map<(y, g, f, k, c) -> (k, g, f, c)>
#z = affine_map<(y, g, f, k, c) -> (y, g, f)>
#id = affine_map<(y, g, f) -> (y, g, f)>
#fg = affine_map<(y, g, f) -> (g, f)>

// Copies move four groups at a time, the last time one; the matrix unit and the
// output stage take one after the other, on views in which groups have no
// dimension. The vector unit's member takes the whole tile.
// CHECK-LABEL: func.func @groups
// CHECK-SAME: %[[X:.*]]: memref<66x13x8xf32, #npu.space<dram>>, %[[W:.*]]: memref<3x13x8x8xf32, #npu.space<dram>>, %[[B:[^:]*]]: memref
// CHECK: scf.for %[[G:.*]] = %{{.*}} to %{{.*}} step
// CHECK: %[[HERE:.*]] = arith.minsi
// CHECK: memref.alloc() : memref<66x4x8xf32, #npu.space<sram>>
// CHECK: %[[IN:.*]] = memref.subview %{{.*}}[0, 0, 0] [66, %[[HERE]], 8]
// CHECK: memref.subview %[[X]][0, %[[G]], 0] [66, %[[HERE]], 8]
// CHECK: memref.copy %{{.*}}, %[[IN]]
// CHECK-NOT: #npu.space<acc>
// CHECK: scf.for %[[P:.*]] = %{{.*}} to %[[HERE]] step
// CHECK: memref.subview %[[IN]][0, %[[P]], 0] [66, 1, 8]
// CHECK: %[[ACC:.*]] = memref.alloc() : memref<64x8xf32, #npu.space<acc>>
// CHECK: linalg.fill {{.*}} outs(%[[ACC]]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : memref<66x8xf32, {{.*}}>, memref<3x8x8xf32, {{.*}}>) outs(%[[ACC]]
// CHECK: linalg.generic {{.*}} ins(%[[ACC]], %{{.*}} : memref<64x8xf32, #npu.space<acc>>, memref<8xf32, {{.*}}>)
// CHECK: arith.addf
// CHECK: }
// CHECK: }
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : memref<64x?x8xf32
// CHECK: math.tanh
// CHECK: memref.copy
func.func @groups(%x: memref<66x13x8xf32, #npu.space<dram>>, %w: memref<3x13x8x8xf32, #npu.space<dram>>,
                  %b: memref<13x8xf32, #npu.space<dram>>, %r: memref<64x13x8xf32, #npu.space<dram>>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<64x13x8xf32, #npu.space<dram>>
  %u = memref.alloc() : memref<64x13x8xf32, #npu.space<dram>>
  linalg.fill {schedule.group = 0 : i64} ins(%zero : f32) outs(%t : memref<64x13x8xf32, #npu.space<dram>>)
  linalg.generic {indexing_maps = [#x, #w, #z],
                  iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : memref<66x13x8xf32, #npu.space<dram>>, memref<3x13x8x8xf32, #npu.space<dram>>)
      outs(%t : memref<64x13x8xf32, #npu.space<dram>>)
      attrs = {schedule.group = 0 : i64, schedule.tiles = array<i64: 64, 4, 8, 3, 8>, schedule.stream = "lhs"} {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #fg, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%t, %b : memref<64x13x8xf32, #npu.space<dram>>, memref<13x8xf32, #npu.space<dram>>)
      outs(%u : memref<64x13x8xf32, #npu.space<dram>>) attrs = {schedule.group = 0 : i64} {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.addf %p, %q : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%u : memref<64x13x8xf32, #npu.space<dram>>) outs(%r : memref<64x13x8xf32, #npu.space<dram>>)
      attrs = {schedule.group = 0 : i64} {
  ^bb0(%p: f32, %o: f32):
    %0 = math.tanh %p : f32
    linalg.yield %0 : f32
  }
  return
}
