// RUN: ashlar-opt %s --pass-pipeline='builtin.module(func.func(npu-insert-sync))' | FileCheck %s

!dram = memref<8xf32, #npu.space<dram>>
!sram = memref<8xf32, #npu.space<sram>>

// A chain over three engines: each edge has a semaphore of its own pair.
// CHECK-LABEL: func.func @chain
func.func @chain(%a: !dram, %b: !dram) {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 64 : !sram
  // CHECK: npu.copy
  // CHECK-NEXT: npu.signal <dma0> semaphore [[A:[0-9]+]]
  npu.copy %a to %0 on <dma0> : !dram to !sram
  // CHECK-NEXT: npu.wait <vec> semaphore [[A]]
  // CHECK-NEXT: npu.vector
  npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%x: f32, %old: f32):
    npu.yield %x : f32
  }
  // CHECK: npu.signal <vec> semaphore [[B:[0-9]+]]
  // CHECK-NEXT: npu.wait <dma1> semaphore [[B]]
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: return
  npu.copy %1 to %b on <dma1> : !sram to !dram
  return
}

// No bytes in common, or one queue: nothing to order.
// CHECK-LABEL: func.func @independent
// CHECK-NOT: npu.wait
// CHECK-LABEL: func.func @transitive
func.func @independent(%a: !dram, %b: !dram) {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 64 : !sram
  npu.copy %a to %0 on <dma0> : !dram to !sram
  npu.copy %b to %1 on <dma1> : !dram to !sram
  npu.copy %a to %0 on <dma0> : !dram to !sram
  return
}

// The store waits for the vector unit, which has waited for the load: the second
// load's order behind the first needs nothing, and neither does the store's.
func.func @transitive(%a: !dram, %b: !dram) {
  %0 = npu.alloc at 0 : !sram
  // CHECK: npu.copy
  // CHECK-NEXT: npu.signal <dma0>
  // CHECK-NEXT: npu.wait <vec>
  // CHECK-NEXT: npu.vector
  npu.copy %a to %0 on <dma0> : !dram to !sram
  npu.vector outs(%0 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
  ^bb0(%old: f32):
    %x = arith.addf %old, %old : f32
    npu.yield %x : f32
  }
  // CHECK: npu.signal <vec>
  // CHECK-NEXT: npu.wait <dma1>
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: return
  npu.copy %0 to %b on <dma1> : !sram to !dram
  return
}

// Buffers that share bytes are ordered although they are different ones.
// CHECK-LABEL: func.func @shared
func.func @shared(%a: !dram, %b: !dram) {
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 0 : !sram
  // CHECK: npu.copy
  // CHECK-NEXT: npu.signal <dma1>
  // CHECK-NEXT: npu.wait <dma0>
  // CHECK-NEXT: npu.copy
  npu.copy %0 to %b on <dma1> : !sram to !dram
  npu.copy %a to %1 on <dma0> : !dram to !sram
  return
}

// A ring of two: two tokens circulate around the outer loop, another orders the
// tile's own producer and consumer.
// CHECK-LABEL: func.func @ring
func.func @ring(%a: !dram, %b: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: npu.signal <dma0> semaphore [[FREE:[0-9]+]] count 2
  // CHECK-NEXT: scf.for
  scf.for %i = %c0 to %n step %c1 {
    // CHECK-NEXT: scf.for
    scf.for %j = %c0 to %n step %c1 {
      // CHECK-NEXT: npu.alloc
      %0 = npu.alloc depth 2 at 0 slot_bytes 64 : !sram
      // CHECK-NEXT: npu.wait <dma0> semaphore [[FREE]]
      // CHECK-NEXT: npu.copy
      // CHECK-NEXT: npu.signal <dma0> semaphore [[FULL:[0-9]+]]
      npu.copy %a to %0 on <dma0> : !dram to !sram
      // CHECK-NEXT: npu.wait <dma1> semaphore [[FULL]]
      // CHECK-NEXT: npu.copy
      // CHECK-NEXT: npu.signal <dma1> semaphore [[FREE]]
      npu.copy %0 to %b on <dma1> : !sram to !dram
    }
  }
  // The loop runs once: its tokens may stay.
  // CHECK: return
  return
}

// One slot: the loop carries the dependence, one token circulates around it and is
// taken back, as the loop runs again.
// CHECK-LABEL: func.func @carried
func.func @carried(%a: !dram, %b: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  scf.for %j = %c0 to %n step %c1 {
    // CHECK: npu.signal <dma0> semaphore [[FREE:[0-9]+]]{{$}}
    // CHECK: scf.for
    scf.for %i = %c0 to %n step %c1 {
      // CHECK-NEXT: npu.alloc
      // CHECK-NEXT: npu.wait <dma0> semaphore [[FREE]]
      %0 = npu.alloc at 0 : !sram
      npu.copy %a to %0 on <dma0> : !dram to !sram
      npu.copy %0 to %b on <dma1> : !sram to !dram
      // CHECK: npu.signal <dma1> semaphore [[FREE]]
      // CHECK-NEXT: }
    }
    // CHECK-NEXT: npu.wait <dma0> semaphore [[FREE]]{{$}}
  }
  // CHECK: return
  return
}

// A loop that runs once does not hold up what comes behind it: the second one's
// copies begin while the first one's tiles are still in use.
// CHECK-LABEL: func.func @loops
func.func @loops(%a: !dram, %b: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: npu.signal <dma0> semaphore [[FIRST:[0-9]+]]{{$}}
  // CHECK-NEXT: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %0 = npu.alloc at 0 : !sram
    npu.copy %a to %0 on <dma0> : !dram to !sram
    npu.copy %0 to %b on <dma1> : !sram to !dram
  }
  // CHECK: }
  // CHECK-NEXT: npu.signal <dma0> semaphore [[SECOND:[0-9]+]]{{$}}
  // CHECK-NEXT: scf.for
  scf.for %i = %c0 to %n step %c1 {
    %0 = npu.alloc at 64 : !sram
    npu.copy %a to %0 on <dma0> : !dram to !sram
    npu.copy %0 to %b on <dma1> : !sram to !dram
  }
  // CHECK: }
  // CHECK-NEXT: return
  return
}

// The scalar unit waits before it reads; what it wrote is there when it goes on.
// CHECK-LABEL: func.func @scalar
func.func @scalar(%a: !dram, %i: index) {
  %0 = npu.alloc at 0 : !sram
  // CHECK: npu.copy
  // CHECK-NEXT: npu.signal <dma0>
  npu.copy %a to %0 on <dma0> : !dram to !sram
  // CHECK-NEXT: npu.wait <scalar>
  // CHECK-NEXT: memref.load
  %x = memref.load %0[%i] : !sram
  // CHECK-NEXT: memref.store
  memref.store %x, %0[%i] : !sram
  // CHECK-NEXT: npu.copy
  npu.copy %0 to %a on <dma1> : !sram to !dram
  return
}

// A branch is one item of its block: tokens balance whether it is taken or not.
// CHECK-LABEL: func.func @branch
func.func @branch(%a: !dram, %b: !dram, %c: i1) {
  %0 = npu.alloc at 0 : !sram
  npu.copy %a to %0 on <dma0> : !dram to !sram
  // CHECK: npu.signal <dma0> semaphore [[S:[0-9]+]]
  // CHECK-NEXT: npu.wait <dma1> semaphore [[S]]
  // CHECK-NEXT: scf.if
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: }
  scf.if %c {
    npu.copy %0 to %b on <dma1> : !sram to !dram
  }
  return
}

// A loop's tokens that come back from a queue say nothing of what the queue does in
// the loop behind its signal: %2 is still read when %0 is free again.
// CHECK-LABEL: func.func @after_release
func.func @after_release(%a: !dram, %b: !dram) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %2 = npu.alloc at 128 : !sram
  %3 = npu.alloc at 192 : !sram
  // CHECK: scf.for
  scf.for %j = %c0 to %c4 step %c1 {
    // CHECK: scf.for
    scf.for %i = %c0 to %c4 step %c1 {
      %0 = npu.alloc at 0 : !sram
      npu.copy %a to %0 on <dma0> : !dram to !sram
      npu.vector ins(%0 : !sram) outs(%2 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
      ^bb0(%x: f32, %old: f32):
        npu.yield %x : f32
      }
      // CHECK: npu.vector ins({{.*}}) outs
      // CHECK: npu.signal <vec> semaphore [[FREE:[0-9]+]]
      // CHECK: npu.vector ins
      npu.vector ins(%2 : !sram) outs(%3 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
      ^bb0(%x: f32, %old: f32):
        npu.yield %x : f32
      }
      // CHECK: }
    }
    // CHECK: npu.wait <dma0> semaphore [[FREE]]
    // CHECK-NEXT: npu.signal <vec> semaphore [[DONE:[0-9]+]]
    // CHECK-NEXT: npu.wait <dma0> semaphore [[DONE]]
    // CHECK-NEXT: npu.copy
    npu.copy %a to %2 on <dma0> : !dram to !sram
    npu.copy %2 to %b on <dma0> : !sram to !dram
  }
  return
}

// The vector unit's first work in the loop waits for a load there, which comes
// behind the load before the loop: that one needs no token of its own.
// CHECK-LABEL: func.func @begins_behind
func.func @begins_behind(%a: !dram) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 64 : !sram
  // CHECK: npu.copy
  // CHECK-NEXT: npu.signal <dma0> semaphore [[FREE:[0-9]+]]
  // CHECK-NEXT: scf.for
  npu.copy %a to %0 on <dma0> : !dram to !sram
  scf.for %i = %c0 to %c4 step %c1 {
    // CHECK-NEXT: npu.wait <dma0> semaphore [[FREE]]
    // CHECK-NEXT: npu.copy
    npu.copy %a to %1 on <dma0> : !dram to !sram
    // CHECK-NEXT: npu.signal <dma0> semaphore [[FULL:[0-9]+]]
    // CHECK-NEXT: npu.wait <vec> semaphore [[FULL]]
    npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
    ^bb0(%x: f32, %old: f32):
      %y = arith.addf %x, %old : f32
      npu.yield %y : f32
    }
  }
  return
}

// A loop that may not run orders nothing.
// CHECK-LABEL: func.func @may_not_run
func.func @may_not_run(%a: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 64 : !sram
  // CHECK: npu.copy
  // CHECK-NEXT: npu.signal <dma0> semaphore [[BEFORE:[0-9]+]]
  // CHECK: npu.wait <vec> semaphore [[BEFORE]]
  // CHECK-NEXT: scf.for
  npu.copy %a to %0 on <dma0> : !dram to !sram
  scf.for %i = %c0 to %n step %c1 {
    npu.copy %a to %1 on <dma0> : !dram to !sram
    npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
    ^bb0(%x: f32, %old: f32):
      %y = arith.addf %x, %old : f32
      npu.yield %y : f32
    }
  }
  return
}

// Behind the loop its last store has waited for the vector unit, that for the
// last load: who waits for the store need not wait for the vector unit.
// CHECK-LABEL: func.func @ends_behind
func.func @ends_behind(%a: !dram, %b: !dram) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %0 = npu.alloc at 0 : !sram
  %1 = npu.alloc at 64 : !sram
  // CHECK: scf.for
  scf.for %i = %c0 to %c4 step %c1 {
    npu.copy %a to %0 on <dma0> : !dram to !sram
    npu.vector ins(%0 : !sram) outs(%1 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
    ^bb0(%x: f32, %old: f32):
      npu.yield %x : f32
    }
    // CHECK: npu.copy {{.*}} on <dma1>
    npu.copy %1 to %b on <dma1> : !sram to !dram
  }
  // CHECK: {{^}}    }
  // CHECK-NEXT: npu.signal <dma1> semaphore [[LEFT:[0-9]+]]
  // CHECK-NEXT: npu.wait <dma0> semaphore [[LEFT]]
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: npu.copy
  // CHECK-NEXT: return
  npu.copy %a to %1 on <dma0> : !dram to !sram
  npu.copy %a to %0 on <dma0> : !dram to !sram
  return
}

// Tokens that a queue takes back from a loop that has not run are its own: they
// do not tell that the vector unit has written %2.
// CHECK-LABEL: func.func @own_tokens
func.func @own_tokens(%a: !dram, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %0 = npu.alloc at 0 : !sram
  %2 = npu.alloc at 128 : !sram
  // CHECK: scf.for
  scf.for %j = %c0 to %c4 step %c1 {
    npu.vector outs(%2 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
    ^bb0(%old: f32):
      %x = arith.addf %old, %old : f32
      npu.yield %x : f32
    }
    // CHECK: npu.signal <vec> semaphore [[DONE:[0-9]+]]
    // CHECK: scf.for
    scf.for %i = %c0 to %n step %c1 {
      npu.copy %a to %0 on <dma0> : !dram to !sram
      npu.vector outs(%0 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
      ^bb0(%old: f32):
        %x = arith.addf %old, %old : f32
        npu.yield %x : f32
      }
      // CHECK: npu.signal <vec> semaphore [[FREE:[0-9]+]]
    }
    // CHECK: npu.wait <dma0> semaphore [[FREE]]
    // CHECK: npu.wait <dma0> semaphore [[DONE]]
    // CHECK-NEXT: npu.copy
    npu.copy %a to %2 on <dma0> : !dram to !sram
  }
  return
}

// What is received has been copied: the vector unit waits for nothing else. The copy
// waits for the place; credits of copies for the same cores share a semaphore, and
// so do arrivals on one queue.
// CHECK-LABEL: func.func @received
// CHECK: npu.wait <dma0> semaphore [[FREE:[0-9]+]]
// CHECK-NEXT: npu.copy {{.*}} shared(%{{.*}}) <8 by 1 credits 255 arrivals 254>
// CHECK-NEXT: npu.receive %{{.*}} on <vec> semaphore 254
// CHECK-NEXT: npu.wait <dma0>
// CHECK-NEXT: npu.copy {{.*}} shared(%{{.*}}) <8 by 1 credits 255 arrivals 254>
// CHECK-NEXT: npu.receive %{{.*}} on <vec> semaphore 254
// CHECK-NEXT: npu.copy {{.*}} shared(%{{.*}}) <4 by 2 credits 253 arrivals 252>
// CHECK-NEXT: npu.receive %{{.*}} on <vec> semaphore 252
// CHECK-NEXT: npu.vector
// CHECK: npu.signal <vec> semaphore [[FREE]]
func.func @received(%a: !dram, %b: !dram) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %id = npu.core_id
  scf.for %i = %c0 to %c8 step %c1 {
    %0 = npu.alloc depth 2 at 0 slot_bytes 64 : !sram
    %1 = npu.alloc at 128 : !sram
    %2 = npu.alloc at 192 : !sram
    npu.copy %a to %0 on <dma0> shared(%id) <8 by 1> : !dram to !sram
    npu.receive %0 on <vec> : !sram
    npu.copy %a to %1 on <dma0> shared(%id) <8 by 1> : !dram to !sram
    npu.receive %1 on <vec> : !sram
    npu.copy %a to %2 on <dma0> shared(%id) <4 by 2> : !dram to !sram
    npu.receive %2 on <vec> : !sram
    npu.vector ins(%0, %1, %2 : !sram, !sram, !sram) outs(%2 : !sram) attributes {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = [#linalg.iterator_type<parallel>]} {
    ^bb0(%x: f32, %y: f32, %z: f32, %old: f32):
      npu.yield %x : f32
    }
  }
  return
}
