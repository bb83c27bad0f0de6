// RUN: split-file %s %t
// RUN: ashlar-opt %t/several.mlir --linalg-lower-packs | FileCheck %s
// RUN: ashlar verify %t/several.mlir --target nano --sanitize | FileCheck %s --check-prefix=PASS
// RUN: ashlar-reference %t/values.mlir | FileCheck %s --check-prefix=VALUES
// RUN: not ashlar-opt %t/dynamic.mlir --linalg-lower-packs 2>&1 | FileCheck %s --check-prefix=DYNAMIC

// Several tiles, padded and not, with their outer dimensions in another order,
// and back, where the padding goes.
// CHECK-NOT: linalg.pack
// CHECK-NOT: linalg.unpack
// CHECK: tensor.pad
// CHECK: tensor.expand_shape
// CHECK: linalg.transpose
// CHECK: tensor.collapse_shape
// PASS: PASS

// By the definition: the tile's elements are the innermost.
// VALUES: f32 2x3x2 {{\[\[\[0, 3\], \[1, 4\], \[2, 5\]\], \[\[6, 9\], \[7, 10\], \[8, 11\]\]\]}}
// VALUES: f32 4x3 {{\[\[0, 1, 2\], \[3, 4, 5\], \[6, 7, 8\], \[9, 10, 11\]\]}}
// DYNAMIC: has tiles that are not of static size

//--- several.mlir
func.func @main(%x: tensor<5x6xf32>, %y: tensor<7x4x9xi8>) -> (tensor<2x3x2x3xf32>, tensor<5x6xf32>, tensor<7x2x2x3x2x4xi8>) {
  %zero = arith.constant 0.0 : f32
  %three = arith.constant 3 : i8
  %e = tensor.empty() : tensor<2x3x2x3xf32>
  %0 = linalg.pack %x padding_value(%zero : f32) outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [2, 3] into %e : tensor<5x6xf32> -> tensor<2x3x2x3xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<2x3x2x3xf32>) outs(%e : tensor<2x3x2x3xf32>) {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %a : f32
    linalg.yield %s : f32
  } -> tensor<2x3x2x3xf32>
  %f = tensor.empty() : tensor<5x6xf32>
  %2 = linalg.unpack %1 outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [2, 3] into %f : tensor<2x3x2x3xf32> -> tensor<5x6xf32>
  %g = tensor.empty() : tensor<7x2x2x3x2x4xi8>
  %h = tensor.empty() : tensor<7x2x3x2x4xi8>
  %3 = linalg.pack %y padding_value(%three : i8) inner_dims_pos = [1, 2] inner_tiles = [2, 4] into %h : tensor<7x4x9xi8> -> tensor<7x2x3x2x4xi8>
  %4 = linalg.broadcast ins(%3 : tensor<7x2x3x2x4xi8>) outs(%g : tensor<7x2x2x3x2x4xi8>) dimensions = [2]
  return %1, %2, %4 : tensor<2x3x2x3xf32>, tensor<5x6xf32>, tensor<7x2x2x3x2x4xi8>
}

//--- values.mlir
func.func @main() -> (tensor<2x3x2xf32>, tensor<4x3xf32>) {
  %x = arith.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0], [9.0, 10.0, 11.0]]> : tensor<4x3xf32>
  %e = tensor.empty() : tensor<2x3x2xf32>
  %0 = linalg.pack %x inner_dims_pos = [0] inner_tiles = [2] into %e : tensor<4x3xf32> -> tensor<2x3x2xf32>
  %f = tensor.empty() : tensor<4x3xf32>
  %1 = linalg.unpack %0 inner_dims_pos = [0] inner_tiles = [2] into %f : tensor<2x3x2xf32> -> tensor<4x3xf32>
  return %0, %1 : tensor<2x3x2xf32>, tensor<4x3xf32>
}

//--- dynamic.mlir
func.func @main(%x: tensor<4xf32>, %t: index, %e: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = linalg.pack %x inner_dims_pos = [0] inner_tiles = [%t] into %e : tensor<4xf32> -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
