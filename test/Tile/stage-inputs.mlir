// RUN: ashlar-opt %s --split-input-file --npu-stage-inputs=target=server | FileCheck %s
// RUN: ashlar-opt %s --split-input-file --npu-stage-inputs=target=hbm | FileCheck %s --check-prefix=HBM

// Each of four cores reads four rows alone: it has and fetches these four, when it
// has read them, on a queue of their own. What comes behind on that queue moves.
// On hbm nothing is worth it: the input is there in no time.
// HBM-LABEL: func.func @parts
// HBM-NOT: npu.request_input
// HBM-LABEL: func.func @halo
// CHECK: memref.global "private" @parts_input : memref<4x65536xi8, #npu.space<sram>> = uninitialized {npu.staged}
// CHECK-LABEL: func.func @parts
// CHECK: [[PLACE:%.*]] = memref.get_global @parts_input : memref<4x65536xi8, #npu.space<sram>>
// CHECK: [[HERE:%.*]] = npu.request_input %arg0 at [[PLACE]] parts 4 : memref<16x65536xi8, #npu.space<dram>>, memref<4x65536xi8, #npu.space<sram>>
// CHECK: npu.on_cores ([[CORE:%.*]]) in (4)
// CHECK: scf.for
// CHECK: memref.subview [[HERE]]
// CHECK: npu.copy {{.*}} on <dma2>
// CHECK: }
// CHECK: [[QUEUED:%.*]] = npu.request_has_next
// CHECK: scf.if [[QUEUED]] {
// CHECK: [[NEXT:%.*]] = npu.request_next_input %arg0
// CHECK: [[PART:%.*]] = memref.subview [[NEXT]][{{.*}}, 0] [4, 65536] [1, 1]
// CHECK: npu.copy [[PART]] to [[PLACE]] on <dma2> :
// CHECK: }
// CHECK: npu.copy {{.*}} on <dma0> :
func.func @parts(%x: memref<16x65536xi8, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input"}, %y: memref<16x65536xi8, #npu.space<dram>> {npu.io = "output"}) attributes {npu.expected_cycles = 90000 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  npu.on_cores (%core) in (4) {
    %first = arith.muli %core, %c4 : index
    scf.for %i = %c0 to %c4 step %c1 {
      %row = arith.addi %first, %i : index
      %from = memref.subview %x[%row, 0] [1, 65536] [1, 1] : memref<16x65536xi8, #npu.space<dram>> to memref<65536xi8, strided<[1], offset: ?>, #npu.space<dram>>
      %tile = npu.alloc depth 2 : memref<65536xi8, #npu.space<sram>>
      npu.copy %from to %tile on <dma2> : memref<65536xi8, strided<[1], offset: ?>, #npu.space<dram>> to memref<65536xi8, #npu.space<sram>>
    }
    %other = npu.alloc : memref<65536xi8, #npu.space<sram>>
    %back = memref.subview %y[%core, 0] [1, 65536] [1, 1] : memref<16x65536xi8, #npu.space<dram>> to memref<65536xi8, strided<[1], offset: ?>, #npu.space<dram>>
    npu.copy %back to %other on <dma2> : memref<65536xi8, strided<[1], offset: ?>, #npu.space<dram>> to memref<65536xi8, #npu.space<sram>>
  }
  return
}

// -----

// Cores read more than their part: all of them get all of it, by one copy, when
// none of them reads any more.
// CHECK: memref.global "private" @halo_input : memref<16x65536xi8, #npu.space<sram>>
// CHECK-LABEL: func.func @halo
// CHECK: [[HERE:%.*]] = npu.request_input %arg0 at [[PLACE:%.*]] : memref
// CHECK: npu.on_cores (%{{.*}}) in (4)
// CHECK: npu.copy
// CHECK: }
// CHECK-NEXT: npu.barrier [[HERE]] on <dma3>
// CHECK-NEXT: npu.on_cores {
// CHECK: scf.if
// CHECK: npu.copy {{.*}} to [[PLACE]] on <dma2> multicast
func.func @halo(%x: memref<16x65536xi8, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input"}) attributes {npu.expected_cycles = 90000 : i64} {
  npu.on_cores (%core) in (4) {
    %from = memref.subview %x[%core, 0] [5, 65536] [1, 1] : memref<16x65536xi8, #npu.space<dram>> to memref<5x65536xi8, strided<[65536, 1], offset: ?>, #npu.space<dram>>
    %tile = npu.alloc : memref<5x65536xi8, #npu.space<sram>>
    npu.copy %from to %tile on <dma0> : memref<5x65536xi8, strided<[65536, 1], offset: ?>, #npu.space<dram>> to memref<5x65536xi8, #npu.space<sram>>
  }
  return
}

// -----

// One core does it all: it has and fetches all of it, as soon as it has read it.
// CHECK-LABEL: func.func @alone
// CHECK: npu.request_input %arg0 at [[PLACE:%.*]] : memref
// CHECK: npu.on_cores {
// CHECK: npu.copy {{.*}} on <dma0>
// CHECK: npu.request_has_next
// CHECK: npu.copy {{.*}} to [[PLACE]] on <dma2> :
// CHECK: npu.fill
// CHECK-NOT: npu.on_cores
func.func @alone(%x: memref<1048576xi8, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input"}) attributes {npu.expected_cycles = 90000 : i64} {
  %zero = arith.constant 0 : i8
  npu.on_cores {
    %tile = npu.alloc : memref<1048576xi8, #npu.space<sram>>
    npu.copy %x to %tile on <dma0> : memref<1048576xi8, #npu.space<dram>> to memref<1048576xi8, #npu.space<sram>>
    npu.fill %zero into %tile : i8 into memref<1048576xi8, #npu.space<sram>>
  }
  return
}

// -----

// Not worth it: 26215 of 2000000 cycles.
// CHECK-LABEL: func.func @small_share
// CHECK-NOT: npu.request_input
func.func @small_share(%x: memref<1048576xi8, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input"}) attributes {npu.expected_cycles = 2000000 : i64} {
  npu.on_cores {
    %tile = npu.alloc : memref<1048576xi8, #npu.space<sram>>
    npu.copy %x to %tile on <dma0> : memref<1048576xi8, #npu.space<dram>> to memref<1048576xi8, #npu.space<sram>>
  }
  return
}

// -----

// Read until the end of the run: nothing behind it would hide a fetch.
// CHECK-LABEL: func.func @late
// CHECK-NOT: npu.request_input
func.func @late(%x: memref<1048576xi8, #npu.space<dram>> {npu.cycles_behind = 10000 : i64, npu.io = "input"}) attributes {npu.expected_cycles = 90000 : i64} {
  npu.on_cores {
    %tile = npu.alloc : memref<1048576xi8, #npu.space<sram>>
    npu.copy %x to %tile on <dma0> : memref<1048576xi8, #npu.space<dram>> to memref<1048576xi8, #npu.space<sram>>
  }
  return
}

// -----

// dram is busy all the time: later would be no better.
// CHECK-LABEL: func.func @busy
// CHECK-NOT: npu.request_input
func.func @busy(%x: memref<1048576xi8, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input"}) attributes {npu.expected_cycles = 27000 : i64} {
  npu.on_cores {
    %tile = npu.alloc : memref<1048576xi8, #npu.space<sram>>
    npu.copy %x to %tile on <dma0> : memref<1048576xi8, #npu.space<dram>> to memref<1048576xi8, #npu.space<sram>>
  }
  return
}

// -----

// No room: 40 MiB of tiles and 9 of the input.
// CHECK-LABEL: func.func @large
// CHECK-NOT: npu.request_input
func.func @large(%x: memref<9x1048576xi8, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input"}) attributes {npu.expected_cycles = 900000 : i64} {
  npu.on_cores {
    %tile = npu.alloc : memref<40x1048576xi8, #npu.space<sram>>
    %part = memref.subview %tile[0, 0] [9, 1048576] [1, 1] : memref<40x1048576xi8, #npu.space<sram>> to memref<9x1048576xi8, strided<[1048576, 1]>, #npu.space<sram>>
    npu.copy %x to %part on <dma0> : memref<9x1048576xi8, #npu.space<dram>> to memref<9x1048576xi8, strided<[1048576, 1]>, #npu.space<sram>>
  }
  return
}

// -----

// Not read by copies alone; and an input whose size is known at run time only.
// CHECK-LABEL: func.func @scalar
// CHECK-NOT: npu.request_input
func.func @scalar(%x: memref<1048576xi32, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input"}, %n: memref<1xi32, #npu.space<sram>>) attributes {npu.expected_cycles = 900000 : i64} {
  %two = npu.alloc : memref<2xi32, #npu.space<dram>>
  npu.on_cores {
    %tile = npu.alloc : memref<1048576xi32, #npu.space<sram>>
    npu.copy %x to %tile on <dma0> : memref<1048576xi32, #npu.space<dram>> to memref<1048576xi32, #npu.space<sram>>
    %list = npu.alloc : memref<2xi32, #npu.space<sram>>
    npu.gather %x at %list into %two dim 0 on <dma0> : memref<1048576xi32, #npu.space<dram>>, memref<2xi32, #npu.space<sram>>, memref<2xi32, #npu.space<dram>>
  }
  return
}

// -----

// CHECK-LABEL: func.func @dims
// CHECK-NOT: npu.request_input
func.func @dims(%x: memref<1048576xi8, #npu.space<dram>> {npu.cycles_behind = 60000 : i64, npu.io = "input", npu.dims = ["N"]}) attributes {npu.expected_cycles = 90000 : i64, npu.dim_ranges = {N = array<i64: 1, 1048576>}} {
  npu.on_cores {
    %tile = npu.alloc : memref<1048576xi8, #npu.space<sram>>
    npu.copy %x to %tile on <dma0> : memref<1048576xi8, #npu.space<dram>> to memref<1048576xi8, #npu.space<sram>>
  }
  return
}
