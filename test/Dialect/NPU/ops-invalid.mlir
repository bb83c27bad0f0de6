// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @space() {
  // expected-error @below {{expected a memref in a named memory, got 'memref<4xf32>'}}
  %0 = npu.alloc : memref<4xf32>
  return
}

// -----

func.func @element(%a: memref<4xf32, #npu.space<dram>>, %b: memref<4xi32, #npu.space<sram>>) {
  // expected-error @below {{expected equal element types, got 'f32' and 'i32'}}
  npu.copy %a to %b : memref<4xf32, #npu.space<dram>> to memref<4xi32, #npu.space<sram>>
  return
}

// -----

func.func @shape(%a: memref<4xf32, #npu.space<dram>>, %b: memref<5xf32, #npu.space<sram>>) {
  // expected-error @below {{expected equal shapes without 'low'}}
  npu.copy %a to %b : memref<4xf32, #npu.space<dram>> to memref<5xf32, #npu.space<sram>>
  return
}

// -----

func.func @rank(%a: memref<4xf32, #npu.space<dram>>, %b: memref<5x1xf32, #npu.space<sram>>) {
  // expected-error @below {{expected equal ranks, got 1 and 2}}
  npu.copy %a to %b : memref<4xf32, #npu.space<dram>> to memref<5x1xf32, #npu.space<sram>>
  return
}

// -----

func.func @queue(%a: memref<4xf32, #npu.space<dram>>, %b: memref<4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected a dma queue, got vec}}
  npu.copy %a to %b on <vec> : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @acc(%a: memref<8x16xi8, #npu.space<sram>>, %b: memref<16x4xi8, #npu.space<sram>>,
               %acc: memref<8x4xi32, #npu.space<sram>>) {
  // expected-error @below {{expected the accumulator in acc, got 'memref<8x4xi32, #npu.space<sram>>'}}
  npu.matmul ins(%a, %b : memref<8x16xi8, #npu.space<sram>>, memref<16x4xi8, #npu.space<sram>>)
      outs(%acc : memref<8x4xi32, #npu.space<sram>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @types(%a: memref<8x16xi8, #npu.space<sram>>, %b: memref<16x4xf16, #npu.space<sram>>,
                 %acc: memref<8x4xi32, #npu.space<acc>>) {
  // expected-error @below {{expected i8 and i8 into i32, or equal f32, f16 or bf16 into f32, got 'i8' and 'f16' into 'i32'}}
  npu.matmul ins(%a, %b : memref<8x16xi8, #npu.space<sram>>, memref<16x4xf16, #npu.space<sram>>)
      outs(%acc : memref<8x4xi32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @extent(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<15x4xf32, #npu.space<sram>>,
                  %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected size 16 in dimension 0 of operand 1, got 15}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<15x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @classes(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
                   %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected 'm_dims', 'n_dims' and 'k_dims' to name each of the 3 dimensions once}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 1>}
  return
}

// -----

func.func @maps(%acc: memref<8x4xf32, #npu.space<acc>>, %out: memref<8x4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected 1 indexing maps, got 0}}
  npu.drain %acc to %out {indexing_maps = []} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xf32, #npu.space<sram>>
  return
}

// -----

func.func @conversion(%acc: memref<8x4xi32, #npu.space<acc>>, %out: memref<8x4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected a body that converts 'i32' to 'f32'}}
  npu.drain %acc to %out {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xi32, #npu.space<acc>> to memref<8x4xf32, #npu.space<sram>>
  return
}

// -----

func.func @yield(%x: memref<8xf32, #npu.space<sram>>) {
  npu.vector outs(%x : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%old: f32):
    %c = arith.constant 1 : i32
    // expected-error @below {{expected a value of type 'f32', got 'i32'}}
    npu.yield %c : i32
  }
  return
}

// -----

func.func @reduced(%x: memref<8xf32, #npu.space<sram>>) {
  // expected-error @below {{expected the map of output 0 not to use the reduction dimension d0}}
  npu.vector outs(%x : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<reduction>]} {
  ^bb0(%old: f32):
    npu.yield %old : f32
  }
  return
}

// -----

func.func @index() {
  // expected-error @below {{expected to be inside npu.vector}}
  %0 = npu.index 0
  return
}

// -----

// expected-error @below {{expected 'npu.io' of argument 0 to be "input", "output" or "state", got "inout"}}
func.func @io(%x: memref<8xf32, #npu.space<dram>> {npu.io = "inout"}) {
  return
}

// -----

#in = affine_map<(w, c, k) -> (w + k, c)>
#wt = affine_map<(w, c, k) -> (k, c)>
#out = affine_map<(w, c, k) -> (w, c)>

func.func @weights(%x: memref<10x16xi8, #npu.space<sram>>, %y: memref<8x16xi32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected weights exactly with 'mac'}}
  npu.window <mac> ins(%x : memref<10x16xi8, #npu.space<sram>>) outs(%y : memref<8x16xi32, #npu.space<sram>>) window(%n)
      {indexing_maps = [#in, #out], window_dims = array<i64: 2>}
  return
}

// -----

#in = affine_map<(w, c, k) -> (w + k, c)>
#out = affine_map<(w, c, k) -> (w, c)>

func.func @sum(%x: memref<10x16xi8, #npu.space<sram>>, %y: memref<8x16xi8, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected i32 as the output's element, got 'i8'}}
  npu.window <sum> ins(%x : memref<10x16xi8, #npu.space<sram>>) outs(%y : memref<8x16xi8, #npu.space<sram>>) window(%n)
      {indexing_maps = [#in, #out], window_dims = array<i64: 2>}
  return
}

// -----

#in = affine_map<(w, c, k) -> (w + k, c)>
#out = affine_map<(w, c, k) -> (w, c)>

func.func @accumulates(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<acc>>, %n: index) {
  // expected-error @below {{expected no 'accumulate' into accumulators}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<acc>>) window(%n)
      {accumulate, indexing_maps = [#in, #out], window_dims = array<i64: 2>}
  return
}

// -----

#in = affine_map<(w, c, k) -> (w + k, c)>
#out = affine_map<(w, c, k) -> (w, c)>

func.func @window_sizes(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<sram>>) {
  // expected-error @below {{expected at most 2 'window_dims' and as many sizes, got 1 and 0}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<sram>>) window()
      {indexing_maps = [#in, #out], window_dims = array<i64: 2>}
  return
}

// -----

#in = affine_map<(w, c, k) -> (w + k, c)>
#out = affine_map<(w, c, k) -> (w, c)>

func.func @window_dims(%x: memref<10x16xf32, #npu.space<sram>>, %y: memref<8x16xf32, #npu.space<sram>>, %n: index) {
  // expected-error @below {{expected 'window_dims' to name different dimensions that the output does not have, got 1}}
  npu.window <max> ins(%x : memref<10x16xf32, #npu.space<sram>>) outs(%y : memref<8x16xf32, #npu.space<sram>>) window(%n)
      {indexing_maps = [#in, #out], window_dims = array<i64: 1>}
  return
}

// -----

func.func @layout() {
  // expected-error @below {{expected the identity layout, got 'memref<4xf32, strided<[2]>, #npu.space<sram>>'}}
  %0 = npu.alloc : memref<4xf32, strided<[2]>, #npu.space<sram>>
  return
}

// -----

func.func @slots() {
  // expected-error @below {{expected 'at' with 'slot_bytes'}}
  %0 = npu.alloc depth 2 slot_bytes 64 : memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @copy_source(%a: memref<4xf32, #npu.space<acc>>, %b: memref<4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected the source in dram or sram, got 'memref<4xf32, #npu.space<acc>>'}}
  npu.copy %a to %b : memref<4xf32, #npu.space<acc>> to memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @copy_target(%a: memref<4xf32, #npu.space<sram>>, %b: memref<4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected the target in dram or sram, got 'memref<4xf32, #npu.space<acc>>'}}
  npu.copy %a to %b : memref<4xf32, #npu.space<sram>> to memref<4xf32, #npu.space<acc>>
  return
}

// -----

func.func @copy_fill_type(%a: memref<4xf32, #npu.space<dram>>, %b: memref<6xf32, #npu.space<sram>>, %i: index, %f: f16) {
  // expected-error @below {{expected a fill value of type 'f32', got 'f16'}}
  npu.copy %a to %b low(%i) fill(%f : f16) : memref<4xf32, #npu.space<dram>> to memref<6xf32, #npu.space<sram>>
  return
}

// -----

func.func @copy_low(%a: memref<4x4xf32, #npu.space<dram>>, %b: memref<6x4xf32, #npu.space<sram>>, %i: index) {
  // expected-error @below {{expected 2 positions in 'low', got 1}}
  npu.copy %a to %b low(%i) : memref<4x4xf32, #npu.space<dram>> to memref<6x4xf32, #npu.space<sram>>
  return
}

// -----

func.func @copy_multicast(%a: memref<4xf32, #npu.space<sram>>, %b: memref<4xf32, #npu.space<dram>>) {
  // expected-error @below {{expected a target in sram with 'multicast', got 'memref<4xf32, #npu.space<dram>>'}}
  npu.copy %a to %b multicast : memref<4xf32, #npu.space<sram>> to memref<4xf32, #npu.space<dram>>
  return
}

// -----

func.func @copy_shared(%a: memref<4xf32, #npu.space<sram>>, %b: memref<4xf32, #npu.space<dram>>, %r: index) {
  // expected-error @below {{expected a target in sram and no 'multicast' with 'shared', got 'memref<4xf32, #npu.space<dram>>'}}
  npu.copy %a to %b shared(%r) <4 by 1> : memref<4xf32, #npu.space<sram>> to memref<4xf32, #npu.space<dram>>
  return
}

// -----

func.func @copy_group(%a: memref<4xf32, #npu.space<dram>>, %b: memref<4xf32, #npu.space<sram>>, %r: index) {
  // expected-error @below {{expected 2 to 64 members among as many cores, got 9 that are 8 apart}}
  npu.copy %a to %b shared(%r) <9 by 8> : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @copy_rank(%a: memref<4xf32, #npu.space<dram>>, %b: memref<4xf32, #npu.space<sram>>, %r: index) {
  // expected-error @below {{expected a rank and a group together}}
  "npu.copy"(%a, %b, %r) {operandSegmentSizes = array<i32: 1, 1, 0, 0, 1>} : (memref<4xf32, #npu.space<dram>>, memref<4xf32, #npu.space<sram>>, index) -> ()
  return
}

// -----

func.func @receive_queue(%a: memref<4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected the queue of an engine, got scalar}}
  npu.receive %a on <scalar> : memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @receive_space(%a: memref<4xf32, #npu.space<dram>>) {
  // expected-error @below {{expected a target in sram, got 'memref<4xf32, #npu.space<dram>>'}}
  npu.receive %a on <mxu> : memref<4xf32, #npu.space<dram>>
  return
}

// -----

// expected-error @below {{expected 'npu.opening' to be the name of a function, got 4 : i64}}
func.func @opening() attributes {npu.opening = 4 : i64} {
  return
}

// -----

func.func @copy_fill_without_low(%a: memref<4xf32, #npu.space<dram>>, %b: memref<4xf32, #npu.space<sram>>, %f: f32) {
  // expected-error @below {{expected 'low' with 'fill'}}
  npu.copy %a to %b fill(%f : f32) : memref<4xf32, #npu.space<dram>> to memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @fill_value(%v: f16, %a: memref<4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected a value of type 'f32', got 'f16'}}
  npu.fill %v into %a : f16 into memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @fill_place(%v: f32, %a: memref<4xf32, #npu.space<dram>>) {
  // expected-error @below {{expected the target in sram, got 'memref<4xf32, #npu.space<dram>>'}}
  npu.fill %v into %a : f32 into memref<4xf32, #npu.space<dram>>
  return
}

// -----

// expected-error @below {{expected 'npu.target' to be a string, got 3 : i64}}
func.func @target() attributes {npu.target = 3 : i64} {
  return
}

// -----

// expected-error @below {{expected 'npu.name' of argument 0 to be a string, got 1 : i64}}
func.func @name(%x: memref<8xf32, #npu.space<dram>> {npu.name = 1 : i64}) {
  return
}

// -----

func.func @copy_shapes(%a: memref<8xf32, #npu.space<dram>>, %b: memref<9xf32, #npu.space<sram>>) {
  // expected-error @below {{expected equal shapes without 'low', got 'memref<8xf32, #npu.space<dram>>' and 'memref<9xf32, #npu.space<sram>>'}}
  npu.copy %a to %b : memref<8xf32, #npu.space<dram>> to memref<9xf32, #npu.space<sram>>
  return
}

// -----

// expected-error @below {{expected 'npu.element_type' of argument 0 to be a type, got 8 : i64}}
func.func @element_type(%a: memref<8xf32> {npu.element_type = 8 : i64}) {
  return
}

// -----

// expected-error @below {{expected 'npu.dims' of argument 0 to be a name or "" for each dimension of 'memref<8xf32, #npu.space<dram>>', got ["N", ""]}}
func.func @dims(%x: memref<8xf32, #npu.space<dram>> {npu.dims = ["N", ""]}) {
  return
}

// -----

// expected-error @below {{expected 'npu.dim_ranges' to give each dimension's least and largest value, got {N = array<i64: 9, 8>}}}
func.func @ranges() attributes {npu.dim_ranges = {N = array<i64: 9, 8>}} {
  return
}

// -----

func.func @runtime_dim() {
  // expected-error @below {{'minimum' failed to satisfy constraint}}
  %0 = npu.runtime_dim "N" in -1 to 8
  return
}
