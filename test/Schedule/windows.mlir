// RUN: ashlar-opt %s --split-input-file --schedule=target=edge | FileCheck %s

#in = affine_map<(n, h, w, c, i, j) -> (n, h + i, w + j, c)>
#wt = affine_map<(n, h, w, c, i, j) -> (i, j, c)>
#out = affine_map<(n, h, w, c, i, j) -> (n, h, w, c)>
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
#c = affine_map<(n, h, w, c) -> (c)>

// A depthwise convolution and its requantisation are one group: tiles with halos,
// results in accumulators, the window whole.
// CHECK-LABEL: func.func @requantised
// CHECK-DAG: memref.alloc() : memref<{{.*}}xi32, #npu.space<acc>>
// CHECK-DAG: memref.alloc() : memref<1x{{[0-9]+}}x{{[0-9]+}}x{{[0-9]+}}xi8, #npu.space<sram>>
// CHECK-DAG: memref.alloc() : memref<3x3x{{[0-9]+}}xi8, #npu.space<sram>>
// CHECK: linalg.fill {{.*}}#npu.space<acc>>
// CHECK: linalg.generic {{.*}}"reduction", "reduction"]
// CHECK-SAME: outs(%{{.*}}#npu.space<acc>>)
// CHECK: linalg.generic
// CHECK: arith.fptosi
func.func @requantised(%x: tensor<1x58x58x64xi8>, %w: tensor<3x3x64xi8>, %s: tensor<64xf32>) -> tensor<1x56x56x64xi8> {
  %zero = arith.constant 0 : i32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<1x56x56x64xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<1x56x56x64xi32>) -> tensor<1x56x56x64xi32>
  %0 = linalg.generic {indexing_maps = [#in, #wt, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<1x58x58x64xi8>, tensor<3x3x64xi8>) outs(%f : tensor<1x56x56x64xi32>) {
  ^bb0(%a: i8, %b: i8, %o: i32):
    %1 = arith.extsi %a : i8 to i32
    %2 = arith.extsi %b : i8 to i32
    %3 = arith.muli %1, %2 : i32
    %4 = arith.addi %o, %3 : i32
    linalg.yield %4 : i32
  } -> tensor<1x56x56x64xi32>
  %e2 = tensor.empty() : tensor<1x56x56x64xi8>
  %5 = linalg.generic {indexing_maps = [#id, #c, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0, %s : tensor<1x56x56x64xi32>, tensor<64xf32>) outs(%e2 : tensor<1x56x56x64xi8>) {
  ^bb0(%a: i32, %b: f32, %o: i8):
    %1 = arith.sitofp %a : i32 to f32
    %2 = arith.mulf %1, %b : f32
    %3 = math.roundeven %2 : f32
    %4 = arith.maximumf %3, %low : f32
    %6 = arith.minimumf %4, %high : f32
    %7 = arith.fptosi %6 : f32 to i8
    linalg.yield %7 : i8
  } -> tensor<1x56x56x64xi8>
  return %5 : tensor<1x56x56x64xi8>
}

// -----

#in = affine_map<(n, h, w, c, i, j) -> (n, h * 2 + i, w * 2 + j, c)>
#win = affine_map<(n, h, w, c, i, j) -> (i, j)>
#out = affine_map<(n, h, w, c, i, j) -> (n, h, w, c)>
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>

// What the output stage cannot do (a division) works on the scratchpad's tile.
// CHECK-LABEL: func.func @average
// CHECK-NOT: #npu.space<acc>
// CHECK: linalg.generic {{.*}}"reduction", "reduction"]
// CHECK: linalg.generic
// CHECK: arith.divf
func.func @average(%x: tensor<1x57x57x64xf32>) -> tensor<1x28x28x64xf32> {
  %zero = arith.constant 0.0 : f32
  %nine = arith.constant 9.0 : f32
  %s = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty() : tensor<1x28x28x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %0 = linalg.generic {indexing_maps = [#in, #win, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %s : tensor<1x57x57x64xf32>, tensor<3x3xf32>) outs(%f : tensor<1x28x28x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.addf %o, %a : f32
    linalg.yield %1 : f32
  } -> tensor<1x28x28x64xf32>
  %e2 = tensor.empty() : tensor<1x28x28x64xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<1x28x28x64xf32>) outs(%e2 : tensor<1x28x28x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.divf %a, %nine : f32
    linalg.yield %1 : f32
  } -> tensor<1x28x28x64xf32>
  return %2 : tensor<1x28x28x64xf32>
}
