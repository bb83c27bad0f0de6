// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles=target=edge --split-input-file | FileCheck %s
// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles=target=nano --split-input-file | FileCheck %s

// Who searches less finds other tiles.
// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles='target=nano opt-level=0' --split-input-file > %t.0
// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles='target=nano opt-level=2' --split-input-file > %t.2
// RUN: not cmp %t.0 %t.2

// Every loop of the product is cut, the reduction too: no operand of this size
// fits the scratchpad.
// CHECK-LABEL: func.func @large
// CHECK: linalg.matmul {schedule.cycles = {{[0-9]+}} : i64, {{.*}}schedule.tiles = array<i64: {{[0-9]?[0-9]?[0-9], [0-9]?[0-9]?[0-9]}}, {{[0-9]+}}>
func.func @large(%a: tensor<4096x4096xbf16>, %b: tensor<4096x4096xbf16>, %c: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4096x4096xbf16>, tensor<4096x4096xbf16>) outs(%c : tensor<4096x4096xf32>) -> tensor<4096x4096xf32>
  return %0 : tensor<4096x4096xf32>
}

// -----

// What is given stays.
// CHECK-LABEL: func.func @given
// CHECK: schedule.stream = "rhs", schedule.tiles = array<i64: 8, 16, 32>
func.func @given(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = linalg.matmul {schedule.tiles = array<i64: 8, 16, 32>, schedule.stream = "rhs"}
      ins(%a, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = tensor<3x9000x64xf32>

// Neither all keys nor all rows fit; what is given stays.
// CHECK-LABEL: func.func @attention
// CHECK: npu.attention {{.*}}schedule.cycles = {{[0-9]+}} : i64, schedule.interleave = {{[124]}} : i64, schedule.tiles = array<i64: 1, {{[0-9]?[0-9]?[0-9]}}, {{[0-9]?[0-9]?[0-9]}}, 64, 64>
// CHECK: npu.attention {{.*}}schedule.interleave = 2 : i64, schedule.tiles = array<i64: 1, 32, 48, 64, 64>
func.func @attention(%q: !t, %k: !t, %a: !t, %b: !t) -> (!t, !t) {
  %0 = npu.attention ins(%q, %k, %k : !t, !t, !t) outs(%a : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o]} -> !t
  %1 = npu.attention ins(%q, %k, %k : !t, !t, !t) outs(%b : !t) scale 0.5
      {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 1, 32, 48, 64, 64>, schedule.interleave = 2 : i64} -> !t
  return %0, %1 : !t, !t
}

// -----

#x = affine_map<(y, g, f, k, c) -> (y + k, g, c)>
#w = affine_map<(y, g, f, k, c) -> (k, g, f, c)>
#z = affine_map<(y, g, f, k, c) -> (y, g, f)>

// Groups of few channels share tiles, so that copies move whole bursts.
// CHECK-LABEL: func.func @groups
// CHECK: schedule.tiles = array<i64: {{[0-9]+}}, {{[2-9]|1[0-3]}}, 8, 3, 8>
func.func @groups(%x: tensor<130x13x8xbf16>, %w: tensor<3x13x8x8xbf16>, %z: tensor<128x13x8xf32>) -> tensor<128x13x8xf32> {
  %0 = linalg.generic {indexing_maps = [#x, #w, #z],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<130x13x8xbf16>, tensor<3x13x8x8xbf16>) outs(%z : tensor<128x13x8xf32>) {
  ^bb0(%a: bf16, %b: bf16, %o: f32):
    %1 = arith.extf %a : bf16 to f32
    %2 = arith.extf %b : bf16 to f32
    %3 = arith.mulf %1, %2 : f32
    %4 = arith.addf %o, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<128x13x8xf32>
  return %0 : tensor<128x13x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// A copy of something else between two members of a group does not part them:
// both run behind it.
// CHECK-LABEL: func.func @between
// CHECK: linalg.matmul {schedule.cycles
// CHECK: linalg.generic {{.*}}schedule.group = 1
// CHECK: linalg.generic
// CHECK-NOT: schedule.tiles
// CHECK: return
func.func @between(%a: memref<64x64xf32, #npu.space<dram>>, %b: memref<64x64xf32, #npu.space<dram>>, %s: memref<64x64xf32, #npu.space<dram>>, %t: memref<64x64xf32, #npu.space<dram>>, %r: memref<64x64xf32, #npu.space<dram>>) {
  %c = memref.alloc() : memref<64x64xf32, #npu.space<dram>>
  linalg.matmul {schedule.group = 0 : i64} ins(%a, %b : memref<64x64xf32, #npu.space<dram>>, memref<64x64xf32, #npu.space<dram>>) outs(%c : memref<64x64xf32, #npu.space<dram>>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%s : memref<64x64xf32, #npu.space<dram>>) outs(%t : memref<64x64xf32, #npu.space<dram>>) attrs = {schedule.group = 1 : i64} {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%c : memref<64x64xf32, #npu.space<dram>>) outs(%r : memref<64x64xf32, #npu.space<dram>>) attrs = {schedule.group = 0 : i64} {
  ^bb0(%p: f32, %o: f32):
    %x = arith.negf %p : f32
    linalg.yield %x : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// What overwrites an operand of the first member must stay behind that one: the
// group is taken apart.
// CHECK-LABEL: func.func @overwritten
// CHECK: linalg.matmul {schedule.cycles
// CHECK: linalg.generic {{.*}}ins(%arg2 {{.*}}schedule.group = 2
// CHECK: linalg.generic {{.*}}ins(%alloc {{.*}}schedule.group = 1 {{.*}}schedule.tiles
// CHECK: return
func.func @overwritten(%a: memref<64x64xf32, #npu.space<dram>>, %b: memref<64x64xf32, #npu.space<dram>>, %s: memref<64x64xf32, #npu.space<dram>>, %r: memref<64x64xf32, #npu.space<dram>>) {
  %c = memref.alloc() : memref<64x64xf32, #npu.space<dram>>
  linalg.matmul {schedule.group = 0 : i64} ins(%a, %b : memref<64x64xf32, #npu.space<dram>>, memref<64x64xf32, #npu.space<dram>>) outs(%c : memref<64x64xf32, #npu.space<dram>>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%s : memref<64x64xf32, #npu.space<dram>>) outs(%a : memref<64x64xf32, #npu.space<dram>>) attrs = {schedule.group = 1 : i64} {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%c : memref<64x64xf32, #npu.space<dram>>) outs(%r : memref<64x64xf32, #npu.space<dram>>) attrs = {schedule.group = 0 : i64} {
  ^bb0(%p: f32, %o: f32):
    %x = arith.negf %p : f32
    linalg.yield %x : f32
  }
  return
}
