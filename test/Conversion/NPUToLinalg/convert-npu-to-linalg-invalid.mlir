// RUN: ashlar-opt %s --split-input-file --convert-npu-to-linalg --verify-diagnostics

func.func @init(%x: memref<4x8xf32, #npu.space<sram>>, %y: memref<4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected a reduction that combines with output 0, as 'init' says}}
  npu.vector ins(%x : memref<4x8xf32, #npu.space<sram>>) outs(%y : memref<4xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], init,
                  iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>]} {
  ^bb0(%a: f32, %old: f32):
    %0 = arith.mulf %old, %old : f32
    %1 = arith.addf %0, %a : f32
    npu.yield %1 : f32
  }
  return
}

// -----

func.func @core() -> index {
  // expected-error @below {{has no meaning on the host without the number of cores, 'npu.cores'; npu.on_cores has one}}
  %0 = npu.core_id
  return %0 : index
}

// -----

func.func @everywhere(%x: memref<4xf32, #npu.space<dram>>) {
  %id = npu.core_id {npu.cores = 2 : i64}
  %0 = npu.alloc : memref<4xf32, #npu.space<sram>>
  // expected-error @below {{cannot run on the host: it brings to all cores what is no global}}
  npu.copy %x to %0 on <dma0> multicast : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<sram>>
  return
}
