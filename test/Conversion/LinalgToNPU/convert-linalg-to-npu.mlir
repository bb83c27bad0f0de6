// RUN: ashlar-opt %s --convert-linalg-to-npu --split-input-file | FileCheck %s

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (n)>

// Zero before a reduction loop: the first product sets.
// CHECK-LABEL: func.func @product
// CHECK-NOT: linalg.
// CHECK: scf.for %[[K:.*]] = %[[C0:.*]] to
// CHECK: %[[LATER:.*]] = arith.cmpi ne, %[[K]], %[[C0]]
// CHECK: npu.matmul {{.*}} accumulate_if(%[[LATER]])
// CHECK-SAME: k_dims = array<i64: 2>, m_dims = array<i64: 0>, n_dims = array<i64: 1>
// CHECK: npu.drain %{{.*}} to %{{.*}} steps(
// CHECK: arith.addf
// CHECK: arith.maximumf
// CHECK: arith.truncf
// CHECK: npu.yield
func.func @product(%x: memref<16x8xf32, #npu.space<sram>>, %y: memref<8x32xf32, #npu.space<sram>>,
                   %bias: memref<32xf32, #npu.space<sram>>, %z: memref<16x32xbf16, #npu.space<sram>>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %acc = memref.alloc() : memref<16x32xf32, #npu.space<acc>>
  linalg.fill ins(%zero : f32) outs(%acc : memref<16x32xf32, #npu.space<acc>>)
  scf.for %k = %c0 to %c64 step %c8 {
    linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%x, %y : memref<16x8xf32, #npu.space<sram>>, memref<8x32xf32, #npu.space<sram>>)
        outs(%acc : memref<16x32xf32, #npu.space<acc>>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %0 = arith.mulf %p, %q : f32
      %1 = arith.addf %o, %0 : f32
      linalg.yield %1 : f32
    }
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acc, %bias : memref<16x32xf32, #npu.space<acc>>, memref<32xf32, #npu.space<sram>>)
      outs(%z : memref<16x32xbf16, #npu.space<sram>>) {
  ^bb0(%p: f32, %q: f32, %o: bf16):
    %0 = arith.addf %p, %q : f32
    %1 = arith.maximumf %0, %zero : f32
    %2 = arith.truncf %1 : f32 to bf16
    linalg.yield %2 : bf16
  }
  return
}

// -----

#a = affine_map<(m, n, k) -> (m, k)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>

// An init from a tensor is loaded into the accumulators; unsigned operands.
// CHECK-LABEL: func.func @init
// CHECK: npu.preload
// CHECK: npu.matmul {{.*}} {a_unsigned, accumulate,
// CHECK: npu.drain
func.func @init(%x: memref<16x8xi8, #npu.space<sram>>, %y: memref<8x32xi8, #npu.space<sram>>,
                %z: memref<16x32xi32, #npu.space<sram>>) {
  %acc = memref.alloc() : memref<16x32xi32, #npu.space<acc>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%z : memref<16x32xi32, #npu.space<sram>>) outs(%acc : memref<16x32xi32, #npu.space<acc>>) {
  ^bb0(%p: i32, %o: i32):
    linalg.yield %p : i32
  }
  linalg.generic {indexing_maps = [#a, #b, #c], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<16x8xi8, #npu.space<sram>>, memref<8x32xi8, #npu.space<sram>>)
      outs(%acc : memref<16x32xi32, #npu.space<acc>>) {
  ^bb0(%p: i8, %q: i8, %o: i32):
    %0 = arith.extui %p : i8 to i32
    %1 = arith.extsi %q : i8 to i32
    %2 = arith.muli %0, %1 : i32
    %3 = arith.addi %o, %2 : i32
    linalg.yield %3 : i32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acc : memref<16x32xi32, #npu.space<acc>>) outs(%z : memref<16x32xi32, #npu.space<sram>>) {
  ^bb0(%p: i32, %o: i32):
    linalg.yield %p : i32
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#red = affine_map<(i, j) -> (i)>

// The identity needs no fill; anything else does.
// CHECK-LABEL: func.func @reductions
// CHECK-NOT: npu.fill
// CHECK: npu.vector {{.*}} init
// CHECK: npu.fill
// CHECK: npu.vector
// CHECK-NOT: init
func.func @reductions(%x: memref<16x8xf32, #npu.space<sram>>, %s: memref<16xf32, #npu.space<sram>>,
                      %t: memref<16xf32, #npu.space<sram>>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%zero : f32) outs(%s : memref<16xf32, #npu.space<sram>>)
  linalg.generic {indexing_maps = [#id, #red], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x8xf32, #npu.space<sram>>) outs(%s : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %o, %p : f32
    linalg.yield %0 : f32
  }
  linalg.fill ins(%one : f32) outs(%t : memref<16xf32, #npu.space<sram>>)
  linalg.generic {indexing_maps = [#id, #red], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x8xf32, #npu.space<sram>>) outs(%t : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %o, %p : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>

// The old value of an elementwise output is an input; a scalar is captured.
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: (%[[X:.*]]: memref<16xf32{{.*}}, %[[Z:.*]]: memref<16xf32{{.*}}, %[[S:.*]]: f32)
// CHECK: npu.vector ins(%[[X]], %[[Z]] : {{.*}}) outs(%[[Z]]
// CHECK: ^bb0(%[[P:.*]]: f32, %[[Q:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[R:.*]] = arith.addf %[[P]], %[[Q]]
// CHECK: arith.mulf %[[R]], %[[S]]
// CHECK: npu.index 0
func.func @elementwise(%x: memref<16xf32, #npu.space<sram>>, %z: memref<16xf32, #npu.space<sram>>, %s: f32) {
  linalg.generic {indexing_maps = [#id, affine_map<(i) -> ()>, #id], iterator_types = ["parallel"]}
      ins(%x, %s : memref<16xf32, #npu.space<sram>>, f32) outs(%z : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.addf %p, %o : f32
    %1 = arith.mulf %0, %q : f32
    %2 = linalg.index 0 : index
    %3 = arith.index_cast %2 : index to i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = arith.addf %1, %4 : f32
    linalg.yield %5 : f32
  }
  return
}

// -----

#in = affine_map<(h, w, c, i, j) -> (h * 2 + i, w + j * 3, c)>
#wt = affine_map<(h, w, c, i, j) -> (i, j, c)>
#out = affine_map<(h, w, c, i, j) -> (h, w, c)>
#shape = affine_map<(h, w, c, i, j) -> (i, j)>
#id = affine_map<(h, w, c) -> (h, w, c)>

// A depthwise convolution: into accumulators for the output stage, where the fill
// is not needed; a window's loop of one point leaves.
// CHECK: #[[IN:.*]] = affine_map<(d0, d1, d2, d3) -> (d0 * 2, d1 + d3 * 3, d2)>
// CHECK-LABEL: func.func @depthwise
// CHECK-NOT: linalg.
// CHECK-NOT: npu.fill
// CHECK: npu.window <mac> ins({{.*}} window(%c2) {indexing_maps = [#[[IN]], {{.*}}], weights_unsigned, window_dims = array<i64: 3>}
// CHECK: npu.drain
func.func @depthwise(%x: memref<7x11x24xi8, #npu.space<sram>>, %y: memref<1x2x24xi8, #npu.space<sram>>,
                     %z: memref<4x8x24xi8, #npu.space<sram>>) {
  %zero = arith.constant 0 : i32
  %acc = memref.alloc() : memref<4x8x24xi32, #npu.space<acc>>
  linalg.fill ins(%zero : i32) outs(%acc : memref<4x8x24xi32, #npu.space<acc>>)
  linalg.generic {indexing_maps = [#in, #wt, #out], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %y : memref<7x11x24xi8, #npu.space<sram>>, memref<1x2x24xi8, #npu.space<sram>>)
      outs(%acc : memref<4x8x24xi32, #npu.space<acc>>) {
  ^bb0(%p: i8, %q: i8, %o: i32):
    %0 = arith.extsi %p : i8 to i32
    %1 = arith.extui %q : i8 to i32
    %2 = arith.muli %1, %0 : i32
    %3 = arith.addi %2, %o : i32
    linalg.yield %3 : i32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%acc : memref<4x8x24xi32, #npu.space<acc>>) outs(%z : memref<4x8x24xi8, #npu.space<sram>>) {
  ^bb0(%p: i32, %o: i8):
    %0 = arith.sitofp %p : i32 to f32
    %1 = math.roundeven %0 : f32
    %2 = arith.fptosi %1 : f32 to i8
    linalg.yield %2 : i8
  }
  return
}

// -----

#in = affine_map<(h, w, c, i, j) -> (h * 2 + i, w * 2 + j, c)>
#out = affine_map<(h, w, c, i, j) -> (h, w, c)>
#shape = affine_map<(h, w, c, i, j) -> (i, j)>

// A pool: sizes of the window come from the operand that only has them. The
// second one adds to what the first has left.
// CHECK-LABEL: func.func @pool
// CHECK-NOT: npu.fill
// CHECK: npu.window <max> ins(%{{.*}} : memref<9x9x16xbf16, #npu.space<sram>>) outs(%{{.*}}) window(%c3, %c3_{{[0-9]+}}) {indexing_maps
// CHECK: npu.window <max> {{.*}} {accumulate,
func.func @pool(%x: memref<9x9x16xbf16, #npu.space<sram>>, %y: memref<4x4x16xbf16, #npu.space<sram>>,
                %s: memref<3x3xbf16, #npu.space<sram>>) {
  %lowest = arith.constant 0xFF80 : bf16
  linalg.fill ins(%lowest : bf16) outs(%y : memref<4x4x16xbf16, #npu.space<sram>>)
  linalg.generic {indexing_maps = [#in, #shape, #out], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %s : memref<9x9x16xbf16, #npu.space<sram>>, memref<3x3xbf16, #npu.space<sram>>)
      outs(%y : memref<4x4x16xbf16, #npu.space<sram>>) {
  ^bb0(%p: bf16, %q: bf16, %o: bf16):
    %0 = arith.maximumf %o, %p : bf16
    linalg.yield %0 : bf16
  }
  linalg.generic {indexing_maps = [#in, #shape, #out], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %s : memref<9x9x16xbf16, #npu.space<sram>>, memref<3x3xbf16, #npu.space<sram>>)
      outs(%y : memref<4x4x16xbf16, #npu.space<sram>>) {
  ^bb0(%p: bf16, %q: bf16, %o: bf16):
    %0 = arith.maximumf %p, %o : bf16
    linalg.yield %0 : bf16
  }
  return
}

// -----

#in = affine_map<(c, w, i) -> (c, w + i)>
#wt = affine_map<(c, w, i) -> (c, i)>
#out = affine_map<(c, w, i) -> (c, w)>

// Channels that are not innermost are no window of the vector unit.
// CHECK-LABEL: func.func @channels_first
// CHECK: npu.vector
func.func @channels_first(%x: memref<16x10xf32, #npu.space<sram>>, %y: memref<16x3xf32, #npu.space<sram>>,
                          %z: memref<16x8xf32, #npu.space<sram>>) {
  linalg.generic {indexing_maps = [#in, #wt, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<16x10xf32, #npu.space<sram>>, memref<16x3xf32, #npu.space<sram>>)
      outs(%z : memref<16x8xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>

// Accumulators times a factor per row stay where they are.
// CHECK-LABEL: func.func @rescale
// CHECK: npu.preload %[[ACC:.*]] into %[[ACC]] steps(%{{.*}} : memref<16xf32, #npu.space<sram>>)
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[F:.*]]: f32):
// CHECK-NEXT: %[[R:.*]] = arith.mulf %[[X]], %[[F]] : f32
// CHECK-NEXT: npu.yield %[[R]] : f32
func.func @rescale(%f: memref<16xf32, #npu.space<sram>>) {
  %acc = memref.alloc() : memref<16x32xf32, #npu.space<acc>>
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acc, %f : memref<16x32xf32, #npu.space<acc>>, memref<16xf32, #npu.space<sram>>) outs(%acc : memref<16x32xf32, #npu.space<acc>>) {
  ^bb0(%x: f32, %s: f32, %o: f32):
    %r = arith.mulf %x, %s : f32
    linalg.yield %r : f32
  }
  return
}
