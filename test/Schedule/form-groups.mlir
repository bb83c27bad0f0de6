// RUN: ashlar-opt %s --schedule-normalize-linalg --schedule-form-groups=target=edge --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>

// A product, the fill of its accumulator and its only reader.
// CHECK-LABEL: func.func @product
// CHECK: linalg.fill {schedule.group = 0 : i64}
// CHECK: linalg.generic {{.*}} attrs = {schedule.group = 0 : i64}
// CHECK: linalg.generic {{.*}} attrs = {schedule.group = 0 : i64}
func.func @product(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64xf32>) -> tensor<64x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%f : tensor<64x64xf32>) -> tensor<64x64xf32>
  %e1 = tensor.empty() : tensor<64x64xf32>
  %1 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %c : tensor<64x64xf32>, tensor<64xf32>) outs(%e1 : tensor<64x64xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<64x64xf32>
  return %1 : tensor<64x64xf32>
}

// -----

// Softmax keeps its rows on chip: one group of four parts.
// CHECK-LABEL: func.func @softmax
// CHECK-COUNT-6: schedule.group = 0 : i64
// CHECK-NOT: schedule.group = 1
func.func @softmax(%a: tensor<64x128xf32>) -> tensor<64x128xf32> {
  %e = tensor.empty() : tensor<64x128xf32>
  %0 = linalg.softmax dimension(1) ins(%a : tensor<64x128xf32>) outs(%e : tensor<64x128xf32>) -> tensor<64x128xf32>
  return %0 : tensor<64x128xf32>
}

// -----

// Rows that do not fit the scratchpad: groups of their own.
// CHECK-LABEL: func.func @long_rows
// What kept them apart is there to be told.
// CHECK: schedule.apart = "linalg.generic at {{.*}}: no tile of both together fits", schedule.group = 0 : i64
// CHECK: schedule.apart = "linalg.generic at {{.*}}: something else needs the one and is needed by the other", schedule.group = 1 : i64
func.func @long_rows(%a: tensor<4x2000000xf32>) -> tensor<4x2000000xf32> {
  %e = tensor.empty() : tensor<4x2000000xf32>
  %0 = linalg.softmax dimension(1) ins(%a : tensor<4x2000000xf32>) outs(%e : tensor<4x2000000xf32>) -> tensor<4x2000000xf32>
  return %0 : tensor<4x2000000xf32>
}

// -----

// A bias of integers is what the accumulators start from: its broadcast is a
// member of the product's group, and no tensor of its own.
// CHECK-LABEL: func.func @integer_bias(
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<32xi32>) {{.*}} attrs = {schedule.group = 0 : i64}
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<64x16xi8>, tensor<16x32xi8>) {{.*}} attrs = {schedule.group = 0 : i64}
func.func @integer_bias(%x: tensor<64x16xi8>, %w: tensor<16x32xi8>, %b: tensor<32xi32>) -> tensor<64x32xi32> {
  %0 = tensor.empty() : tensor<64x32xi32>
  %1 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>], iterator_types = ["parallel", "parallel"]}
      ins(%b : tensor<32xi32>) outs(%0 : tensor<64x32xi32>) {
  ^bb0(%a: i32, %o: i32):
    linalg.yield %a : i32
  } -> tensor<64x32xi32>
  %2 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<64x16xi8>, tensor<16x32xi8>) outs(%1 : tensor<64x32xi32>) {
  ^bb0(%a: i8, %c: i8, %o: i32):
    %3 = arith.extsi %a : i8 to i32
    %4 = arith.extsi %c : i8 to i32
    %5 = arith.muli %3, %4 : i32
    %6 = arith.addi %o, %5 : i32
    linalg.yield %6 : i32
  } -> tensor<64x32xi32>
  return %2 : tensor<64x32xi32>
}

// -----

// Two products that end in one sum: the second one's output stage adds what the
// first has finished. Were it the first one's, the second would go to memory raw.
#id = affine_map<(i, j) -> (i, j)>
// CHECK-LABEL: func.func @two_products(
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<64x64xi8>, tensor<64x64xi8>) outs({{.*}}xi32>) attrs = {schedule.group = [[A:[0-9]+]] : i64}
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<64x64xi32>) outs(%{{.*}} : tensor<64x64xi8>) attrs = {schedule.apart = "linalg.generic at {{.*}}: it is the epilogue of another product that it reads", schedule.group = [[A]] : i64}
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<64x64xi8>, tensor<64x64xi8>) outs({{.*}}xi32>) attrs = {schedule.group = [[B:[0-9]+]] : i64}
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<64x64xi8>, tensor<64x64xi32>) {{.*}} attrs = {schedule.group = [[B]] : i64}
func.func @two_products(%x: tensor<64x64xi8>, %v: tensor<64x64xi8>, %w: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %zero = arith.constant 0 : i32
  %scale = arith.constant 0.125 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<64x64xi32>
  %e8 = tensor.empty() : tensor<64x64xi8>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<64x64xi32>) -> tensor<64x64xi32>
  %0 = linalg.matmul ins(%x, %v : tensor<64x64xi8>, tensor<64x64xi8>) outs(%f : tensor<64x64xi32>) -> tensor<64x64xi32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<64x64xi32>) outs(%e8 : tensor<64x64xi8>) {
  ^bb0(%a: i32, %o: i8):
    %r = arith.sitofp %a : i32 to f32
    %s = arith.mulf %r, %scale : f32
    %n = math.roundeven %s : f32
    %l = arith.maximumf %n, %low : f32
    %h = arith.minimumf %l, %high : f32
    %i = arith.fptosi %h : f32 to i8
    linalg.yield %i : i8
  } -> tensor<64x64xi8>
  %2 = linalg.matmul ins(%x, %w : tensor<64x64xi8>, tensor<64x64xi8>) outs(%f : tensor<64x64xi32>) -> tensor<64x64xi32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1, %2 : tensor<64x64xi8>, tensor<64x64xi32>) outs(%e8 : tensor<64x64xi8>) {
  ^bb0(%a: i8, %b: i32, %o: i8):
    %r = arith.sitofp %b : i32 to f32
    %s = arith.mulf %r, %scale : f32
    %q = arith.sitofp %a : i8 to f32
    %t = arith.addf %s, %q : f32
    %n = math.roundeven %t : f32
    %l = arith.maximumf %n, %low : f32
    %h = arith.minimumf %l, %high : f32
    %i = arith.fptosi %h : f32 to i8
    linalg.yield %i : i8
  } -> tensor<64x64xi8>
  return %3 : tensor<64x64xi8>
}
