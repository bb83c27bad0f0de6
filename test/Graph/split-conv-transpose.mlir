// RUN: ashlar-opt --nn-split-conv-transpose %s | FileCheck %s

// Four phases of a 2 x 2 window, one tap each; the activation and the
// quantisation run before elements move.
// CHECK-LABEL: func @phases
// CHECK: nn.constant dense<{{\[\[\[}}[1]]], {{\[\[\[}}5]]], {{\[\[\[}}2]]], {{\[\[\[}}6]]], {{\[\[\[}}3]]], {{\[\[\[}}7]]], {{\[\[\[}}4]]], {{\[\[\[}}8]]]]> : tensor<8x1x1x1xi8>
// CHECK: nn.constant dense<[5.000000e-01, 2.500000e-01, 5.000000e-01, 2.500000e-01, 5.000000e-01, 2.500000e-01, 5.000000e-01, 2.500000e-01]> : tensor<8xf32>
// CHECK: %[[C:.*]] = nn.conv {{.*}} {dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} {{.*}} -> tensor<1x8x3x5xf32>
// CHECK: %[[R:.*]] = nn.relu %[[C]]
// CHECK: %[[Q:.*]] = nn.quantize %[[R]]
// CHECK: %[[S:.*]] = nn.reshape %[[Q]] : (tensor<1x8x3x5xui8>) -> tensor<1x1x2x2x2x3x5xui8>
// CHECK: %[[T:.*]] = nn.transpose %[[S]] {permutation = array<i64: 0, 1, 4, 5, 2, 6, 3>}
// CHECK: nn.reshape %[[T]] {{.*}} -> tensor<1x2x6x10xui8>
func.func @phases(%stored: tensor<1x1x3x5xui8>) -> tensor<1x2x6x10xui8> {
  %xs = nn.constant dense<0.5> : tensor<f32>
  %xz = nn.constant dense<7> : tensor<ui8>
  %x = nn.dequantize %stored, %xs, %xz {axis = 0 : i64} : (tensor<1x1x3x5xui8>, tensor<f32>, tensor<ui8>) -> tensor<1x1x3x5xf32>
  %k = nn.constant dense<[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]> : tensor<1x2x2x2xi8>
  %ks = nn.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %kz = nn.constant dense<[0, 3]> : tensor<2xi8>
  %w = nn.dequantize %k, %ks, %kz {axis = 1 : i64} : (tensor<1x2x2x2xi8>, tensor<2xf32>, tensor<2xi8>) -> tensor<1x2x2x2xf32>
  %0 = nn.conv_transpose %x, %w {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, output_padding = array<i64: 0, 0>} : (tensor<1x1x3x5xf32>, tensor<1x2x2x2xf32>) -> tensor<1x2x6x10xf32>
  %1 = nn.relu %0 : (tensor<1x2x6x10xf32>) -> tensor<1x2x6x10xf32>
  %2 = nn.quantize %1, %xs, %xz {axis = 0 : i64} : (tensor<1x2x6x10xf32>, tensor<f32>, tensor<ui8>) -> tensor<1x2x6x10xui8>
  return %2 : tensor<1x2x6x10xui8>
}

// The second phase of three taps has one: the other is the zero point. The ends
// that pads take away are cut off.
// CHECK-LABEL: func @uneven
// CHECK: nn.constant dense<{{\[\[\[}}30, 10]], {{\[\[}}9, 20]]]> : tensor<2x1x2xi8>
// CHECK: nn.conv {{.*}} {dilations = array<i64: 1>, pads = array<i64: 1, 0>, strides = array<i64: 1>} {{.*}} -> tensor<1x2x4xf32>
// CHECK: nn.slice {{.*}} {sizes = array<i64: 1, 1, 7>, starts = array<i64: 0, 0, 1>, {{.*}}} : (tensor<1x1x8xf32>)
func.func @uneven(%stored: tensor<1x1x4xi8>) -> tensor<1x1x7xf32> {
  %s = nn.constant dense<0.5> : tensor<f32>
  %z = nn.constant dense<9> : tensor<i8>
  %x = nn.dequantize %stored, %s, %z {axis = 0 : i64} : (tensor<1x1x4xi8>, tensor<f32>, tensor<i8>) -> tensor<1x1x4xf32>
  %k = nn.constant dense<[[[10, 20, 30]]]> : tensor<1x1x3xi8>
  %w = nn.dequantize %k, %s, %z {axis = 0 : i64} : (tensor<1x1x3xi8>, tensor<f32>, tensor<i8>) -> tensor<1x1x3xf32>
  %0 = nn.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, pads = array<i64: 1, 1>, output_padding = array<i64: 0>} : (tensor<1x1x4xf32>, tensor<1x1x3xf32>) -> tensor<1x1x7xf32>
  return %0 : tensor<1x1x7xf32>
}

// Floats may be infinite, and zeros in place of taps would not do.
// CHECK-LABEL: func @floats
// CHECK: nn.conv_transpose
func.func @floats(%x: tensor<1x1x4xf32>) -> tensor<1x1x7xf32> {
  %w = nn.constant dense<[[[1.0, 2.0, 3.0]]]> : tensor<1x1x3xf32>
  %0 = nn.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, pads = array<i64: 1, 1>, output_padding = array<i64: 0>} : (tensor<1x1x4xf32>, tensor<1x1x3xf32>) -> tensor<1x1x7xf32>
  return %0 : tensor<1x1x7xf32>
}

// With full phases they are split.
// CHECK-LABEL: func @full
// CHECK-NOT: nn.conv_transpose
// CHECK: nn.conv {{.*}} -> tensor<1x2x5xf32>
func.func @full(%x: tensor<1x1x4xf32>) -> tensor<1x1x8xf32> {
  %w = nn.constant dense<[[[1.0, 2.0, 3.0, 4.0]]]> : tensor<1x1x4xf32>
  %0 = nn.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, pads = array<i64: 1, 1>, output_padding = array<i64: 0>} : (tensor<1x1x4xf32>, tensor<1x1x4xf32>) -> tensor<1x1x8xf32>
  return %0 : tensor<1x1x8xf32>
}
