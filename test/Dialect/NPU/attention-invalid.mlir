// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @mixed(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: memref<5x3xf32>) {
  // expected-error @below {{'npu.attention' op expected tensors only or memrefs only, got 'tensor<5x4xf32>'}}
  npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) outs(%o : memref<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, #o]}
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @result(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: tensor<5x3xf32>) {
  // expected-error @below {{expected a result of the target's type, 'tensor<5x3xf32>'}}
  npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, #o]}
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @memref_result(%q: memref<5x4xf32>, %k: memref<7x4xf32>, %v: memref<7x3xf32>, %o: memref<5x3xf32>) {
  // expected-error @below {{expected no result on memrefs}}
  %0 = npu.attention ins(%q, %k, %v : memref<5x4xf32>, memref<7x4xf32>, memref<7x3xf32>) outs(%o : memref<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @types(%q: tensor<5x4xf32>, %k: tensor<7x4xf16>, %v: tensor<7x3xf32>, %o: tensor<5x3xf32>) {
  // expected-error @below {{expected query, key and value of one type, f32, f16 or bf16, got 'tensor<7x4xf16>'}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf16>, tensor<7x3xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @target_type(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: tensor<5x3xf16>) {
  // expected-error @below {{expected a target of the query's type or f32, got 'tensor<5x3xf16>'}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) outs(%o : tensor<5x3xf16>) scale 1.0 {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x3xf16>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @mask_type(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: tensor<5x3xf32>, %m: tensor<5x7xi8>) {
  // expected-error @below {{expected a mask of f32, f16 or bf16, got 'tensor<5x7xi8>'}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) mask(%m : tensor<5x7xi8>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, affine_map<(m, n, d, v) -> (m, n)>, #o]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @too_few_maps(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: tensor<5x3xf32>) {
  // expected-error @below {{expected 4 indexing maps, got 3}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @dims(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: tensor<5x3xf32>) {
  // expected-error @below {{expected maps of at least 4 dimensions, got 3}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [affine_map<(m, n, d) -> (m, d)>, affine_map<(m, n, d) -> (m, d)>, affine_map<(m, n, d) -> (m, d)>, affine_map<(m, n, d) -> (m, d)>]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @query_map(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: tensor<5x3xf32>) {
  // expected-error @below {{expected the map of the query to be a permutation of batch dimensions, d0, d2, got affine_map<(d0, d1, d2, d3) -> (d0, d3)>}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#o, #k, #v, #o]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @mask_map(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %o: tensor<5x3xf32>, %m: tensor<5x4xf32>) {
  // expected-error @below {{expected the map of the mask to be a permutation of batch dimensions, perhaps d0, perhaps d1, got}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>) mask(%m : tensor<5x4xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, #q, #o]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>

func.func @extents(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<6x3xf32>, %o: tensor<5x3xf32>) {
  // expected-error @below {{expected size 7 in dimension 0 of operand 2, got 6}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<7x4xf32>, tensor<6x3xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x3xf32>
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (m, v)>

func.func @target_map(%q: tensor<5x4xf32>, %k: tensor<2x7x4xf32>, %v: tensor<2x7x3xf32>, %o: tensor<5x3xf32>) {
  // expected-error @below {{expected the map of the target to be a permutation of all batch dimensions, d1, d4, got affine_map<(d0, d1, d2, d3, d4) -> (d1, d4)>}}
  %0 = npu.attention ins(%q, %k, %v : tensor<5x4xf32>, tensor<2x7x4xf32>, tensor<2x7x3xf32>) outs(%o : tensor<5x3xf32>) scale 1.0 {indexing_maps = [#q, #k, #v, #o]} -> tensor<5x3xf32>
  return
}
