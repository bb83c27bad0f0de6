// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @element(%s: tensor<9x4xf32>, %i: tensor<3xi32>, %t: tensor<3x4xf16>) {
  // expected-error @below {{expected equal element types, got 'f32' and 'f16'}}
  %0 = npu.gather %s at %i into %t dim 0 : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf16> -> tensor<3x4xf16>
  return
}

// -----

func.func @rank(%s: tensor<9x4xf32>, %i: tensor<3xi32>, %t: tensor<3x4xf32>) {
  // expected-error @below {{expected equal ranks above 2, got 2 and 2}}
  %0 = npu.gather %s at %i into %t dim 2 : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @list(%s: tensor<9x4xf32>, %i: tensor<3x1xi32>, %t: tensor<3x4xf32>) {
  // expected-error @below {{expected a list of i32 or i64, got 'tensor<3x1xi32>'}}
  %0 = npu.gather %s at %i into %t dim 0 : tensor<9x4xf32>, tensor<3x1xi32>, tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @size(%s: tensor<9x4xf32>, %i: tensor<3xi32>, %t: tensor<5x4xf32>) {
  // expected-error @below {{expected size 3 in dimension 0 of the target, got 5}}
  %0 = npu.gather %s at %i into %t dim 0 : tensor<9x4xf32>, tensor<3xi32>, tensor<5x4xf32> -> tensor<5x4xf32>
  return
}

// -----

func.func @mixed(%s: memref<9x4xf32, #npu.space<dram>>, %i: tensor<3xi32>, %t: tensor<3x4xf32>) {
  // expected-error @below {{expected tensors only or memrefs only, got 'memref<9x4xf32, #npu.space<dram>>'}}
  %0 = npu.gather %s at %i into %t dim 0 : memref<9x4xf32, #npu.space<dram>>, tensor<3xi32>, tensor<3x4xf32> -> tensor<3x4xf32>
  return
}

// -----

func.func @no_result(%s: tensor<9x4xf32>, %i: tensor<3xi32>, %t: tensor<3x4xf32>) {
  // expected-error @below {{expected a result of the target's type, 'tensor<3x4xf32>'}}
  npu.gather %s at %i into %t dim 0 : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
  return
}

// -----

func.func @result(%s: memref<9x4xf32, #npu.space<dram>>, %i: memref<3xi32, #npu.space<sram>>, %t: memref<3x4xf32, #npu.space<dram>>) {
  // expected-error @below {{expected no result on memrefs}}
  %0 = npu.gather %s at %i into %t dim 0 : memref<9x4xf32, #npu.space<dram>>, memref<3xi32, #npu.space<sram>>, memref<3x4xf32, #npu.space<dram>> -> tensor<3x4xf32>
  return
}

// -----

func.func @space(%s: memref<9x4xf32, #npu.space<dram>>, %i: memref<3xi32, #npu.space<sram>>, %t: memref<3x4xf32, #npu.space<acc>>) {
  // expected-error @below {{expected every operand in dram or sram, got 'memref<3x4xf32, #npu.space<acc>>'}}
  npu.gather %s at %i into %t dim 0 : memref<9x4xf32, #npu.space<dram>>, memref<3xi32, #npu.space<sram>>, memref<3x4xf32, #npu.space<acc>>
  return
}

// -----

func.func @queue(%s: memref<9x4xf32, #npu.space<dram>>, %i: memref<3xi32, #npu.space<sram>>, %t: memref<3x4xf32, #npu.space<dram>>) {
  // expected-error @below {{expected a dma queue, got mxu}}
  npu.gather %s at %i into %t dim 0 on <mxu> : memref<9x4xf32, #npu.space<dram>>, memref<3xi32, #npu.space<sram>>, memref<3x4xf32, #npu.space<dram>>
  return
}
