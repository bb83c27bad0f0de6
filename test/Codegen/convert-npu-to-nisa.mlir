// RUN: ashlar-opt %s --split-input-file --convert-npu-to-nisa='target=edge' | FileCheck %s
// RUN: ashlar-opt %s --split-input-file --convert-npu-to-nisa='target=edge' --nisa-reuse-descriptors | FileCheck %s --check-prefix=REUSE

!dram = memref<8x16xf32, #npu.space<dram>>
!sram = memref<8x16xf32, #npu.space<sram>>

// The signature, the machine and the plan go to the image; contiguous dimensions
// of a copy become one; the arena, inputs and outputs have their registers.
// CHECK: nisa.image = {compiler = "ashlar 0.1.0"
// CHECK-SAME: inputs = [{{.*}}name = "a"
// CHECK-SAME: first = 4 : i64, last = 15 : i64, name = "buffer0"
// The words that the plan names move with what becomes of them.
// REUSE: nisa.image = {
// REUSE-SAME: first = 4 : i64, last = 12 : i64, name = "buffer0"
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew d0, f32, %[[SRAM:r[0-9]+]], 64
// CHECK-NEXT: nisa.ddim d0, 5, 128, 1
// CHECK-NEXT: nisa.dnew d1, f32, r1, 512
// CHECK-NEXT: nisa.ddim d1, 5, 128, 1
// CHECK-NEXT: nisa.copy dma0, d0, d1, 0
// CHECK-NEXT: nisa.signal dma0, s3, 1
// CHECK-NEXT: nisa.wait dma1, s3, 2
// CHECK-NEXT: nisa.dnew d0, f32, r3, 4096
// CHECK: nisa.copy dma1, d0, d1, 0
// CHECK-NEXT: nisa.halt
func.func @main(%a: !dram {npu.io = "input", npu.name = "a", npu.offset = 512 : i64}) {
  %0 = npu.alloc at 64 : !sram
  %1 = npu.alloc at 4096 : !dram
  npu.copy %a to %0 : !dram to !sram
  npu.signal <dma0> semaphore 3
  npu.wait <dma1> semaphore 3 count 2
  npu.copy %0 to %1 on <dma1> : !sram to !dram
  return
}

// -----

// Sizes of a boundary tile come from registers, in the words of every tile; the
// window is filled around the source.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.loopi 3, L0
// CHECK: nisa.mini %[[N:r[0-9]+]], %{{.*}}, 8
// CHECK: nisa.dsize d0, {{[0-9]}}, %[[N]], 0
// CHECK: nisa.copy dma0, d0, d1, 2
// CHECK-NEXT: nisa.c.window 5, %{{r[0-9]+}}, %{{r[0-9]+}}
// CHECK-NEXT: nisa.c.fill
// CHECK: nisa.addi %[[I:r[0-9]+]], %[[I]], 8
// CHECK-NEXT: nisa.label L0
func.func @main(%a: memref<20x16xf32, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c20 = arith.constant 20 : index
  %f = arith.constant 1.0 : f32
  %0 = npu.alloc at 0 : memref<8x18xf32, #npu.space<sram>>
  scf.for %i = %c0 to %c20 step %c8 {
    %rest = arith.subi %c20, %i : index
    %n = arith.minsi %rest, %c8 : index
    %src = memref.subview %a[%i, 0] [%n, 16] [1, 1] : memref<20x16xf32, #npu.space<dram>> to memref<?x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>>
    %dst = memref.subview %0[0, 0] [%n, 18] [1, 1] : memref<8x18xf32, #npu.space<sram>> to memref<?x18xf32, strided<[18, 1]>, #npu.space<sram>>
    npu.copy %src to %dst low(%c0, %c1) fill(%f : f32) : memref<?x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>> to memref<?x18xf32, strided<[18, 1]>, #npu.space<sram>>
  }
  return
}

// -----

// Accumulators are panels of 32 lanes; the drain's chain becomes steps.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew d0, f32
// CHECK-NEXT: nisa.dstride d0, 3, r0, 640
// CHECK-NEXT: nisa.ddim d0, 4, 20, 32
// CHECK-NEXT: nisa.ddim d0, 5, 70, 1
// CHECK-NEXT: nisa.dnew d1, f16
// CHECK-NEXT: nisa.ddim d1, 2, 20, 33
// CHECK-NEXT: nisa.ddim d1, 5, 33, 1
// CHECK-NEXT: nisa.dnew d2, f16
// CHECK-NEXT: nisa.ddim d2, 2, 70, 1
// CHECK-NEXT: nisa.ddim d2, 5, 33, 70
// CHECK: nisa.beq %{{.*}}, r0, L0
// CHECK-NEXT: nisa.mm d0, d1, d2, add, 0
// CHECK-NEXT: nisa.jmp L1
// CHECK-NEXT: nisa.label L0
// CHECK-NEXT: nisa.mm d0, d1, d2, set, 0
// CHECK-NEXT: nisa.label L1
// The transposed target is contiguous along rows: lanes are walked outside.
// CHECK: nisa.drain d0, d1, lane, 3
// CHECK-NEXT: nisa.o.clamp
// CHECK-NEXT: nisa.o.mul d2
// CHECK-NEXT: nisa.o.adds
func.func @main(%c: memref<1xi1, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %a = npu.alloc at 0 : memref<20x33xf16, #npu.space<sram>>
  %b = npu.alloc at 4096 : memref<33x70xf16, #npu.space<sram>>
  %o = npu.alloc at 16384 : memref<70x20xf16, #npu.space<sram>>
  %t = npu.alloc at 32768 : memref<70xf32, #npu.space<sram>>
  %flags = npu.alloc at 65536 : memref<1xi1, #npu.space<sram>>
  %acc = npu.alloc at 0 : memref<20x70xf32, #npu.space<acc>>
  %c0 = arith.constant 0 : index
  %later = memref.load %flags[%c0] : memref<1xi1, #npu.space<sram>>
  npu.matmul ins(%a, %b : memref<20x33xf16, #npu.space<sram>>, memref<33x70xf16, #npu.space<sram>>)
      outs(%acc : memref<20x70xf32, #npu.space<acc>>) accumulate_if(%later)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  %zero = arith.constant 0.0 : f32
  %six = arith.constant 6.0 : f32
  npu.drain %acc to %o steps(%t : memref<70xf32, #npu.space<sram>>)
      {indexing_maps = [affine_map<(m, n) -> (n, m)>, affine_map<(m, n) -> (n)>]}
      : memref<20x70xf32, #npu.space<acc>> to memref<70x20xf16, #npu.space<sram>> {
  ^bb0(%x: f32, %scale: f32):
    %0 = arith.maximumf %x, %zero : f32
    %1 = arith.minimumf %0, %six : f32
    %2 = arith.mulf %1, %scale : f32
    %3 = arith.addf %2, %six : f32
    %4 = arith.truncf %3 : f32 to f16
    npu.yield %4 : f16
  }
  return
}

// -----

// One program for a reduction; a ring of two is one word a turn.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.loopi 4
// CHECK-NEXT: nisa.xori %[[RING:r[0-9]+]], %[[RING]], 512
// CHECK: nisa.dnew d0, bf16, %[[RING]], 0
// CHECK: nisa.vrun 6
// CHECK-NEXT: nisa.v.in v0, d0
// CHECK-NEXT: nisa.v.const f32, v1, 1056964608
// CHECK-NEXT: nisa.v.mul f32, v2, v0, v1
// CHECK-NEXT: nisa.v.narrow bf16, v3, v2
// CHECK-NEXT: nisa.v.max f32,
// CHECK-NEXT: nisa.v.out f32, d1, v{{[0-9]+}}, sum, 32, set
func.func @main(%x: memref<16x16xbf16, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %half = arith.constant 0.5 : bf16
  %s = npu.alloc at 4096 : memref<16xf32, #npu.space<sram>>
  scf.for %i = %c0 to %c4 step %c1 {
    %t = npu.alloc depth 2 at 0 slot_bytes 512 : memref<16x16xbf16, #npu.space<sram>>
    npu.vector ins(%t : memref<16x16xbf16, #npu.space<sram>>) outs(%s : memref<16xf32, #npu.space<sram>>)
        attributes {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                    iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>], init} {
    ^bb0(%a: bf16, %old: f32):
      %0 = arith.mulf %a, %half : bf16
      %1 = arith.extf %0 : bf16 to f32
      %2 = arith.extf %a : bf16 to f32
      %3 = arith.maximumf %1, %2 : f32
      %4 = arith.addf %old, %3 : f32
      npu.yield %4 : f32
    }
  }
  return
}

// -----

// Loops nest eight deep in hardware; the ninth counts in a register.
// CHECK-LABEL: nisa.text 0
// CHECK-COUNT-8: nisa.loop %
// CHECK-NOT: nisa.loop %
// CHECK: nisa.bge r0,
// CHECK: nisa.jmp
func.func @main(%x: memref<4xindex, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = npu.alloc at 0 : memref<4xindex, #npu.space<sram>>
  %n = memref.load %s[%c0] : memref<4xindex, #npu.space<sram>>
  scf.for %a = %c0 to %n step %c1 {
    scf.for %b = %c0 to %n step %c1 {
      scf.for %c = %c0 to %n step %c1 {
        scf.for %d = %c0 to %n step %c1 {
          scf.for %e = %c0 to %n step %c1 {
            scf.for %f = %c0 to %n step %c1 {
              scf.for %g = %c0 to %n step %c1 {
                scf.for %h = %c0 to %n step %c1 {
                  scf.for %i = %c0 to %n step %c1 {
                    memref.store %i, %s[%c1] : memref<4xindex, #npu.space<sram>>
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return
}

// -----

// 72 lanes of accumulators are two panels of 32 and a rest of 8, one instruction
// each; rows of the window and of the tile keep their dimensions.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew d0, i8
// CHECK-NEXT: nisa.ddim d0, 0, 2, 32
// CHECK-NEXT: nisa.ddim d0, 1, 4, 720
// CHECK-NEXT: nisa.ddim d0, 2, 8, 72
// CHECK-NEXT: nisa.ddim d0, 3, 32, 1
// CHECK-NEXT: nisa.ddim d0, 4, 3, 720
// CHECK-NEXT: nisa.ddim d0, 5, 3, 72
// CHECK: nisa.dnew d1, i32
// CHECK-NEXT: nisa.ddim d1, 0, 2, 1024
// CHECK-NEXT: nisa.ddim d1, 1, 4, 256
// CHECK-NEXT: nisa.ddim d1, 2, 8, 32
// CHECK-NEXT: nisa.ddim d1, 3, 32, 1
// CHECK: nisa.dnew d2, u8
// CHECK: nisa.vrun 2
// CHECK-NEXT: nisa.v.win mac, v0, d0, d2
// CHECK-NEXT: nisa.v.out i32, d1, v0, store
// CHECK: nisa.dnew d0, i8, %{{.*}}, 64
// CHECK: nisa.ddim d0, 3, 8, 1
// CHECK: nisa.vrun 2
func.func @main() {
  %c3 = arith.constant 3 : index
  %x = npu.alloc at 0 : memref<6x10x72xi8, #npu.space<sram>>
  %w = npu.alloc at 8192 : memref<3x3x72xi8, #npu.space<sram>>
  %acc = npu.alloc at 0 : memref<4x8x72xi32, #npu.space<acc>>
  npu.window <mac> ins(%x, %w : memref<6x10x72xi8, #npu.space<sram>>, memref<3x3x72xi8, #npu.space<sram>>)
      outs(%acc : memref<4x8x72xi32, #npu.space<acc>>) window(%c3, %c3)
      {indexing_maps = [affine_map<(h, w, c, i, j) -> (h + i, w + j, c)>,
                        affine_map<(h, w, c, i, j) -> (i, j, c)>,
                        affine_map<(h, w, c, i, j) -> (h, w, c)>],
       weights_unsigned, window_dims = array<i64: 3, 4>}
  return
}

// -----

// Five dimensions of results: a loop goes around the instruction. The old value
// takes part as a reduction over one element.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.loopi 3
// CHECK: nisa.v.win max, v0, d0, d0
// CHECK-NEXT: nisa.v.out f32, d1, v0, max, 16, acc
func.func @main() {
  %c2 = arith.constant 2 : index
  %x = npu.alloc at 0 : memref<3x4x5x6x18xf32, #npu.space<sram>>
  %y = npu.alloc at 32768 : memref<3x3x4x5x16xf32, #npu.space<sram>>
  %v = memref.subview %x[0, 0, 0, 0, 0] [3, 3, 5, 5, 16] [1, 1, 1, 1, 1] : memref<3x4x5x6x18xf32, #npu.space<sram>> to memref<3x3x5x5x16xf32, strided<[2160, 540, 108, 18, 1]>, #npu.space<sram>>
  npu.window <max> ins(%v : memref<3x3x5x5x16xf32, strided<[2160, 540, 108, 18, 1]>, #npu.space<sram>>)
      outs(%y : memref<3x3x4x5x16xf32, #npu.space<sram>>) window(%c2)
      {accumulate, indexing_maps = [affine_map<(a, b, h, w, c, i) -> (a, b, h + i, w, c)>,
                                    affine_map<(a, b, h, w, c, i) -> (a, b, h, w, c)>],
       window_dims = array<i64: 5>}
  return
}

// -----

// A residual of bytes without a sign with a scale of its own: two words. The
// types of both descriptors say that their bytes have no sign.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew d0, u8
// CHECK: nisa.dnew d2, u8
// CHECK: nisa.drain d0, d1, row, 4
// CHECK-NEXT: nisa.o.round
// CHECK-NEXT: nisa.o.fma d2
// CHECK-NEXT: nisa.o.muls
// CHECK-NEXT: nisa.o.clamp
func.func @main(%c: memref<1xi1, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %r = npu.alloc at 0 : memref<20x70xi8, #npu.space<sram>>
  %o = npu.alloc at 16384 : memref<20x70xi8, #npu.space<sram>>
  %acc = npu.alloc at 0 : memref<20x70xi32, #npu.space<acc>>
  %zero = arith.constant 0.0 : f32
  %top = arith.constant 255.0 : f32
  %k = arith.constant 0.75 : f32
  npu.drain %acc to %o steps(%r : memref<20x70xi8, #npu.space<sram>>)
      {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>]}
      : memref<20x70xi32, #npu.space<acc>> to memref<20x70xi8, #npu.space<sram>> {
  ^bb0(%x: i32, %q: i8):
    %0 = arith.sitofp %x : i32 to f32
    %1 = math.roundeven %0 : f32
    %2 = arith.uitofp %q : i8 to f32
    %3 = arith.mulf %2, %k : f32
    %4 = arith.addf %1, %3 : f32
    %5 = arith.maximumf %4, %zero : f32
    %6 = arith.minimumf %5, %top : f32
    %7 = arith.fptoui %6 : f32 to i8
    npu.yield %7 : i8
  }
  return
}

// -----

// From dram to dram a copy engine picks, within the scratchpad the vector unit;
// the gathered dimension keeps the source's size there.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew d0, f32
// CHECK-NEXT: nisa.ddim d0, 3, 2, 12
// CHECK-NEXT: nisa.ddim d0, 4, 3, 4
// CHECK-NEXT: nisa.ddim d0, 5, 4, 1
// CHECK: nisa.dnew d1, f32
// CHECK-NEXT: nisa.ddim d1, 3, 2, 36
// CHECK-NEXT: nisa.ddim d1, 4, 9, 4
// CHECK: nisa.dnew d2, i32
// CHECK-NEXT: nisa.ddim d2, 5, 3, 1
// CHECK-NEXT: nisa.copy dma1, d0, d1, 1
// CHECK-NEXT: nisa.c.gather d2, 4
// CHECK: nisa.vgather d0, d1, d2, 5
func.func @main(%s: memref<2x9x4xf32, #npu.space<dram>> {npu.offset = 0 : i64}, %t: memref<2x3x4xf32, #npu.space<dram>> {npu.offset = 512 : i64}) {
  %i = npu.alloc at 0 : memref<3xi32, #npu.space<sram>>
  %x = npu.alloc at 64 : memref<2x9xf32, #npu.space<sram>>
  %y = npu.alloc at 256 : memref<2x3xf32, #npu.space<sram>>
  npu.gather %s at %i into %t dim 1 on <dma1>
      : memref<2x9x4xf32, #npu.space<dram>>, memref<3xi32, #npu.space<sram>>, memref<2x3x4xf32, #npu.space<dram>>
  npu.gather %x at %i into %y dim 1
      : memref<2x9xf32, #npu.space<sram>>, memref<3xi32, #npu.space<sram>>, memref<2x3xf32, #npu.space<sram>>
  return
}

// -----

// Accumulators times a factor per row, in their place: one descriptor.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew d1, f32,
// CHECK: nisa.dnew d2, f32,
// CHECK: nisa.preload d1, d1, 1
// CHECK-NEXT: nisa.o.mul d2
func.func @main() {
  %acc = npu.alloc at 0 : memref<20x70xf32, #npu.space<acc>>
  %f = npu.alloc at 0 : memref<20xf32, #npu.space<sram>>
  npu.preload %acc into %acc steps(%f : memref<20xf32, #npu.space<sram>>)
      {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>]}
      : memref<20x70xf32, #npu.space<acc>> into memref<20x70xf32, #npu.space<acc>> {
  ^bb0(%x: f32, %y: f32):
    %0 = arith.mulf %x, %y : f32
    npu.yield %0 : f32
  }
  return
}

// -----

// Run-time dimensions come in r8 and on. The caller's tensor is dense in its
// actual shape: the outer stride is what the inner dimension has now.
// CHECK: dynamic_dims = ["M", "N"]
// CHECK-SAME: dynamic_lowest = array<i64: 0, 1>
// CHECK-LABEL: nisa.text 0
// CHECK-DAG: nisa.addi %[[M:r[0-9]+]], r8, 0
// CHECK-DAG: nisa.addi %[[N:r[0-9]+]], r9, 0
// CHECK: nisa.dnew d0, f32, %{{r[0-9]+}}, 0
// CHECK: nisa.dnew d1, f32, r1, 0
// CHECK: nisa.dstride d1, {{[0-9]}}, %[[N]], 0
// CHECK: nisa.copy
!io = memref<6x8xf32, #npu.space<dram>>
!tile = memref<6x8xf32, #npu.space<sram>>
func.func @main(%a: !io {npu.io = "input", npu.dims = ["M", "N"], npu.offset = 0 : i64})
    attributes {npu.dim_ranges = {M = array<i64: 0, 6>, N = array<i64: 1, 8>}} {
  %m = npu.runtime_dim "M" in 0 to 6
  %n = npu.runtime_dim "N" in 1 to 8
  %0 = npu.alloc at 0 : !tile
  %1 = memref.subview %a[0, 0] [%m, %n] [1, 1] : !io to memref<?x?xf32, strided<[8, 1]>, #npu.space<dram>>
  %2 = memref.subview %0[0, 0] [%m, %n] [1, 1] : !tile to memref<?x?xf32, strided<[8, 1]>, #npu.space<sram>>
  npu.copy %1 to %2 : memref<?x?xf32, strided<[8, 1]>, #npu.space<dram>> to memref<?x?xf32, strided<[8, 1]>, #npu.space<sram>>
  return
}

// -----

// A quantisation is one conversion, which rounds, and one clamp to the type.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.v.in v0, d0
// CHECK-NEXT: nisa.v.cvt i32, f32, v1, v0, even
// CHECK-NEXT: nisa.v.sat i8, v2, v1
// CHECK-NEXT: nisa.v.out i32, d1, v2
func.func @main(%x: memref<16xf32, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %s = npu.alloc at 4096 : memref<16xf32, #npu.space<sram>>
  %r = npu.alloc at 8192 : memref<16xi8, #npu.space<sram>>
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  npu.vector ins(%s : memref<16xf32, #npu.space<sram>>) outs(%r : memref<16xi8, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: f32, %old: i8):
    %0 = math.roundeven %a : f32
    %1 = arith.maximumf %0, %low : f32
    %2 = arith.minimumf %1, %high : f32
    %3 = arith.fptosi %2 : f32 to i32
    %4 = arith.trunci %3 : i32 to i8
    npu.yield %4 : i8
  }
  return
}

// -----

// What two copies of a turn need is computed once; the turn's own number may
// be part of it.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.loopi 4, L0
// CHECK-NEXT: nisa.shli [[DISTANCE:%r[0-9]+]], [[I:%r[0-9]+]], 9
// CHECK-NEXT: nisa.add [[ADDRESS:%r[0-9]+]], r1, [[DISTANCE]]
// CHECK-NOT: nisa.shli
// CHECK-NOT: nisa.add %
// CHECK: nisa.dnew d1, f32, [[ADDRESS]], 0
// CHECK-NOT: nisa.shli
// CHECK-NOT: nisa.add %
// CHECK: nisa.dnew d0, f32, [[ADDRESS]], 2048
// CHECK: nisa.addi [[I]], [[I]], 1
func.func @main(%a: memref<4x8x16xf32, #npu.space<dram>> {npu.io = "input", npu.name = "a", npu.offset = 0 : i64},
                %b: memref<4x8x16xf32, #npu.space<dram>> {npu.io = "output", npu.name = "b", npu.offset = 2048 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = npu.alloc at 64 : memref<8x16xf32, #npu.space<sram>>
    %from = memref.subview %a[%i, 0, 0] [1, 8, 16] [1, 1, 1] : memref<4x8x16xf32, #npu.space<dram>> to memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>>
    npu.copy %from to %0 : memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
    %to = memref.subview %b[%i, 0, 0] [1, 8, 16] [1, 1, 1] : memref<4x8x16xf32, #npu.space<dram>> to memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>>
    npu.copy %0 to %to : memref<8x16xf32, #npu.space<sram>> to memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>>
  }
  return
}

// -----

// But what one side of a branch computes is not there on the other one, nor
// behind it.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.loopi 4, L0
// CHECK: nisa.beq
// CHECK: nisa.shli [[FIRST:%r[0-9]+]], [[I:%r[0-9]+]], 9
// CHECK: nisa.jmp
// CHECK: nisa.shli [[SECOND:%r[0-9]+]], [[I]], 9
// CHECK: nisa.label
// CHECK: nisa.shli [[THIRD:%r[0-9]+]], [[I]], 9
func.func @main(%a: memref<4x8x16xf32, #npu.space<dram>> {npu.io = "input", npu.name = "a", npu.offset = 0 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = npu.alloc at 64 : memref<8x16xf32, #npu.space<sram>>
    %1 = npu.alloc at 1024 : memref<8x16xf32, #npu.space<sram>>
    %c = arith.cmpi slt, %i, %c1 : index
    scf.if %c {
      %from = memref.subview %a[%i, 0, 0] [1, 8, 16] [1, 1, 1] : memref<4x8x16xf32, #npu.space<dram>> to memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>>
      npu.copy %from to %0 : memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
    } else {
      %from = memref.subview %a[%i, 0, 0] [1, 8, 16] [1, 1, 1] : memref<4x8x16xf32, #npu.space<dram>> to memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>>
      npu.copy %from to %1 : memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
    }
    %from = memref.subview %a[%i, 0, 0] [1, 8, 16] [1, 1, 1] : memref<4x8x16xf32, #npu.space<dram>> to memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>>
    npu.copy %from to %0 : memref<8x16xf32, strided<[16, 1], offset: ?>, #npu.space<dram>> to memref<8x16xf32, #npu.space<sram>>
  }
  return
}
