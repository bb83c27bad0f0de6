// RUN: ashlar-opt %s --convert-nn-to-npu | FileCheck %s

// CHECK-DAG: #[[Q:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d4)>
// CHECK-DAG: #[[K:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d3, d4)>
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d3, d5)>
// CHECK-DAG: #[[M:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d1, 0, d3)>
// CHECK-DAG: #[[O:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d5)>

// A mask that repeats along batches and rows.
// CHECK-LABEL: func.func @masked(
// CHECK: %[[E:.*]] = tensor.empty() : tensor<2x3x7x5xf32>
// CHECK: npu.attention ins(%arg0, %arg1, %arg2 : {{.*}}) mask(%arg3 : tensor<3x1x9xf32>) outs(%[[E]] : tensor<2x3x7x5xf32>) scale 5.000000e-01 {indexing_maps = [#[[Q]], #[[K]], #[[V]], #[[M]], #[[O]]]} -> tensor<2x3x7x5xf32>
func.func @masked(%q: tensor<2x3x7x4xf16>, %k: tensor<2x3x9x4xf16>, %v: tensor<2x3x9x5xf16>, %m: tensor<3x1x9xf32>) -> tensor<2x3x7x5xf32> {
  %0 = nn.attention %q, %k, %v, %m {scale = 0.5 : f32, wide} : (tensor<2x3x7x4xf16>, tensor<2x3x9x4xf16>, tensor<2x3x9x5xf16>, tensor<3x1x9xf32>) -> tensor<2x3x7x5xf32>
  return %0 : tensor<2x3x7x5xf32>
}

// Left for others: f64, sizes that are not known, nothing to look at.
// CHECK-LABEL: func.func @others(
// CHECK-COUNT-3: nn.attention
func.func @others(%d: tensor<7x7xf64>, %u: tensor<?x7xf32>, %e: tensor<0x7xf32>, %q: tensor<7x7xf32>) {
  %0 = nn.attention %d, %d, %d {scale = 0.5 : f32} : (tensor<7x7xf64>, tensor<7x7xf64>, tensor<7x7xf64>) -> tensor<7x7xf64>
  %1 = nn.attention %u, %u, %u {scale = 0.5 : f32} : (tensor<?x7xf32>, tensor<?x7xf32>, tensor<?x7xf32>) -> tensor<?x7xf32>
  %2 = nn.attention %q, %e, %e {scale = 0.5 : f32} : (tensor<7x7xf32>, tensor<0x7xf32>, tensor<0x7xf32>) -> tensor<7x7xf32>
  return
}
