// RUN: ashlar-opt %s --split-input-file --npu-share-loads=target=hbm | FileCheck %s

!a = memref<4096x1024xi8, #npu.space<dram>>
!tile = memref<64x1024xi8, #npu.space<sram>>
!rows = memref<64x1024xi8, strided<[1024, 1], offset: ?>, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>

// Rows that depend on the first dimension alone: the two cores of each row of the
// grid share them, and stand next to each other. The queue that uses them first
// receives them. What depends on neither dimension is for all eight, what depends
// on the second for the four that are two apart.
// CHECK-LABEL: func.func @grid
// CHECK: npu.on_cores ([[I:%.*]], [[J:%.*]]) in (4, 2) {
// CHECK: [[ROW:%.*]] = arith.muli [[I]], %{{.*}}
// CHECK: [[ALL:%.*]] = arith.addi [[ROW]], [[J]]
// CHECK: npu.copy {{.*}} on <dma0> shared([[ALL]]) <8 by 1>
// CHECK-NEXT: npu.receive {{.*}} on <vec>
// CHECK: scf.for
// CHECK: npu.copy {{.*}} on <dma1> shared([[J]]) <2 by 1>
// CHECK-NEXT: npu.receive {{.*}} on <out>
// CHECK: npu.copy {{.*}} on <dma2> shared([[I]]) <4 by 2>
// CHECK-NEXT: npu.receive {{.*}} on <dma3>
// CHECK: npu.copy {{.*}} on <dma2> : {{.*}}#npu.space<sram>> to
func.func @grid(%a: !a, %b: !a, %c: !a, %y: !a) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  npu.on_cores (%i, %j) in (4, 2) attributes {npu.share_loads} {
    %first = arith.muli %i, %c512 : index
    %second = arith.muli %j, %c512 : index
    %all = memref.subview %a[0, 0] [64, 1024] [1, 1] : !a to memref<64x1024xi8, strided<[1024, 1]>, #npu.space<dram>>
    %0 = npu.alloc : !tile
    npu.copy %all to %0 on <dma0> : memref<64x1024xi8, strided<[1024, 1]>, #npu.space<dram>> to !tile
    scf.for %k = %c0 to %c512 step %c64 {
      %p = arith.addi %first, %k : index
      %q = arith.addi %second, %k : index
      %from = memref.subview %b[%p, 0] [64, 1024] [1, 1] : !a to !rows
      %other = memref.subview %c[%q, 0] [64, 1024] [1, 1] : !a to !rows
      %1 = npu.alloc depth 2 : !tile
      %2 = npu.alloc depth 2 : !tile
      %3 = npu.alloc depth 2 : memref<64x1024xi32, #npu.space<acc>>
      npu.copy %from to %1 on <dma1> : !rows to !tile
      npu.copy %other to %2 on <dma2> : !rows to !tile
      npu.vector ins(%0 : !tile) outs(%0 : !tile) attributes {indexing_maps = [#id, #id], iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<parallel>]} {
      ^bb0(%x: i8, %old: i8):
        npu.yield %x : i8
      }
      npu.drain %3 to %1 {indexing_maps = [#id]} : memref<64x1024xi32, #npu.space<acc>> to !tile
      %to = memref.subview %y[%p, 0] [64, 1024] [1, 1] : !a to !rows
      npu.copy %2 to %to on <dma3> : !tile to !rows
      npu.copy %1 to %to on <dma2> : !tile to !rows
    }
  }
  return
}

// -----

!a = memref<4096x1024xi8, #npu.space<dram>>
!tile = memref<64x1024xi8, #npu.space<sram>>
!small = memref<16x1024xi8, #npu.space<sram>>
!rows = memref<64x1024xi8, strided<[1024, 1], offset: ?>, #npu.space<dram>>
!few = memref<16x1024xi8, strided<[1024, 1], offset: ?>, #npu.space<dram>>
!cut = memref<?x1024xi8, strided<[1024, 1], offset: ?>, #npu.space<dram>>
!part = memref<?x1024xi8, strided<[1024, 1]>, #npu.space<sram>>
#id = affine_map<(i, j) -> (i, j)>

// Not the same on two cores: how often the loop turns; which rows; how many; a
// branch. Not worth it: few bytes. In a loop that ends at run time, but for all
// cores at once, they are shared.
// CHECK-LABEL: func.func @apart
// CHECK: scf.for
// CHECK: npu.copy {{.*}} on <dma0> :
// CHECK: npu.copy {{.*}} on <dma0> :
// CHECK: npu.copy {{.*}} on <dma0> :
// CHECK: npu.copy {{.*}} on <dma0> :
// CHECK: npu.copy {{.*}} on <dma0> :
// CHECK: scf.for
// CHECK: npu.copy {{.*}} on <dma0> shared
// CHECK-LABEL: func.func @unmarked
// CHECK-NOT: shared
func.func @apart(%a: !a) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c512 = arith.constant 512 : index
  %c0_i8 = arith.constant 0 : i8
  %n = npu.runtime_dim "N" in 1 to 512
  npu.on_cores (%i) in (8) attributes {npu.share_loads} {
    %most = arith.muli %i, %c64 : index
    %least = arith.minsi %i, %c64 : index
    %branch = arith.cmpi eq, %i, %c1 : index
    scf.for %k = %c0 to %most step %c64 {
      %from = memref.subview %a[%c0, 0] [64, 1024] [1, 1] : !a to !rows
      %0 = npu.alloc depth 2 : !tile
      npu.copy %from to %0 on <dma0> : !rows to !tile
      npu.fill %c0_i8 into %0 : i8 into !tile
    }
    %1 = npu.alloc : !tile
    %mine = memref.subview %a[%most, 0] [64, 1024] [1, 1] : !a to !rows
    npu.copy %mine to %1 on <dma0> : !rows to !tile
    npu.fill %c0_i8 into %1 : i8 into !tile
    %cut = memref.subview %a[%c0, 0] [%least, 1024] [1, 1] : !a to !cut
    %part = memref.subview %1[0, 0] [%least, 1024] [1, 1] : !tile to !part
    npu.copy %cut to %part on <dma0> : !cut to !part
    npu.fill %c0_i8 into %1 : i8 into !tile
    scf.if %branch {
      %same = memref.subview %a[%c0, 0] [64, 1024] [1, 1] : !a to !rows
      npu.copy %same to %1 on <dma0> : !rows to !tile
      npu.fill %c0_i8 into %1 : i8 into !tile
    }
    %2 = npu.alloc : !small
    %few = memref.subview %a[%c0, 0] [16, 1024] [1, 1] : !a to !few
    npu.copy %few to %2 on <dma0> : !few to !small
    npu.fill %c0_i8 into %2 : i8 into !small
    scf.for %k = %c0 to %n step %c64 {
      %from = memref.subview %a[%k, 0] [64, 1024] [1, 1] : !a to !rows
      %0 = npu.alloc depth 2 : !tile
      npu.copy %from to %0 on <dma0> : !rows to !tile
      npu.fill %c0_i8 into %0 : i8 into !tile
    }
  }
  return
}

func.func @unmarked(%a: !a) {
  npu.on_cores (%i) in (8) {
    %c0 = arith.constant 0 : index
    %c0_i8 = arith.constant 0 : i8
    %same = memref.subview %a[%c0, 0] [64, 1024] [1, 1] : !a to !rows
    %0 = npu.alloc : !tile
    npu.copy %same to %0 on <dma0> : !rows to !tile
    npu.fill %c0_i8 into %0 : i8 into !tile
  }
  return
}
