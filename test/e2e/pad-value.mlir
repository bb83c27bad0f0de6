// What is padded with may be known at run time only.
//
// RUN: ashlar verify %s --target nano --sanitize | FileCheck %s
// RUN: ashlar verify %s --target edge --sanitize | FileCheck %s
// RUN: ashlar verify %s --target server --sanitize | FileCheck %s
// RUN: ashlar verify %s --target hbm --sanitize | FileCheck %s
// CHECK: PASS

func.func @main(%x: tensor<3x40x7xi8>, %v: tensor<i8>, %y: tensor<90x33xf32>, %w: tensor<f32>)
    -> (tensor<4x43x7xi8>, tensor<92x34xf32>) {
  %0 = nn.pad <constant> %x, %v {low = array<i64: 0, 3, 0>, high = array<i64: 1, 0, 0>} : (tensor<3x40x7xi8>, tensor<i8>) -> tensor<4x43x7xi8>
  %1 = nn.abs %y : (tensor<90x33xf32>) -> tensor<90x33xf32>
  %2 = nn.pad <constant> %1, %w {low = array<i64: 1, 0>, high = array<i64: 1, 1>} : (tensor<90x33xf32>, tensor<f32>) -> tensor<92x34xf32>
  return %0, %2 : tensor<4x43x7xi8>, tensor<92x34xf32>
}
