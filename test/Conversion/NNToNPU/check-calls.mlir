// What calls would become is counted with every call, not only with every
// function: here 4 operations, 2 * 4 + 1 = 9 with those, then 19, then 20.
// RUN: sed s/expected-error/nothing/ %s | ashlar-opt --func-check-calls='max-operations=20' | FileCheck %s
// RUN: ashlar-opt %s --func-check-calls='max-operations=18' --verify-diagnostics

// CHECK: call @twice
func.func private @once(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.sigmoid %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = nn.tanh %1 : (tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

func.func private @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @once(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = call @once(%0) : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// expected-error @+1 {{functions are inlined, and with what it calls this one has 19 operations; at most 18 are compiled}}
func.func private @four_times(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @twice(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = call @twice(%0) : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// It is said once, where it begins.
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @four_times(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// What calls itself is not inlined.
func.func private @itself(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @itself(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
