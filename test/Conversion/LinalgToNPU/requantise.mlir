// RUN: ashlar-opt %s --convert-linalg-to-npu | FileCheck %s

#id = affine_map<(m, n) -> (m, n)>
#lane = affine_map<(m, n) -> (n)>

// Rounded, joined by a residual of bytes with a scale of its own, and stored as
// bytes without a sign: the stage converts by itself, and the values fit.
// CHECK-LABEL: func.func @residual
// CHECK: npu.drain %{{.*}} to %{{.*}} steps(
// CHECK: ^bb0(%{{.*}}: i32, %[[B:.*]]: f32, %[[R:.*]]: i8):
// CHECK: arith.sitofp %{{.*}} : i32 to f32
// CHECK: %[[F:.*]] = arith.uitofp %[[R]] : i8 to f32
// CHECK: %[[S:.*]] = arith.mulf %[[F]]
// CHECK: arith.addf {{.*}}%[[S]]
// CHECK-NOT: arith.trunci
// CHECK: %[[V:.*]] = arith.fptoui %{{.*}} : f32 to i8
// CHECK: npu.yield %[[V]] : i8
func.func @residual(%acc: memref<16x32xi32, #npu.space<acc>>, %bias: memref<32xf32, #npu.space<sram>>,
                    %r: memref<16x32xi8, #npu.space<sram>>, %z: memref<16x32xi8, #npu.space<sram>>) {
  %zero = arith.constant 0.0 : f32
  %top = arith.constant 255.0 : f32
  %k = arith.constant 0.75 : f32
  linalg.generic {indexing_maps = [#id, #lane, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acc, %bias, %r : memref<16x32xi32, #npu.space<acc>>, memref<32xf32, #npu.space<sram>>, memref<16x32xi8, #npu.space<sram>>)
      outs(%z : memref<16x32xi8, #npu.space<sram>>) {
  ^bb0(%p: i32, %b: f32, %q: i8, %o: i8):
    %0 = arith.sitofp %p : i32 to f32
    %1 = arith.addf %0, %b : f32
    %2 = math.roundeven %1 : f32
    %3 = arith.extui %q : i8 to i32
    %4 = arith.sitofp %3 : i32 to f32
    %5 = arith.mulf %4, %k : f32
    %6 = arith.addf %5, %2 : f32
    %7 = math.roundeven %6 : f32
    %8 = arith.maximumf %7, %zero : f32
    %9 = arith.minimumf %8, %top : f32
    %10 = arith.fptosi %9 : f32 to i32
    %11 = arith.trunci %10 : i32 to i8
    linalg.yield %11 : i8
  }
  return
}

// The table is one of the stage's tensors, seen alike from every point; what the
// bytes are before it says how they convert.
// CHECK-LABEL: func.func @lookup
// CHECK-SAME: %{{.*}}, %{{.*}}, %[[T:.*]]: memref<256xi8
// CHECK: npu.drain %{{.*}} to %{{.*}} steps(%[[T]] :
// CHECK-SAME: indexing_maps = [#{{.*}}, #[[FIRST:.*]]]
// CHECK: ^bb0(%{{.*}}: i32, %{{.*}}: i8):
// CHECK: %[[V:.*]] = arith.fptoui %{{.*}} : f32 to i8
// CHECK-NEXT: %[[I:.*]] = arith.index_castui %[[V]] : i8 to index
// CHECK-NEXT: %[[E:.*]] = memref.load %[[T]][%[[I]]]
// CHECK-NEXT: npu.yield %[[E]] : i8
func.func @lookup(%acc: memref<16x32xi32, #npu.space<acc>>, %z: memref<16x32xi8, #npu.space<sram>>,
                  %t: memref<256xi8, #npu.space<sram>>) {
  %zero = arith.constant 0.0 : f32
  %top = arith.constant 255.0 : f32
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acc : memref<16x32xi32, #npu.space<acc>>) outs(%z : memref<16x32xi8, #npu.space<sram>>) {
  ^bb0(%p: i32, %o: i8):
    %0 = arith.sitofp %p : i32 to f32
    %1 = arith.maximumf %0, %zero : f32
    %2 = arith.minimumf %1, %top : f32
    %3 = arith.fptosi %2 : f32 to i32
    %4 = arith.trunci %3 : i32 to i8
    %5 = arith.index_castui %4 : i8 to index
    %6 = memref.load %t[%5] : memref<256xi8, #npu.space<sram>>
    linalg.yield %6 : i8
  }
  return
}
