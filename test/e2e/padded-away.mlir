// Convolutions that are padded further than their input reaches: whole tiles are
// nothing but padding, and the windows of their copies leave nothing of the
// source, whose base then lies outside of every memory.
//
// RUN: ashlar verify %s --target edge --timed | FileCheck %s
// RUN: ashlar verify %s --target hbm --timed --sanitize | FileCheck %s
// RUN: ashlar verify %s --target nano --timed --sanitize | FileCheck %s
// CHECK: PASS

func.func @main(%x: tensor<1x5x5x16xf32>, %v: tensor<3x3x16x16xf32>, %w: tensor<3x3x16x16xf32>) -> tensor<1x81x81x16xf32> {
  %0 = nn.conv %x, %v {channels_last, dilations = array<i64: 1, 1>, pads = array<i64: 20, 20, 20, 20>, strides = array<i64: 1, 1>} : (tensor<1x5x5x16xf32>, tensor<3x3x16x16xf32>) -> tensor<1x43x43x16xf32>
  %1 = nn.relu %0 : (tensor<1x43x43x16xf32>) -> tensor<1x43x43x16xf32>
  %2 = nn.conv %1, %w {channels_last, dilations = array<i64: 1, 1>, pads = array<i64: 20, 20, 20, 20>, strides = array<i64: 1, 1>} : (tensor<1x43x43x16xf32>, tensor<3x3x16x16xf32>) -> tensor<1x81x81x16xf32>
  %3 = nn.relu %2 : (tensor<1x81x81x16xf32>) -> tensor<1x81x81x16xf32>
  return %3 : tensor<1x81x81x16xf32>
}
