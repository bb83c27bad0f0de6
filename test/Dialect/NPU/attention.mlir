// RUN: ashlar-opt %s | ashlar-opt | FileCheck %s
// RUN: ashlar-opt --mlir-print-op-generic %s | ashlar-opt | FileCheck %s

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (m, b, v)>
#mask = affine_map<(b, m, n, d, v) -> (0, n)>

// CHECK-LABEL: func.func @tensors
// CHECK: npu.attention ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2x5x4xf16>, tensor<2x7x4xf16>, tensor<2x7x3xf16>) outs(%{{.*}} : tensor<5x2x3xf32>) scale 5.000000e-01 {indexing_maps = [{{.*}}]} -> tensor<5x2x3xf32>
func.func @tensors(%q: tensor<2x5x4xf16>, %k: tensor<2x7x4xf16>, %v: tensor<2x7x3xf16>, %o: tensor<5x2x3xf32>) -> tensor<5x2x3xf32> {
  %0 = npu.attention ins(%q, %k, %v : tensor<2x5x4xf16>, tensor<2x7x4xf16>, tensor<2x7x3xf16>) outs(%o : tensor<5x2x3xf32>)
      scale 0.5 {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x2x3xf32>
  return %0 : tensor<5x2x3xf32>
}

// CHECK-LABEL: func.func @memrefs
// CHECK: npu.attention ins({{.*}}) mask(%{{.*}} : memref<1x7xf32, #npu.space<dram>>) outs({{.*}}) scale 1.000000e+00
func.func @memrefs(%q: memref<2x5x4xf32, #npu.space<dram>>, %k: memref<2x7x4xf32, #npu.space<dram>>, %v: memref<2x7x3xf32, #npu.space<dram>>,
                   %m: memref<1x7xf32, #npu.space<dram>>, %o: memref<5x2x3xf32, #npu.space<dram>>) {
  npu.attention ins(%q, %k, %v : memref<2x5x4xf32, #npu.space<dram>>, memref<2x7x4xf32, #npu.space<dram>>, memref<2x7x3xf32, #npu.space<dram>>)
      mask(%m : memref<1x7xf32, #npu.space<dram>>) outs(%o : memref<5x2x3xf32, #npu.space<dram>>)
      scale 1.0 {indexing_maps = [#q, #k, #v, #mask, #o]}
  return
}
