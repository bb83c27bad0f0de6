// What is inlined and canonicalised away need not be supported; what stays is
// as it was.
// RUN: ashlar-opt %s --linalg-check-support | FileCheck %s
// RUN: ashlar compile %s --target nano --emit nisa | FileCheck %s --check-prefix=NISA
// NISA: nisa.halt

// CHECK-LABEL: func.func @main
// CHECK-NEXT: nn.add
// CHECK-NEXT: tensor.expand_shape
// CHECK-NEXT: return
func.func @main(%x: tensor<4xf32>, %y: tensor<4xui8>) -> (tensor<4x1xf32>, tensor<4xui8>) {
  %0 = nn.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = tensor.expand_shape %0 [[0, 1]] output_shape [4, 1] : tensor<4xf32> into tensor<4x1xf32>
  return %1, %y : tensor<4x1xf32>, tensor<4xui8>
}
