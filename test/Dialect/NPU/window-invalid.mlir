// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @input_place(%x: memref<10x16xf32, #npu.space<dram>>, %y: memref<8x16xf32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected the input in sram, got 'memref<10x16xf32, #npu.space<dram>>'}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<dram>>) outs(%y : memref<8x16xf32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @output_place(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<dram>>, %n: index) {
  // expected-error @below {{expected the output in sram or acc, got 'memref<8x16xf32, #npu.space<dram>>'}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<dram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @weights_place(%x: memref<10x16xf32, #npu.space<sram>>, %w: memref<3x16xf32, #npu.space<dram>>, %y: memref<8x16xf32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected the weights in sram, got 'memref<3x16xf32, #npu.space<dram>>'}}
  npu.window <mac> ins(%x, %w : memref<10x16xf32, #npu.space<sram>>, memref<3x16xf32, #npu.space<dram>>) outs(%y : memref<8x16xf32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @input_type(%x: memref<10x16xf64, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected an input of integers of up to 32 bits, f32, f16 or bf16, got 'f64'}}
  npu.window <max> ins(%x : memref<10x16xf64, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @output_type(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8x16xf16, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected f32 or the input's type as the output's element, got 'f16'}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xf16, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @weights_integers(%x: memref<10x16xi8, #npu.space<sram>>, %w: memref<3x16xf32, #npu.space<sram>>, %y: memref<8x16xi32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected weights of integers of up to 32 bits, got 'f32'}}
  npu.window <mac> ins(%x, %w : memref<10x16xi8, #npu.space<sram>>, memref<3x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xi32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @weights_floats(%x: memref<10x16xf32, #npu.space<sram>>, %w: memref<3x16xf16, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected weights of the input's type, got 'f16'}}
  npu.window <mac> ins(%x, %w : memref<10x16xf32, #npu.space<sram>>, memref<3x16xf16, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @output_map(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8xf32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected the output's map to list the other dimensions, each once, got affine_map<(d0, d1, d2) -> (d0)>}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8xf32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @input_map(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected sums of dimensions times positive constants in the map of operand 0, got affine_map<(d0, d1, d2) -> (d0 - d2, d1)>}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<sram>>) window(%n)
      {indexing_maps = [affine_map<(w, c, k) -> (w - k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @accumulate(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<acc>>, %n: index) {
  // expected-error @below {{expected no 'accumulate' into accumulators, which the vector unit cannot read}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<acc>>) window(%n)
      {accumulate, indexing_maps = [affine_map<(w, c, k) -> (w + k, c)>, affine_map<(w, c, k) -> (w, c)>], window_dims = array<i64: 2>}
  return
}

// -----

func.func @scalar(%x: memref<10xf32, #npu.space<sram>>, %y: memref<f32, #npu.space<acc>>, %n: index) {
  // expected-error @below {{expected lanes in accumulators, got a scalar}}
  npu.window <max> ins(%x : memref<10xf32, #npu.space<sram>>) outs(%y : memref<f32, #npu.space<acc>>) window(%n)
      {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> ()>], window_dims = array<i64: 0>}
  return
}
