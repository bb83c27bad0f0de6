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
