// RUN: ashlar-reference --entry=nn %s | FileCheck %s
// RUN: ashlar-reference --entry=linalg %s | FileCheck %s
// RUN: not ashlar-reference --entry=other %s 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not ashlar-reference --entry=dynamic %s 2>&1 | FileCheck %s --check-prefix=DYNAMIC
// RUN: not ashlar-reference --entry=takes %s 2>&1 | FileCheck %s --check-prefix=INPUTS
// RUN: not ashlar-reference --entry=complex %s 2>&1 | FileCheck %s --check-prefix=COMPLEX

// The same product at two levels; the linalg one has halves that upstream's
// lowering computes in f32.
// CHECK: bf16 2x2 {{\[}}[4, 1.5], [8, 2.5]]
func.func @nn() -> tensor<2x2xbf16> {
  %a = nn.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xbf16>
  %b = nn.constant dense<[[0.0, 0.5], [2.0, 0.5]]> : tensor<2x2xbf16>
  %0 = nn.matmul %a, %b : (tensor<2x2xbf16>, tensor<2x2xbf16>) -> tensor<2x2xbf16>
  %c = nn.constant dense<[0.0, 0.0]> : tensor<2xbf16>
  %d = nn.constant dense<[[0.0, 0.0], [0.0, -1.0]]> : tensor<2x2xbf16>
  %1 = nn.add %0, %d : (tensor<2x2xbf16>, tensor<2x2xbf16>) -> tensor<2x2xbf16>
  return %1 : tensor<2x2xbf16>
}

func.func @linalg() -> tensor<2x2xbf16> {
  %a = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xbf16>
  %b = arith.constant dense<[[0.0, 0.5], [2.0, 0.5]]> : tensor<2x2xbf16>
  %c = arith.constant dense<[[0.0, 0.0], [0.0, -1.0]]> : tensor<2x2xbf16>
  %0 = linalg.matmul ins(%a, %b : tensor<2x2xbf16>, tensor<2x2xbf16>) outs(%c : tensor<2x2xbf16>) -> tensor<2x2xbf16>
  return %0 : tensor<2x2xbf16>
}

// MISSING: error: cannot run on the host: no function 'other'

// DYNAMIC: error: cannot run on the host: expected tensors of static shape, but got 'tensor<?xf32>'
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// INPUTS: ashlar-reference: error: expected 1 inputs, but got 0
func.func @takes(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// COMPLEX: error: cannot run on the host: no such element type: 'tensor<4xcomplex<f32>>'
func.func @complex(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
  return %x : tensor<4xcomplex<f32>>
}

// What opens a session runs before the entry does.
// RUN: ashlar-reference --entry=opened %s | FileCheck %s --check-prefix=OPENED
// OPENED: f32 2 [3, 4]
memref.global "private" constant @w : memref<2xf32, #npu.space<dram>> = dense<[3.0, 4.0]>
memref.global "private" @w_resident : memref<2xf32, #npu.space<sram>> = uninitialized
func.func @opened(%y: memref<2xf32, #npu.space<dram>> {npu.io = "output"}) attributes {npu.opening = @opened_open} {
  %0 = memref.get_global @w_resident : memref<2xf32, #npu.space<sram>>
  npu.copy %0 to %y : memref<2xf32, #npu.space<sram>> to memref<2xf32, #npu.space<dram>>
  return
}
func.func @opened_open() {
  %0 = memref.get_global @w : memref<2xf32, #npu.space<dram>>
  %1 = memref.get_global @w_resident : memref<2xf32, #npu.space<sram>>
  npu.copy %0 to %1 multicast : memref<2xf32, #npu.space<dram>> to memref<2xf32, #npu.space<sram>>
  return
}

// On the host every core copies for itself.
// RUN: ashlar-reference --entry=shared %s | FileCheck %s --check-prefix=SHARED
// SHARED: f32 2 [3, 4]
func.func @shared(%y: memref<2xf32, #npu.space<dram>> {npu.io = "output"}) {
  %0 = memref.get_global @w : memref<2xf32, #npu.space<dram>>
  npu.on_cores (%i) in (2) {
    %1 = memref.get_global @w_resident : memref<2xf32, #npu.space<sram>>
    npu.copy %0 to %1 on <dma0> shared(%i) <2 by 1> : memref<2xf32, #npu.space<dram>> to memref<2xf32, #npu.space<sram>>
    npu.receive %1 on <dma1> : memref<2xf32, #npu.space<sram>>
    npu.copy %1 to %y on <dma1> : memref<2xf32, #npu.space<sram>> to memref<2xf32, #npu.space<dram>>
  }
  return
}
