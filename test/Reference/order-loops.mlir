// RUN: ashlar-opt %s --linalg-generalize-named-ops --reference-order-loops | FileCheck %s

// The columns of the result innermost.
// CHECK-DAG: #[[IK:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[KJ:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[IJ:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-LABEL: func.func @product
// CHECK-NOT: scf.for
// CHECK: linalg.generic {indexing_maps = [#[[IK]], #[[KJ]], #[[IJ]]], iterator_types = ["parallel", "reduction", "parallel"]}
func.func @product(%a: memref<4x16xf32>, %b: memref<16x8xf32>, %z: memref<4x8xf32>) {
  linalg.matmul ins(%a, %b : memref<4x16xf32>, memref<16x8xf32>) outs(%z : memref<4x8xf32>)
  return
}

// In blocks, if there is much to do.
// CHECK-LABEL: func.func @blocks
// CHECK-COUNT-2: scf.for
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction", "parallel"]} ins(%{{.*}}, %{{.*}} : memref<64x64xf32, {{.*}}>, memref<64x512xf32, {{.*}}>)
func.func @blocks(%a: memref<256x128xf32>, %b: memref<128x512xf32>, %z: memref<256x512xf32>) {
  linalg.matmul ins(%a, %b : memref<256x128xf32>, memref<128x512xf32>) outs(%z : memref<256x512xf32>)
  return
}

// Short rows, and rows that an input runs across, stay.
// CHECK-LABEL: func.func @short
// CHECK: iterator_types = ["parallel", "parallel", "reduction"]
func.func @short(%a: memref<4x16xf32>, %b: memref<16x4xf32>, %z: memref<4x4xf32>) {
  linalg.matmul ins(%a, %b : memref<4x16xf32>, memref<16x4xf32>) outs(%z : memref<4x4xf32>)
  return
}

// CHECK-LABEL: func.func @copy
// CHECK-NOT: memref.copy
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]
func.func @copy(%a: memref<8xf32>, %b: memref<8xf32>) {
  memref.copy %a, %b : memref<8xf32> to memref<8xf32>
  return
}
