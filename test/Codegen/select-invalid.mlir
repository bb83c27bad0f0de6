// RUN: ashlar-opt %s --split-input-file --convert-npu-to-nisa='target=edge' --verify-diagnostics

// expected-error @below {{expected a function with a body}}
module {
  func.func private @main()
}

// -----

// expected-error @below {{expected outputs as arguments, got results}}
func.func @main() -> index {
  %0 = arith.constant 0 : index
  return %0 : index
}

// -----

// expected-error @below {{expected structured control flow, got several blocks}}
func.func @main() {
  cf.br ^bb1
^bb1:
  return
}

// -----

// expected-error @below {{expected argument 0 to be a memref of static shape in dram, got 'memref<?xf32, #npu.space<dram>>'}}
func.func @main(%a: memref<?xf32, #npu.space<dram>> {npu.offset = 0 : i64}) {
  return
}

// -----

// expected-error @below {{expected strided argument 0, got 'memref<8xf32, affine_map<(d0) -> (d0 floordiv 2)>, #npu.space<dram>>'}}
func.func @main(%a: memref<8xf32, affine_map<(d0) -> (d0 floordiv 2)>, #npu.space<dram>> {npu.offset = 0 : i64}) {
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x64xf32, #npu.space<acc>>
  // expected-error @below {{steps over accumulators, expected stride 1}}
  %1 = memref.subview %0[0, 0] [2, 64] [2, 1] : memref<4x64xf32, #npu.space<acc>> to memref<2x64xf32, strided<[128, 1]>, #npu.space<acc>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x64xf32, #npu.space<acc>>
  // expected-error @below {{moves within accumulators, expected an offset in the only row dimension or a constant multiple of the lanes in the only lane dimension}}
  %1 = memref.subview %0[0, 5] [4, 32] [1, 1] : memref<4x64xf32, #npu.space<acc>> to memref<4x32xf32, strided<[64, 1], offset: 5>, #npu.space<acc>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x64xf32, #npu.space<acc>>
  // expected-error @below {{merges rows and lanes of accumulators}}
  %1 = memref.collapse_shape %0 [[0, 1]] : memref<4x64xf32, #npu.space<acc>> into memref<256xf32, #npu.space<acc>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x64xf32, #npu.space<acc>>
  // expected-error @below {{permutes accumulators}}
  %1 = memref.transpose %0 (i, j) -> (j, i) : memref<4x64xf32, #npu.space<acc>> to memref<64x4xf32, affine_map<(d0, d1) -> (d1 * 64 + d0)>, #npu.space<acc>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x64xf32, #npu.space<acc>>
  // expected-error @below {{expected a whole buffer in dram or sram}}
  %1 = memref.reinterpret_cast %0 to offset: [0], sizes: [256], strides: [1] : memref<4x64xf32, #npu.space<acc>> to memref<256xf32, strided<[1]>, #npu.space<acc>>
  return
}

// -----

func.func @main() {
  // expected-error @below {{makes a memref in a way that has no machine code}}
  %0 = memref.alloc() : memref<4xf32, #npu.space<sram>>
  return
}

// -----

memref.global "private" constant @c : memref<4xf32, #npu.space<sram>> = dense<1.0>
func.func @main() {
  // expected-error @below {{expected a constant in dram}}
  %0 = memref.get_global @c : memref<4xf32, #npu.space<sram>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4xf16, #npu.space<sram>>
  %i = arith.constant 0 : index
  // expected-error @below {{moves halves, which the scalar unit cannot convert}}
  %1 = memref.load %0[%i] : memref<4xf16, #npu.space<sram>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x2xf32, #npu.space<sram>>
  %a = arith.constant 0 : index
  %b = arith.constant 3 : index
  %c = arith.constant 1 : index
  scf.for %i = %a to %b step %c {
    // expected-error @below {{expected a constant dimension}}
    %1 = memref.dim %0, %i : memref<4x2xf32, #npu.space<sram>>
  }
  return
}

// -----

func.func @main() {
  %a = arith.constant 0 : index
  %b = arith.constant 3 : index
  %c = arith.constant 1 : index
  // expected-error @below {{expected a signed loop}}
  scf.for unsigned %i = %a to %b step %c {
  }
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<1xf32, #npu.space<sram>>
  %i = arith.constant 0 : index
  %1 = memref.load %0[%i] : memref<1xf32, #npu.space<sram>>
  // expected-error @below {{the scalar unit cannot do 'math.erf' on 'f32'}}
  %2 = math.erf %1 : f32
  memref.store %2, %0[%i] : memref<1xf32, #npu.space<sram>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4xf32, #npu.space<sram>>
  %1 = npu.alloc at 64 : memref<4xf32, #npu.space<sram>>
  %i = arith.constant 0 : index
  %n = arith.constant 4 : index
  %s = arith.constant 1 : index
  // expected-error @below {{expected scalars as values of 'scf.for', got 'memref<4xf32, #npu.space<sram>>'}}
  %2 = scf.for %k = %i to %n step %s iter_args(%m = %0) -> memref<4xf32, #npu.space<sram>> {
    scf.yield %1 : memref<4xf32, #npu.space<sram>>
  }
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x8xf32, #npu.space<sram>>
  %1 = npu.alloc at 256 : memref<4xf32, #npu.space<sram>>
  // expected-error @below {{expected output 0 to depend on its old value where dimensions are reduced}}
  npu.vector ins(%0 : memref<4x8xf32, #npu.space<sram>>) outs(%1 : memref<4xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>]} {
  ^bb0(%x: f32, %old: f32):
    npu.yield %x : f32
  }
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x8xf32, #npu.space<sram>>
  %1 = npu.alloc at 256 : memref<4xf32, #npu.space<sram>>
  // expected-error @below {{expected output 0 to combine its old value with a new one in one operation}}
  npu.vector ins(%0 : memref<4x8xf32, #npu.space<sram>>) outs(%1 : memref<4xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                  iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>]} {
  ^bb0(%x: f32, %old: f32):
    %2 = arith.mulf %old, %old : f32
    %3 = arith.addf %2, %x : f32
    npu.yield %3 : f32
  }
  return
}

// -----

func.func @main() {
  %acc = npu.alloc at 0 : memref<4x8xf32, #npu.space<acc>>
  %0 = npu.alloc at 0 : memref<4x8xf32, #npu.space<sram>>
  // expected-error @below {{expected the body to be one chain from its first argument to what it yields}}
  npu.drain %acc to %0 {indexing_maps = [affine_map<(i, j) -> (i, j)>]}
      : memref<4x8xf32, #npu.space<acc>> to memref<4x8xf32, #npu.space<sram>> {
  ^bb0(%x: f32):
    %1 = arith.constant 1.0 : f32
    npu.yield %1 : f32
  }
  return
}

// -----

func.func @main(%a: memref<8xf32, #npu.space<dram>> {npu.offset = 0 : i64}) {
  // expected-error @below {{has no semaphore, run npu-insert-sync first}}
  npu.barrier %a on <dma0> : memref<8xf32, #npu.space<dram>>
  return
}

// -----

func.func @main(%a: memref<8xf32, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  %rank = npu.core_id
  // expected-error @below {{has no semaphores, run npu-insert-sync first}}
  npu.copy %a to %0 on <dma0> shared(%rank) <2 by 1> : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  // expected-error @below {{has no semaphore, run npu-insert-sync first}}
  npu.receive %0 on <mxu> : memref<8xf32, #npu.space<sram>>
  return
}

// -----

!wide = memref<2x2x2x2x2x2x2xf32, strided<[1000, 400, 160, 64, 24, 8, 2]>, #npu.space<dram>>
func.func @main(%a: memref<2000xf32, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %0 = npu.alloc at 0 : memref<2x2x2x2x2x2x2xf32, #npu.space<sram>>
  %rank = npu.core_id
  %1 = memref.reinterpret_cast %a to offset: [0], sizes: [2, 2, 2, 2, 2, 2, 2], strides: [1000, 400, 160, 64, 24, 8, 2] : memref<2000xf32, #npu.space<dram>> to !wide
  // expected-error @below {{expected at most 6 dimensions with 'shared', got 7}}
  npu.copy %1 to %0 on <dma0> shared(%rank) <2 by 1 credits 255 arrivals 254> : !wide to memref<2x2x2x2x2x2x2xf32, #npu.space<sram>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<8xf16, #npu.space<sram>>
  %1 = npu.alloc at 64 : memref<4xf16, #npu.space<sram>>
  %2 = npu.alloc at 128 : memref<1xf16, #npu.space<sram>>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @below {{'memref.load' moves halves, which the scalar unit cannot convert}}
  %f = memref.load %2[%c0] : memref<1xf16, #npu.space<sram>>
  // expected-error @below {{expected a constant of type 'f16' to fill with}}
  npu.copy %1 to %0 low(%c1) fill(%f : f16) : memref<4xf16, #npu.space<sram>> to memref<8xf16, #npu.space<sram>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<2x2x2x2x2x2x2xf32, #npu.space<sram>>
  %1 = npu.alloc at 1024 : memref<3x3x3x3x3x3x3xf32, #npu.space<sram>>
  %i = arith.constant 1 : index
  %f = arith.constant 0.0 : f32
  // expected-error @below {{expected at most 6 padded dimensions, got 7}}
  npu.copy %0 to %1 low(%i, %i, %i, %i, %i, %i, %i) fill(%f : f32) : memref<2x2x2x2x2x2x2xf32, #npu.space<sram>> to memref<3x3x3x3x3x3x3xf32, #npu.space<sram>>
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  // expected-error @below {{expected an input that states the reduction's extent}}
  npu.vector outs(%0 : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i, j) -> (i)>],
                  iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>]} {
  ^bb0(%old: f32):
    %1 = arith.constant 1.0 : f32
    %2 = arith.addf %old, %1 : f32
    npu.yield %2 : f32
  }
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x4x4x4x4x4x4xf32, #npu.space<sram>>
  %1 = memref.subview %0[0, 0, 0, 0, 0, 0, 0] [3, 3, 3, 3, 3, 3, 3] [1, 1, 1, 1, 1, 1, 1] : memref<4x4x4x4x4x4x4xf32, #npu.space<sram>> to memref<3x3x3x3x3x3x3xf32, strided<[4096, 1024, 256, 64, 16, 4, 1]>, #npu.space<sram>>
  %f = arith.constant 0.0 : f32
  // expected-error @below {{expected at most 6 dimensions that are not contiguous, got 7}}
  npu.fill %f into %1 : f32 into memref<3x3x3x3x3x3x3xf32, strided<[4096, 1024, 256, 64, 16, 4, 1]>, #npu.space<sram>>
  return
}

// -----

// expected-error @below {{argument 'x' of type 'memref<8xf32, #npu.space<dram>>' cannot be part of a signature}}
func.func @main(%a: memref<8xf32, #npu.space<dram>> {npu.offset = 0 : i64, npu.element_type = i3, npu.io = "input", npu.name = "x"}) {
  return
}

// -----

// expected-error @below {{a constant of type 'memref<8xi3, #npu.space<dram>>' cannot be part of an image}}
memref.global constant @w : memref<8xi3, #npu.space<dram>> = dense<0>
func.func @main() {
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<4x4x4x4x4x4x4xf32, #npu.space<sram>>
  %1 = memref.subview %0[0, 0, 0, 0, 0, 0, 0] [3, 3, 3, 3, 3, 3, 3] [1, 1, 1, 1, 1, 1, 1] : memref<4x4x4x4x4x4x4xf32, #npu.space<sram>> to memref<3x3x3x3x3x3x3xf32, strided<[4096, 1024, 256, 64, 16, 4, 1]>, #npu.space<sram>>
  %2 = npu.alloc at 65536 : memref<f32, #npu.space<sram>>
  // expected-error @below {{expected at most 6 dimensions that are reduced or whose index is used, got 7}}
  npu.vector ins(%1 : memref<3x3x3x3x3x3x3xf32, strided<[4096, 1024, 256, 64, 16, 4, 1]>, #npu.space<sram>>) outs(%2 : memref<f32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(a, b, c, d, e, f, g) -> (a, b, c, d, e, f, g)>, affine_map<(a, b, c, d, e, f, g) -> ()>],
                  iterator_types = [#linalg.iterator_type<reduction>, #linalg.iterator_type<reduction>, #linalg.iterator_type<reduction>, #linalg.iterator_type<reduction>, #linalg.iterator_type<reduction>, #linalg.iterator_type<reduction>, #linalg.iterator_type<reduction>]} {
  ^bb0(%x: f32, %old: f32):
    %3 = arith.addf %old, %x : f32
    npu.yield %3 : f32
  }
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  // expected-error @below {{the program takes 66 words, expected at most 63}}
  npu.vector outs(%0 : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%v0: f32):
    %v1 = arith.addf %v0, %v0 : f32
    %v2 = arith.addf %v1, %v1 : f32
    %v3 = arith.addf %v2, %v2 : f32
    %v4 = arith.addf %v3, %v3 : f32
    %v5 = arith.addf %v4, %v4 : f32
    %v6 = arith.addf %v5, %v5 : f32
    %v7 = arith.addf %v6, %v6 : f32
    %v8 = arith.addf %v7, %v7 : f32
    %v9 = arith.addf %v8, %v8 : f32
    %v10 = arith.addf %v9, %v9 : f32
    %v11 = arith.addf %v10, %v10 : f32
    %v12 = arith.addf %v11, %v11 : f32
    %v13 = arith.addf %v12, %v12 : f32
    %v14 = arith.addf %v13, %v13 : f32
    %v15 = arith.addf %v14, %v14 : f32
    %v16 = arith.addf %v15, %v15 : f32
    %v17 = arith.addf %v16, %v16 : f32
    %v18 = arith.addf %v17, %v17 : f32
    %v19 = arith.addf %v18, %v18 : f32
    %v20 = arith.addf %v19, %v19 : f32
    %v21 = arith.addf %v20, %v20 : f32
    %v22 = arith.addf %v21, %v21 : f32
    %v23 = arith.addf %v22, %v22 : f32
    %v24 = arith.addf %v23, %v23 : f32
    %v25 = arith.addf %v24, %v24 : f32
    %v26 = arith.addf %v25, %v25 : f32
    %v27 = arith.addf %v26, %v26 : f32
    %v28 = arith.addf %v27, %v27 : f32
    %v29 = arith.addf %v28, %v28 : f32
    %v30 = arith.addf %v29, %v29 : f32
    %v31 = arith.addf %v30, %v30 : f32
    %v32 = arith.addf %v31, %v31 : f32
    %v33 = arith.addf %v32, %v32 : f32
    %v34 = arith.addf %v33, %v33 : f32
    %v35 = arith.addf %v34, %v34 : f32
    %v36 = arith.addf %v35, %v35 : f32
    %v37 = arith.addf %v36, %v36 : f32
    %v38 = arith.addf %v37, %v37 : f32
    %v39 = arith.addf %v38, %v38 : f32
    %v40 = arith.addf %v39, %v39 : f32
    %v41 = arith.addf %v40, %v40 : f32
    %v42 = arith.addf %v41, %v41 : f32
    %v43 = arith.addf %v42, %v42 : f32
    %v44 = arith.addf %v43, %v43 : f32
    %v45 = arith.addf %v44, %v44 : f32
    %v46 = arith.addf %v45, %v45 : f32
    %v47 = arith.addf %v46, %v46 : f32
    %v48 = arith.addf %v47, %v47 : f32
    %v49 = arith.addf %v48, %v48 : f32
    %v50 = arith.addf %v49, %v49 : f32
    %v51 = arith.addf %v50, %v50 : f32
    %v52 = arith.addf %v51, %v51 : f32
    %v53 = arith.addf %v52, %v52 : f32
    %v54 = arith.addf %v53, %v53 : f32
    %v55 = arith.addf %v54, %v54 : f32
    %v56 = arith.addf %v55, %v55 : f32
    %v57 = arith.addf %v56, %v56 : f32
    %v58 = arith.addf %v57, %v57 : f32
    %v59 = arith.addf %v58, %v58 : f32
    %v60 = arith.addf %v59, %v59 : f32
    %v61 = arith.addf %v60, %v60 : f32
    %v62 = arith.addf %v61, %v61 : f32
    %v63 = arith.addf %v62, %v62 : f32
    %v64 = arith.addf %v63, %v63 : f32
    npu.yield %v64 : f32
  }
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  // expected-error @below {{the program needs more than 32 lane registers}}
  npu.vector outs(%0 : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%x: f32):
    %v0 = arith.addf %x, %x : f32
    %v1 = arith.addf %x, %x : f32
    %v2 = arith.addf %x, %x : f32
    %v3 = arith.addf %x, %x : f32
    %v4 = arith.addf %x, %x : f32
    %v5 = arith.addf %x, %x : f32
    %v6 = arith.addf %x, %x : f32
    %v7 = arith.addf %x, %x : f32
    %v8 = arith.addf %x, %x : f32
    %v9 = arith.addf %x, %x : f32
    %v10 = arith.addf %x, %x : f32
    %v11 = arith.addf %x, %x : f32
    %v12 = arith.addf %x, %x : f32
    %v13 = arith.addf %x, %x : f32
    %v14 = arith.addf %x, %x : f32
    %v15 = arith.addf %x, %x : f32
    %v16 = arith.addf %x, %x : f32
    %v17 = arith.addf %x, %x : f32
    %v18 = arith.addf %x, %x : f32
    %v19 = arith.addf %x, %x : f32
    %v20 = arith.addf %x, %x : f32
    %v21 = arith.addf %x, %x : f32
    %v22 = arith.addf %x, %x : f32
    %v23 = arith.addf %x, %x : f32
    %v24 = arith.addf %x, %x : f32
    %v25 = arith.addf %x, %x : f32
    %v26 = arith.addf %x, %x : f32
    %v27 = arith.addf %x, %x : f32
    %v28 = arith.addf %x, %x : f32
    %v29 = arith.addf %x, %x : f32
    %v30 = arith.addf %x, %x : f32
    %v31 = arith.addf %x, %x : f32
    %v32 = arith.addf %x, %x : f32
    %v33 = arith.addf %x, %x : f32
    %v34 = arith.addf %x, %x : f32
    %v35 = arith.addf %x, %x : f32
    %v36 = arith.addf %x, %x : f32
    %v37 = arith.addf %x, %x : f32
    %v38 = arith.addf %x, %x : f32
    %v39 = arith.addf %x, %x : f32
    %s0 = arith.addf %v0, %v0 : f32
    %s1 = arith.mulf %v1, %s0 : f32
    %s2 = arith.mulf %v2, %s1 : f32
    %s3 = arith.mulf %v3, %s2 : f32
    %s4 = arith.mulf %v4, %s3 : f32
    %s5 = arith.mulf %v5, %s4 : f32
    %s6 = arith.mulf %v6, %s5 : f32
    %s7 = arith.mulf %v7, %s6 : f32
    %s8 = arith.mulf %v8, %s7 : f32
    %s9 = arith.mulf %v9, %s8 : f32
    %s10 = arith.mulf %v10, %s9 : f32
    %s11 = arith.mulf %v11, %s10 : f32
    %s12 = arith.mulf %v12, %s11 : f32
    %s13 = arith.mulf %v13, %s12 : f32
    %s14 = arith.mulf %v14, %s13 : f32
    %s15 = arith.mulf %v15, %s14 : f32
    %s16 = arith.mulf %v16, %s15 : f32
    %s17 = arith.mulf %v17, %s16 : f32
    %s18 = arith.mulf %v18, %s17 : f32
    %s19 = arith.mulf %v19, %s18 : f32
    %s20 = arith.mulf %v20, %s19 : f32
    %s21 = arith.mulf %v21, %s20 : f32
    %s22 = arith.mulf %v22, %s21 : f32
    %s23 = arith.mulf %v23, %s22 : f32
    %s24 = arith.mulf %v24, %s23 : f32
    %s25 = arith.mulf %v25, %s24 : f32
    %s26 = arith.mulf %v26, %s25 : f32
    %s27 = arith.mulf %v27, %s26 : f32
    %s28 = arith.mulf %v28, %s27 : f32
    %s29 = arith.mulf %v29, %s28 : f32
    %s30 = arith.mulf %v30, %s29 : f32
    %s31 = arith.mulf %v31, %s30 : f32
    %s32 = arith.mulf %v32, %s31 : f32
    %s33 = arith.mulf %v33, %s32 : f32
    %s34 = arith.mulf %v34, %s33 : f32
    %s35 = arith.mulf %v35, %s34 : f32
    %s36 = arith.mulf %v36, %s35 : f32
    %s37 = arith.mulf %v37, %s36 : f32
    %s38 = arith.mulf %v38, %s37 : f32
    %s39 = arith.mulf %v39, %s38 : f32
    npu.yield %s39 : f32
  }
  return
}

// -----

func.func @main(%x: memref<9x4xi8, #npu.space<dram>> {npu.offset = 0 : i64}, %l: memref<3xi32, #npu.space<dram>> {npu.offset = 64 : i64}, %y: memref<3x4xi8, #npu.space<dram>> {npu.offset = 128 : i64}) {
  // expected-error @below {{expected the list in sram: engines read it there}}
  npu.gather %x at %l into %y dim 0 on <dma1>
      : memref<9x4xi8, #npu.space<dram>>, memref<3xi32, #npu.space<dram>>, memref<3x4xi8, #npu.space<dram>>
  return
}

// -----

func.func @main() {
  // expected-error @below {{expected 'npu.dim_ranges' of the function to have it}}
  %0 = npu.runtime_dim "N" in 1 to 8
  return
}

// -----

// expected-error @below {{expected at most 8 run-time dimensions, got 9}}
func.func @main() attributes {npu.dim_ranges = {A = array<i64: 1, 2>, B = array<i64: 1, 2>, C = array<i64: 1, 2>,
    D = array<i64: 1, 2>, E = array<i64: 1, 2>, F = array<i64: 1, 2>, G = array<i64: 1, 2>, H = array<i64: 1, 2>, I = array<i64: 1, 2>}} {
  return
}

// -----

// expected-error @below {{expected 'npu.dim_ranges' to have "M"}}
func.func @main(%x: memref<8xf32, #npu.space<dram>> {npu.dims = ["M"], npu.offset = 0 : i64})
    attributes {npu.dim_ranges = {N = array<i64: 1, 8>}} {
  return
}

// -----

// A table is one of the drain's tensors.
func.func @main(%c: memref<1xi1, #npu.space<dram>> {npu.offset = 0 : i64}) {
  %t = npu.alloc at 0 : memref<256xi8, #npu.space<sram>>
  %o = npu.alloc at 16384 : memref<20x70xi8, #npu.space<sram>>
  %acc = npu.alloc at 0 : memref<20x70xi32, #npu.space<acc>>
  npu.drain %acc to %o {indexing_maps = [affine_map<(m, n) -> (m, n)>]}
      : memref<20x70xi32, #npu.space<acc>> to memref<20x70xi8, #npu.space<sram>> {
  ^bb0(%x: i32):
    %0 = arith.sitofp %x : i32 to f32
    %1 = arith.fptoui %0 : f32 to i8
    %2 = arith.index_castui %1 : i8 to index
    // expected-error @below {{the output stage cannot do 'memref.load' here}}
    %3 = memref.load %t[%2] : memref<256xi8, #npu.space<sram>>
    npu.yield %3 : i8
  }
  return
}

// -----

// Buffers in accumulators have one division into rows and lanes.
func.func @main() {
  %a = npu.alloc at 0 : memref<4x8x16xf32, #npu.space<sram>>
  %b = npu.alloc at 4096 : memref<16x6xf32, #npu.space<sram>>
  %c = npu.alloc at 8192 : memref<4x16xf32, #npu.space<sram>>
  %d = npu.alloc at 12288 : memref<16x8x6xf32, #npu.space<sram>>
  %acc = npu.alloc at 0 : memref<4x8x6xf32, #npu.space<acc>>
  npu.matmul ins(%a, %b : memref<4x8x16xf32, #npu.space<sram>>, memref<16x6xf32, #npu.space<sram>>)
      outs(%acc : memref<4x8x6xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, p, n, k) -> (m, p, k)>, affine_map<(m, p, n, k) -> (k, n)>, affine_map<(m, p, n, k) -> (m, p, n)>],
       m_dims = array<i64: 0, 1>, n_dims = array<i64: 2>, k_dims = array<i64: 3>}
  // expected-error @below {{expected dimension 1 of the accumulators to be lanes as in every other use of the buffer}}
  npu.matmul ins(%c, %d : memref<4x16xf32, #npu.space<sram>>, memref<16x8x6xf32, #npu.space<sram>>)
      outs(%acc : memref<4x8x6xf32, #npu.space<acc>>)
      {indexing_maps = [affine_map<(m, p, n, k) -> (m, k)>, affine_map<(m, p, n, k) -> (k, p, n)>, affine_map<(m, p, n, k) -> (m, p, n)>],
       m_dims = array<i64: 0>, n_dims = array<i64: 1, 2>, k_dims = array<i64: 3>}
  return
}

// -----

func.func @main() {
  %acc = npu.alloc at 0 : memref<2x2x2x2x8xf32, #npu.space<acc>>
  %0 = npu.alloc at 0 : memref<2x2x2x2x8xf32, #npu.space<sram>>
  // expected-error @below {{expected at most 3 dimensions of rows and of lanes}}
  npu.drain %acc to %0 {indexing_maps = [affine_map<(i, j, k, l, m) -> (i, j, k, l, m)>]}
      : memref<2x2x2x2x8xf32, #npu.space<acc>> to memref<2x2x2x2x8xf32, #npu.space<sram>>
  return
}

// -----

func.func @main() {
  %0 = ub.poison : memref<4xf32, #npu.space<sram>>
  %i = arith.constant 0 : index
  // expected-error @below {{'memref.load' uses a memref that is no view of a buffer}}
  %1 = memref.load %0[%i] : memref<4xf32, #npu.space<sram>>
  return
}
