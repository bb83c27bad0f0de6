// RUN: ashlar-opt %s --schedule-defer-pads --split-input-file | FileCheck %s --check-prefix=DEFER
// RUN: ashlar-opt %s --schedule-defer-pads --schedule-normalize-linalg --schedule-bufferize --schedule-materialize-pads --split-input-file | FileCheck %s --check-prefix=BUFFER

#in = affine_map<(h, f, k) -> (2 * h + k, f)>
#window = affine_map<(h, f, k) -> (k)>
#out = affine_map<(h, f, k) -> (h, f)>

// A pooling's pad costs no memory: tiles are loaded from the source, around
// which the copy writes the pad's value.
// DEFER-LABEL: func.func @pool
// DEFER: npu.pad %{{.*}} low [1, 0] value(0xFF800000 : f32) : tensor<4096x512xf32> to tensor<4098x512xf32>
// BUFFER-LABEL: func.func @pool
// BUFFER-NOT: memref<4098x512xf32, #npu.space<dram>> {alignment
// BUFFER: %[[PAD:.*]] = npu.pad
// BUFFER: linalg.generic {{.*}} ins(%[[PAD]], %
func.func @pool(%x: tensor<4096x512xf32>) -> tensor<2048x512xf32> {
  %inf = arith.constant 0xFF800000 : f32
  %p = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %inf : f32
  } : tensor<4096x512xf32> to tensor<4098x512xf32>
  %w = tensor.empty() : tensor<3xf32>
  %e = tensor.empty() : tensor<2048x512xf32>
  %init = linalg.fill ins(%inf : f32) outs(%e : tensor<2048x512xf32>) -> tensor<2048x512xf32>
  %0 = linalg.generic {indexing_maps = [#in, #window, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%p, %w : tensor<4098x512xf32>, tensor<3xf32>) outs(%init : tensor<2048x512xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.maximumf %o, %a : f32
    linalg.yield %m : f32
  } -> tensor<2048x512xf32>
  return %0 : tensor<2048x512xf32>
}

// -----

// A slice of a pad is a view of memory: here the pad is written after all.
// BUFFER-LABEL: func.func @sliced
// BUFFER: %[[PAD:.*]] = npu.pad
// BUFFER: %[[MEMORY:.*]] = memref.alloc() : memref<10xi8, #npu.space<dram>>
// BUFFER: linalg.generic {{.*}} ins(%[[PAD]] : {{.*}}) outs(%[[MEMORY]]
// BUFFER: memref.subview %[[MEMORY]]
func.func @sliced(%x: tensor<8xi8>) -> tensor<4xi8> {
  %seven = arith.constant 7 : i8
  %p = tensor.pad %x low[2] high[0] {
  ^bb0(%i: index):
    tensor.yield %seven : i8
  } : tensor<8xi8> to tensor<10xi8>
  %0 = tensor.extract_slice %p[1] [4] [1] : tensor<10xi8> to tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

#id = affine_map<(i) -> (i)>

// The source is overwritten between the pad and its reader: bufferisation
// writes elsewhere.
// BUFFER-LABEL: func.func @overwritten
// BUFFER: linalg.fill {{.*}} outs(%[[SOURCE:.*]] :
// BUFFER: %[[PAD:.*]] = npu.pad %[[SOURCE]]
// BUFFER-NOT: outs(%[[SOURCE]]
// BUFFER: linalg.generic {{.*}} ins(%[[PAD]]
func.func @overwritten(%x: tensor<8xf32>, %w: tensor<8x4xf32>) -> (tensor<10xf32>, tensor<8xf32>) {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%one : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %p = tensor.pad %f low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %one : f32
  } : tensor<8xf32> to tensor<10xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%w : tensor<8x4xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %o, %a : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  %e2 = tensor.empty() : tensor<10xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%p : tensor<10xf32>) outs(%e2 : tensor<10xf32>) {
  ^bb0(%a: f32, %o: f32):
    %n = arith.negf %a : f32
    linalg.yield %n : f32
  } -> tensor<10xf32>
  return %0, %r : tensor<10xf32>, tensor<8xf32>
}
