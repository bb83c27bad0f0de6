// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @broadcast_sizes(%x: tensor<2x3xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{'nn.add' op expected shapes that broadcast, but got 2x3, 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.add %x, %y : (tensor<2x3xf32>, tensor<4xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @mixed_elements(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @below {{'nn.mul' op expected operands of one element type, but got f32 and f16}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.mul %x, %y : (tensor<2xf32>, tensor<2xf16>) -> tensor<2xf32>
  return
}

// -----

func.func @wrong_result(%x: tensor<2x1xf32>, %y: tensor<3xf32>) {
  // expected-error @below {{'nn.sub' op inferred type(s) 'tensor<2x3xf32>' are incompatible with return type(s) of operation 'tensor<2x1xf32>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.sub %x, %y : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @integer_sine(%x: tensor<2xi32>) {
  // expected-error @below {{'nn.sin' op operand #0 must be ranked tensor of 64-bit float or 32-bit float or 16-bit float or bfloat16 type or uniformly quantised float values, but got 'tensor<2xi32>'}}
  %0 = nn.sin %x : (tensor<2xi32>) -> tensor<2xi32>
  return
}

// -----

func.func @cast_shape(%x: tensor<2xf32>) {
  // expected-error @below {{'nn.cast' op expected a result of shape 2, but got 3}}
  %0 = nn.cast %x : (tensor<2xf32>) -> tensor<3xi32>
  return
}

// -----

func.func @quantize_scales(%x: tensor<2x3xf32>, %s: tensor<2xf32>, %z: tensor<2xi8>) {
  // expected-error @below {{'nn.quantize' op expected 3 scales, one for each index of dimension 1, but got 2}}
  %0 = nn.quantize %x, %s, %z {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @dequantize_zero_point(%x: tensor<2x3xi8>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error @below {{'nn.dequantize' op expected a zero point of element type 'i8', but got 'ui8'}}
  %0 = nn.dequantize %x, %s, %z : (tensor<2x3xi8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xf32>
  return
}

// -----

func.func @reshape_elements(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.reshape' op expected a shape of 6 elements, but got 4x2 with 8}}
  %0 = nn.reshape %x : (tensor<2x3xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @broadcast_down(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.broadcast' op expected a result to which 2x3 broadcasts, but got 2x1}}
  %0 = nn.broadcast %x : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @iota_axis() {
  // expected-error @below {{'nn.iota' op expected an axis below the rank 1, but got 1}}
  %0 = nn.iota {axis = 1 : i64} : tensor<4xi32>
  return
}

// -----

func.func @transpose_twice(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.transpose' op expected each dimension once in 'permutation', but got 1 twice}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.transpose %x {permutation = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @transpose_entries(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.transpose' op expected 2 entries in 'permutation', but got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.transpose %x {permutation = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @concat_sizes(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error @below {{'nn.concat' op expected inputs that agree but in dimension 0, but got tensor<2x3xf32> and tensor<2x4xf32>}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @slice_outside(%x: tensor<5xf32>) {
  // expected-error @below {{'nn.slice' op expected elements within the 5 of dimension 0, but got 1 to 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.slice %x {starts = array<i64: 1>, sizes = array<i64: 3>, steps = array<i64: 2>} : (tensor<5xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @slice_step(%x: tensor<5xf32>) {
  // expected-error @below {{'nn.slice' op expected a size that is not negative and a step that is not 0 in dimension 0, but got 3 and 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.slice %x {starts = array<i64: 1>, sizes = array<i64: 3>, steps = array<i64: 0>} : (tensor<5xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @pad_reach(%x: tensor<3xf32>) {
  // expected-error @below {{'nn.pad' op expected at most 2 elements to add in dimension 0 of mode 'reflect', but got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.pad <reflect> %x {low = array<i64: 3>, high = array<i64: 0>} : (tensor<3xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @pad_value(%x: tensor<3xf32>, %v: tensor<f32>) {
  // expected-error @below {{'nn.pad' op expected a value with mode 'constant' only, but got it with 'edge'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.pad <edge> %x, %v {low = array<i64: 3>, high = array<i64: 0>} : (tensor<3xf32>, tensor<f32>) -> tensor<6xf32>
  return
}

// -----

func.func @gather_axis(%x: tensor<3xf32>, %i: tensor<2xi64>) {
  // expected-error @below {{'nn.gather' op expected an axis below the rank 1, but got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.gather %x, %i {axis = 1 : i64} : (tensor<3xf32>, tensor<2xi64>) -> tensor<2xf32>
  return
}

// -----

func.func @scatter_depth(%x: tensor<3x4xf32>, %i: tensor<5x3xi64>, %u: tensor<5xf32>) {
  // expected-error @below {{'nn.scatter_nd' op expected indices whose last dimension counts at most 2 dimensions of the input, but got shape 5x3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.scatter_nd %x, %i, %u : (tensor<3x4xf32>, tensor<5x3xi64>, tensor<5xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @scatter_updates(%x: tensor<3x4xf32>, %i: tensor<5x1xi64>, %u: tensor<5xf32>) {
  // expected-error @below {{'nn.scatter_nd' op expected updates of the input's element type and shape 5x4, but got shape 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.scatter_nd %x, %i, %u : (tensor<3x4xf32>, tensor<5x1xi64>, tensor<5xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @matmul_inner(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) {
  // expected-error @below {{'nn.matmul' op expected the same inner size on both sides, but got 3 and 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.matmul %x, %y : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @matmul_rank(%x: tensor<3xf32>, %y: tensor<3x5xf32>) {
  // expected-error @below {{'nn.matmul' op expected operands of at least 2 dimensions, but got 3 and 3x5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.matmul %x, %y : (tensor<3xf32>, tensor<3x5xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @matmul_types(%x: tensor<2x3xf32>, %y: tensor<3x5xi8>) {
  // expected-error @below {{'nn.matmul' op expected operands of one element type or of 8-bit integers, but got f32 and i8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.matmul %x, %y : (tensor<2x3xf32>, tensor<3x5xi8>) -> tensor<2x5xf32>
  return
}

// -----

func.func @attention_depth(%q: tensor<2x5x4xf32>, %k: tensor<2x7x3xf32>, %v: tensor<2x7x3xf32>) {
  // expected-error @below {{'nn.attention' op expected query (batch..., rows, depth), key (batch..., keys, depth) and value (batch..., keys, columns), but got 2x5x4, 2x7x3 and 2x7x3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.attention %q, %k, %v {scale = 1.0 : f32} : (tensor<2x5x4xf32>, tensor<2x7x3xf32>, tensor<2x7x3xf32>) -> tensor<2x5x3xf32>
  return
}

// -----

func.func @attention_types(%q: tensor<5x4xf32>, %k: tensor<7x4xf16>, %v: tensor<7x3xf32>) {
  // expected-error @below {{'nn.attention' op expected query, key and value of one element type}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.attention %q, %k, %v {scale = 1.0 : f32} : (tensor<5x4xf32>, tensor<7x4xf16>, tensor<7x3xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @attention_mask(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %m: tensor<2x5x7xf32>) {
  // expected-error @below {{'nn.attention' op expected a mask that broadcasts to 5x7, but got 2x5x7}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.attention %q, %k, %v, %m {scale = 1.0 : f32} : (tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>, tensor<2x5x7xf32>) -> tensor<5x3xf32>
  return
}

// -----

func.func @conv_channels(%x: tensor<1x4x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @below {{'nn.conv' op expected 6 input channels (2 groups of 3), but got 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>, groups = 2 : i64} : (tensor<1x4x8xf32>, tensor<6x3x3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @conv_bias(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>, %b: tensor<5xf32>) {
  // expected-error @below {{'nn.conv' op expected a bias of type tensor<6xf32>, but got tensor<5xf32>}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>, tensor<5xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @conv_channels_last(%x: tensor<1x8x4xf32>, %w: tensor<3x3x6xf32>) {
  // expected-error @below {{'nn.conv' op expected 3 input channels (1 groups of 3), but got 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv %x, %w {channels_last, strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x8x4xf32>, tensor<3x3x6xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @conv_transpose_channels(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @below {{'nn.conv_transpose' op expected the weights' 6 input channels, a multiple of 1 groups, but got 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv_transpose %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>, output_padding = array<i64: 0>} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>) -> tensor<1x3x10xf32>
  return
}

// -----

func.func @pool_strides(%x: tensor<1x3x8xf32>) {
  // expected-error @below {{'nn.pool' op expected a window, strides and dilations of at least 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.pool <max> %x {window = array<i64: 2>, strides = array<i64: 0>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<1x3x8xf32>) -> tensor<1x3x7xf32>
  return
}

// -----

func.func @reduce_axes(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.reduce' op expected ascending axes, but got 0 after 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.reduce <sum> %x {axes = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<f32>
  return
}

// -----

func.func @reduce_truth(%x: tensor<2x3xi1>) {
  // expected-error @below {{'nn.reduce' op expected 'max' or 'min' of truth values, but got 'sum'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.reduce <sum> %x {axes = array<i64: 0>} : (tensor<2x3xi1>) -> tensor<3xi1>
  return
}

// -----

func.func @arg_reduce_kind(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.arg_reduce' op expected 'max' or 'min', but got 'mean'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.arg_reduce <mean> %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<3xi64>
  return
}

// -----

func.func @cumulative_kind(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.cumulative' op expected 'sum' or 'prod', but got 'max'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.cumulative <max> %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @softmax_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.softmax' op expected an axis below the rank 2, but got 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.softmax %x {axis = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @top_k_size(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.top_k' op expected k from 0 to the 3 elements of dimension 1, but got 4}}
  // expected-error @below {{failed to infer returned types}}
  %0:2 = nn.top_k %x {axis = 1 : i64, k = 4 : i64} : (tensor<2x3xf32>) -> (tensor<2x4xf32>, tensor<2x4xi64>)
  return
}

// -----

func.func @log_softmax_axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.log_softmax' op expected an axis below the rank 2, but got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.log_softmax %x {axis = -1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @normalize_axes(%x: tensor<2x3xf32>) {
  // expected-error @below {{'nn.normalize' op expected ascending axes, but got 0 after 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.normalize %x {axes = array<i64: 1, 0>, epsilon = 1.0e-5 : f64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @matmul_batches(%x: tensor<2x3x4xf32>, %y: tensor<5x4x3xf32>) {
  // expected-error @below {{'nn.matmul' op expected batch sizes that broadcast, but got 2 and 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.matmul %x, %y : (tensor<2x3x4xf32>, tensor<5x4x3xf32>) -> tensor<2x3x3xf32>
  return
}

// -----

func.func @conv_pads(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @below {{'nn.conv' op expected pads that are not negative, but got -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, -1>} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>) -> tensor<1x6x5xf32>
  return
}

// -----

func.func @conv_groups(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @below {{'nn.conv' op expected at least 1 group, but got 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>, groups = 0 : i64} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @conv_features(%x: tensor<1x4x8xf32>, %w: tensor<5x2x3xf32>) {
  // expected-error @below {{'nn.conv' op expected a multiple of 2 groups as features, but got 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>, groups = 2 : i64} : (tensor<1x4x8xf32>, tensor<5x2x3xf32>) -> tensor<1x5x6xf32>
  return
}

// -----

func.func @conv_ranks(%x: tensor<3x8xf32>, %w: tensor<6x3xf32>) {
  // expected-error @below {{'nn.conv' op expected an input and weights of the same rank, at least 3, but got 3x8 and 6x3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0, 0>} : (tensor<3x8xf32>, tensor<6x3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @pool_rank(%x: tensor<3x8xf32>) {
  // expected-error @below {{'nn.pool' op expected an input of at least 3 dimensions, but got 3x8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.pool <max> %x {window = array<i64>, strides = array<i64>, dilations = array<i64>, pads = array<i64>} : (tensor<3x8xf32>) -> tensor<3x8xf32>
  return
}

// -----

func.func @pool_pads(%x: tensor<1x3x8xf32>) {
  // expected-error @below {{'nn.pool' op expected 2 entries in 'pads', but got 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.pool <max> %x {window = array<i64: 2>, strides = array<i64: 1>, dilations = array<i64: 1>, pads = array<i64: 0>} : (tensor<1x3x8xf32>) -> tensor<1x3x7xf32>
  return
}

// -----

func.func @quantize_scale_type(%x: tensor<2x3xf32>, %s: tensor<f16>, %z: tensor<i8>) {
  // expected-error @below {{'nn.quantize' op expected a scale of element type 'f32', but got 'f16'}}
  %0 = nn.quantize %x, %s, %z : (tensor<2x3xf32>, tensor<f16>, tensor<i8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @dequantize_shapes(%x: tensor<2x3xi8>, %s: tensor<2xf32>, %z: tensor<i8>) {
  // expected-error @below {{'nn.dequantize' op expected a scale and a zero point that are scalars or have the same one dimension, but got 2 and scalar}}
  %0 = nn.dequantize %x, %s, %z : (tensor<2x3xi8>, tensor<2xf32>, tensor<i8>) -> tensor<2x3xf32>
  return
}

// -----

func.func @reshape_element(%x: tensor<6xf32>) {
  // expected-error @below {{'nn.reshape' op expected a result of element type 'f32', but got 'i32'}}
  %0 = nn.reshape %x : (tensor<6xf32>) -> tensor<2x3xi32>
  return
}

// -----

func.func @concat_nothing() {
  // expected-error @below {{'nn.concat' op expected at least one input}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.concat {axis = 0 : i64} : () -> tensor<2xf32>
  return
}

// -----

func.func @pad_value_type(%x: tensor<3xf32>, %v: tensor<1xf32>) {
  // expected-error @below {{'nn.pad' op expected a value of type tensor<f32>, but got tensor<1xf32>}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.pad <constant> %x, %v {low = array<i64: 3>, high = array<i64: 0>} : (tensor<3xf32>, tensor<1xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @pad_negative(%x: tensor<3xf32>) {
  // expected-error @below {{'nn.pad' op expected amounts that are not negative in dimension 0, but got 0 and -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.pad <constant> %x {low = array<i64: 0>, high = array<i64: -1>} : (tensor<3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @arg_reduce_nothing(%x: tensor<0x2xf32>) {
  // expected-error @below {{'nn.arg_reduce' op expected at least one element along dimension 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.arg_reduce <max> %x {axis = 0 : i64} : (tensor<0x2xf32>) -> tensor<2xi64>
  return
}

// -----

func.func @resample_weights(%x: tensor<3x5xf32>, %w: tensor<10x4xf32>) {
  // expected-error @below {{'nn.resample' op expected weights of two dimensions and the input's element type, the second of size 5, but got 10x4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.resample %x, %w {axis = 1 : i64} : (tensor<3x5xf32>, tensor<10x4xf32>) -> tensor<3x10xf32>
  return
}

// -----

func.func @storage_sign(%x: tensor<4xi8>) {
  // expected-error @below {{'nn.storage_cast' op expected a quantised element type and the integers that it is stored as, but got 'i8' and '!quant.uniform<u8:f32, 5.000000e-01:128>'}}
  %0 = nn.storage_cast %x : (tensor<4xi8>) -> tensor<4x!quant.uniform<u8:f32, 0.5:128>>
  return
}

// -----

func.func @matmul_bias(%x: tensor<2x3xf32>, %y: tensor<3x4xf32>, %b: tensor<3xf32>) {
  // expected-error @below {{'nn.matmul' op expected a bias of type tensor<4xf32>, but got tensor<3xf32>}}
  // expected-error @below {{failed to infer returned types}}
  %0 = nn.matmul %x, %y, %b : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x4xf32>
  return
}
