// RUN: not ashlar-reference %s 2>&1 | FileCheck %s

// CHECK: error: cannot run on the host: a constant without data
func.func @main() -> tensor<400xf32> {
  %0 = nn.constant dense_resource<nowhere> : tensor<400xf32>
  return %0 : tensor<400xf32>
}
