// RUN: ashlar-reference %s | FileCheck %s

// What arith leaves undefined has the machine's meaning (docs/machine.md).
func.func @main() -> (tensor<4xi32>, tensor<4xi32>, tensor<2xi8>, tensor<2xi8>, tensor<3xi8>, tensor<3xi8>, tensor<5xi32>) {
  %a = nn.constant dense<[7, -7, 5, -2147483648]> : tensor<4xi32>
  %b = nn.constant dense<[2, 2, 0, -1]> : tensor<4xi32>
  %div = nn.div %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %rem = nn.rem %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %u = nn.constant dense<[200, 9]> : tensor<2xui8>
  %z = nn.constant dense<[0, 4]> : tensor<2xui8>
  %udiv = nn.div %u, %z : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %udivi = nn.cast %udiv : (tensor<2xui8>) -> tensor<2xi8>
  %urem = nn.rem %u, %z : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  %uremi = nn.cast %urem : (tensor<2xui8>) -> tensor<2xi8>
  %x = nn.constant dense<[-4, 3, 1]> : tensor<3xi8>
  %n = nn.constant dense<[9, 8, 7]> : tensor<3xi8>
  %shr = nn.shr %x, %n : (tensor<3xi8>, tensor<3xi8>) -> tensor<3xi8>
  %shl = nn.shl %x, %n : (tensor<3xi8>, tensor<3xi8>) -> tensor<3xi8>
  %f = nn.constant dense<[0x7FC00000, 1.0e20, -1.0e20, 2.9, -2.9]> : tensor<5xf32>
  %i = nn.cast %f : (tensor<5xf32>) -> tensor<5xi32>
  return %div, %rem, %udivi, %uremi, %shr, %shl, %i : tensor<4xi32>, tensor<4xi32>, tensor<2xi8>, tensor<2xi8>, tensor<3xi8>, tensor<3xi8>, tensor<5xi32>
}
// CHECK: i32 4 [3, -3, -1, -2147483648]
// CHECK-NEXT: i32 4 [1, -1, 5, 0]
// CHECK-NEXT: i8 2 [-1, 2]
// CHECK-NEXT: i8 2 [-56, 1]
// CHECK-NEXT: i8 3 [-1, 0, 0]
// CHECK-NEXT: i8 3 [0, 0, -128]
// CHECK-NEXT: i32 5 [0, 2147483647, -2147483648, 2, -2]
