// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @preload_place(%x: memref<4xf32, #npu.space<dram>>, %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected the source in sram or acc, got 'memref<4xf32, #npu.space<dram>>'}}
  npu.preload %x into %acc {indexing_maps = [affine_map<(i, j) -> (j)>]} : memref<4xf32, #npu.space<dram>> into memref<8x4xf32, #npu.space<acc>>
  return
}

// -----

func.func @preload_accumulator(%x: memref<4xf32, #npu.space<sram>>, %acc: memref<8x4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected the accumulator in acc, got 'memref<8x4xf32, #npu.space<sram>>'}}
  npu.preload %x into %acc {indexing_maps = [affine_map<(i, j) -> (j)>]} : memref<4xf32, #npu.space<sram>> into memref<8x4xf32, #npu.space<sram>>
  return
}

// -----

func.func @accumulator_type(%x: memref<4xf16, #npu.space<sram>>, %acc: memref<8x4xf16, #npu.space<acc>>) {
  // expected-error @below {{expected accumulators of i32 or f32, got 'f16'}}
  npu.preload %x into %acc {indexing_maps = [affine_map<(i, j) -> (j)>]} : memref<4xf16, #npu.space<sram>> into memref<8x4xf16, #npu.space<acc>>
  return
}

// -----

func.func @preload_map(%x: memref<4xf32, #npu.space<sram>>, %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected indexing map 0 to be a projected permutation, got affine_map<(d0, d1) -> (d0 + d1)>}}
  npu.preload %x into %acc {indexing_maps = [affine_map<(i, j) -> (i + j)>]} : memref<4xf32, #npu.space<sram>> into memref<8x4xf32, #npu.space<acc>>
  return
}

// -----

func.func @preload_extent(%x: memref<5xf32, #npu.space<sram>>, %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected size 4 in dimension 0 of operand 1, got 5}}
  npu.preload %x into %acc {indexing_maps = [affine_map<(i, j) -> (j)>]} : memref<5xf32, #npu.space<sram>> into memref<8x4xf32, #npu.space<acc>>
  return
}

// -----

func.func @preload_conversion(%x: memref<4xi32, #npu.space<sram>>, %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected a body that converts 'i32' to 'f32'}}
  npu.preload %x into %acc {indexing_maps = [affine_map<(i, j) -> (j)>]} : memref<4xi32, #npu.space<sram>> into memref<8x4xf32, #npu.space<acc>>
  return
}

// -----

func.func @preload_steps(%x: memref<4xf32, #npu.space<sram>>, %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected a body with 'steps'}}
  npu.preload %x into %acc steps(%x : memref<4xf32, #npu.space<sram>>) {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (j)>]} : memref<4xf32, #npu.space<sram>> into memref<8x4xf32, #npu.space<acc>>
  return
}

// -----

func.func @preload_step_place(%x: memref<4xf32, #npu.space<sram>>, %t: memref<4xf32, #npu.space<dram>>, %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected a step's tensor in sram, got 'memref<4xf32, #npu.space<dram>>'}}
  npu.preload %x into %acc steps(%t : memref<4xf32, #npu.space<dram>>) {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (j)>]} : memref<4xf32, #npu.space<sram>> into memref<8x4xf32, #npu.space<acc>>
  return
}

// -----

func.func @drain_step_place(%t: memref<4xf32, #npu.space<dram>>, %acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected a step's tensor in sram, got 'memref<4xf32, #npu.space<dram>>'}}
  npu.drain %acc to %y steps(%t : memref<4xf32, #npu.space<dram>>) {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xf32, #npu.space<sram>>
  return
}

// -----

func.func @drain_place(%acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xf32, #npu.space<dram>>) {
  // expected-error @below {{expected the target in sram, got 'memref<8x4xf32, #npu.space<dram>>'}}
  npu.drain %acc to %y {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xf32, #npu.space<dram>>
  return
}

// -----

func.func @drain_drops(%acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected the target's map to use d0, got affine_map<(d0, d1) -> (d1)>}}
  npu.drain %acc to %y {indexing_maps = [affine_map<(i, j) -> (j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @drain_steps(%t: memref<4xf32, #npu.space<sram>>, %acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xf32, #npu.space<sram>>) {
  // expected-error @below {{expected a body with 'steps'}}
  npu.drain %acc to %y steps(%t : memref<4xf32, #npu.space<sram>>) {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xf32, #npu.space<sram>>
  return
}

// -----

func.func @body_arguments(%acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xbf16, #npu.space<sram>>) {
  // expected-error @below {{expected 1 body arguments, got 2}}
  npu.drain %acc to %y {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>> {
  ^bb0(%x: f32, %t: f32):
    %0 = arith.truncf %x : f32 to bf16
    npu.yield %0 : bf16
  }
  return
}

// -----

func.func @body_argument_type(%acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xbf16, #npu.space<sram>>) {
  // expected-error @below {{expected body argument 0 of type 'f32', got 'f16'}}
  npu.drain %acc to %y {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>> {
  ^bb0(%x: f16):
    %0 = arith.extf %x : f16 to f32
    %1 = arith.truncf %0 : f32 to bf16
    npu.yield %1 : bf16
  }
  return
}

// -----

func.func @body_blocks(%acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xbf16, #npu.space<sram>>) {
  // expected-error @below {{expected a body of one block}}
  npu.drain %acc to %y {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>> {
  ^bb0(%x: f32):
    %0 = arith.truncf %x : f32 to bf16
    cf.br ^bb1
  ^bb1:
    npu.yield %0 : bf16
  }
  return
}

// -----

func.func @body_end(%acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xbf16, #npu.space<sram>>) {
  // expected-error @below {{expected the body to end with npu.yield}}
  npu.drain %acc to %y {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>> {
  ^bb0(%x: f32):
    llvm.unreachable
  }
  return
}

// -----

func.func @body_values(%acc: memref<8x4xf32, #npu.space<acc>>, %y: memref<8x4xbf16, #npu.space<sram>>) {
  npu.drain %acc to %y {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xf32, #npu.space<acc>> to memref<8x4xbf16, #npu.space<sram>> {
  ^bb0(%x: f32):
    // expected-error @below {{expected 1 values, got 2}}
    npu.yield %x, %x : f32, f32
  }
  return
}

// -----

func.func @preload_other_tile(%x: memref<8x4xf32, #npu.space<acc>>, %acc: memref<8x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected accumulators as a source to be the tile itself, element by element}}
  npu.preload %x into %acc {indexing_maps = [affine_map<(i, j) -> (i, j)>]} : memref<8x4xf32, #npu.space<acc>> into memref<8x4xf32, #npu.space<acc>>
  return
}
