// RUN: ashlar-opt %s --schedule-form-groups=target=edge --split-input-file | FileCheck %s

// Costs are those of the tiles that a search finds.
// RUN: ashlar-opt %s --schedule-form-groups='target=edge opt-level=0' --split-input-file > %t.0
// RUN: ashlar-opt %s --schedule-form-groups='target=edge opt-level=2' --split-input-file > %t.2
// RUN: not cmp %t.0 %t.2

// Why an operation is not in the group of what it reads, as --explain shows it.

// CHECK-LABEL: func.func @operations(
// CHECK: schedule.apart = "linalg.exp at {{.*}}: a group has at most 16 operations"
func.func @operations(%a: tensor<8x16xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %r = linalg.reduce { arith.addf } ins(%a : tensor<8x16xf32>) outs(%f : tensor<8xf32>) dimensions = [1]
  %0 = linalg.exp ins(%r : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %1 = linalg.exp ins(%0 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %2 = linalg.exp ins(%1 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %3 = linalg.exp ins(%2 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %4 = linalg.exp ins(%3 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %5 = linalg.exp ins(%4 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %6 = linalg.exp ins(%5 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %7 = linalg.exp ins(%6 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %8 = linalg.exp ins(%7 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %9 = linalg.exp ins(%8 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %10 = linalg.exp ins(%9 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %11 = linalg.exp ins(%10 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %12 = linalg.exp ins(%11 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %13 = linalg.exp ins(%12 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %14 = linalg.exp ins(%13 : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %14 : tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @buffers(
// CHECK: schedule.apart = "linalg.generic at {{.*}}: a group has at most 16 buffers"
#i = affine_map<(i) -> (i)>
func.func @buffers(%a: tensor<8x16xf32>, %b0: tensor<8xf32>, %b1: tensor<8xf32>, %b2: tensor<8xf32>, %b3: tensor<8xf32>, %b4: tensor<8xf32>, %b5: tensor<8xf32>, %b6: tensor<8xf32>, %b7: tensor<8xf32>, %b8: tensor<8xf32>, %b9: tensor<8xf32>, %b10: tensor<8xf32>, %b11: tensor<8xf32>, %b12: tensor<8xf32>, %b13: tensor<8xf32>, %b14: tensor<8xf32>, %b15: tensor<8xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %r = linalg.reduce { arith.addf } ins(%a : tensor<8x16xf32>) outs(%f : tensor<8xf32>) dimensions = [1]
  %s = linalg.generic {indexing_maps = [#i, #i, #i, #i, #i, #i, #i, #i, #i, #i, #i, #i, #i, #i, #i, #i, #i], iterator_types = ["parallel"]}
      ins(%r, %b0, %b1, %b2, %b3, %b4, %b5, %b6, %b7, %b8, %b9, %b10, %b11, %b12, %b13, %b14 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x0: f32, %x1: f32, %x2: f32, %x3: f32, %x4: f32, %x5: f32, %x6: f32, %x7: f32, %x8: f32, %x9: f32, %x10: f32, %x11: f32, %x12: f32, %x13: f32, %x14: f32, %x15: f32, %x16: f32):
    %y1 = arith.addf %x0, %x1 : f32
    %y2 = arith.addf %y1, %x2 : f32
    %y3 = arith.addf %y2, %x3 : f32
    %y4 = arith.addf %y3, %x4 : f32
    %y5 = arith.addf %y4, %x5 : f32
    %y6 = arith.addf %y5, %x6 : f32
    %y7 = arith.addf %y6, %x7 : f32
    %y8 = arith.addf %y7, %x8 : f32
    %y9 = arith.addf %y8, %x9 : f32
    %y10 = arith.addf %y9, %x10 : f32
    %y11 = arith.addf %y10, %x11 : f32
    %y12 = arith.addf %y11, %x12 : f32
    %y13 = arith.addf %y12, %x13 : f32
    %y14 = arith.addf %y13, %x14 : f32
    %y15 = arith.addf %y14, %x15 : f32
    linalg.yield %y15 : f32
  } -> tensor<8xf32>
  return %s : tensor<8xf32>
}

// -----

// The sum has a loop that the product knows nothing of.
// CHECK-LABEL: func.func @widens(
// CHECK: schedule.apart = "linalg.generic at {{.*}}: a loop of what it reads would have to stay in one piece"
#id3 = affine_map<(i, j, k) -> (i, j, k)>
func.func @widens(%a: tensor<8x16xf32>, %w: tensor<16x8xf32>, %b: tensor<8x8x4xf32>) -> tensor<8x8x4xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %0 = linalg.matmul ins(%a, %w : tensor<8x16xf32>, tensor<16x8xf32>) outs(%f : tensor<8x8xf32>) -> tensor<8x8xf32>
  %e1 = tensor.empty() : tensor<8x8x4xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j)>, #id3, #id3], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %b : tensor<8x8xf32>, tensor<8x8x4xf32>) outs(%e1 : tensor<8x8x4xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<8x8x4xf32>
  return %1 : tensor<8x8x4xf32>
}

// -----

// CHECK-LABEL: func.func @lookup(
// CHECK: schedule.apart = "linalg.generic at {{.*}}: only the output stage looks bytes up, and it has other work"
#id = affine_map<(i, j) -> (i, j)>
func.func @lookup(%a: tensor<8x16xi8>, %w: tensor<16x8xi8>) -> tensor<8x8xi8> {
  %table = arith.constant dense<7> : tensor<256xi8>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<8x8xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = linalg.matmul ins(%a, %w : tensor<8x16xi8>, tensor<16x8xi8>) outs(%f : tensor<8x8xi32>) -> tensor<8x8xi32>
  %e1 = tensor.empty() : tensor<8x8xi8>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<8x8xi32>) outs(%e1 : tensor<8x8xi8>) {
  ^bb0(%x: i32, %o: i8):
    %n = arith.trunci %x : i32 to i8
    %i = arith.index_castui %n : i8 to index
    %s = tensor.extract %table[%i] : tensor<256xi8>
    linalg.yield %s : i8
  } -> tensor<8x8xi8>
  return %1 : tensor<8x8xi8>
}

// -----

// One tile of the sum cannot be transposed against itself.
// CHECK-LABEL: func.func @indices(
// CHECK: schedule.apart = "linalg.generic at {{.*}}: a buffer that is shared with different indices"
#id = affine_map<(i, j) -> (i, j)>
#tr = affine_map<(i, j) -> (j, i)>
func.func @indices(%a: tensor<8x8x16xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a : tensor<8x8x16xf32>) outs(%f : tensor<8x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = arith.addf %x, %o : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #tr, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %0 : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}

// -----

// What it reads is no tile that is there, but one that is two elements off.
// CHECK-LABEL: func.func @shift(
// CHECK: schedule.apart = "linalg.generic at {{.*}}: a buffer that is written and read with different indices"
func.func @shift(%a: tensor<8x16xf32>) -> tensor<6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<8x16xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = arith.addf %x, %o : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %e1 = tensor.empty() : tensor<6xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i + 2)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%0 : tensor<8xf32>) outs(%e1 : tensor<6xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = arith.addf %x, %x : f32
    linalg.yield %s : f32
  } -> tensor<6xf32>
  return %1 : tensor<6xf32>
}

// -----

// A row for all rows: in one group it would be computed with each of them.
// CHECK-LABEL: func.func @row(
// CHECK: schedule.apart = "linalg.generic at {{.*}}: {{[0-9]+}} cycles together, {{[0-9]+}} apart"
#v = affine_map<(i, j) -> (j)>
#id = affine_map<(i, j) -> (i, j)>
func.func @row(%a: tensor<512xf32>, %b: tensor<5120x512xf32>) -> tensor<5120x512xf32> {
  %e = tensor.empty() : tensor<512xf32>
  %0 = linalg.exp ins(%a : tensor<512xf32>) outs(%e : tensor<512xf32>) -> tensor<512xf32>
  %e2 = tensor.empty() : tensor<5120x512xf32>
  %1 = linalg.generic {indexing_maps = [#v, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%0, %b : tensor<512xf32>, tensor<5120x512xf32>) outs(%e2 : tensor<5120x512xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<5120x512xf32>
  return %1 : tensor<5120x512xf32>
}
