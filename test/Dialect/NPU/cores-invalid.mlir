// RUN: ashlar-opt %s --split-input-file --verify-diagnostics

func.func @empty_grid() {
  // expected-error@+1 {{expected a grid of 1 to 255 cores in each dimension, got 0}}
  npu.on_cores (%i) in (0) {
  }
  return
}

// -----

func.func @large_grid() {
  // expected-error@+1 {{expected a grid of at most 255 cores, got 256}}
  npu.on_cores (%i, %j) in (16, 16) {
  }
  return
}

// -----

func.func @arguments() {
  // expected-error@+1 {{expected 2 body arguments, one for each dimension of the grid, got 1}}
  npu.on_cores (%i) in (2, 2) {
  }
  return
}

// -----

func.func @nested() {
  npu.on_cores (%i) in (2) {
    // expected-error@+1 {{expects parent op 'func.func'}}
    npu.on_cores {
    }
  }
  return
}

// -----

func.func @shared_buffer() {
  // expected-note@+1 {{all cores would share this one}}
  npu.on_cores (%i) in (2) {
    // expected-error@+1 {{expected buffers in dram outside npu.on_cores}}
    %0 = npu.alloc : memref<8xf32, #npu.space<dram>>
  }
  return
}

// -----

func.func @barrier_queue(%x: memref<8xf32, #npu.space<dram>>) {
  // expected-error@+1 {{expected a copy queue, got vec}}
  npu.barrier %x on <vec> : memref<8xf32, #npu.space<dram>>
  return
}

// -----

func.func @barrier_space() {
  %0 = npu.alloc : memref<8xf32, #npu.space<sram>>
  // expected-error@+1 {{expected buffers in dram, got 'memref<8xf32, #npu.space<sram>>'}}
  npu.barrier %0 on <dma0> : memref<8xf32, #npu.space<sram>>
  return
}

// -----

func.func @argument_types() {
  // expected-error@+1 {{expected body arguments of type 'index', got 'i32'}}
  "npu.on_cores"() <{grid = array<i64: 2>}> ({
  ^bb0(%i: i32):
    "npu.yield"() : () -> ()
  }) : () -> ()
  return
}

// -----

func.func @values() {
  "npu.on_cores"() <{grid = array<i64: 2>}> ({
  ^bb0(%i: index):
    // expected-error@+1 {{expected no values, got 1}}
    "npu.yield"(%i) : (index) -> ()
  }) : () -> ()
  return
}

// -----

func.func @no_buffers() {
  // expected-error@+1 {{expected the buffers that it orders}}
  "npu.barrier"() <{queue = #npu.queue<dma0>}> : () -> ()
  return
}
