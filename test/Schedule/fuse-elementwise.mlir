// RUN: ashlar-opt %s --schedule-fuse-elementwise --split-input-file | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>

// CHECK-LABEL: func.func @chain
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK: math.tanh
// CHECK-NOT: linalg.generic
func.func @chain(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.mulf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %e1 = tensor.empty() : tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%e1 : tensor<4x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.tanh %x : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A program has four inputs at most.
// CHECK-LABEL: func.func @five_inputs
// CHECK-COUNT-2: linalg.generic
func.func @five_inputs(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>, %c: tensor<4x8xf32>,
                       %d: tensor<4x8xf32>, %f: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b, %c : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32, %o: f32):
    %s = arith.mulf %x, %y : f32
    %t = arith.mulf %s, %z : f32
    linalg.yield %t : f32
  } -> tensor<4x8xf32>
  %e1 = tensor.empty() : tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %d, %f : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) outs(%e1 : tensor<4x8xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    %t = arith.addf %s, %z : f32
    linalg.yield %t : f32
  } -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>

// A value with two readers is computed once.
// CHECK-LABEL: func.func @two_readers
// CHECK-COUNT-1: math.exp
// CHECK-NOT: math.exp
func.func @two_readers(%a: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tensor.empty() : tensor<4x8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = math.exp %x : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  %e1 = tensor.empty() : tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x8xf32>) outs(%e1 : tensor<4x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %s = arith.negf %x : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %0, %1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#tr = affine_map<(i, j) -> (j, i)>
#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>

// A product reads a transposed operand as it lies.
// CHECK-DAG: #[[KM:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-LABEL: func.func @transposed_operand
// CHECK-SAME: %[[X:.*]]: tensor<64x16xf32>
// CHECK: linalg.generic {indexing_maps = [#[[KM]], {{.*}} ins(%[[X]], %
// CHECK-NOT: linalg.generic
func.func @transposed_operand(%x: tensor<64x16xf32>, %y: tensor<64x8xf32>, %z: tensor<16x8xf32>) -> tensor<16x8xf32> {
  %e = tensor.empty() : tensor<16x64xf32>
  %t = linalg.generic {indexing_maps = [#tr, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x16xf32>) outs(%e : tensor<16x64xf32>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  } -> tensor<16x64xf32>
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %y : tensor<16x64xf32>, tensor<64x8xf32>) outs(%z : tensor<16x8xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %1 = arith.mulf %p, %q : f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<16x8xf32>
  return %0 : tensor<16x8xf32>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#tr = affine_map<(i, j) -> (j, i)>
#in = affine_map<(w, f, k, c) -> (w + k, c)>
#weights = affine_map<(w, f, k, c) -> (k, c, f)>
#out = affine_map<(w, f, k, c) -> (w, f)>

// A convolution's rows have to be contiguous: its input is transposed before.
// CHECK-LABEL: func.func @transposed_image
// CHECK-COUNT-2: linalg.generic
func.func @transposed_image(%x: tensor<8x10xf32>, %y: tensor<3x8x4xf32>, %z: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %e = tensor.empty() : tensor<10x8xf32>
  %t = linalg.generic {indexing_maps = [#tr, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<8x10xf32>) outs(%e : tensor<10x8xf32>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  } -> tensor<10x8xf32>
  %0 = linalg.generic {indexing_maps = [#in, #weights, #out], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%t, %y : tensor<10x8xf32>, tensor<3x8x4xf32>) outs(%z : tensor<8x4xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %1 = arith.mulf %p, %q : f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// What the output stage can do with a product stays one operation of its own:
// with the tanh, all of it would be work of the vector unit.
// CHECK-LABEL: func.func @output_stage
// CHECK-COUNT-3: linalg.generic
// CHECK-NOT: linalg.generic
func.func @output_stage(%x: tensor<16x8xi8>, %y: tensor<8x32xi8>, %i: tensor<16x32xi32>) -> tensor<16x32xf32> {
  %k = arith.constant 0.5 : f32
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<16x8xi8>, tensor<8x32xi8>) outs(%i : tensor<16x32xi32>) {
  ^bb0(%p: i8, %q: i8, %o: i32):
    %s = arith.extsi %p : i8 to i32
    %t = arith.extsi %q : i8 to i32
    %u = arith.muli %s, %t : i32
    %v = arith.addi %o, %u : i32
    linalg.yield %v : i32
  } -> tensor<16x32xi32>
  %e = tensor.empty() : tensor<16x32xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<16x32xi32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%p: i32, %o: f32):
    %s = arith.sitofp %p : i32 to f32
    linalg.yield %s : f32
  } -> tensor<16x32xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<16x32xf32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = arith.mulf %p, %k : f32
    linalg.yield %s : f32
  } -> tensor<16x32xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%2 : tensor<16x32xf32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%p: f32, %o: f32):
    %s = math.tanh %p : f32
    linalg.yield %s : f32
  } -> tensor<16x32xf32>
  return %3 : tensor<16x32xf32>
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// What one operation has rounded and bounded, the next may convert: the output
// stage does both.
// CHECK-LABEL: func.func @requantised
// CHECK-COUNT-2: linalg.generic
// CHECK-NOT: linalg.generic
func.func @requantised(%x: tensor<16x8xi8>, %y: tensor<8x32xi8>, %i: tensor<16x32xi32>) -> tensor<16x32xi8> {
  %k = arith.constant 0.5 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<16x8xi8>, tensor<8x32xi8>) outs(%i : tensor<16x32xi32>) {
  ^bb0(%p: i8, %q: i8, %o: i32):
    %s = arith.extsi %p : i8 to i32
    %t = arith.extsi %q : i8 to i32
    %u = arith.muli %s, %t : i32
    %v = arith.addi %o, %u : i32
    linalg.yield %v : i32
  } -> tensor<16x32xi32>
  %e = tensor.empty() : tensor<16x32xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<16x32xi32>) outs(%e : tensor<16x32xf32>) {
  ^bb0(%p: i32, %o: f32):
    %s = arith.sitofp %p : i32 to f32
    %t = arith.mulf %s, %k : f32
    %u = math.roundeven %t : f32
    %v = arith.maximumf %u, %low : f32
    %w = arith.minimumf %v, %high : f32
    linalg.yield %w : f32
  } -> tensor<16x32xf32>
  %f = tensor.empty() : tensor<16x32xi8>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<16x32xf32>) outs(%f : tensor<16x32xi8>) {
  ^bb0(%p: f32, %o: i8):
    %s = arith.fptosi %p : f32 to i32
    %t = arith.trunci %s : i32 to i8
    linalg.yield %t : i8
  } -> tensor<16x32xi8>
  return %2 : tensor<16x32xi8>
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#a = affine_map<(i, j, k) -> (i, k)>
#b = affine_map<(i, j, k) -> (k, j)>
#c = affine_map<(i, j, k) -> (i, j)>

// A lookup ends what the output stage does to a product; nothing follows it, and
// it joins no other operation.
// CHECK-LABEL: func.func @lookup
// CHECK: arith.muli
// CHECK: linalg.generic
// CHECK: math.roundeven
// CHECK: tensor.extract
// CHECK: linalg.generic
// CHECK: math.absi
// CHECK: linalg.generic
// CHECK: tensor.extract
// CHECK-NOT: linalg.generic
func.func @lookup(%x: tensor<16x8xi8>, %y: tensor<8x32xi8>, %i: tensor<16x32xi32>) -> tensor<16x32xi8> {
  %table = arith.constant dense<"0x030A11181F262D343B424950575E656C737A81888F969DA4ABB2B9C0C7CED5DCE3EAF1F8FF060D141B222930373E454C535A61686F767D848B9299A0A7AEB5BCC3CAD1D8DFE6EDF4FB020910171E252C333A41484F565D646B727980878E959CA3AAB1B8BFC6CDD4DBE2E9F0F7FE050C131A21282F363D444B525960676E757C838A91989FA6ADB4BBC2C9D0D7DEE5ECF3FA01080F161D242B323940474E555C636A71787F868D949BA2A9B0B7BEC5CCD3DAE1E8EFF6FD040B121920272E353C434A51585F666D747B828990979EA5ACB3BAC1C8CFD6DDE4EBF2F900070E151C232A31383F464D545B626970777E858C939AA1A8AFB6BDC4CBD2D9E0E7EEF5FC"> : tensor<256xi8>
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %0 = linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : tensor<16x8xi8>, tensor<8x32xi8>) outs(%i : tensor<16x32xi32>) {
  ^bb0(%p: i8, %q: i8, %o: i32):
    %s = arith.extsi %p : i8 to i32
    %t = arith.extsi %q : i8 to i32
    %u = arith.muli %s, %t : i32
    %v = arith.addi %o, %u : i32
    linalg.yield %v : i32
  } -> tensor<16x32xi32>
  %e = tensor.empty() : tensor<16x32xi8>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<16x32xi32>) outs(%e : tensor<16x32xi8>) {
  ^bb0(%p: i32, %o: i8):
    %s = arith.sitofp %p : i32 to f32
    %u = math.roundeven %s : f32
    %v = arith.maximumf %u, %low : f32
    %w = arith.minimumf %v, %high : f32
    %t = arith.fptosi %w : f32 to i32
    %r = arith.trunci %t : i32 to i8
    linalg.yield %r : i8
  } -> tensor<16x32xi8>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1 : tensor<16x32xi8>) outs(%e : tensor<16x32xi8>) {
  ^bb0(%p: i8, %o: i8):
    %s = arith.index_castui %p : i8 to index
    %t = tensor.extract %table[%s] : tensor<256xi8>
    linalg.yield %t : i8
  } -> tensor<16x32xi8>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%2 : tensor<16x32xi8>) outs(%e : tensor<16x32xi8>) {
  ^bb0(%p: i8, %o: i8):
    %s = math.absi %p : i8
    linalg.yield %s : i8
  } -> tensor<16x32xi8>
  %4 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%3 : tensor<16x32xi8>) outs(%e : tensor<16x32xi8>) {
  ^bb0(%p: i8, %o: i8):
    %s = arith.index_castui %p : i8 to index
    %t = tensor.extract %table[%s] : tensor<256xi8>
    linalg.yield %t : i8
  } -> tensor<16x32xi8>
  return %4 : tensor<16x32xi8>
}
