// RUN: ashlar-opt %s --convert-nn-to-linalg --canonicalize | FileCheck %s

// Operands that repeat are read through maps without the dimension; equal
// elements stand in the body.
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROWS:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[COLUMNS:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @broadcast
func.func @broadcast(%x: tensor<4x1xf32>, %y: tensor<8xf32>) -> tensor<4x8xf32> {
  // CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
  // CHECK-DAG: %[[X:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1]] : tensor<4x1xf32> into tensor<4xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[ROWS]], #[[COLUMNS]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]],
  // CHECK: arith.addf
  %0 = nn.add %x, %y : (tensor<4x1xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  // CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]]]
  // CHECK: arith.mulf %{{.*}}, %[[TWO]] : f32
  %c = nn.constant dense<2.0> : tensor<8xf32>
  %1 = nn.mul %0, %c : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// Half types compute in f32 and round once.
// CHECK-LABEL: func @half
func.func @half(%x: tensor<4xbf16>) -> tensor<4xbf16> {
  // CHECK: arith.extf %{{.*}} : bf16 to f32
  // CHECK: arith.negf
  // CHECK: math.exp
  // CHECK: arith.divf
  // CHECK: arith.truncf %{{.*}} : f32 to bf16
  %0 = nn.sigmoid %x : (tensor<4xbf16>) -> tensor<4xbf16>
  return %0 : tensor<4xbf16>
}

// Signedness moves from types to operations; the signature remembers.
// CHECK-LABEL: func @unsigned
// CHECK-SAME: (%{{.*}}: tensor<4xi8> {nn.element_type = ui8, nn.name = "x"}, %{{.*}}: tensor<4xi8>)
// CHECK-SAME: -> (tensor<4xi8> {nn.element_type = ui8}, tensor<4xi8>)
func.func @unsigned(%x: tensor<4xui8> {nn.name = "x"}, %y: tensor<4xi8>) -> (tensor<4xui8>, tensor<4xi8>) {
  // CHECK: arith.divui
  %0 = nn.div %x, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: arith.maxui
  %1 = nn.max %0, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: arith.shrui
  %2 = nn.shr %1, %x : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xui8>
  // CHECK: arith.shrsi
  %3 = nn.shr %y, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  return %2, %3 : tensor<4xui8>, tensor<4xi8>
}

// CHECK-LABEL: func @matmul
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x3xf32>) -> tensor<4x3xf32> {
  // CHECK: linalg.fill
  // CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<4x8xf32>, tensor<8x3xf32>)
  %0 = nn.matmul %a, %b : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// CHECK-LABEL: func @batch_matmul
func.func @batch_matmul(%a: tensor<5x4x8xf32>, %b: tensor<5x8x3xf32>) -> tensor<5x4x3xf32> {
  // CHECK: linalg.batch_matmul
  %0 = nn.matmul %a, %b : (tensor<5x4x8xf32>, tensor<5x8x3xf32>) -> tensor<5x4x3xf32>
  return %0 : tensor<5x4x3xf32>
}

// Sums of half products are f32 until the end.
// CHECK-LABEL: func @matmul_half
func.func @matmul_half(%a: tensor<4x8xf16>, %b: tensor<3x8xf16>) -> tensor<4x3xf16> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%{{.*}} : tensor<4x8xf16>, tensor<3x8xf16>) outs(%{{.*}} : tensor<4x3xf32>)
  // CHECK: arith.mulf %{{.*}} : f32
  // CHECK: arith.addf %{{.*}} : f32
  // CHECK: arith.truncf %{{.*}} : f32 to f16
  %0 = nn.matmul %a, %b {transpose_rhs} : (tensor<4x8xf16>, tensor<3x8xf16>) -> tensor<4x3xf16>
  return %0 : tensor<4x3xf16>
}

// CHECK-LABEL: func @matmul_bytes
func.func @matmul_bytes(%a: tensor<4x8xi8>, %b: tensor<8x3xui8>) -> tensor<4x3xi32> {
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<4x3xi32>)
  // CHECK: arith.extsi
  // CHECK: arith.extui
  // CHECK: arith.muli
  // CHECK: arith.addi
  %0 = nn.matmul %a, %b : (tensor<4x8xi8>, tensor<8x3xui8>) -> tensor<4x3xi32>
  return %0 : tensor<4x3xi32>
}

// CHECK-LABEL: func @reduce
func.func @reduce(%x: tensor<4x8xf32>) -> tensor<4x1xf32> {
  // CHECK: arith.constant 0xFF800000 : f32
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} {{.*}} outs(%{{.*}} : tensor<4xf32>)
  // CHECK: arith.maximumf
  // CHECK: tensor.expand_shape %{{.*}} : tensor<4xf32> into tensor<4x1xf32>
  %0 = nn.reduce <max> %x {axes = array<i64: 1>, keep_dims} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}

// The maximum, the powers, their sum, the quotient.
// CHECK-LABEL: func @softmax
func.func @softmax(%x: tensor<4x8xf16>) -> tensor<4x8xf16> {
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
  // CHECK: arith.maximumf
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<4x8xf32>)
  // CHECK: arith.subf
  // CHECK: math.exp
  // CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]
  // CHECK: arith.addf
  // CHECK: linalg.generic
  // CHECK: arith.divf
  // CHECK: arith.truncf
  %0 = nn.softmax %x {axis = 1 : i64} : (tensor<4x8xf16>) -> tensor<4x8xf16>
  return %0 : tensor<4x8xf16>
}

// Groups of one channel have no loop over channels.
// CHECK-LABEL: func @depthwise
func.func @depthwise(%x: tensor<1x6x9x9xf32>, %w: tensor<6x1x3x3xf32>) -> tensor<1x6x7x7xf32> {
  // CHECK: iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, groups = 6 : i64}
      : (tensor<1x6x9x9xf32>, tensor<6x1x3x3xf32>) -> tensor<1x6x7x7xf32>
  return %0 : tensor<1x6x7x7xf32>
}

// Padding comes behind the reshape that splits channels into groups: nothing
// stands between it and its reader, wherever the channels are.
// CHECK-LABEL: func @grouped(
// CHECK-SAME: %[[X:.*]]: tensor<1x6x9x9xf32>, %{{.*}}, %[[Y:.*]]: tensor<1x9x9x6xf32>
// CHECK: %[[E:.*]] = tensor.expand_shape %[[X]] {{.*}} into tensor<1x3x2x9x9xf32>
// CHECK: %[[P:.*]] = tensor.pad %[[E]] low[0, 0, 0, 1, 0] high[0, 0, 0, 2, 1]
// CHECK: linalg.generic {{.*}} ins(%[[P]],
// CHECK: %[[F:.*]] = tensor.expand_shape %[[Y]] {{.*}} into tensor<1x9x9x3x2xf32>
// CHECK: %[[Q:.*]] = tensor.pad %[[F]] low[0, 1, 0, 0, 0] high[0, 2, 1, 0, 0]
// CHECK: linalg.generic {{.*}} ins(%[[Q]],
func.func @grouped(%x: tensor<1x6x9x9xf32>, %w: tensor<6x2x3x3xf32>, %y: tensor<1x9x9x6xf32>, %v: tensor<3x3x2x6xf32>)
    -> (tensor<1x6x10x8xf32>, tensor<1x10x8x6xf32>) {
  %0 = nn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 0, 2, 1>, groups = 3 : i64}
      : (tensor<1x6x9x9xf32>, tensor<6x2x3x3xf32>) -> tensor<1x6x10x8xf32>
  %1 = nn.conv %y, %v {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 1, 0, 2, 1>, groups = 3 : i64, channels_last}
      : (tensor<1x9x9x6xf32>, tensor<3x3x2x6xf32>) -> tensor<1x10x8x6xf32>
  return %0, %1 : tensor<1x6x10x8xf32>, tensor<1x10x8x6xf32>
}

// A window of one element is a matrix product.
// CHECK-LABEL: func @pointwise
func.func @pointwise(%x: tensor<2x6x9x9xf32>, %w: tensor<4x6x1x1xf32>, %b: tensor<4xf32>) -> tensor<2x4x9x9xf32> {
  // CHECK: iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]
  %0 = nn.conv %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>}
      : (tensor<2x6x9x9xf32>, tensor<4x6x1x1xf32>, tensor<4xf32>) -> tensor<2x4x9x9xf32>
  return %0 : tensor<2x4x9x9xf32>
}

// Bytes of large constants are not copied.
// CHECK-LABEL: func @resource
func.func @resource() -> tensor<2xui8> {
  // CHECK: arith.constant dense_resource<weights> : tensor<2xi8>
  %0 = nn.constant dense_resource<weights> : tensor<2xui8>
  return %0 : tensor<2xui8>
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x010000000102"
    }
  }
#-}
