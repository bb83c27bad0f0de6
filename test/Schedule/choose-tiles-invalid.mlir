// RUN: ashlar-opt %s --schedule-bufferize --schedule-choose-tiles=target=nano --verify-diagnostics --split-input-file

// A scratchpad that holds no line of each operand.
// RUN: ashlar targets nano | sed 's/^\( *capacity\): 512 KiB/\1: 4 KiB/' > %t.yaml
// RUN: %python %S/Inputs/many_operands.py 200 | not ashlar-opt --schedule-bufferize --schedule-choose-tiles=target=%t.yaml 2>&1 | FileCheck %s --check-prefix=SMALL
// SMALL: error: no tile of this operation fits the machine 'nano': 4096 bytes of scratchpad, 32768 of accumulators

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

// -----

func.func @accumulator_bytes(%a: tensor<512x8xf32>, %b: tensor<8x256xf32>, %c: tensor<512x256xf32>) -> tensor<512x256xf32> {
  // expected-error @+1 {{the tiles need 131072 bytes of accumulators, the machine has 32768}}
  %0 = linalg.matmul {schedule.tiles = array<i64: 256, 128, 8>}
      ins(%a, %b : tensor<512x8xf32>, tensor<8x256xf32>) outs(%c : tensor<512x256xf32>) -> tensor<512x256xf32>
  return %0 : tensor<512x256xf32>
}

// -----

func.func @batch(%a: tensor<6x8x32xf32>, %b: tensor<6x32x8xf32>, %c: tensor<6x8x8xf32>) -> tensor<6x8x8xf32> {
  // expected-error @+1 {{'schedule.tiles' cannot be used: products of a batch in one tile need whole reductions}}
  %0 = linalg.batch_matmul {schedule.tiles = array<i64: 2, 8, 8, 16>}
      ins(%a, %b : tensor<6x8x32xf32>, tensor<6x32x8xf32>) outs(%c : tensor<6x8x8xf32>) -> tensor<6x8x8xf32>
  return %0 : tensor<6x8x8xf32>
}

// -----

#x = affine_map<(f, y, c, k) -> (c, y + k)>
#w = affine_map<(f, y, c, k) -> (f, c, k)>
#z = affine_map<(f, y, c, k) -> (f, y)>

func.func @stream(%x: tensor<16x34xf32>, %w: tensor<8x16x3xf32>, %z: tensor<8x32xf32>) -> tensor<8x32xf32> {
  // expected-error @+1 {{cannot stream: the other operand's indices are no plain dimensions}}
  %0 = linalg.generic {indexing_maps = [#x, #w, #z], iterator_types = ["parallel", "parallel", "reduction", "reduction"],
                       schedule.tiles = array<i64: 8, 32, 16, 3>, schedule.stream = "rhs"}
      ins(%x, %w : tensor<16x34xf32>, tensor<8x16x3xf32>) outs(%z : tensor<8x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %1 = arith.mulf %a, %b : f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<8x32xf32>
  return %0 : tensor<8x32xf32>
}

// -----

#id = affine_map<(a, b, c, d, e, f, g) -> (a, b, c, d, e, f, g)>
#tr = affine_map<(a, b, c, d, e, f, g) -> (g, f, e, d, c, b, a)>

func.func @dimensions(%x: tensor<2x2x2x2x2x2x2xf32>, %z: tensor<2x2x2x2x2x2x2xf32>) -> tensor<2x2x2x2x2x2x2xf32> {
  // expected-error @+1 {{expected at most 6 loops with tiles above 1, got 7}}
  %0 = linalg.generic {indexing_maps = [#id, #tr], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "parallel"],
                       schedule.tiles = array<i64: 2, 2, 2, 2, 2, 2, 2>}
      ins(%x : tensor<2x2x2x2x2x2x2xf32>) outs(%z : tensor<2x2x2x2x2x2x2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %a, %a : f32
    linalg.yield %1 : f32
  } -> tensor<2x2x2x2x2x2x2xf32>
  return %0 : tensor<2x2x2x2x2x2x2xf32>
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>
!t = tensor<9000x64xf32>

func.func @attention(%q: !t, %o: !t) -> !t {
  // expected-error @below {{'schedule.tiles' cannot be used: expected 4 sizes that fit the machine 'nano', got array<i64: 9000, 9000, 64, 64>}}
  %0 = npu.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t) scale 0.5
      {indexing_maps = [#q, #k, #v, #o], schedule.tiles = array<i64: 9000, 9000, 64, 64>} -> !t
  return %0 : !t
}

// -----

#q = affine_map<(m, n, d, v) -> (m, d)>
#k = affine_map<(m, n, d, v) -> (n, d)>
#v = affine_map<(m, n, d, v) -> (n, v)>
#o = affine_map<(m, n, d, v) -> (m, v)>
!t = tensor<8x90000xf32>

func.func @no_attention_fits(%q: !t, %o: !t) -> !t {
  // expected-error @below {{no tile of this operation fits the machine 'nano': 524288 bytes of scratchpad, 32768 of accumulators}}
  %0 = npu.attention ins(%q, %q, %q : !t, !t, !t) outs(%o : !t) scale 0.5 {indexing_maps = [#q, #k, #v, #o]} -> !t
  return %0 : !t
}
