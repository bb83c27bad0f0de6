// RUN: ashlar-opt %s --convert-linalg-to-npu --verify-diagnostics

#id = affine_map<(m, n) -> (m, n)>

// 300 does not fit a byte: it would have to wrap, and the stage saturates.
func.func @wraps(%acc: memref<16x32xi32, #npu.space<acc>>, %z: memref<16x32xi8, #npu.space<sram>>) {
  %zero = arith.constant 0.0 : f32
  %top = arith.constant 300.0 : f32
  // expected-error @below {{cannot be compiled: the output stage cannot compute it}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%acc : memref<16x32xi32, #npu.space<acc>>) outs(%z : memref<16x32xi8, #npu.space<sram>>) {
  ^bb0(%p: i32, %o: i8):
    %0 = arith.sitofp %p : i32 to f32
    %1 = arith.maximumf %0, %zero : f32
    %2 = arith.minimumf %1, %top : f32
    %3 = arith.fptosi %2 : f32 to i32
    %4 = arith.trunci %3 : i32 to i8
    linalg.yield %4 : i8
  }
  return
}
