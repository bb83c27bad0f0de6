// RUN: ashlar-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(npu-insert-barriers{target=hbm}))' --verify-diagnostics

!dram = memref<8xf32, #npu.space<dram>>
!sram = memref<8xf32, #npu.space<sram>>
!one = memref<1xf32, strided<[1], offset: ?>, #npu.space<sram>>

// Each core has its element; then core 0 wants all of them.
func.func @handed_over(%x: !dram) {
  // expected-note@+1 {{this buffer is in each core's scratchpad}}
  %0 = npu.alloc at 0 : !sram
  %zero = arith.constant 0.0 : f32
  npu.on_cores (%i) in (8) {
    %a = memref.subview %0[%i] [1] [1] : !sram to !one
    npu.fill %zero into %a : f32 into !one
  }
  npu.on_cores (%i) in (8) {
    %a = memref.subview %0[%i] [1] [1] : !sram to !one
    npu.vector outs(%a : !one) attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
    ^bb0(%old: f32):
      %1 = arith.addf %old, %old : f32
      npu.yield %1 : f32
    }
  }
  // expected-error@+1 {{expected each core to read what it wrote itself}}
  npu.on_cores {
    npu.copy %0 to %x : !sram to !dram
  }
  return
}
