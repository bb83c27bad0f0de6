// RUN: ashlar-opt %s --nn-set-precision=type=bf16 | FileCheck %s

// Weights in a resource: halves go to the even neighbour, what is above the
// largest number becomes infinite, NaN stays NaN; small ones keep their sign.
// CHECK: weights_1: "0x02000000803F823F813F807FC07FC0FF0080FF7F"
func.func @main(%x: tensor<1x8xf32>) -> tensor<1x1xf32> {
  %w = nn.constant dense_resource<weights> : tensor<8x1xf32>
  %0 = nn.matmul %x, %w : (tensor<1x8xf32>, tensor<8x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// 1 + 2^-8, 1 + 3 * 2^-8, that less a little, the largest f32, two NaNs, -2^-149
// and a NaN all of whose bits are set.
{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000080803F0080813FFF7F813FFFFF7F7F0100807F010080FF01000080FFFFFF7F"
    }
  }
#-}
