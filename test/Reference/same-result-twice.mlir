// RUN: ashlar-reference %s | FileCheck %s

// Upstream's buffer-results-to-out-params crashes on this without our copy.
// CHECK-COUNT-2: 3, 5
func.func @main() -> (tensor<2xf32>, tensor<2xf32>) {
  %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %1 = nn.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %2 = nn.add %0, %1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %2, %2 : tensor<2xf32>, tensor<2xf32>
}
