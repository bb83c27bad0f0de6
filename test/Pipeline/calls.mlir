// Functions that are called are inlined, wherever they are called from.
// RUN: ashlar compile %s --target nano --emit nisa | FileCheck %s
// RUN: ashlar verify %s --target nano --sanitize
// CHECK: nisa.halt
// CHECK-NOT: func.call
func.func private @twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @four_times(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = func.call @twice(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = func.call @twice(%0) : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = func.call @four_times(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A chain that doubles at every step is refused, not written out; a long one
// that does not is inlined.
// RUN: %python %S/Inputs/call_chain.py 64 2 > %t.doubling.mlir
// RUN: %python %S/../Tools/ashlar/Inputs/exit-code.py 3 ashlar compile %t.doubling.mlir --check 2>&1 | FileCheck %s --check-prefix=DOUBLING
// DOUBLING: functions are inlined, and with what it calls this one has {{[0-9]+}} operations; at most 100000 are compiled
// RUN: %python %S/Inputs/call_chain.py 300 1 > %t.long.mlir
// RUN: ashlar compile %t.long.mlir --check
