// RUN: ashlar-opt %s | ashlar-opt | FileCheck %s
// RUN: ashlar-opt %s --mlir-print-op-generic | ashlar-opt | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0, d1) -> (d0, d1)>
#lane = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @buffers
func.func @buffers() {
  // CHECK: npu.alloc : memref<4xf32, #npu.space<dram>>
  %0 = npu.alloc : memref<4xf32, #npu.space<dram>>
  // CHECK: npu.alloc depth 2 : memref<4xf32, #npu.space<sram>>
  %1 = npu.alloc depth 2 : memref<4xf32, #npu.space<sram>>
  // CHECK: npu.alloc depth 3 at 4096 slot_bytes 64 : memref<4x4xi32, #npu.space<acc>>
  %2 = npu.alloc depth 3 at 4096 slot_bytes 64 : memref<4x4xi32, #npu.space<acc>>
  return
}

// CHECK-LABEL: func.func @pads
func.func @pads(%t: tensor<4x5xi8>, %m: memref<4x5xf32, #npu.space<dram>>) {
  // CHECK: npu.pad %{{.*}} low [0, 1] value(7 : i8) : tensor<4x5xi8> to tensor<4x8xi8>
  %0 = npu.pad %t low [0, 1] value(7 : i8) : tensor<4x5xi8> to tensor<4x8xi8>
  // CHECK: npu.pad %{{.*}} low [2, 0] value(0.000000e+00 : f32) : memref<4x5xf32, #npu.space<dram>> to memref<6x5xf32, #npu.space<dram>>
  %1 = npu.pad %m low [2, 0] value(0.0 : f32) : memref<4x5xf32, #npu.space<dram>> to memref<6x5xf32, #npu.space<dram>>
  return
}

// CHECK-LABEL: func.func @copies
func.func @copies(%src: memref<8x16xf32, #npu.space<dram>>, %dst: memref<10x16xf32, #npu.space<sram>>,
                  %row: memref<8x16xf32, #npu.space<sram>>, %i: index, %f: f32) {
  // CHECK: npu.copy %{{.*}} to %{{.*}} on <dma0> multicast : memref<8x16xf32, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
  npu.copy %src to %row on <dma0> multicast : memref<8x16xf32, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
  // CHECK: npu.copy %{{.*}} to %{{.*}} : memref<8x16xf32, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
  npu.copy %src to %row : memref<8x16xf32, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
  // CHECK: npu.copy %{{.*}} to %{{.*}} low(%{{.*}}, %{{.*}}) fill(%{{.*}} : f32) on <dma1> :
  npu.copy %src to %dst low(%i, %i) fill(%f : f32) on <dma1>
      : memref<8x16xf32, #npu.space<dram>> to memref<10x16xf32, #npu.space<sram>>
  // CHECK: npu.copy %{{.*}} to %{{.*}} on <dma0> shared(%{{.*}}) <4 by 2> :
  npu.copy %src to %row on <dma0> shared(%i) <4 by 2> : memref<8x16xf32, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
  // CHECK: npu.receive %{{.*}} on <mxu> : memref<8x16xf32, #npu.space<sram>>
  npu.receive %row on <mxu> : memref<8x16xf32, #npu.space<sram>>
  // CHECK: npu.copy %{{.*}} shared(%{{.*}}) <8 by 1 credits 254 arrivals 253> :
  npu.copy %src to %row on <dma0> shared(%i) <8 by 1 credits 254 arrivals 253> : memref<8x16xf32, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
  // CHECK: npu.receive %{{.*}} on <vec> semaphore 253 :
  npu.receive %row on <vec> semaphore 253 : memref<8x16xf32, #npu.space<sram>>
  return
}

// CHECK-LABEL: func.func @matrix
func.func @matrix(%a: memref<8x16xi8, #npu.space<sram>>, %b: memref<16x4xi8, #npu.space<sram>>,
                  %acc: memref<8x4xi32, #npu.space<acc>>, %c: i1) {
  // CHECK: npu.matmul ins(%{{.*}}, %{{.*}} : memref<8x16xi8, #npu.space<sram>>, memref<16x4xi8, #npu.space<sram>>) outs(%{{.*}} : memref<8x4xi32, #npu.space<acc>>) accumulate_if(%{{.*}})
  npu.matmul ins(%a, %b : memref<8x16xi8, #npu.space<sram>>, memref<16x4xi8, #npu.space<sram>>)
      outs(%acc : memref<8x4xi32, #npu.space<acc>>) accumulate_if(%c)
      {indexing_maps = [#mk, #kn, #mn], m_dims = array<i64: 0>, n_dims = array<i64: 1>,
       k_dims = array<i64: 2>, a_unsigned}
  return
}

// CHECK-LABEL: func.func @convolution
func.func @convolution(%a: memref<9x9x16xf16, #npu.space<sram>>, %b: memref<3x3x16x4xf16, #npu.space<sram>>,
                       %acc: memref<4x4x4xf32, #npu.space<acc>>) {
  // CHECK: npu.matmul
  npu.matmul ins(%a, %b : memref<9x9x16xf16, #npu.space<sram>>, memref<3x3x16x4xf16, #npu.space<sram>>)
      outs(%acc : memref<4x4x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(y, x, o, r, s, c) -> (y * 2 + r, x * 2 + s, c)>,
                        affine_map<(y, x, o, r, s, c) -> (r, s, c, o)>,
                        affine_map<(y, x, o, r, s, c) -> (y, x, o)>],
       m_dims = array<i64: 0, 1>, n_dims = array<i64: 2>, k_dims = array<i64: 3, 4, 5>, accumulate}
  return
}

// CHECK-LABEL: func.func @output
func.func @output(%bias: memref<4xf32, #npu.space<sram>>, %acc: memref<8x4xf32, #npu.space<acc>>,
                  %out: memref<8x4xbf16, #npu.space<sram>>, %zero: f32) {
  // CHECK: npu.preload %{{.*}} into %{{.*}} {indexing_maps = [#{{.*}}]} : memref<4xf32, #npu.space<sram>> into memref<8x4xf32, #npu.space<acc>>
  npu.preload %bias into %acc {indexing_maps = [#lane]}
      : memref<4xf32, #npu.space<sram>> into memref<8x4xf32, #npu.space<acc>>
  // CHECK: npu.preload %[[ACC:.*]] into %[[ACC]] steps(%{{.*}} : memref<4xf32, #npu.space<sram>>) {{.*}} : memref<8x4xf32, #npu.space<acc>> into memref<8x4xf32, #npu.space<acc>>
  npu.preload %acc into %acc steps(%bias : memref<4xf32, #npu.space<sram>>) {indexing_maps = [#id, #lane]}
      : memref<8x4xf32, #npu.space<acc>> into memref<8x4xf32, #npu.space<acc>> {
  ^bb0(%x: f32, %b: f32):
    %0 = arith.mulf %x, %b : f32
    npu.yield %0 : f32
  }
  // CHECK: npu.drain %{{.*}} to %{{.*}} {indexing_maps = [#{{.*}}]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>>
  npu.drain %acc to %out {indexing_maps = [#id]}
      : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>>
  // CHECK: npu.drain %{{.*}} to %{{.*}} steps(%{{.*}} : memref<4xf32, #npu.space<sram>>)
  npu.drain %acc to %out steps(%bias : memref<4xf32, #npu.space<sram>>) {indexing_maps = [#id, #lane]}
      : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>> {
  // CHECK: ^bb0(%{{.*}}: f32, %{{.*}}: f32):
  ^bb0(%x: f32, %t: f32):
    %0 = arith.addf %x, %t : f32
    %1 = arith.maximumf %0, %zero : f32
    %2 = arith.truncf %1 : f32 to bf16
    // CHECK: npu.yield %{{.*}} : bf16
    npu.yield %2 : bf16
  }
  return
}

// CHECK-LABEL: func.func @vector
func.func @vector(%x: memref<8x4xf32, #npu.space<sram>>, %s: memref<8xf32, #npu.space<sram>>, %f: f32) {
  // CHECK: npu.fill %{{.*}} into %{{.*}} : f32 into memref<8xf32, #npu.space<sram>>
  npu.fill %f into %s : f32 into memref<8xf32, #npu.space<sram>>
  // CHECK: npu.vector ins(%{{.*}} : memref<8x4xf32, #npu.space<sram>>) outs(%{{.*}} : memref<8xf32, #npu.space<sram>>)
  npu.vector ins(%x : memref<8x4xf32, #npu.space<sram>>) outs(%s : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [#id, affine_map<(d0, d1) -> (d0)>],
                  iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>],
                  init} {
  ^bb0(%a: f32, %old: f32):
    // CHECK: npu.index 1
    %i = npu.index 1
    %j = arith.index_cast %i : index to i32
    %g = arith.sitofp %j : i32 to f32
    %0 = arith.mulf %a, %g : f32
    %1 = arith.addf %old, %0 : f32
    npu.yield %1 : f32
  }
  // CHECK: npu.wait <mxu> semaphore 3 count 2
  npu.wait <mxu> semaphore 3 count 2
  // CHECK: npu.signal <dma0> semaphore 4
  npu.signal <dma0> semaphore 4
  return
}

// CHECK-LABEL: func.func @window
// CHECK: npu.window <mac> ins(%{{.*}}, %{{.*}} : memref<10x16xi8, #npu.space<sram>>, memref<3x16xi8, #npu.space<sram>>) outs(%{{.*}} : memref<8x16xi32, #npu.space<acc>>) window(%{{.*}}) {indexing_maps = [{{.*}}], input_unsigned, window_dims = array<i64: 2>}
// CHECK: npu.window <max> ins(%{{.*}} : memref<10x16xi8, #npu.space<sram>>) outs(%{{.*}} : memref<8x16xi8, #npu.space<sram>>) window(%{{.*}}) {accumulate,
func.func @window(%x: memref<10x16xi8, #npu.space<sram>>, %w: memref<3x16xi8, #npu.space<sram>>,
                  %acc: memref<8x16xi32, #npu.space<acc>>, %y: memref<8x16xi8, #npu.space<sram>>, %n: index) {
  npu.window <mac> ins(%x, %w : memref<10x16xi8, #npu.space<sram>>, memref<3x16xi8, #npu.space<sram>>)
      outs(%acc : memref<8x16xi32, #npu.space<acc>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (k, c)>, affine_map<(w, c, k) -> (w, c)>],
       input_unsigned, window_dims = array<i64: 2>}
  npu.window <max> ins(%x : memref<10x16xi8, #npu.space<sram>>) outs(%y : memref<8x16xi8, #npu.space<sram>>) window(%n)
      {accumulate, indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w, c)>],
       window_dims = array<i64: 2>}
  return
}

// CHECK-LABEL: func.func @gather
// CHECK: npu.gather %{{.*}} at %{{.*}} into %{{.*}} dim 1 : tensor<2x9x4xf32>, tensor<3xi64>, tensor<2x3x4xf32> -> tensor<2x3x4xf32>
// CHECK: npu.gather %{{.*}} at %{{.*}} into %{{.*}} dim 0 on <dma1> : memref<9x4xi8, #npu.space<dram>>, memref<3xi32, #npu.space<sram>>, memref<3x4xi8, #npu.space<dram>>
func.func @gather(%t: tensor<2x9x4xf32>, %i: tensor<3xi64>, %e: tensor<2x3x4xf32>, %m: memref<9x4xi8, #npu.space<dram>>,
                  %l: memref<3xi32, #npu.space<sram>>, %r: memref<3x4xi8, #npu.space<dram>>) -> tensor<2x3x4xf32> {
  %0 = npu.gather %t at %i into %e dim 1 : tensor<2x9x4xf32>, tensor<3xi64>, tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  npu.gather %m at %l into %r dim 0 on <dma1>
      : memref<9x4xi8, #npu.space<dram>>, memref<3xi32, #npu.space<sram>>, memref<3x4xi8, #npu.space<dram>>
  return %0 : tensor<2x3x4xf32>
}

// CHECK-LABEL: func.func @runtime_dims
// CHECK-SAME: npu.dims = ["N", ""]
// CHECK: npu.runtime_dim "N" in 1 to 8
func.func @runtime_dims(%x: memref<8x4xf32, #npu.space<dram>> {npu.dims = ["N", ""]})
    attributes {npu.dim_ranges = {N = array<i64: 1, 8>}} {
  %0 = npu.runtime_dim "N" in 1 to 8
  return
}
