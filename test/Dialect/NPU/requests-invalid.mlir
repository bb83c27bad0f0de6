// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @output(%y: memref<16xi8, #npu.space<dram>> {npu.io = "output"}) {
  // expected-error@+1 {{expected an argument in dram with 'npu.io' "input", got}}
  %0 = npu.request_next_input %y : memref<16xi8, #npu.space<dram>>
  return
}

// -----

func.func @view(%x: memref<16xi8, #npu.space<dram>> {npu.io = "input"}) {
  %part = memref.subview %x[0] [8] [1] : memref<16xi8, #npu.space<dram>> to memref<8xi8, strided<[1]>, #npu.space<dram>>
  // expected-error@+1 {{expected an argument in dram with 'npu.io' "input", got}}
  %0 = npu.request_next_input %part : memref<8xi8, strided<[1]>, #npu.space<dram>>
  return
}

// -----

func.func @uneven(%x: memref<15xi8, #npu.space<dram>> {npu.io = "input"}, %p: memref<4xi8, #npu.space<sram>>) {
  // expected-error@+1 {{expected an outermost dimension with 4 equal parts, got 'memref<15xi8, #npu.space<dram>>'}}
  %0 = npu.request_input %x at %p parts 4 : memref<15xi8, #npu.space<dram>>, memref<4xi8, #npu.space<sram>>
  return
}

// -----

func.func @whole(%x: memref<16xi8, #npu.space<dram>> {npu.io = "input"}, %p: memref<16xi8, #npu.space<sram>>) {
  // expected-error@+1 {{expected a place in sram for one part of 'memref<16xi8, #npu.space<dram>>', got 'memref<16xi8, #npu.space<sram>>'}}
  %0 = npu.request_input %x at %p parts 4 : memref<16xi8, #npu.space<dram>>, memref<16xi8, #npu.space<sram>>
  return
}

// -----

func.func @space(%x: memref<16xi8, #npu.space<dram>> {npu.io = "input"}, %p: memref<16xi8, #npu.space<dram>>) {
  // expected-error@+1 {{expected a place in sram for 'memref<16xi8, #npu.space<dram>>', got 'memref<16xi8, #npu.space<dram>>'}}
  %0 = npu.request_input %x at %p : memref<16xi8, #npu.space<dram>>, memref<16xi8, #npu.space<dram>>
  return
}

// -----

func.func @leave_queue() {
  // expected-error@+1 {{expected a copy queue, got vec}}
  npu.request_leave <vec>
  return
}

// -----

func.func @left_queue(%p: memref<16xi8, #npu.space<sram>>) {
  // expected-error@+1 {{expected a copy queue, got out}}
  npu.request_left %p on <out> : memref<16xi8, #npu.space<sram>>
  return
}

// -----

func.func @left_space(%x: memref<16xi8, #npu.space<dram>>) {
  // expected-error@+1 {{expected buffers in sram, got 'memref<16xi8, #npu.space<dram>>'}}
  npu.request_left %x on <dma0> : memref<16xi8, #npu.space<dram>>
  return
}
