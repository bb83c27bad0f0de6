// RUN: ashlar-opt %s --convert-linalg-to-npu --verify-diagnostics --split-input-file

#id = affine_map<(i) -> (i)>

// Every instance is reported.
func.func @unsupported(%x: memref<16xf32, #npu.space<sram>>, %z: memref<16xf32, #npu.space<sram>>,
                       %w: memref<16xf80, #npu.space<sram>>) {
  // expected-error @+1 {{cannot be compiled: the vector unit has no 'math.fpowi' on f32}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<16xf32, #npu.space<sram>>) outs(%z : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %c = arith.constant 3 : i32
    %0 = math.fpowi %p, %c : f32, i32
    linalg.yield %0 : f32
  }
  // expected-error @+1 {{cannot be compiled: no element type of the machine is f80}}
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%w : memref<16xf80, #npu.space<sram>>) {
  ^bb0(%o: f80):
    %0 = arith.constant 3.0 : f80
    linalg.yield %0 : f80
  }
  return
}

// -----

#id = affine_map<(i, j) -> (i, j)>
#red = affine_map<(i, j) -> (i)>

func.func @reduction(%x: memref<16x8xf32, #npu.space<sram>>, %s: memref<16xf32, #npu.space<sram>>) {
  // expected-error @+1 {{its reduction is none that the vector unit does}}
  linalg.generic {indexing_maps = [#id, #red], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<16x8xf32, #npu.space<sram>>) outs(%s : memref<16xf32, #npu.space<sram>>) {
  ^bb0(%p: f32, %o: f32):
    %0 = arith.subf %o, %p : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

func.func @untiled(%x: memref<?xf32, #npu.space<dram>>, %z: memref<?xf32, #npu.space<dram>>) {
  // expected-error @+1 {{cannot be compiled: its sizes are not known at compile time}}
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32, #npu.space<dram>>) outs(%z : memref<?xf32, #npu.space<dram>>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  }
  return
}
