// RUN: ashlar-opt %s --convert-nn-to-linalg --split-input-file --verify-diagnostics

// Everything is reported at once, by the name of the node.
func.func @main(%x: tensor<4x8xf32>, %d: tensor<?x8xf32>, %i: tensor<1x2x8xi8>) -> tensor<4x8xf32> {
  // expected-error @below {{cannot compile nn.relu (tensor<?x8xf32>) -> (tensor<?x8xf32>): a dimension is known only at run time; fix it with --shape or --dim}}
  %2 = nn.relu %d : (tensor<?x8xf32>) -> tensor<?x8xf32>
  // expected-error @below {{averages of integers are not supported}}
  %3 = nn.pool <avg> %i {window = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x2x8xi8>) -> tensor<1x2x7xi8>
  return %x : tensor<4x8xf32>
}

// -----

func.func @nothing_to_pick(%x: tensor<0x4xf32>, %i: tensor<2xi64>) -> tensor<2x4xf32> {
  // expected-error @below {{there is nothing to pick along the axis}}
  %0 = nn.gather %x, %i {axis = 0 : i64} : (tensor<0x4xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

func.func @quantized_types(%x: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error @below {{cannot compile nn.storage_cast (tensor<4xi8>) -> (tensor<4x!quant.uniform<i8:f32, 5.000000e-01>>): quantised element types remain; run nn-lower-quantized first}}
  %0 = nn.storage_cast %x : (tensor<4xi8>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>
  // expected-error @below {{cannot compile nn.storage_cast}}
  %1 = nn.storage_cast %0 : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4xi8>
  return %1 : tensor<4xi8>
}
