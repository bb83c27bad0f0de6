// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles=target=nano --verify-diagnostics --split-input-file

func.func @count(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-error @+1 {{'schedule.tiles' cannot be used: expected 3 tile sizes, got 2}}
  %0 = linalg.matmul {schedule.tiles = array<i64: 8, 16>}
      ins(%a, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// -----

func.func @range(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64x64xf32>) -> tensor<64x64xf32> {
  // expected-error @+1 {{'schedule.tiles' cannot be used: expected a tile of 1 to 64 in loop 1, got 65}}
  %0 = linalg.matmul {schedule.tiles = array<i64: 8, 65, 8>}
      ins(%a, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// -----

func.func @accumulators(%a: tensor<512x64xf32>, %b: tensor<64x512xf32>, %c: tensor<512x512xf32>) -> tensor<512x512xf32> {
  // expected-error @+1 {{the tiles need 1310720 bytes of scratchpad, the machine has 524288}}
  %0 = linalg.matmul {schedule.tiles = array<i64: 512, 512, 32>}
      ins(%a, %b : tensor<512x64xf32>, tensor<64x512xf32>) outs(%c : tensor<512x512xf32>) -> tensor<512x512xf32>
  return %0 : tensor<512x512xf32>
}
