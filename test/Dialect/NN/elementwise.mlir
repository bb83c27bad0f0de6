// RUN: ashlar-opt %s | ashlar-opt | FileCheck %s
// RUN: ashlar-opt --mlir-print-op-generic %s | ashlar-opt | FileCheck %s

// CHECK-LABEL: func @unary
func.func @unary(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // CHECK: nn.abs %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = nn.abs %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.neg
  %1 = nn.neg %0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sign
  %2 = nn.sign %1 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.ceil
  %3 = nn.ceil %2 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.floor
  %4 = nn.floor %3 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.trunc
  %5 = nn.trunc %4 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.round
  %6 = nn.round %5 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sqrt
  %7 = nn.sqrt %6 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.rsqrt
  %8 = nn.rsqrt %7 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.reciprocal
  %9 = nn.reciprocal %8 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.exp
  %10 = nn.exp %9 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.expm1
  %11 = nn.expm1 %10 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.log
  %12 = nn.log %11 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.log1p
  %13 = nn.log1p %12 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.relu
  %14 = nn.relu %13 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.sigmoid
  %15 = nn.sigmoid %14 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.softplus
  %16 = nn.softplus %15 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.gelu %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %17 = nn.gelu %16 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.gelu %{{.*}} {approximate_tanh} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %18 = nn.gelu %17 {approximate_tanh} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // CHECK: nn.erf
  %19 = nn.erf %18 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %19 : tensor<2x3xf32>
}

// CHECK-LABEL: func @trigonometry
func.func @trigonometry(%x: tensor<4xf64>) -> tensor<4xf64> {
  // CHECK: nn.sin
  %0 = nn.sin %x : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.cos
  %1 = nn.cos %0 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.tan
  %2 = nn.tan %1 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.asin
  %3 = nn.asin %2 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.acos
  %4 = nn.acos %3 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.atan
  %5 = nn.atan %4 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.sinh
  %6 = nn.sinh %5 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.cosh
  %7 = nn.cosh %6 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.tanh
  %8 = nn.tanh %7 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.asinh
  %9 = nn.asinh %8 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.acosh
  %10 = nn.acosh %9 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.atanh
  %11 = nn.atanh %10 : (tensor<4xf64>) -> tensor<4xf64>
  // CHECK: nn.atan2
  %12 = nn.atan2 %11, %x : (tensor<4xf64>, tensor<4xf64>) -> tensor<4xf64>
  return %12 : tensor<4xf64>
}

// Operands broadcast against each other.
// CHECK-LABEL: func @binary
func.func @binary(%x: tensor<2x1xi32>, %y: tensor<3xi32>, %s: tensor<i32>) -> tensor<2x3xi32> {
  // CHECK: nn.add %{{.*}} : (tensor<2x1xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  %0 = nn.add %x, %y : (tensor<2x1xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.sub %{{.*}} : (tensor<2x3xi32>, tensor<i32>) -> tensor<2x3xi32>
  %1 = nn.sub %0, %s : (tensor<2x3xi32>, tensor<i32>) -> tensor<2x3xi32>
  // CHECK: nn.mul
  %2 = nn.mul %1, %x : (tensor<2x3xi32>, tensor<2x1xi32>) -> tensor<2x3xi32>
  // CHECK: nn.div
  %3 = nn.div %2, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.rem
  %4 = nn.rem %3, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.mod
  %5 = nn.mod %4, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.pow
  %6 = nn.pow %5, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.max
  %7 = nn.max %6, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.min
  %8 = nn.min %7, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.and
  %9 = nn.and %8, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.or
  %10 = nn.or %9, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.xor
  %11 = nn.xor %10, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.shl
  %12 = nn.shl %11, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.shr
  %13 = nn.shr %12, %y : (tensor<2x3xi32>, tensor<3xi32>) -> tensor<2x3xi32>
  // CHECK: nn.not
  %14 = nn.not %13 : (tensor<2x3xi32>) -> tensor<2x3xi32>
  return %14 : tensor<2x3xi32>
}

// CHECK-LABEL: func @tests
func.func @tests(%x: tensor<2x3xf16>, %y: tensor<3xf16>) -> tensor<2x3xf16> {
  // CHECK: nn.compare <le> %{{.*}} : (tensor<2x3xf16>, tensor<3xf16>) -> tensor<2x3xi1>
  %0 = nn.compare <le> %x, %y : (tensor<2x3xf16>, tensor<3xf16>) -> tensor<2x3xi1>
  // CHECK: nn.is_nan %{{.*}} : (tensor<2x3xf16>) -> tensor<2x3xi1>
  %1 = nn.is_nan %x : (tensor<2x3xf16>) -> tensor<2x3xi1>
  // CHECK: nn.is_inf %{{.*}} {negative = false} : (tensor<2x3xf16>) -> tensor<2x3xi1>
  %2 = nn.is_inf %x {negative = false} : (tensor<2x3xf16>) -> tensor<2x3xi1>
  %3 = nn.and %0, %1 : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  %4 = nn.or %3, %2 : (tensor<2x3xi1>, tensor<2x3xi1>) -> tensor<2x3xi1>
  // CHECK: nn.select %{{.*}} : (tensor<2x3xi1>, tensor<2x3xf16>, tensor<3xf16>) -> tensor<2x3xf16>
  %5 = nn.select %4, %x, %y : (tensor<2x3xi1>, tensor<2x3xf16>, tensor<3xf16>) -> tensor<2x3xf16>
  return %5 : tensor<2x3xf16>
}

// CHECK-LABEL: func @conversions
func.func @conversions(%x: tensor<2x3xf32>, %scale: tensor<3xf32>, %zero: tensor<3xui8>,
                       %low: tensor<f32>, %high: tensor<f32>) -> tensor<2x3xbf16> {
  // CHECK: nn.clamp %{{.*}} : (tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3xf32>
  %0 = nn.clamp %x, %low, %high : (tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3xf32>
  // CHECK: nn.quantize %{{.*}} {axis = 1 : i64} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xui8>) -> tensor<2x3xui8>
  %1 = nn.quantize %0, %scale, %zero {axis = 1 : i64} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xui8>) -> tensor<2x3xui8>
  // CHECK: nn.dequantize %{{.*}} {axis = 1 : i64} : (tensor<2x3xui8>, tensor<3xf32>, tensor<3xui8>) -> tensor<2x3xf32>
  %2 = nn.dequantize %1, %scale, %zero {axis = 1 : i64} : (tensor<2x3xui8>, tensor<3xf32>, tensor<3xui8>) -> tensor<2x3xf32>
  // CHECK: nn.cast %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xbf16>
  %3 = nn.cast %2 : (tensor<2x3xf32>) -> tensor<2x3xbf16>
  return %3 : tensor<2x3xbf16>
}

// CHECK-LABEL: func @quantized_types
func.func @quantized_types(%x: tensor<4xui8>) -> tensor<4xi8> {
  // CHECK: nn.storage_cast %{{.*}} : (tensor<4xui8>) -> tensor<4x!quant.uniform<u8:f32, 5.000000e-01:128>>
  %0 = nn.storage_cast %x : (tensor<4xui8>) -> tensor<4x!quant.uniform<u8:f32, 0.5:128>>
  // CHECK: nn.relu %{{.*}} : (tensor<4x!quant.uniform<u8:f32, 5.000000e-01:128>>) -> tensor<4x!quant.uniform<i8<0:127>:f32, 5.000000e-01>>
  %1 = nn.relu %0 : (tensor<4x!quant.uniform<u8:f32, 0.5:128>>) -> tensor<4x!quant.uniform<i8<0:127>:f32, 0.5>>
  // CHECK: nn.storage_cast %{{.*}} : {{.*}} -> tensor<4xi8>
  %2 = nn.storage_cast %1 : (tensor<4x!quant.uniform<i8<0:127>:f32, 0.5>>) -> tensor<4xi8>
  return %2 : tensor<4xi8>
}
