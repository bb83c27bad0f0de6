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
