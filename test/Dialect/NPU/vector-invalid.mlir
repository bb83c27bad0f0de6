// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @inputs(%x: memref<8xf32, #npu.space<sram>>) {
  // expected-error @below {{expected at most 4 inputs, got 5}}
  npu.vector ins(%x, %x, %x, %x, %x : memref<8xf32, #npu.space<sram>>, memref<8xf32, #npu.space<sram>>, memref<8xf32, #npu.space<sram>>, memref<8xf32, #npu.space<sram>>, memref<8xf32, #npu.space<sram>>) outs(%x : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %e: f32, %f: f32):
    npu.yield %a : f32
  }
  return
}

// -----

func.func @outputs(%x: memref<8xf32, #npu.space<sram>>) {
  // expected-error @below {{expected 1 or 2 outputs, got 3}}
  npu.vector outs(%x, %x, %x : memref<8xf32, #npu.space<sram>>, memref<8xf32, #npu.space<sram>>, memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    npu.yield %a, %b, %c : f32, f32, f32
  }
  return
}

// -----

func.func @place(%x: memref<8xf32, #npu.space<dram>>) {
  // expected-error @below {{expected every operand in sram, got 'memref<8xf32, #npu.space<dram>>'}}
  npu.vector outs(%x : memref<8xf32, #npu.space<dram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: f32):
    npu.yield %a : f32
  }
  return
}

// -----

func.func @iterators(%x: memref<8xf32, #npu.space<sram>>) {
  // expected-error @below {{expected iterator types parallel and reduction, got "window"}}
  npu.vector outs(%x : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["window"]} {
  ^bb0(%a: f32):
    npu.yield %a : f32
  }
  return
}

// -----

func.func @output_map(%x: memref<15xf32, #npu.space<sram>>) {
  // expected-error @below {{expected a projected permutation as the map of output 0, got affine_map<(d0, d1) -> (d0 + d1)>}}
  npu.vector outs(%x : memref<15xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i, j) -> (i + j)>], iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<parallel>]} {
  ^bb0(%a: f32):
    npu.yield %a : f32
  }
  return
}

// -----

func.func @index_dim(%x: memref<8xindex, #npu.space<sram>>) {
  npu.vector outs(%x : memref<8xindex, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%a: index):
    // expected-error @below {{expected a dimension below 1, got 1}}
    %i = npu.index 1
    npu.yield %i : index
  }
  return
}
