// RUN: not ashlar-opt --nn-set-io-types=types=x=i8 %s 2>&1 | FileCheck %s --check-prefix=INPUT
// RUN: not ashlar-opt --nn-set-io-types=types=y=u8 %s 2>&1 | FileCheck %s --check-prefix=OUTPUT
// RUN: not ashlar-opt --nn-set-io-types=types=n=bf16 %s 2>&1 | FileCheck %s --check-prefix=INTEGER
// RUN: not ashlar-opt --nn-set-io-types=types=z=i8 %s 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ashlar-opt --nn-set-io-types=types=x=i4 %s 2>&1 | FileCheck %s --check-prefix=TYPE

// INPUT: cannot give 'x' the type 'i8': the graph does not quantise it to 8 bits with one known scale before anything else
// OUTPUT: cannot give 'y' the type 'u8': the graph does not dequantise it from 8 bits with one known scale at its end
// INTEGER: cannot give 'n' the type 'bf16': its elements are integers
// NAME: cannot give 'z' the type 'i8': there is no such input or output
// TYPE: cannot give 'x' the type 'i4': expected i8, u8, bf16 or keep
func.func @main(%x: tensor<4xf32> {nn.name = "x"}, %n: tensor<4xi32> {nn.name = "n"}) -> (tensor<4xf32> {nn.name = "y"}) {
  %0 = nn.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
