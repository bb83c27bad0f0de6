// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @unsigned_floats(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected integers with 'a_unsigned' and 'b_unsigned', got 'f32'}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>, b_unsigned}
  return
}

// -----

func.func @too_many_dims(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected at most 3 'k_dims', got 4}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2, 3, 4, 5>}
  return
}

// -----

func.func @maps_missing(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected 3 indexing maps, got 2}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @symbols(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected indexing map 0 without symbols, got affine_map<(d0, d1, d2)[s0] -> (d0, d2)>}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k)[s] -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @map_dimensions(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected indexing map 1 to have 3 dimensions, got 2}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @map_results(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected indexing map 0 to have 2 results, the operand's rank, got 1}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @acc_order(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<4x8xf32, #npu.space<acc>>) {
  // expected-error @below {{expected the accumulator's map to list the m dimensions, then the n dimensions, got affine_map<(d0, d1, d2) -> (d1, d0)>}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<4x8xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n, m)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @negative_factor(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected sums of dimensions times positive constants in the map of operand 0, got affine_map<(d0, d1, d2) -> (d0, -d2)>}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, -k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @quotient(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected sums of dimensions times positive constants in the map of operand 1, got affine_map<(d0, d1, d2) -> (d2 floordiv 2, d1)>}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k floordiv 2, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @depends(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected operand 0 not to depend on d1}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k + n)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
  return
}

// -----

func.func @no_extent(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected an operand that states the extent of d3}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, n, k, l) -> (m, k + l)>, affine_map<(m, n, k, l) -> (k, n)>, affine_map<(m, n, k, l) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2, 3>}
  return
}

// -----

func.func @accumulate_twice(%a: memref<8x16xf32, #npu.space<sram>>, %b: memref<16x4xf32, #npu.space<sram>>,
    %acc: memref<8x4xf32, #npu.space<acc>>, %c: i1) {
  // expected-error @below {{expected one of 'accumulate' and 'accumulate_if', got both}}
  npu.matmul ins(%a, %b : memref<8x16xf32, #npu.space<sram>>, memref<16x4xf32, #npu.space<sram>>)
      outs(%acc : memref<8x4xf32, #npu.space<acc>>) accumulate_if(%c)
      {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>, accumulate}
  return
}
