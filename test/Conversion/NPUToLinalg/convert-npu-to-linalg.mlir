// RUN: ashlar-opt %s --convert-npu-to-linalg | FileCheck %s

// CHECK-LABEL: func.func @buffers
// CHECK: %[[A:.*]] = memref.alloc() : memref<4xf32>
// CHECK-NOT: npu
// CHECK: memref.dealloc %[[A]]
func.func @buffers(%src: memref<4xf32, #npu.space<dram>>) {
  %0 = npu.alloc depth 2 : memref<4xf32, #npu.space<sram>>
  npu.wait <dma0> semaphore 1
  npu.copy %src to %0 : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<sram>>
  npu.signal <dma0> semaphore 1
  return
}

// CHECK-LABEL: func.func @window
// CHECK: linalg.generic
// CHECK: arith.cmpi ult
// CHECK: scf.if
// CHECK: memref.load
func.func @window(%src: memref<4xf32, #npu.space<dram>>, %dst: memref<6xf32, #npu.space<sram>>, %low: index) {
  npu.copy %src to %dst low(%low) : memref<4xf32, #npu.space<dram>> to memref<6xf32, #npu.space<sram>>
  return
}

// The product starts from zero unless it accumulates.
// CHECK-LABEL: func.func @matmul
// CHECK: arith.xori
// CHECK: scf.if
// CHECK: linalg.fill
// CHECK: linalg.generic
// CHECK: arith.extf %{{.*}} : bf16 to f32
func.func @matmul(%a: memref<8x16xbf16, #npu.space<sram>>, %b: memref<16x4xbf16, #npu.space<sram>>,
                  %acc: memref<8x4xf32, #npu.space<acc>>, %later: i1) {
  npu.matmul ins(%a, %b : memref<8x16xbf16, #npu.space<sram>>, memref<16x4xbf16, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>) accumulate_if(%later)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// A plain drain of i32 to i8 saturates.
// CHECK-LABEL: func.func @drain
// CHECK: arith.maxsi
// CHECK: arith.minsi
// CHECK: arith.trunci
func.func @drain(%acc: memref<8x4xi32, #npu.space<acc>>, %out: memref<4x8xi8, #npu.space<sram>>) {
  npu.drain %acc to %out {indexing_maps = [affine_map<(i, j) -> (j, i)>]}
      : memref<8x4xi32, #npu.space<acc>> to memref<4x8xi8, #npu.space<sram>>
  return
}

// With init the output starts from the reduction's identity.
// CHECK-LABEL: func.func @reduce
// CHECK: %[[MIN:.*]] = arith.constant 0xFF800000 : f32
// CHECK: linalg.fill ins(%[[MIN]]
// CHECK: linalg.index 1
func.func @reduce(%x: memref<8x4xf32, #npu.space<sram>>, %s: memref<8xf32, #npu.space<sram>>) {
  npu.vector ins(%x : memref<8x4xf32, #npu.space<sram>>) outs(%s : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>], init} {
  ^bb0(%a: f32, %old: f32):
    %i = npu.index 1
    %j = arith.index_cast %i : index to i32
    %g = arith.sitofp %j : i32 to f32
    %0 = arith.mulf %a, %g : f32
    %1 = arith.maximumf %old, %0 : f32
    npu.yield %1 : f32
  }
  return
}

// A window starts from the identity unless it accumulates; widened unsigned
// elements compare as signed.
// CHECK-LABEL: func.func @pool
// CHECK: %[[LOWEST:.*]] = arith.constant -2147483648 : i32
// CHECK: linalg.fill ins(%[[LOWEST]]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]
// CHECK: arith.extui
// CHECK: arith.maxsi
// CHECK-NOT: linalg.fill
// CHECK: linalg.generic
// CHECK: arith.extsi
// CHECK: arith.extui
// CHECK: arith.muli
// CHECK: arith.addi
func.func @pool(%x: memref<10x16xi8, #npu.space<sram>>, %w: memref<3x16xi8, #npu.space<sram>>,
                %y: memref<8x16xi32, #npu.space<sram>>, %n: index) {
  npu.window <max> ins(%x : memref<10x16xi8, #npu.space<sram>>) outs(%y : memref<8x16xi32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w, c)>],
       input_unsigned, window_dims = array<i64: 2>}
  npu.window <mac> ins(%x, %w : memref<10x16xi8, #npu.space<sram>>, memref<3x16xi8, #npu.space<sram>>)
      outs(%y : memref<8x16xi32, #npu.space<sram>>) window(%n)
      {accumulate, indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (k, c)>, affine_map<(w, c, k) -> (w, c)>],
       weights_unsigned, window_dims = array<i64: 2>}
  return
}

// The list's entry is the position in the gathered dimension.
// CHECK-LABEL: func.func @gather
// CHECK: linalg.generic
// CHECK: %[[ROW:.*]] = linalg.index 0
// CHECK: %[[AT:.*]] = arith.index_cast
// CHECK: memref.load %{{.*}}[%[[ROW]], %[[AT]]]
func.func @gather(%x: memref<2x9xf32, #npu.space<sram>>, %i: memref<3xi32, #npu.space<sram>>, %y: memref<2x3xf32, #npu.space<sram>>) {
  npu.gather %x at %i into %y dim 1
      : memref<2x9xf32, #npu.space<sram>>, memref<3xi32, #npu.space<sram>>, memref<2x3xf32, #npu.space<sram>>
  return
}

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

// Attention as its parts, on tensors and on memrefs.
// CHECK-LABEL: func.func @attention(
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.divf
// CHECK: %[[T:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<5x3xf32>)
// CHECK: %[[M:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<5x3xf32>)
// CHECK: bufferization.materialize_in_destination %{{.*}} in restrict writable %{{.*}} : (tensor<5x3xf32>, memref<5x3xf32>) -> ()
// CHECK-NOT: npu.attention
func.func @attention(%a: tensor<5x4xf32>, %b: tensor<7x4xf32>, %c: tensor<7x3xf32>, %e: tensor<5x3xf32>,
                     %x: memref<5x4xf32, #npu.space<dram>>, %y: memref<7x4xf32, #npu.space<dram>>, %z: memref<7x3xf32, #npu.space<dram>>,
                     %r: memref<5x3xf32, #npu.space<dram>>) -> tensor<5x3xf32> {
  %0 = npu.attention ins(%a, %b, %c : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) outs(%e : tensor<5x3xf32>) scale 0.5
      {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x3xf32>
  npu.attention ins(%x, %y, %z : memref<5x4xf32, #npu.space<dram>>, memref<7x4xf32, #npu.space<dram>>, memref<7x3xf32, #npu.space<dram>>)
      outs(%r : memref<5x3xf32, #npu.space<dram>>) scale 0.5 {indexing_maps = [#q, #k, #v, #o]}
  return %0 : tensor<5x3xf32>
}

// On the host a program runs at its upper bounds.
// CHECK-LABEL: func.func @runtime_dim
// CHECK: %[[N:.*]] = arith.constant 8 : index
// CHECK: memref.store %[[N]]
func.func @runtime_dim(%x: memref<index>) {
  %0 = npu.runtime_dim "N" in 1 to 8
  memref.store %0, %x[] : memref<index>
  return
}
