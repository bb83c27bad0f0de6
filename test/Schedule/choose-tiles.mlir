// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles=target=edge --split-input-file | FileCheck %s
// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles=target=nano --split-input-file | FileCheck %s

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
