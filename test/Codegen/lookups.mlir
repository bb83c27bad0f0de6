// RUN: ashlar-opt %s --split-input-file --convert-npu-to-nisa='target=edge' | FileCheck %s

// A table has its 256 entries in dimension 5, whatever the tile's sizes are, and
// the target's type.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew d0, i8
// CHECK: nisa.dnew d2, i8
// CHECK-NEXT: nisa.ddim d2, 5, 256, 1
// CHECK: nisa.drain d0, d1, row, 3
// CHECK-NEXT: nisa.o.round
// CHECK-NEXT: nisa.o.clamp
// CHECK-NEXT: nisa.o.table d2
func.func @main(%c: memref<1xi1, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %t = npu.alloc at 0 : memref<256xi8, #npu.space<sram>>
  %o = npu.alloc at 16384 : memref<20x70xi8, #npu.space<sram>>
  %acc = npu.alloc at 0 : memref<20x70xi32, #npu.space<acc>>
  %zero = arith.constant 0.0 : f32
  %top = arith.constant 255.0 : f32
  npu.drain %acc to %o steps(%t : memref<256xi8, #npu.space<sram>>)
      {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (0)>]}
      : memref<20x70xi32, #npu.space<acc>> to memref<20x70xi8, #npu.space<sram>> {
  ^bb0(%x: i32, %q: i8):
    %0 = arith.sitofp %x : i32 to f32
    %1 = math.roundeven %0 : f32
    %2 = arith.maximumf %1, %zero : f32
    %3 = arith.minimumf %2, %top : f32
    %4 = arith.fptoui %3 : f32 to i8
    %5 = arith.index_castui %4 : i8 to index
    %6 = memref.load %t[%5] : memref<256xi8, #npu.space<sram>>
    npu.yield %6 : i8
  }
  return
}

// -----

// A single element seen with more dimensions is still one.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.copy
// CHECK-NOT: nisa.ddim {{.*}}, 0
// CHECK: nisa.copy
func.func @main(%x: memref<i8, #npu.space<dram>> {npu.io = "input", npu.name = "x", npu.offset = 0 : i64},
                %y: memref<i8, #npu.space<dram>> {npu.io = "output", npu.name = "y", npu.offset = 64 : i64}) {
  %from = memref.expand_shape %x [] output_shape [1, 1] : memref<i8, #npu.space<dram>> into memref<1x1xi8, #npu.space<dram>>
  %to = memref.expand_shape %y [] output_shape [1, 1] : memref<i8, #npu.space<dram>> into memref<1x1xi8, #npu.space<dram>>
  %t = npu.alloc at 0 : memref<1x1xi8, #npu.space<sram>>
  npu.copy %from to %t on <dma0> : memref<1x1xi8, #npu.space<dram>> to memref<1x1xi8, #npu.space<sram>>
  npu.copy %t to %to on <dma0> : memref<1x1xi8, #npu.space<sram>> to memref<1x1xi8, #npu.space<dram>>
  return
}
