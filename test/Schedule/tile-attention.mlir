// RUN: ashlar-opt %s --schedule-choose-tiles=target=edge --schedule-tile-attention --split-input-file | FileCheck %s

#q = affine_map<(b, m, n, d, v) -> (m, b, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#v = affine_map<(b, m, n, d, v) -> (b, n, v)>
#mask = affine_map<(b, m, n, d, v) -> (0, n)>
#o = affine_map<(b, m, n, d, v) -> (m, b, v)>

// Blocks of keys: maxima and sums of rows go along, and accumulators are rescaled
// in place. The boundary of 130 keys in blocks of 48 runs in the same loop.
// CHECK-LABEL: func.func @blocks(
// CHECK: %[[OUT:.*]]: memref<100x4x16xf32, #npu.space<dram>>
// CHECK: scf.for %[[B:.*]] =
// CHECK: scf.for %[[M:.*]] =
// CHECK: %[[Q:.*]] = memref.alloc() : memref<50x24xf16, #npu.space<sram>>
// CHECK: memref.copy %{{.*}}, %[[Q]]
// CHECK: %[[MAX:.*]] = memref.alloc() : memref<50xf32, #npu.space<sram>>
// CHECK: %[[SUM:.*]] = memref.alloc() : memref<50xf32, #npu.space<sram>>
// CHECK: %[[ACC:.*]] = memref.alloc() : memref<50x16xf32, #npu.space<acc>>
// CHECK: linalg.fill ins(%{{.*}}) outs(%[[MAX]]
// CHECK: linalg.fill ins(%{{.*}}) outs(%[[SUM]]
// CHECK: linalg.fill ins(%{{.*}}) outs(%[[ACC]]
// CHECK: scf.for %[[N:.*]] =
// CHECK: arith.minsi
// CHECK: %[[K:.*]] = memref.alloc() : memref<48x24xf16, #npu.space<sram>>
// CHECK: %[[V:.*]] = memref.alloc() : memref<48x16xf16, #npu.space<sram>>
// CHECK: %[[MASK:.*]] = memref.alloc() : memref<48xf32, #npu.space<sram>>
// CHECK: memref.alloc() : memref<50x48xf32, #npu.space<acc>>
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} outs({{.*}}memref<50x{{.*}}xf32, {{.*}}#npu.space<sram>>)
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} ins(%[[MAX]]
// CHECK: linalg.generic {{.*}} outs(%[[MAX]]
// CHECK: arith.maximumf
// CHECK: arith.subf
// CHECK: math.exp
// CHECK: linalg.generic {{.*}} outs(%[[SUM]]
// CHECK: arith.mulf
// CHECK: math.exp
// CHECK: arith.truncf
// CHECK: linalg.generic {{.*}} outs(%[[SUM]]
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} ins(%[[ACC]], {{.*}} outs(%[[ACC]]
// CHECK: linalg.generic {{.*}} outs(%[[ACC]]
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}} ins(%[[ACC]],
// CHECK: memref.copy
// CHECK-NOT: npu.attention
func.func @blocks(%q: memref<100x4x24xf16, #npu.space<dram>>, %k: memref<4x130x24xf16, #npu.space<dram>>, %v: memref<4x130x16xf16, #npu.space<dram>>,
                  %m: memref<1x130xf32, #npu.space<dram>>, %o: memref<100x4x16xf32, #npu.space<dram>>) {
  npu.attention ins(%q, %k, %v : memref<100x4x24xf16, #npu.space<dram>>, memref<4x130x24xf16, #npu.space<dram>>, memref<4x130x16xf16, #npu.space<dram>>)
      mask(%m : memref<1x130xf32, #npu.space<dram>>) outs(%o : memref<100x4x16xf32, #npu.space<dram>>) scale 0.5
      {indexing_maps = [#q, #k, #v, #mask, #o], schedule.tiles = array<i64: 1, 50, 48, 24, 16>}
  return
}

// -----

#q = affine_map<(b, m, n, d, v) -> (b, m, d)>
#k = affine_map<(b, m, n, d, v) -> (b, n, d)>
#o = affine_map<(b, m, n, d, v) -> (b, m, v)>

// All keys at once: loaded before the loop over rows, and nothing is rescaled. Two
// runs of rows take turns: the second one's scores come before the first one's
// weights; of the last tile's 13 rows the second run has 3.
// CHECK-LABEL: func.func @whole(
// CHECK: npu.on_cores (%[[CORE:.*]]) in (2)
// CHECK: memref.alloc() : memref<70x24xf32, #npu.space<sram>>
// CHECK: memref.alloc() : memref<70x24xf32, #npu.space<sram>>
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK-COUNT-2: memref.alloc() : memref<10x70xf32, #npu.space<acc>>
// CHECK-COUNT-2: math.exp
// CHECK-NOT: scf.for
// CHECK-COUNT-2: arith.divf
func.func @whole(%q: memref<1x73x24xf32, #npu.space<dram>>, %k: memref<1x70x24xf32, #npu.space<dram>>, %o: memref<1x73x24xf32, #npu.space<dram>>) {
  npu.attention ins(%q, %k, %k : memref<1x73x24xf32, #npu.space<dram>>, memref<1x70x24xf32, #npu.space<dram>>, memref<1x70x24xf32, #npu.space<dram>>)
      outs(%o : memref<1x73x24xf32, #npu.space<dram>>) scale 0.5
      {indexing_maps = [#q, #k, affine_map<(b, m, n, d, v) -> (b, n, v)>, #o], schedule.tiles = array<i64: 1, 20, 70, 24, 24>,
       schedule.interleave = 2 : i64, schedule.cores = array<i64: 1, 2, 1, 1, 1>}
  return
}
