// RUN: ashlar-opt %s --convert-linalg-to-npu --verify-diagnostics --split-input-file

#id = affine_map<(i) -> (i)>

// Every instance is reported.
func.func @unsupported(%x: memref<16xf32, #npu.space<sram>>, %z: memref<16xf32, #npu.space<sram>>,
                       %w: memref<16xf80, #npu.space<sram>>) {
  // expected-error @+1 {{cannot be compiled: the vector unit has no 'math.fpowi' on f32}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<16xf32, #npu.space<sram>>) outs(%z : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %c = arith.constant 3 : i32
    %0 = math.fpowi %p, %c : f32, i32
    linalg.yield %0 : f32
  }
  // expected-error @+1 {{cannot be compiled: no element type of the machine is f80}}
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%w : memref<16xf80, #npu.space<sram>>) {
  ^bb0(%o: f80):
    %0 = arith.constant 3.0 : f80
    linalg.yield %0 : f80
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#red = affine_map<(i, j) -> (i)>

func.func @reduction(%x: memref<16x8xf32, #npu.space<sram>>, %s: memref<16xf32, #npu.space<sram>>) {
  // expected-error @+1 {{its reduction is none that the vector unit does}}
  linalg.generic {indexing_maps = [#id, #red], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x8xf32, #npu.space<sram>>) outs(%s : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.subf %o, %p : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @untiled(%x: memref<?xf32, #npu.space<dram>>, %z: memref<?xf32, #npu.space<dram>>) {
  // expected-error @+1 {{cannot be compiled: its sizes are not known at compile time}}
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32, #npu.space<dram>>) outs(%z : memref<?xf32, #npu.space<dram>>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  return
}

// -----

func.func @not_tiled(%x: memref<8xf32, #npu.space<dram>>, %z: memref<8xf32, #npu.space<dram>>) {
  // expected-error @+1 {{cannot be compiled: it was not cut into tiles}}
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : memref<8xf32, #npu.space<dram>>) outs(%z : memref<8xf32, #npu.space<dram>>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  return
}

// -----

func.func @no_product(%x: memref<8x4xf32, #npu.space<sram>>, %z: memref<8xf32, #npu.space<acc>>) {
  // expected-error @+1 {{cannot be compiled: it writes an accumulator but is no product of the matrix unit}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x4xf32, #npu.space<sram>>) outs(%z : memref<8xf32, #npu.space<acc>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.maximumf %p, %o : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @computed_preload(%x: memref<8x4xf32, #npu.space<sram>>, %z: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @+1 {{cannot be compiled: only a plain copy can be loaded into accumulators}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x4xf32, #npu.space<sram>>) outs(%z : memref<8x4xf32, #npu.space<acc>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.addf %p, %p : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @computed_drain(%x: memref<8x4xf32, #npu.space<acc>>, %z: memref<8x4xf32, #npu.space<sram>>) {
  // expected-error @+1 {{cannot be compiled: the output stage cannot compute it}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x4xf32, #npu.space<acc>>) outs(%z : memref<8x4xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = math.exp %p : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @fill_dram(%x: memref<8xf32, #npu.space<dram>>, %v: f32) {
  // expected-error @+1 {{cannot be compiled: its target is not on chip}}
  linalg.fill ins(%v : f32) outs(%x : memref<8xf32, #npu.space<dram>>)
  return
}

// -----

func.func @named(%x: memref<8xf32, #npu.space<sram>>, %z: memref<8xf32, #npu.space<sram>>) {
  // expected-error @+1 {{cannot be compiled: it is no linalg.generic; run schedule-normalize-linalg first}}
  linalg.exp ins(%x : memref<8xf32, #npu.space<sram>>) outs(%z : memref<8xf32, #npu.space<sram>>)
  return
}

// -----

func.func @element(%x: memref<8xf32, #npu.space<dram>>, %i: index) -> f32 {
  // expected-error @+1 {{cannot be compiled: single elements of tensors in dram cannot be accessed}}
  %0 = memref.load %x[%i] : memref<8xf32, #npu.space<dram>>
  return %0 : f32
}

// -----

func.func @tensor() {
  // expected-error @+1 {{cannot be compiled: no engine works on it}}
  %0 = tensor.empty() : tensor<4xf32>
  return
}

// -----

func.func @repeated_preload(%x: memref<8xf32, #npu.space<sram>>, %z: memref<8x1xf32, #npu.space<acc>>) {
  // expected-error @+1 {{cannot be compiled: the accumulator's indices are no permutation of the loops}}
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i, 0)>], iterator_types = ["parallel"]}
      ins(%x : memref<8xf32, #npu.space<sram>>) outs(%z : memref<8x1xf32, #npu.space<acc>>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  return
}

// -----

func.func @long_drain(%x: memref<8x4xf32, #npu.space<acc>>, %z: memref<8x4xf32, #npu.space<sram>>) {
  %c = arith.constant 3.0 : f32
  // expected-error @+1 {{cannot be compiled: the output stage runs at most 16 steps}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x4xf32, #npu.space<acc>>) outs(%z : memref<8x4xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.mulf %p, %c : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.mulf %1, %c : f32
    %3 = math.roundeven %2 : f32
    %4 = arith.mulf %3, %c : f32
    %5 = math.roundeven %4 : f32
    %6 = arith.mulf %5, %c : f32
    %7 = math.roundeven %6 : f32
    %8 = arith.mulf %7, %c : f32
    %9 = math.roundeven %8 : f32
    %10 = arith.mulf %9, %c : f32
    %11 = math.roundeven %10 : f32
    %12 = arith.mulf %11, %c : f32
    %13 = math.roundeven %12 : f32
    %14 = arith.mulf %13, %c : f32
    %15 = math.roundeven %14 : f32
    %16 = arith.mulf %15, %c : f32
    linalg.yield %16 : f32
  }
  return
}

// -----

func.func @window_3d(%x: memref<6x6x6x8xf32, #npu.space<sram>>, %w: memref<3x3x3x8xf32, #npu.space<sram>>, %z: memref<4x4x4x8xf32, #npu.space<sram>>) {
  // expected-error @+1 {{cannot be compiled: a window of more than two dimensions was not cut into tiles}}
  linalg.generic {indexing_maps = [affine_map<(a, b, c, f, i, j, k) -> (a + i, b + j, c + k, f)>, affine_map<(a, b, c, f, i, j, k) -> (i, j, k, f)>, affine_map<(a, b, c, f, i, j, k) -> (a, b, c, f)>],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<6x6x6x8xf32, #npu.space<sram>>, memref<3x3x3x8xf32, #npu.space<sram>>) outs(%z : memref<4x4x4x8xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

func.func @window_added(%x: memref<6x8xf32, #npu.space<sram>>, %w: memref<3x8xf32, #npu.space<sram>>, %z: memref<4x8xf32, #npu.space<acc>>) {
  // expected-error @+1 {{cannot be compiled: the vector unit cannot add to accumulators}}
  linalg.generic {indexing_maps = [affine_map<(a, f, i) -> (a + i, f)>, affine_map<(a, f, i) -> (i, f)>, affine_map<(a, f, i) -> (a, f)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<6x8xf32, #npu.space<sram>>, memref<3x8xf32, #npu.space<sram>>) outs(%z : memref<4x8xf32, #npu.space<acc>>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.mulf %p, %q : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

func.func @reduction(%x: memref<4x8xf32, #npu.space<sram>>, %z: memref<4xf32, #npu.space<sram>>) {
  // expected-error @+1 {{cannot be compiled: its reduction is none that the vector unit does (sum, product, minimum, maximum, and, or, xor of the old value and a new one)}}
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<4x8xf32, #npu.space<sram>>) outs(%z : memref<4xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.subf %o, %p : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(m, n) -> (m, n)>

func.func @rescale_elsewhere(%a: memref<16x32xf32, #npu.space<acc>>, %b: memref<16x32xf32, #npu.space<acc>>) {
  // expected-error @below {{cannot be compiled: accumulators can only be rewritten in place}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<16x32xf32, #npu.space<acc>>) outs(%b : memref<16x32xf32, #npu.space<acc>>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
  return
}

// -----

#id = affine_map<(m, n) -> (m, n)>

func.func @rescale_by_exponential(%a: memref<16x32xf32, #npu.space<acc>>) {
  // expected-error @below {{cannot be compiled: the output stage cannot compute it}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<16x32xf32, #npu.space<acc>>) outs(%a : memref<16x32xf32, #npu.space<acc>>) {
  ^bb0(%x: f32, %o: f32):
    %r = math.exp %x : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#id = affine_map<(i) -> (i)>

// Out of order: nothing is in a memory yet.
func.func @tensors(%x: tensor<16xf32>) -> tensor<16xf32> {
  // expected-error @+1 {{cannot be compiled: no engine works on it}}
  %e = tensor.empty() : tensor<16xf32>
  // expected-error @+1 {{cannot be compiled: it works on tensors; run schedule-bufferize first}}
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%p: f32, %o: f32):
    %1 = arith.addf %p, %p : f32
    linalg.yield %1 : f32
  } -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// -----

#id = affine_map<(i) -> (i)>
func.func @inputs(%a: memref<16xf32, #npu.space<sram>>, %b: memref<16xf32, #npu.space<sram>>, %c: memref<16xf32, #npu.space<sram>>, %d: memref<16xf32, #npu.space<sram>>, %e: memref<16xf32, #npu.space<sram>>, %z: memref<16xf32, #npu.space<sram>>) {
  // expected-error @+1 {{cannot be compiled: a vector program has at most 32 micro-operations, 4 inputs and 2 outputs; this one has 4, 5 and 1}}
  linalg.generic {indexing_maps = [#id, #id, #id, #id, #id, #id], iterator_types = ["parallel"]}
      ins(%a, %b, %c, %d, %e : memref<16xf32, #npu.space<sram>>, memref<16xf32, #npu.space<sram>>, memref<16xf32, #npu.space<sram>>, memref<16xf32, #npu.space<sram>>, memref<16xf32, #npu.space<sram>>) outs(%z : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %q: f32, %r: f32, %s: f32, %t: f32, %o: f32):
    %0 = arith.addf %p, %q : f32
    %1 = arith.addf %r, %s : f32
    %2 = arith.addf %0, %1 : f32
    %3 = arith.addf %2, %t : f32
    linalg.yield %3 : f32
  }
  return
}
