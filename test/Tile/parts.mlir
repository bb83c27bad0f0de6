// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-form-rings,npu-plan-memory{target=server}))' | FileCheck %s
// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-form-rings,npu-plan-memory{target=server}),convert-npu-to-nisa{target=server})' | FileCheck %s --check-prefix=CODE

// A scratchpad holds its core's part of a buffer, and no more: 512 of 2048 bytes.
// The buffer begins that many parts before its place as the core's number says.
// CHECK: npu.plan = {{.*}}sram_bound = 768 : i64, sram_peak = 768 : i64
// CODE: nisa.image{{.*}}bytes = 512 : i64
// CODE: nisa.rdsys [[CORE:%r[0-9]+]], core
// CODE: nisa.rdsys [[SAME:%r[0-9]+]], core
// CODE: nisa.shli [[PART:%r[0-9]+]], [[SAME]], 9
// CODE: nisa.sub [[BASE:%r[0-9]+]], {{%r[0-9]+}}, [[PART]]
// CODE: nisa.add {{%r[0-9]+}}, [[BASE]], {{%r[0-9]+}}
func.func @main(%x: memref<8x64xf32, #npu.space<dram>> {npu.io = "input"}) {
  %c2 = arith.constant 2 : index
  %id = npu.core_id
  %row = arith.muli %id, %c2 : index
  // CHECK-DAG: npu.alloc {{.*}} {npu.parts = 4 : i64} : memref<8x64xf32, #npu.space<sram>>
  %t = memref.alloc() {npu.parts = 4 : i64} : memref<8x64xf32, #npu.space<sram>>
  // CHECK-DAG: npu.alloc {{.*}} : memref<64xf32, #npu.space<sram>>
  %other = memref.alloc() : memref<64xf32, #npu.space<sram>>
  %from = memref.subview %x[%row, 0] [2, 64] [1, 1] : memref<8x64xf32, #npu.space<dram>> to memref<2x64xf32, strided<[64, 1], offset: ?>, #npu.space<dram>>
  %to = memref.subview %t[%row, 0] [2, 64] [1, 1] : memref<8x64xf32, #npu.space<sram>> to memref<2x64xf32, strided<[64, 1], offset: ?>, #npu.space<sram>>
  npu.copy %from to %to on <dma0> : memref<2x64xf32, strided<[64, 1], offset: ?>, #npu.space<dram>> to memref<2x64xf32, strided<[64, 1], offset: ?>, #npu.space<sram>>
  %one = memref.subview %x[0, 0] [1, 64] [1, 1] : memref<8x64xf32, #npu.space<dram>> to memref<64xf32, strided<[1]>, #npu.space<dram>>
  npu.copy %one to %other on <dma0> : memref<64xf32, strided<[1]>, #npu.space<dram>> to memref<64xf32, #npu.space<sram>>
  return
}
