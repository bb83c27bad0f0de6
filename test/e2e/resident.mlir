// Two convolutions and a sum: what goes from one to the next stays in the
// scratchpad where dram is far. With a batch, each core has its images; alone,
// core 0 has the only one.
//
// RUN: rm -rf %t && split-file %s %t
// RUN: ashlar verify %t/batch.mlir --target server --sanitize | FileCheck %s
// RUN: ashlar verify %t/batch.mlir --target hbm --sanitize | FileCheck %s
// RUN: ashlar verify %t/batch.mlir --target edge --sanitize | FileCheck %s
// RUN: ashlar verify %t/single.mlir --target server --sanitize | FileCheck %s
// RUN: ashlar verify %t/single.mlir --target nano --sanitize | FileCheck %s
// CHECK: PASS
//
// Nothing but arguments and weights crosses the link, and for nothing but arguments
// that are fetched for a queued request does a core wait for others.
// RUN: ashlar compile %t/batch.mlir --target server -o %t/batch.npu
// RUN: ashlar run %t/batch.npu --random-inputs --stats %t/batch.json
// RUN: %python -c "import json; s = json.load(open('%t/batch.json')); assert s['dram_write_bytes'] <= 8 * 64 * 4 + 8 * 64, s['dram_write_bytes']"
// RUN: ashlar compile %t/batch.mlir --target server --emit npu -o - | FileCheck %s --check-prefix=CODE
// CODE-NOT: npu.barrier {{.*}}memref<{{8x1|1152x}}

//--- batch.mlir
func.func @main(%x: tensor<8x14x14x32xf32>, %w: tensor<3x3x32x64xf32>, %v: tensor<64x64xf32>) -> tensor<8x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<8x12x12x64xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<8x12x12x64xf32>) -> tensor<8x12x12x64xf32>
  %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<8x14x14x32xf32>, tensor<3x3x32x64xf32>) outs(%f0 : tensor<8x12x12x64xf32>) -> tensor<8x12x12x64xf32>
  %1 = tensor.collapse_shape %0 [[0, 1, 2], [3]] : tensor<8x12x12x64xf32> into tensor<1152x64xf32>
  %e2 = tensor.empty() : tensor<1152x64xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1152x64xf32>) -> tensor<1152x64xf32>
  %2 = linalg.matmul ins(%1, %v : tensor<1152x64xf32>, tensor<64x64xf32>) outs(%f2 : tensor<1152x64xf32>) -> tensor<1152x64xf32>
  %3 = tensor.expand_shape %2 [[0, 1], [2]] output_shape [8, 144, 64] : tensor<1152x64xf32> into tensor<8x144x64xf32>
  %e4 = tensor.empty() : tensor<8x64xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<8x64xf32>) -> tensor<8x64xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(n, c, p) -> (n, p, c)>, affine_map<(n, c, p) -> (n, c)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%3 : tensor<8x144x64xf32>) outs(%f4 : tensor<8x64xf32>) {
  ^bb0(%a: f32, %b: f32):
    %5 = arith.addf %b, %a : f32
    linalg.yield %5 : f32
  } -> tensor<8x64xf32>
  return %4 : tensor<8x64xf32>
}

//--- single.mlir
func.func @main(%x: tensor<1x14x14x32xf32>, %w: tensor<3x3x32x64xf32>, %v: tensor<3x3x64x32xf32>) -> tensor<1x10x10x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<1x12x12x64xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<1x12x12x64xf32>) -> tensor<1x12x12x64xf32>
  %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x14x14x32xf32>, tensor<3x3x32x64xf32>) outs(%f0 : tensor<1x12x12x64xf32>) -> tensor<1x12x12x64xf32>
  %e2 = tensor.empty() : tensor<1x10x10x32xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x10x10x32xf32>) -> tensor<1x10x10x32xf32>
  %2 = linalg.conv_2d_nhwc_hwcf ins(%0, %v : tensor<1x12x12x64xf32>, tensor<3x3x64x32xf32>) outs(%f2 : tensor<1x10x10x32xf32>) -> tensor<1x10x10x32xf32>
  return %2 : tensor<1x10x10x32xf32>
}
