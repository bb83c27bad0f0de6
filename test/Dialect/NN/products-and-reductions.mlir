// RUN: ashlar-opt %s | ashlar-opt | FileCheck %s
// RUN: ashlar-opt --mlir-print-op-generic %s | ashlar-opt | FileCheck %s

// CHECK-LABEL: func @matmul
func.func @matmul(%a: tensor<5x2x3xf32>, %b: tensor<4x3xf32>, %i: tensor<2x3xi8>, %u: tensor<3x4xui8>) -> tensor<2x4xi32> {
  // CHECK: nn.matmul %{{.*}} {transpose_rhs} : (tensor<5x2x3xf32>, tensor<4x3xf32>) -> tensor<5x2x4xf32>
  %0 = nn.matmul %a, %b {transpose_rhs} : (tensor<5x2x3xf32>, tensor<4x3xf32>) -> tensor<5x2x4xf32>
  // CHECK: nn.matmul %{{.*}} : (tensor<2x3xi8>, tensor<3x4xui8>) -> tensor<2x4xi32>
  %1 = nn.matmul %i, %u : (tensor<2x3xi8>, tensor<3x4xui8>) -> tensor<2x4xi32>
  return %1 : tensor<2x4xi32>
}

// CHECK-LABEL: func @attention
func.func @attention(%q: tensor<2x5x4xf16>, %k: tensor<2x7x4xf16>, %v: tensor<2x7x3xf16>, %m: tensor<5x1xf32>) -> tensor<2x5x3xf32> {
  // CHECK: nn.attention %{{.*}} {scale = 5.000000e-01 : f32} : (tensor<2x5x4xf16>, tensor<2x7x4xf16>, tensor<2x7x3xf16>) -> tensor<2x5x3xf16>
  %0 = nn.attention %q, %k, %v {scale = 0.5 : f32} : (tensor<2x5x4xf16>, tensor<2x7x4xf16>, tensor<2x7x3xf16>) -> tensor<2x5x3xf16>
  // CHECK: nn.attention %{{.*}} {scale = 1.000000e+00 : f32, wide} : (tensor<2x5x4xf16>, tensor<2x7x4xf16>, tensor<2x7x3xf16>, tensor<5x1xf32>) -> tensor<2x5x3xf32>
  %1 = nn.attention %q, %k, %v, %m {scale = 1.0 : f32, wide} : (tensor<2x5x4xf16>, tensor<2x7x4xf16>, tensor<2x7x3xf16>, tensor<5x1xf32>) -> tensor<2x5x3xf32>
  return %1 : tensor<2x5x3xf32>
}

// CHECK-LABEL: func @convolutions
func.func @convolutions(%x: tensor<1x4x9x9xf32>, %w: tensor<6x2x3x3xf32>, %b: tensor<6xf32>,
                        %t: tensor<6x4x2x2xf32>) -> tensor<1x4x8x8xf32> {
  // CHECK: nn.conv %{{.*}} {dilations = array<i64: 1, 1>, groups = 2 : i64, pads = array<i64: 0, 0, 1, 1>, strides = array<i64: 2, 2>}
  // CHECK-SAME: -> tensor<1x6x4x4xf32>
  %0 = nn.conv %x, %w, %b {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 1, 1>, groups = 2 : i64}
      : (tensor<1x4x9x9xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x4x4xf32>
  // CHECK: nn.conv_transpose
  // CHECK-SAME: -> tensor<1x4x8x8xf32>
  %1 = nn.conv_transpose %0, %t {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, output_padding = array<i64: 0, 0>}
      : (tensor<1x6x4x4xf32>, tensor<6x4x2x2xf32>) -> tensor<1x4x8x8xf32>
  return %1 : tensor<1x4x8x8xf32>
}

// CHECK-LABEL: func @channels_last
func.func @channels_last(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>, %b: tensor<6xf32>,
                         %t: tensor<2x2x6x4xf32>) -> tensor<1x7x7x4xf32> {
  // CHECK: nn.conv %{{.*}} {channels_last, {{.*}} -> tensor<1x4x4x6xf32>
  %0 = nn.conv %x, %w, %b {channels_last, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 1, 1>, groups = 2 : i64}
      : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>, tensor<6xf32>) -> tensor<1x4x4x6xf32>
  // CHECK: nn.conv_transpose %{{.*}} {channels_last, {{.*}} -> tensor<1x8x8x4xf32>
  %1 = nn.conv_transpose %0, %t {channels_last, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, output_padding = array<i64: 0, 0>}
      : (tensor<1x4x4x6xf32>, tensor<2x2x6x4xf32>) -> tensor<1x8x8x4xf32>
  // CHECK: nn.pool <max> %{{.*}} {channels_last, {{.*}} -> tensor<1x7x7x4xf32>
  %2 = nn.pool <max> %1 {channels_last, window = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}
      : (tensor<1x8x8x4xf32>) -> tensor<1x7x7x4xf32>
  return %2 : tensor<1x7x7x4xf32>
}

// CHECK-LABEL: func @resample
func.func @resample(%x: tensor<1x3x5x7xf32>, %w: tensor<10x5xf32>) -> tensor<1x3x10x7xf32> {
  // CHECK: nn.resample %{{.*}} {axis = 2 : i64} : (tensor<1x3x5x7xf32>, tensor<10x5xf32>) -> tensor<1x3x10x7xf32>
  %0 = nn.resample %x, %w {axis = 2 : i64} : (tensor<1x3x5x7xf32>, tensor<10x5xf32>) -> tensor<1x3x10x7xf32>
  return %0 : tensor<1x3x10x7xf32>
}

// With ceil_mode the last window starts inside the input.
// CHECK-LABEL: func @pools
func.func @pools(%x: tensor<1x4x9x9xf32>) -> tensor<1x4x5x5xf32> {
  // CHECK: nn.pool <max> %{{.*}} -> tensor<1x4x4x4xf32>
  %0 = nn.pool <max> %x {window = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x4x9x9xf32>) -> tensor<1x4x4x4xf32>
  // CHECK: nn.pool <avg> %{{.*}} {ceil_mode, count_include_pad,
  // CHECK-SAME: -> tensor<1x4x5x5xf32>
  %1 = nn.pool <avg> %x {ceil_mode, count_include_pad, window = array<i64: 2, 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x4x9x9xf32>) -> tensor<1x4x5x5xf32>
  return %1 : tensor<1x4x5x5xf32>
}

// CHECK-LABEL: func @reductions
func.func @reductions(%x: tensor<2x3x4xf32>) -> tensor<2x1x4xf32> {
  // CHECK: nn.reduce <sum> %{{.*}} {axes = array<i64: 0, 2>} : (tensor<2x3x4xf32>) -> tensor<3xf32>
  %0 = nn.reduce <sum> %x {axes = array<i64: 0, 2>} : (tensor<2x3x4xf32>) -> tensor<3xf32>
  // CHECK: nn.reduce <mean> %{{.*}} {axes = array<i64: 1>, keep_dims} : (tensor<2x3x4xf32>) -> tensor<2x1x4xf32>
  %1 = nn.reduce <mean> %x {axes = array<i64: 1>, keep_dims} : (tensor<2x3x4xf32>) -> tensor<2x1x4xf32>
  // CHECK: nn.arg_reduce <max> %{{.*}} {axis = 2 : i64, select_last} : (tensor<2x3x4xf32>) -> tensor<2x3xi64>
  %2 = nn.arg_reduce <max> %x {axis = 2 : i64, select_last} : (tensor<2x3x4xf32>) -> tensor<2x3xi64>
  // CHECK: nn.cumulative <sum> %{{.*}} {axis = 0 : i64, exclusive} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %3 = nn.cumulative <sum> %x {axis = 0 : i64, exclusive} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.softmax %{{.*}} {axis = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %4 = nn.softmax %x {axis = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.log_softmax %{{.*}} {axis = 0 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %5 = nn.log_softmax %x {axis = 0 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.normalize %{{.*}} {axes = array<i64: 1, 2>, epsilon = 1.000000e-05 : f64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  %6 = nn.normalize %x {axes = array<i64: 1, 2>, epsilon = 1.0e-05 : f64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  // CHECK: nn.top_k %{{.*}} {axis = 2 : i64, k = 2 : i64} : (tensor<2x3x4xf32>) -> (tensor<2x3x2xf32>, tensor<2x3x2xi64>)
  %7:2 = nn.top_k %x {axis = 2 : i64, k = 2 : i64} : (tensor<2x3x4xf32>) -> (tensor<2x3x2xf32>, tensor<2x3x2xi64>)
  return %1 : tensor<2x1x4xf32>
}
