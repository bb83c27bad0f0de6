// RUN: ashlar-opt %s --nn-choose-layout --canonicalize --nn-fold-constants --split-input-file | FileCheck %s

// Weights get their layout at compile time, and so do parameters of channels;
// transposes remain at the function's ends only.
// CHECK-LABEL: func @chain
// CHECK-DAG: %[[W:.*]] = nn.constant dense<{{\[\[\[\[}}1.000000e+00, 3.000000e+00], [2.000000e+00, 4.000000e+00]]]]> : tensor<1x1x2x2xf32>
// CHECK-DAG: %[[X:.*]] = nn.transpose %{{.*}} {permutation = array<i64: 0, 2, 3, 1>}
// CHECK: %[[CONV:.*]] = nn.conv %[[X]], %[[W]] {channels_last, {{.*}} -> tensor<1x6x6x2xf32>
// CHECK: %[[CAT:.*]] = nn.concat %[[CONV]], %[[CONV]] {axis = 3 : i64} : {{.*}} -> tensor<1x6x6x4xf32>
// CHECK: %[[POOL:.*]] = nn.pool <max> %[[CAT]] {channels_last, {{.*}} -> tensor<1x5x5x4xf32>
// CHECK: %[[MUL:.*]] = nn.mul %[[POOL]], %{{.*}} : (tensor<1x5x5x4xf32>, tensor<1x1x1x4xf32>)
// CHECK: %[[OUT:.*]] = nn.transpose %[[MUL]] {permutation = array<i64: 0, 3, 1, 2>}
// CHECK-NOT: nn.transpose
// CHECK: return %[[OUT]]
func.func @chain(%x: tensor<1x2x6x6xf32>) -> tensor<1x4x5x5xf32> {
  %w = nn.constant dense<[[[[1.0]], [[2.0]]], [[[3.0]], [[4.0]]]]> : tensor<2x2x1x1xf32>
  %s = nn.constant dense<[[[0.5]], [[0.25]], [[2.0]], [[4.0]]]> : tensor<4x1x1xf32>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x2x6x6xf32>, tensor<2x2x1x1xf32>) -> tensor<1x2x6x6xf32>
  %1 = nn.concat %0, %0 {axis = 1 : i64} : (tensor<1x2x6x6xf32>, tensor<1x2x6x6xf32>) -> tensor<1x4x6x6xf32>
  %2 = nn.pool <max> %1 {window = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x4x6x6xf32>) -> tensor<1x4x5x5xf32>
  %3 = nn.mul %2, %s : (tensor<1x4x5x5xf32>, tensor<4x1x1xf32>) -> tensor<1x4x5x5xf32>
  return %3 : tensor<1x4x5x5xf32>
}

// -----

// A model whose interface has channels last loses all transposes, those of the
// graph included.
// CHECK-LABEL: func @channels_last_interface
// CHECK-NOT: nn.transpose
// CHECK: return
func.func @channels_last_interface(%x: tensor<2x5x6x3xf32>, %w: tensor<1x1x3x4xf32>) -> tensor<2x5x6x4xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x5x6x3xf32>) -> tensor<2x3x5x6xf32>
  %1 = nn.transpose %w {permutation = array<i64: 3, 2, 0, 1>} : (tensor<1x1x3x4xf32>) -> tensor<4x3x1x1xf32>
  %2 = nn.conv %0, %1 {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<2x3x5x6xf32>, tensor<4x3x1x1xf32>) -> tensor<2x4x5x6xf32>
  %3 = nn.transpose %2 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x4x5x6xf32>) -> tensor<2x5x6x4xf32>
  %4 = nn.softmax %3 {axis = 3 : i64} : (tensor<2x5x6x4xf32>) -> tensor<2x5x6x4xf32>
  return %4 : tensor<2x5x6x4xf32>
}

// -----

// Where something has to be transposed it is the smallest tensor on the way: here
// behind the pooling, not in front of it. A flattening after a reduction to one
// place takes none.
// CHECK-LABEL: func @cheapest
// CHECK: nn.transpose
// CHECK: nn.conv
// CHECK: %[[MEAN:.*]] = nn.reduce <mean> %{{.*}} {axes = array<i64: 1, 2>, keep_dims} : (tensor<1x8x8x4xf32>) -> tensor<1x1x1x4xf32>
// CHECK-NEXT: %[[FLAT:.*]] = nn.reshape %[[MEAN]] : (tensor<1x1x1x4xf32>) -> tensor<1x4xf32>
// CHECK: %[[ROWS:.*]] = nn.reduce <max> %{{.*}} {axes = array<i64: 1>} : (tensor<1x8x8x4xf32>) -> tensor<1x8x4xf32>
// CHECK-NEXT: %[[MOVED:.*]] = nn.transpose %[[ROWS]] {permutation = array<i64: 0, 2, 1>}
// CHECK-NEXT: nn.reshape %[[MOVED]]
func.func @cheapest(%x: tensor<1x2x8x8xf32>, %w: tensor<4x2x1x1xf32>) -> (tensor<1x4xf32>, tensor<1x32xf32>) {
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x2x8x8xf32>, tensor<4x2x1x1xf32>) -> tensor<1x4x8x8xf32>
  %1 = nn.reduce <mean> %0 {axes = array<i64: 2, 3>, keep_dims} : (tensor<1x4x8x8xf32>) -> tensor<1x4x1x1xf32>
  %2 = nn.reshape %1 : (tensor<1x4x1x1xf32>) -> tensor<1x4xf32>
  %3 = nn.reduce <max> %0 {axes = array<i64: 2>} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8xf32>
  %4 = nn.reshape %3 : (tensor<1x4x8xf32>) -> tensor<1x32xf32>
  return %2, %4 : tensor<1x4xf32>, tensor<1x32xf32>
}

// -----

// A channel shuffle: the reshapes split and merge channels where they are, and
// only the groups of channels are exchanged.
// CHECK-LABEL: func @shuffle
// CHECK: nn.transpose %{{.*}} {permutation = array<i64: 0, 2, 3, 1>}
// CHECK: nn.reshape %{{.*}} : (tensor<1x3x5x8xf32>) -> tensor<1x3x5x2x4xf32>
// CHECK: nn.transpose %{{.*}} {permutation = array<i64: 0, 1, 2, 4, 3>}
// CHECK: nn.reshape %{{.*}} : (tensor<1x3x5x4x2xf32>) -> tensor<1x3x5x8xf32>
// CHECK: nn.pool <sum> {{.*}}channels_last
// CHECK: nn.transpose %{{.*}} {permutation = array<i64: 0, 3, 1, 2>}
func.func @shuffle(%x: tensor<1x8x4x6xf32>) -> tensor<1x8x2x4xf32> {
  %0 = nn.pool <max> %x {window = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x8x4x6xf32>) -> tensor<1x8x3x5xf32>
  %1 = nn.reshape %0 : (tensor<1x8x3x5xf32>) -> tensor<1x2x4x3x5xf32>
  %2 = nn.transpose %1 {permutation = array<i64: 0, 2, 1, 3, 4>} : (tensor<1x2x4x3x5xf32>) -> tensor<1x4x2x3x5xf32>
  %3 = nn.reshape %2 : (tensor<1x4x2x3x5xf32>) -> tensor<1x8x3x5xf32>
  %4 = nn.pool <sum> %3 {window = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x8x3x5xf32>) -> tensor<1x8x2x4xf32>
  return %4 : tensor<1x8x2x4xf32>
}

// -----

// Slices, pads and the axis of quantisation move along, to where the elements
// are small.
// CHECK-LABEL: func @attributes
// CHECK: nn.slice {{.*}} {sizes = array<i64: 1, 2, 3, 2>, starts = array<i64: 0, 1, 0, 1>, steps = array<i64: 1, 1, 1, 1>}
// CHECK: nn.pad <edge> {{.*}} {high = array<i64: 0, 0, 2, 0>, low = array<i64: 0, 0, 0, 1>}
// CHECK: nn.quantize {{.*}} {axis = 3 : i64}
// CHECK: nn.dequantize {{.*}} {axis = 3 : i64}
// CHECK: nn.quantize {{.*}} {axis = 3 : i64}
// CHECK: nn.transpose {{.*}} -> tensor<1x3x2x5xi8>
func.func @attributes(%x: tensor<1x3x4x4xf32>, %s: tensor<3xf32>, %z: tensor<3xi8>) -> tensor<1x3x2x5xi8> {
  %0 = nn.pool <max> %x {window = array<i64: 2, 2>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x3x4x4xf32>) -> tensor<1x3x3x3xf32>
  %1 = nn.slice %0 {starts = array<i64: 0, 1, 1, 0>, sizes = array<i64: 1, 2, 2, 3>, steps = array<i64: 1, 1, 1, 1>} : (tensor<1x3x3x3xf32>) -> tensor<1x2x2x3xf32>
  %2 = nn.pad <edge> %1 {low = array<i64: 0, 1, 0, 0>, high = array<i64: 0, 0, 0, 2>} : (tensor<1x2x2x3xf32>) -> tensor<1x3x2x5xf32>
  %3 = nn.quantize %2, %s, %z {axis = 1 : i64} : (tensor<1x3x2x5xf32>, tensor<3xf32>, tensor<3xi8>) -> tensor<1x3x2x5xi8>
  %4 = nn.dequantize %3, %s, %z {axis = 1 : i64} : (tensor<1x3x2x5xi8>, tensor<3xf32>, tensor<3xi8>) -> tensor<1x3x2x5xf32>
  %5 = nn.quantize %4, %s, %z {axis = 1 : i64} : (tensor<1x3x2x5xf32>, tensor<3xf32>, tensor<3xi8>) -> tensor<1x3x2x5xi8>
  return %5 : tensor<1x3x2x5xi8>
}

// -----

// Without a spatial operator nothing changes.
// CHECK-LABEL: func @no_window
// CHECK: %[[T:.*]] = nn.transpose %{{.*}} {permutation = array<i64: 0, 2, 1>}
// CHECK-NEXT: nn.matmul %{{.*}}, %[[T]]
func.func @no_window(%x: tensor<2x4x8xf32>, %y: tensor<2x4x8xf32>) -> tensor<2x4x4xf32> {
  %0 = nn.transpose %y {permutation = array<i64: 0, 2, 1>} : (tensor<2x4x8xf32>) -> tensor<2x8x4xf32>
  %1 = nn.matmul %x, %0 : (tensor<2x4x8xf32>, tensor<2x8x4xf32>) -> tensor<2x4x4xf32>
  return %1 : tensor<2x4x4xf32>
}

// -----

// Interpolation runs along its dimension wherever that is stored.
// CHECK-LABEL: func @resample
// CHECK: %[[CONV:.*]] = nn.conv {{.*}} {channels_last, {{.*}} -> tensor<1x5x6x4xf32>
// CHECK: %[[ROWS:.*]] = nn.resample %[[CONV]], %{{.*}} {axis = 1 : i64} : (tensor<1x5x6x4xf32>, tensor<2x5xf32>) -> tensor<1x2x6x4xf32>
// CHECK: nn.transpose %[[ROWS]]
// CHECK-NOT: nn.transpose
// CHECK: return
func.func @resample(%x: tensor<1x3x5x6xf32>, %w: tensor<4x3x1x1xf32>, %m: tensor<2x5xf32>) -> tensor<1x4x2x6xf32> {
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>} : (tensor<1x3x5x6xf32>, tensor<4x3x1x1xf32>) -> tensor<1x4x5x6xf32>
  %1 = nn.resample %0, %m {axis = 2 : i64} : (tensor<1x4x5x6xf32>, tensor<2x5xf32>) -> tensor<1x4x2x6xf32>
  return %1 : tensor<1x4x2x6xf32>
}

// Entries of a table are where their indices are; the table keeps its one
// dimension.
// CHECK-LABEL: func @table
// CHECK: nn.conv {{.*}}channels_last
// CHECK-NEXT: nn.gather %{{.*}} {axis = 0 : i64} : (tensor<256xi8>, tensor<1x6x6x4xi32>) -> tensor<1x6x6x4xi8>
// CHECK: nn.conv {{.*}}channels_last
func.func @table(%x: tensor<1x3x8x8xi8>, %w: tensor<4x3x3x3xi8>, %v: tensor<2x4x3x3xi8>) -> tensor<1x2x4x4xi32> {
  %t = nn.constant dense<5> : tensor<256xi8>
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x3x8x8xi8>, tensor<4x3x3x3xi8>) -> tensor<1x4x6x6xi32>
  %1 = nn.gather %t, %0 {axis = 0 : i64} : (tensor<256xi8>, tensor<1x4x6x6xi32>) -> tensor<1x4x6x6xi8>
  %2 = nn.conv %1, %v {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x6x6xi8>, tensor<2x4x3x3xi8>) -> tensor<1x2x4x4xi32>
  return %2 : tensor<1x2x4x4xi32>
}
