// RUN: ashlar-opt %s --schedule-choose-tiles=target=edge | FileCheck %s

// What is expected of a run, and of the rest of it when an input is not needed any
// more: npu-stage-inputs fetches the next request's then.
!t = memref<64x512xf32, #npu.space<dram>>
#id = affine_map<(i, j) -> (i, j)>
// CHECK: func.func @main(%{{.*}} {npu.cycles_behind = [[REST:[1-9][0-9]*]] : i64, npu.io = "input"}, %{{.*}} {npu.cycles_behind = 0 : i64, npu.io = "input"}, %{{.*}} {npu.io = "output"})
// CHECK-SAME: npu.expected_cycles = {{[1-9][0-9]*}} : i64
func.func @main(%x: !t {npu.io = "input"}, %z: !t {npu.io = "input"}, %y: !t {npu.io = "output"}) {
  %t = memref.alloc() : !t
  %view = memref.cast %x : !t to !t
  // CHECK: linalg.generic
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%view : !t) outs(%t : !t) {
  ^bb0(%a: f32, %b: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  }
  // CHECK: linalg.generic
  // CHECK-SAME: schedule.cycles = [[REST]]
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%t, %z : !t, !t) outs(%y : !t) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}
