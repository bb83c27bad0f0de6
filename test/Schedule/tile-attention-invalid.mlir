// RUN: ashlar-opt %s --schedule-tile-attention --verify-diagnostics --split-input-file

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = memref<2x8x4xf32, #npu.space<dram>>

func.func @missing(%x: !t, %o: !t) {
  // expected-error @below {{expected 'schedule.tiles' with 5 sizes; run schedule-choose-tiles first}}
  npu.attention ins(%x, %x, %x : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o]}
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = memref<2x8x4xf32, #npu.space<dram>>

func.func @rows(%x: !t, %o: !t) {
  // expected-error @below {{expected a tile of 1 to 8 in loop 1, got 9}}
  npu.attention ins(%x, %x, %x : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 1, 9, 8, 4, 4>}
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = memref<2x8x4xf32, #npu.space<dram>>

func.func @batch(%x: !t, %o: !t) {
  // expected-error @below {{expected a tile of 1 to 1 in loop 0, got 2}}
  npu.attention ins(%x, %x, %x : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 2, 8, 8, 4, 4>}
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = memref<2x8x4xf32, #npu.space<dram>>

func.func @depth(%x: !t, %o: !t) {
  // expected-error @below {{expected a tile of 4 to 4 in loop 3, got 2}}
  npu.attention ins(%x, %x, %x : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 1, 8, 8, 2, 4>}
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = memref<2x8x4xf32, #npu.space<dram>>

func.func @interleave(%x: !t, %o: !t) {
  // expected-error @below {{expected 'schedule.interleave' of 1 to 2, got 4}}
  npu.attention ins(%x, %x, %x : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 1, 2, 8, 4, 4>, schedule.interleave = 4 : i64}
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = memref<2x8x4xf32, #npu.space<dram>>

func.func @cores(%x: !t, %o: !t) {
  // expected-error @below {{'schedule.cores' cannot be used: expected cores for each loop, at most as many as batch elements or tiles of rows, got array<i64: 1, 1, 2, 1, 1>}}
  npu.attention ins(%x, %x, %x : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 1, 4, 4, 4, 4>, schedule.cores = array<i64: 1, 1, 2, 1, 1>}
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>
!t = memref<2x8x4xf32, #npu.space<dram>>

func.func @too_many_cores(%x: !t, %o: !t) {
  // expected-error @below {{'schedule.cores' cannot be used: expected cores for each loop, at most as many as batch elements or tiles of rows, got array<i64: 2, 3, 1, 1, 1>}}
  npu.attention ins(%x, %x, %x : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 1, 4, 4, 4, 4>, schedule.cores = array<i64: 2, 3, 1, 1, 1>}
  return
}
