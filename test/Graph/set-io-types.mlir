// RUN: ashlar-opt --nn-set-io-types=types=x=i8,y=u8 --split-input-file %s | FileCheck %s --check-prefix=BYTES
// RUN: ashlar-opt --nn-set-io-types=types=x=bf16,y=keep --split-input-file %s | FileCheck %s --check-prefix=HALF

// The graph quantises to u8 and dequantises from i8; the other sign is 128 away.
// BYTES-LABEL: func @main
// BYTES-SAME: %[[X:.*]]: tensor<4xi8> {nn.name = "x", nn.quantization = {scale = array<f32: 5.000000e-01>, zero_point = array<i64: -28>}}
// BYTES-SAME: -> (tensor<4xui8> {nn.name = "y", nn.quantization = {scale = array<f32: 2.500000e-01>, zero_point = array<i64: 125>}})
// BYTES: %[[WIDE:.*]] = nn.cast %[[X]] : (tensor<4xi8>) -> tensor<4xi32>
// BYTES: %[[SHIFT:.*]] = nn.constant dense<128> : tensor<i32>
// BYTES: %[[SUM:.*]] = nn.add %[[WIDE]], %[[SHIFT]]
// BYTES: nn.cast %[[SUM]] : (tensor<4xi32>) -> tensor<4xui8>
// BYTES-NOT: nn.quantize %[[X]]
// BYTES: return {{.*}} : tensor<4xui8>

// HALF-LABEL: func @main
// HALF-SAME: %[[X:.*]]: tensor<4xbf16>
// HALF: %[[F:.*]] = nn.cast %[[X]] : (tensor<4xbf16>) -> tensor<4xf32>
// HALF: nn.quantize %[[F]]
// HALF: return {{.*}} : tensor<4xf32>
func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<4xf32> {nn.name = "y"}) {
  %s = nn.constant dense<0.5> : tensor<f32>
  %z = nn.constant dense<100> : tensor<ui8>
  %t = nn.constant dense<0.25> : tensor<f32>
  %u = nn.constant dense<-3> : tensor<i8>
  %0 = nn.quantize %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<ui8>) -> tensor<4xui8>
  %1 = nn.dequantize %0, %s, %z : (tensor<4xui8>, tensor<f32>, tensor<ui8>) -> tensor<4xf32>
  %2 = nn.sigmoid %1 : (tensor<4xf32>) -> tensor<4xf32>
  %3 = nn.quantize %2, %t, %u : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
  %4 = nn.dequantize %3, %t, %u : (tensor<4xi8>, tensor<f32>, tensor<i8>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}
