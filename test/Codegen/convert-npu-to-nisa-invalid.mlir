// RUN: ashlar-opt %s --split-input-file --convert-npu-to-nisa='target=edge' --verify-diagnostics

func.func @main(%a: memref<8xf32, #npu.space<dram>>) {
  // expected-error @above {{expected 'npu.offset' of argument 0, run npu-plan-memory first}}
  return
}

// -----

func.func @main() {
  // expected-error @below {{'npu.alloc' has no place, run npu-plan-memory first}}
  %0 = npu.alloc : memref<8xf32, #npu.space<sram>>
  return
}

// -----

func.func @main(%a: memref<8xf32, #npu.space<dram>> {npu.offset = 0 : i64}, %i: memref<1xf32, #npu.space<dram>> {npu.offset = 64 : i64}) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'memref.load' expected a tensor in sram: the scalar unit reaches no other memory}}
  %0 = memref.load %a[%c0] : memref<8xf32, #npu.space<dram>>
  return
}

// -----

// expected-note @below {{the other one is 'one'}}
func.func @one() {
  return
}
// expected-error @below {{expected one function with a body}}
func.func @two() {
  return
}

// -----

func.func @main() {
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  npu.vector outs(%0 : memref<8xf32, #npu.space<sram>>)
      attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%old: f32):
    // expected-error @below {{the vector unit cannot do 'math.erfc' on 'f32'}}
    %1 = math.erfc %old : f32
    npu.yield %1 : f32
  }
  return
}

// -----

func.func @main() {
  %acc = npu.alloc at 0 : memref<4x8xf32, #npu.space<acc>>
  %0 = npu.alloc at 0 : memref<4x8xf32, #npu.space<sram>>
  npu.drain %acc to %0 {indexing_maps = [affine_map<(i, j) -> (i, j)>]}
      : memref<4x8xf32, #npu.space<acc>> to memref<4x8xf32, #npu.space<sram>> {
  ^bb0(%x: f32):
    // expected-error @below {{the output stage cannot do 'math.exp' here}}
    %1 = math.exp %x : f32
    npu.yield %1 : f32
  }
  return
}

// -----

func.func private @other()
func.func @main() {
  // expected-error @below {{'func.call' has no machine code}}
  func.call @other() : () -> ()
  return
}

// -----

// Everything that has no machine code is reported, what follows from it is not.
func.func private @other()
func.func @main(%n: memref<8xf32, #npu.space<dram>> {npu.offset = 0 : i64}, %m: memref<8xf32, #npu.space<dram>> {npu.offset = 64 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %0 = npu.alloc at 0 : memref<8xf32, #npu.space<sram>>
  // expected-error @below {{expected scalars as values of 'scf.for', got 'memref<8xf32, #npu.space<dram>>'}}
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%a = %n) -> memref<8xf32, #npu.space<dram>> {
    scf.yield %m : memref<8xf32, #npu.space<dram>>
  }
  npu.copy %r to %0 : memref<8xf32, #npu.space<dram>> to memref<8xf32, #npu.space<sram>>
  // expected-error @below {{'func.call' has no machine code}}
  func.call @other() : () -> ()
  return
}

// -----

// expected-error @below {{expected @missing to be a function with a body and without arguments}}
func.func @main() attributes {npu.opening = @missing} {
  return
}

// -----

memref.global "private" @w : memref<8xf32, #npu.space<sram>> = uninitialized
func.func @main(%x: memref<8xf32, #npu.space<dram>> {npu.io = "output", npu.offset = 0 : i64}) {
  // expected-error @below {{expected a constant in dram, or a place in sram}}
  %0 = memref.get_global @w : memref<8xf32, #npu.space<sram>>
  npu.copy %0 to %x on <dma0> : memref<8xf32, #npu.space<sram>> to memref<8xf32, #npu.space<dram>>
  return
}
