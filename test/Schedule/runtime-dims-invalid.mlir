// RUN: ashlar-opt %s --schedule-bufferize --schedule-materialize-tiles --split-input-file --verify-diagnostics

#flat = affine_map<(i) -> (i)>

func.func @merged_outside(%x: tensor<4x6xf32> {nn.dims = ["", "N"]}) -> tensor<24xf32>
    attributes {nn.dim_ranges = {N = array<i64: 1, 6>}} {
  // expected-error@+1 {{dimension 'N' cannot be left to run time: it is merged with a dimension outside of it}}
  %f = tensor.collapse_shape %x [[0, 1]] : tensor<4x6xf32> into tensor<24xf32>
  %e = tensor.empty() : tensor<24xf32>
  %0 = linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"]}
      ins(%f : tensor<24xf32>) outs(%e : tensor<24xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.absf %a : f32
    linalg.yield %1 : f32
  } -> tensor<24xf32>
  return %0 : tensor<24xf32>
}

// -----

#flat = affine_map<(i) -> (i)>

func.func @result_is_fixed(%x: tensor<6xf32> {nn.dims = ["N"]}) -> tensor<6xf32>
    attributes {nn.dim_ranges = {N = array<i64: 1, 6>}} {
  %e = tensor.empty() : tensor<6xf32>
  // expected-error@+1 {{dimension 'N' cannot be left to run time: it meets a dimension that has always 6 elements}}
  %0 = linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"]}
      ins(%x : tensor<6xf32>) outs(%e : tensor<6xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.absf %a : f32
    linalg.yield %1 : f32
  } -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

#flat = affine_map<(i) -> (i)>

func.func @two_names(%x: tensor<6xf32> {nn.dims = ["N"]}, %y: tensor<6xf32> {nn.dims = ["M"]})
    -> (tensor<6xf32> {nn.dims = ["N"]})
    attributes {nn.dim_ranges = {M = array<i64: 1, 6>, N = array<i64: 1, 6>}} {
  %e = tensor.empty() : tensor<6xf32>
  // expected-error-re@+1 {{dimension '{{[MN]}}' cannot be left to run time: it meets dimension '{{[MN]}}'}}
  %0 = linalg.generic {indexing_maps = [#flat, #flat, #flat], iterator_types = ["parallel"]}
      ins(%x, %y : tensor<6xf32>, tensor<6xf32>) outs(%e : tensor<6xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.addf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

#window = affine_map<(i, w) -> (i + w)>
#taps = affine_map<(i, w) -> (w)>
#out = affine_map<(i, w) -> (i)>

func.func @window(%x: tensor<8xf32> {nn.dims = ["N"]}, %w: tensor<3xf32>) -> tensor<6xf32>
    attributes {nn.dim_ranges = {N = array<i64: 1, 8>}} {
  %z = arith.constant dense<0.0> : tensor<6xf32>
  // expected-error@+1 {{dimension 'N' cannot be left to run time: a window moves along it, or its index is computed}}
  %0 = linalg.generic {indexing_maps = [#window, #taps, #out], iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : tensor<8xf32>, tensor<3xf32>) outs(%z : tensor<6xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

#id = affine_map<(i) -> (i)>
#none = affine_map<(i) -> ()>

func.func @empty_sum(%x: tensor<8xf32> {nn.dims = ["N"]}) -> tensor<f32>
    attributes {nn.dim_ranges = {N = array<i64: 0, 8>}} {
  %z = arith.constant dense<0.0> : tensor<f32>
  // expected-error@+1 {{dimension 'N' cannot be left to run time: there may be nothing to reduce; let it be 1 at least}}
  %0 = linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction"]}
      ins(%x : tensor<8xf32>) outs(%z : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %o, %a : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

#id = affine_map<(i) -> (i)>

func.func @part(%x: tensor<8xf32> {nn.dims = ["N"]}) -> tensor<2xf32>
    attributes {nn.dim_ranges = {N = array<i64: 3, 8>}} {
  // expected-error@+1 {{dimension 'N' cannot be left to run time: a part of it is taken that need not exist}}
  %p = tensor.extract_slice %x[2] [2] [1] : tensor<8xf32> to tensor<2xf32>
  %e = tensor.empty() : tensor<2xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%p : tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.absf %a : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// expected-error@+1 {{state "s" has a dimension that is known only at run time}}
func.func @state(%x: tensor<8xf32> {nn.state = "s", nn.dims = ["N"]}) -> (tensor<8xf32> {nn.state = "s", nn.dims = ["N"]})
    attributes {nn.dim_ranges = {N = array<i64: 1, 8>}} {
  return %x : tensor<8xf32>
}

// -----

// expected-error@+1 {{expected 'npu.dim_ranges' to say that "N" is at most 8}}
func.func @ranges(%x: memref<8xf32, #npu.space<dram>> {npu.dims = ["N"]})
    attributes {npu.dim_ranges = {N = array<i64: 1, 7>}} {
  return
}

// -----

!t = memref<40x64xf32, #npu.space<dram>>
!ids = memref<8xi32, #npu.space<dram>>
!rows = memref<8x64xf32, #npu.space<dram>>

func.func @gather(%t: !t {npu.dims = ["N", ""]}, %i: !ids, %r: !rows)
    attributes {npu.dim_ranges = {N = array<i64: 1, 40>}} {
  // expected-error@+1 {{dimension 'N' cannot be left to run time: elements are picked from it by number}}
  npu.gather %t at %i into %r dim 0 : !t, !ids, !rows
  return
}

// -----

!x = memref<8x4xf32, #npu.space<dram>>

func.func @whole(%x: !x {npu.dims = ["N", ""]}, %y: !x)
    attributes {npu.dim_ranges = {N = array<i64: 1, 8>}} {
  // expected-error@+1 {{dimension 'N' cannot be left to run time: 'npu.copy' needs all of it}}
  npu.copy %x to %y : !x to !x
  return
}

// -----

!x = memref<8xf32, #npu.space<dram>>
#id = affine_map<(i) -> (i)>

func.func @group(%x: !x {npu.dims = ["N"]}, %c: !x, %y: !x {npu.dims = ["N"]})
    attributes {npu.dim_ranges = {N = array<i64: 1, 8>}} {
  %t = memref.alloc() : !x
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%c : !x) outs(%t : !x) attrs = {schedule.group = 0 : i64} {
  ^bb0(%a: f32, %o: f32):
    %1 = math.absf %a : f32
    linalg.yield %1 : f32
  }
  // expected-error@+1 {{shares a loop with another operation of its group, but one of them ends at run time}}
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %t : !x, !x) outs(%y : !x) attrs = {schedule.group = 0 : i64, schedule.tiles = array<i64: 8>} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.addf %a, %b : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

!x = memref<8xf32, #npu.space<dram>>
!y = memref<16xf32, #npu.space<dram>>
#id = affine_map<(i) -> (i)>

func.func @into_part(%x: !x {npu.dims = ["N"]}, %y: !y)
    attributes {npu.dim_ranges = {N = array<i64: 1, 8>}} {
  // expected-error@+1 {{dimension 'N' cannot be left to run time: it is a part of another dimension}}
  %p = memref.subview %y[0] [8] [1] : !y to memref<8xf32, strided<[1]>, #npu.space<dram>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : !x) outs(%p : memref<8xf32, strided<[1]>, #npu.space<dram>>) {
  ^bb0(%a: f32, %o: f32):
    %1 = math.absf %a : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

func.func @split(%x: memref<8xf32, #npu.space<dram>> {npu.dims = ["N"]})
    attributes {npu.dim_ranges = {N = array<i64: 1, 8>}} {
  // expected-error@+1 {{dimension 'N' cannot be left to run time: it is split in a way that depends on its size}}
  %0 = memref.expand_shape %x [[0, 1]] output_shape [2, 4] : memref<8xf32, #npu.space<dram>> into memref<2x4xf32, #npu.space<dram>>
  return
}

// -----

#flat = affine_map<(i) -> (i)>

func.func @padded(%x: memref<6xf32, #npu.space<dram>> {npu.dims = ["N"]}, %z: memref<8xf32, #npu.space<dram>>)
    attributes {npu.dim_ranges = {N = array<i64: 1, 6>}} {
  // expected-error@+1 {{dimension 'N' cannot be left to run time: it is padded}}
  %p = npu.pad %x low [1] value(0.0 : f32) : memref<6xf32, #npu.space<dram>> to memref<8xf32, #npu.space<dram>>
  linalg.generic {indexing_maps = [#flat, #flat], iterator_types = ["parallel"], schedule.tiles = array<i64: 8>, schedule.order = array<i64: 0>}
      ins(%p : memref<8xf32, #npu.space<dram>>) outs(%z : memref<8xf32, #npu.space<dram>>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.absf %a : f32
    linalg.yield %0 : f32
  }
  return
}
