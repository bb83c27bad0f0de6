// RUN: ashlar-opt %s --schedule-collapse-elementwise --split-input-file | FileCheck %s

// The addition runs over the product's merged places; the other operand is seen
// collapsed, and what follows reads the expanded sum.
// CHECK-LABEL: func.func @residual(
// CHECK-SAME: %[[X:.*]]: tensor<6x4xf32>, %[[R:.*]]: tensor<1x2x3x4xf32>
// CHECK: %[[P:.*]] = linalg.matmul
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[R]] {{\[}}[0, 1, 2], [3]] : tensor<1x2x3x4xf32> into tensor<6x4xf32>
// CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[C]] : tensor<6x4xf32>, tensor<6x4xf32>)
// CHECK: %[[E:.*]] = tensor.expand_shape %[[S]]
// CHECK: return %[[E]]
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @residual(%x: tensor<6x4xf32>, %r: tensor<1x2x3x4xf32>, %w: tensor<4x4xf32>) -> tensor<1x2x3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<6x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<6x4xf32>) -> tensor<6x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<6x4xf32>, tensor<4x4xf32>) outs(%fill : tensor<6x4xf32>) -> tensor<6x4xf32>
  %1 = tensor.expand_shape %0 [[0, 1, 2], [3]] output_shape [1, 2, 3, 4] : tensor<6x4xf32> into tensor<1x2x3x4xf32>
  %2 = tensor.empty() : tensor<1x2x3x4xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%1, %r : tensor<1x2x3x4xf32>, tensor<1x2x3x4xf32>) outs(%2 : tensor<1x2x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<1x2x3x4xf32>
  return %3 : tensor<1x2x3x4xf32>
}

// -----

// An operand that only some of the merged dimensions index keeps them apart.
// CHECK-LABEL: func.func @part(
// CHECK: tensor.expand_shape
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<2x3x4xf32>, tensor<2x4xf32>)
#id = affine_map<(n, h, c) -> (n, h, c)>
#rows = affine_map<(n, h, c) -> (n, c)>
func.func @part(%x: tensor<6x4xf32>, %r: tensor<2x4xf32>, %w: tensor<4x4xf32>) -> tensor<2x3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<6x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<6x4xf32>) -> tensor<6x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<6x4xf32>, tensor<4x4xf32>) outs(%fill : tensor<6x4xf32>) -> tensor<6x4xf32>
  %1 = tensor.expand_shape %0 [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
  %2 = tensor.empty() : tensor<2x3x4xf32>
  %3 = linalg.generic {indexing_maps = [#id, #rows, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %r : tensor<2x3x4xf32>, tensor<2x4xf32>) outs(%2 : tensor<2x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.mulf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<2x3x4xf32>
  return %3 : tensor<2x3x4xf32>
}

// -----

// The sum is the epilogue of a product that runs over all dimensions (a strided
// convolution, say): its output stage takes the sum as it is.
// CHECK-LABEL: func.func @two_products(
// CHECK: %[[E:.*]] = tensor.expand_shape
// CHECK: linalg.generic {{.*}} ins(%[[E]], %{{.*}} : tensor<2x3x4xf32>, tensor<2x3x4xf32>)
#id = affine_map<(n, h, c) -> (n, h, c)>
func.func @two_products(%x: tensor<6x4xf32>, %y: tensor<2x6x4xf32>, %w: tensor<4x4xf32>) -> tensor<2x3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<6x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<6x4xf32>) -> tensor<6x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<6x4xf32>, tensor<4x4xf32>) outs(%fill : tensor<6x4xf32>) -> tensor<6x4xf32>
  %1 = tensor.expand_shape %0 [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
  %2 = tensor.empty() : tensor<2x3x4xf32>
  %3 = linalg.fill ins(%zero : f32) outs(%2 : tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(n, h, o, c) -> (n, h * 2, c)>, affine_map<(n, h, o, c) -> (c, o)>, affine_map<(n, h, o, c) -> (n, h, o)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%y, %w : tensor<2x6x4xf32>, tensor<4x4xf32>) outs(%3 : tensor<2x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<2x3x4xf32>
  %5 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %4 : tensor<2x3x4xf32>, tensor<2x3x4xf32>) outs(%2 : tensor<2x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<2x3x4xf32>
  return %5 : tensor<2x3x4xf32>
}

// -----

// What makes real numbers of a stored tensor goes where the sum is that reads
// them: it stays with a product's epilogue, which reads the narrow tensor.
// CHECK-LABEL: func.func @stored_for_epilogue(
// CHECK-SAME: %[[X:.*]]: tensor<6x4xi8>
// CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<6x4xi8>) outs(%{{.*}} : tensor<6x4xi8>)
// CHECK: %[[E:.*]] = tensor.expand_shape %[[S]] {{.*}} : tensor<6x4xi8> into tensor<2x3x4xi8>
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[E]] : tensor<2x3x4xi8>) outs(%{{.*}} : tensor<2x3x4xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[R]], %{{.*}} : tensor<2x3x4xf32>, tensor<2x3x4xf32>)
#id2 = affine_map<(m, c) -> (m, c)>
#id = affine_map<(n, h, c) -> (n, h, c)>
func.func @stored_for_epilogue(%x: tensor<6x4xi8>, %y: tensor<2x6x4xf32>, %w: tensor<4x4xf32>) -> tensor<2x3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %bytes = tensor.empty() : tensor<6x4xi8>
  %stored = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<6x4xi8>) outs(%bytes : tensor<6x4xi8>) {
  ^bb0(%a: i8, %o: i8):
    %m = arith.addi %a, %a : i8
    linalg.yield %m : i8
  } -> tensor<6x4xi8>
  %expanded = tensor.expand_shape %stored [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xi8> into tensor<2x3x4xi8>
  %empty = tensor.empty() : tensor<2x3x4xf32>
  %real = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%expanded : tensor<2x3x4xi8>) outs(%empty : tensor<2x3x4xf32>) {
  ^bb0(%a: i8, %o: f32):
    %r = arith.sitofp %a : i8 to f32
    linalg.yield %r : f32
  } -> tensor<2x3x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %product = linalg.generic {indexing_maps = [affine_map<(n, h, c, k) -> (n, h * 2, k)>, affine_map<(n, h, c, k) -> (k, c)>, affine_map<(n, h, c, k) -> (n, h, c)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%y, %w : tensor<2x6x4xf32>, tensor<4x4xf32>) outs(%fill : tensor<2x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<2x3x4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%real, %product : tensor<2x3x4xf32>, tensor<2x3x4xf32>) outs(%empty : tensor<2x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<2x3x4xf32>
  return %sum : tensor<2x3x4xf32>
}

// -----

// Where the sum is collapsed, the stored tensor is, and not the real numbers.
// CHECK-LABEL: func.func @stored_and_collapsed(
// CHECK-SAME: %{{.*}}: tensor<6x4xf32>, %[[R:.*]]: tensor<2x3x4xi8>
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[R]] {{.*}} : tensor<2x3x4xi8> into tensor<6x4xi8>
// CHECK: %[[F:.*]] = linalg.generic {{.*}} ins(%[[C]] : tensor<6x4xi8>) outs(%{{.*}} : tensor<6x4xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[F]] : tensor<6x4xf32>, tensor<6x4xf32>)
#id = affine_map<(n, h, c) -> (n, h, c)>
func.func @stored_and_collapsed(%x: tensor<6x4xf32>, %r: tensor<2x3x4xi8>, %w: tensor<4x4xf32>) -> tensor<2x3x4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<6x4xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<6x4xf32>) -> tensor<6x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<6x4xf32>, tensor<4x4xf32>) outs(%fill : tensor<6x4xf32>) -> tensor<6x4xf32>
  %1 = tensor.expand_shape %0 [[0, 1], [2]] output_shape [2, 3, 4] : tensor<6x4xf32> into tensor<2x3x4xf32>
  %2 = tensor.empty() : tensor<2x3x4xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%r : tensor<2x3x4xi8>) outs(%2 : tensor<2x3x4xf32>) {
  ^bb0(%a: i8, %o: f32):
    %f = arith.sitofp %a : i8 to f32
    linalg.yield %f : f32
  } -> tensor<2x3x4xf32>
  %4 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %3 : tensor<2x3x4xf32>, tensor<2x3x4xf32>) outs(%2 : tensor<2x3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<2x3x4xf32>
  return %4 : tensor<2x3x4xf32>
}

// -----

// The maximum runs over groups and features, as the product does; the other
// operand is seen expanded.
// CHECK-LABEL: func.func @groups(
// CHECK-SAME: %{{.*}}: tensor<9x3x4xf32>, %{{.*}}: tensor<3x4x5xf32>, %[[R:.*]]: tensor<9x15xf32>
// CHECK: %[[P:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]
// CHECK: %[[X:.*]] = tensor.expand_shape %[[R]] {{\[}}[0], [1, 2]] output_shape [9, 3, 5]
// CHECK: %[[M:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[X]] : tensor<9x3x5xf32>, tensor<9x3x5xf32>)
// CHECK: arith.maximumf
// CHECK: tensor.collapse_shape %[[M]]
#x = affine_map<(y, g, f, c) -> (y, g, c)>
#w = affine_map<(y, g, f, c) -> (g, c, f)>
#z = affine_map<(y, g, f, c) -> (y, g, f)>
#id = affine_map<(y, f) -> (y, f)>
func.func @groups(%x: tensor<9x3x4xf32>, %w: tensor<3x4x5xf32>, %r: tensor<9x15xf32>) -> tensor<9x15xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<9x3x5xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<9x3x5xf32>) -> tensor<9x3x5xf32>
  %0 = linalg.generic {indexing_maps = [#x, #w, #z], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<9x3x4xf32>, tensor<3x4x5xf32>) outs(%fill : tensor<9x3x5xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<9x3x5xf32>
  %1 = tensor.collapse_shape %0 [[0], [1, 2]] : tensor<9x3x5xf32> into tensor<9x15xf32>
  %2 = tensor.empty() : tensor<9x15xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1, %r : tensor<9x15xf32>, tensor<9x15xf32>) outs(%2 : tensor<9x15xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.maximumf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<9x15xf32>
  return %3 : tensor<9x15xf32>
}
