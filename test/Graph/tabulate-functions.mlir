// RUN: ashlar-opt --nn-tabulate-functions %s | FileCheck %s
// RUN: ashlar-opt --nn-tabulate-functions --nn-fold-constants %s | FileCheck %s --check-prefix=TABLE

// The operations of the graph on all bytes make the table.
// CHECK-LABEL: func @chain
// CHECK-SAME: %[[X:.*]]: tensor<4x8xi8>
// CHECK: %[[BYTES:.*]] = nn.constant dense<"0x000102{{.*}}FDFEFF"> : tensor<256xi8>
// CHECK: %[[REAL:.*]] = nn.mul {{.*}} -> tensor<256xf32>
// CHECK: %[[RELU:.*]] = nn.relu %[[REAL]]
// CHECK: %[[T:.*]] = nn.quantize %[[RELU]]
// CHECK: %[[I:.*]] = nn.cast %[[X]] : (tensor<4x8xi8>) -> tensor<4x8xi32>
// CHECK: %[[R:.*]] = nn.gather %[[T]], %[[I]] {axis = 0 : i64}
// CHECK-NEXT: return %[[R]]
// Entries of bytes with a sign follow the others; the results are twice the
// numbers, and at most 127.
// TABLE-LABEL: func @chain
// TABLE: nn.constant dense<"0x00020406{{.*}}7A7C7E7F7F7F{{(7F)+00(00)+}}">
func.func @chain(%x: tensor<4x8xi8>) -> tensor<4x8xi8> {
  %s = nn.constant dense<0.5> : tensor<f32>
  %t = nn.constant dense<0.25> : tensor<f32>
  %z = nn.constant dense<0> : tensor<i8>
  %0 = nn.dequantize %x, %s, %z : (tensor<4x8xi8>, tensor<f32>, tensor<i8>) -> tensor<4x8xf32>
  %1 = nn.relu %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = nn.quantize %1, %t, %z : (tensor<4x8xf32>, tensor<f32>, tensor<i8>) -> tensor<4x8xi8>
  return %2 : tensor<4x8xi8>
}

// x * sigmoid(x), each of them quantised, is one table: nobody else reads the
// bytes between. Numbers may have the tensor's shape, and bytes no sign.
// CHECK-LABEL: func @silu
// CHECK-SAME: %[[X:.*]]: tensor<3xui8>
// CHECK: nn.sigmoid {{.*}} : (tensor<256xf32>)
// CHECK: %[[INNER:.*]] = nn.quantize {{.*}} -> tensor<256xi8>
// CHECK: nn.cast %[[INNER]]
// CHECK: %[[I:.*]] = nn.cast %[[X]] : (tensor<3xui8>) -> tensor<3xi32>
// CHECK: %[[R:.*]] = nn.gather %{{.*}}, %[[I]] {axis = 0 : i64} : (tensor<256xui8>, tensor<3xi32>) -> tensor<3xui8>
// CHECK-NEXT: return %[[R]]
func.func @silu(%x: tensor<3xui8>) -> tensor<3xui8> {
  %s = nn.constant dense<0.05> : tensor<f32>
  %t = nn.constant dense<0.004> : tensor<f32>
  %u = nn.constant dense<128> : tensor<ui8>
  %z = nn.constant dense<-128> : tensor<i8>
  %two = nn.constant dense<2.0> : tensor<3xf32>
  %0 = nn.dequantize %x, %s, %u : (tensor<3xui8>, tensor<f32>, tensor<ui8>) -> tensor<3xf32>
  %1 = nn.sigmoid %0 : (tensor<3xf32>) -> tensor<3xf32>
  %2 = nn.quantize %1, %t, %z : (tensor<3xf32>, tensor<f32>, tensor<i8>) -> tensor<3xi8>
  %3 = nn.dequantize %2, %t, %z : (tensor<3xi8>, tensor<f32>, tensor<i8>) -> tensor<3xf32>
  %4 = nn.mul %0, %3 : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %5 = nn.mul %4, %two : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %6 = nn.quantize %5, %s, %u : (tensor<3xf32>, tensor<f32>, tensor<ui8>) -> tensor<3xui8>
  return %6 : tensor<3xui8>
}

// Bytes that somebody else reads exist anyway: the second table is of them.
// CHECK-LABEL: func @two
// CHECK: nn.cast %arg0
// CHECK: %[[A:.*]] = nn.gather
// CHECK: nn.cast %[[A]]
// CHECK: %[[B:.*]] = nn.gather
// CHECK-NEXT: return %[[A]], %[[B]]
func.func @two(%x: tensor<3xi8>) -> (tensor<3xi8>, tensor<3xi8>) {
  %s = nn.constant dense<0.05> : tensor<f32>
  %z = nn.constant dense<0> : tensor<i8>
  %0 = nn.dequantize %x, %s, %z : (tensor<3xi8>, tensor<f32>, tensor<i8>) -> tensor<3xf32>
  %1 = nn.tanh %0 : (tensor<3xf32>) -> tensor<3xf32>
  %2 = nn.quantize %1, %s, %z : (tensor<3xf32>, tensor<f32>, tensor<i8>) -> tensor<3xi8>
  %3 = nn.dequantize %2, %s, %z : (tensor<3xi8>, tensor<f32>, tensor<i8>) -> tensor<3xf32>
  %4 = nn.exp %3 : (tensor<3xf32>) -> tensor<3xf32>
  %5 = nn.quantize %4, %s, %z : (tensor<3xf32>, tensor<f32>, tensor<i8>) -> tensor<3xi8>
  return %2, %5 : tensor<3xi8>, tensor<3xi8>
}

// No function of one byte: two tensors, a number for each channel, a scale for
// each channel, neighbours, more bits.
// CHECK-LABEL: func @others
// CHECK-NOT: nn.gather
func.func @others(%x: tensor<2x3xi8>, %y: tensor<2x3xi8>) -> (tensor<2x3xi8>, tensor<2x3xi8>, tensor<2x3xi8>, tensor<2x3xi8>, tensor<2x3xi16>) {
  %s = nn.constant dense<0.05> : tensor<f32>
  %z = nn.constant dense<0> : tensor<i8>
  %w = nn.constant dense<0> : tensor<i16>
  %c = nn.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %zs = nn.constant dense<0> : tensor<3xi8>
  %0 = nn.dequantize %x, %s, %z : (tensor<2x3xi8>, tensor<f32>, tensor<i8>) -> tensor<2x3xf32>
  %1 = nn.dequantize %y, %s, %z : (tensor<2x3xi8>, tensor<f32>, tensor<i8>) -> tensor<2x3xf32>
  %2 = nn.add %0, %1 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = nn.quantize %2, %s, %z : (tensor<2x3xf32>, tensor<f32>, tensor<i8>) -> tensor<2x3xi8>
  %4 = nn.mul %0, %c : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %5 = nn.quantize %4, %s, %z : (tensor<2x3xf32>, tensor<f32>, tensor<i8>) -> tensor<2x3xi8>
  %6 = nn.quantize %0, %c, %zs {axis = 1 : i64} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xi8>) -> tensor<2x3xi8>
  %7 = nn.softmax %0 {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %8 = nn.quantize %7, %s, %z : (tensor<2x3xf32>, tensor<f32>, tensor<i8>) -> tensor<2x3xi8>
  %9 = nn.quantize %0, %s, %w : (tensor<2x3xf32>, tensor<f32>, tensor<i16>) -> tensor<2x3xi16>
  return %3, %5, %6, %8, %9 : tensor<2x3xi8>, tensor<2x3xi8>, tensor<2x3xi8>, tensor<2x3xi8>, tensor<2x3xi16>
}
