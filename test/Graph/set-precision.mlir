// RUN: ashlar-opt %s --nn-set-precision=type=bf16 | FileCheck %s
// RUN: ashlar-opt %s --nn-set-precision=type=f32 | FileCheck %s --check-prefix=WIDE
// RUN: ashlar-opt %s --nn-set-precision=type=f64 | FileCheck %s --check-prefix=F64
// RUN: not ashlar-opt %s --nn-set-precision=type=i8 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: cannot compute in 'i8'; expected f64, f32, f16 or bf16

// Factors are rounded, constants now; what is added stays f32.
// CHECK-LABEL: func.func @product(
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<2xf32>
// CHECK: %[[N:.*]] = nn.cast %[[X]] : (tensor<4x8xf32>) -> tensor<4x8xbf16>
// CHECK: %[[W:.*]] = nn.constant dense<1.000000e+00> : tensor<8x2xbf16>
// CHECK: %[[P:.*]] = nn.matmul %[[N]], %[[W]] {wide} : {{.*}} -> tensor<4x2xf32>
// CHECK: nn.add %[[P]], %[[B]] : {{.*}} -> tensor<4x2xf32>
// F64-LABEL: func.func @product(
// F64: nn.matmul {{.*}} -> tensor<4x2xf64>
// F64: %[[R:.*]] = nn.cast {{.*}} : (tensor<4x2xf64>) -> tensor<4x2xf32>
// F64: return %[[R]]
// WIDE-LABEL: func.func @product(
// WIDE-NOT: bf16
func.func @product(%x: tensor<4x8xf32>, %bias: tensor<2xf32>) -> tensor<4x2xf32> {
  // A tie: to even.
  %w = nn.constant dense<1.00390625> : tensor<8x2xf32>
  %0 = nn.matmul %x, %w : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %1 = nn.add %0, %bias : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// Three factors; the mask stays f32.
// CHECK-LABEL: func.func @attention(
// CHECK-SAME: %{{.*}}, %[[M:.*]]: tensor<5x7xf32>)
// CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}}, %[[M]] {scale = 5.000000e-01 : f32, wide} : (tensor<5x4xbf16>, tensor<7x4xbf16>, tensor<7x3xbf16>, tensor<5x7xf32>) -> tensor<5x3xf32>
func.func @attention(%q: tensor<5x4xf32>, %k: tensor<7x4xf32>, %v: tensor<7x3xf32>, %m: tensor<5x7xf32>) -> tensor<5x3xf32> {
  %0 = nn.attention %q, %k, %v, %m {scale = 0.5 : f32} : (tensor<5x4xf32>, tensor<7x4xf32>, tensor<7x3xf32>, tensor<5x7xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// What two operations read is stored in the narrow type.
// CHECK-LABEL: func.func @stored(
// CHECK: %[[E:.*]] = nn.exp
// CHECK: %[[S:.*]] = nn.cast %[[E]] : (tensor<4xf32>) -> tensor<4xbf16>
// CHECK: %[[A:.*]] = nn.cast %[[S]] : (tensor<4xbf16>) -> tensor<4xf32>
// CHECK: %[[N:.*]] = nn.neg %[[A]] : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: %[[B:.*]] = nn.cast %[[S]] : (tensor<4xbf16>) -> tensor<4xf32>
// CHECK: nn.mul %[[B]], %[[N]]
func.func @stored(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.neg %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.mul %0, %1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// Another half type becomes f32; the signature stays.
// WIDE-LABEL: func.func @halves(
// WIDE-SAME: %[[X:.*]]: tensor<4xf16>) -> tensor<4xf16>
// WIDE: %[[W:.*]] = nn.cast %[[X]] : (tensor<4xf16>) -> tensor<4xf32>
// WIDE: %[[C:.*]] = nn.constant dense<{{.*}}> : tensor<4xf32>
// WIDE: %[[S:.*]] = nn.add %[[W]], %[[C]] : {{.*}} -> tensor<4xf32>
// WIDE: nn.cast %[[S]] : (tensor<4xf32>) -> tensor<4xf16>
func.func @halves(%x: tensor<4xf16>) -> tensor<4xf16> {
  %c = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf16>
  %0 = nn.add %x, %c : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xf16>
  return %0 : tensor<4xf16>
}

// f64, integers and scales are not touched; in f64 scales are exact.
// F64-LABEL: func.func @kept(
// F64-SAME: %[[X:.*]]: tensor<4xf32>,
// F64: %[[W:.*]] = nn.cast %[[X]] : (tensor<4xf32>) -> tensor<4xf64>
// F64: %[[S:.*]] = nn.constant dense<0.10000000149011612> : tensor<f64>
// F64: nn.quantize %[[W]], %[[S]], {{.*}} : (tensor<4xf64>, tensor<f64>, tensor<i8>) -> tensor<4xi8>
// CHECK-LABEL: func.func @kept(
// CHECK-NOT: nn.cast
// CHECK: nn.quantize {{.*}} : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
// CHECK: nn.neg {{.*}} -> tensor<4xf64>
// CHECK: nn.neg {{.*}} -> tensor<4xi32>
func.func @kept(%x: tensor<4xf32>, %d: tensor<4xf64>, %i: tensor<4xi32>)
    -> (tensor<4xi8>, tensor<4xf64>, tensor<4xi32>) {
  %s = nn.constant dense<0.1> : tensor<f32>
  %z = nn.constant dense<3> : tensor<i8>
  %0 = nn.quantize %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
  %1 = nn.neg %d : (tensor<4xf64>) -> tensor<4xf64>
  %2 = nn.neg %i : (tensor<4xi32>) -> tensor<4xi32>
  return %0, %1, %2 : tensor<4xi8>, tensor<4xf64>, tensor<4xi32>
}
