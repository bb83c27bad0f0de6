// RUN: ashlar-opt %s --schedule-bufferize | FileCheck %s

#id = affine_map<(i) -> (i)>

// CHECK: memref.global "private" constant @{{.*}} : memref<8xf32, #npu.space<dram>> = dense<
// CHECK: func.func @main(
// CHECK-SAME: %[[A:.*]]: memref<8xf32, #npu.space<dram>> {npu.io = "input", npu.name = "x"},
// CHECK-SAME: %[[B:.*]]: memref<8xf32, #npu.space<dram>> {npu.io = "output", npu.name = "y"},
// CHECK-SAME: %[[C:.*]]: memref<8xf32, #npu.space<dram>> {npu.io = "output"})
// CHECK: %[[W:.*]] = memref.get_global
// CHECK: linalg.generic {{.*}} ins(%[[A]], %[[W]] : {{.*}}) outs(%[[B]] : memref<8xf32, #npu.space<dram>>)
// An input that is returned is copied, by an operation like any other.
// CHECK: linalg.generic {{.*}} ins(%[[A]] : {{.*}}) outs(%[[C]]
// CHECK-NOT: memref.copy
// CHECK: return{{$}}
func.func @main(%a: tensor<8xf32> {nn.name = "x"}) -> (tensor<8xf32> {nn.name = "y"}, tensor<8xf32>) {
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  %e = tensor.empty() : tensor<8xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%a, %w : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<8xf32>
  return %0, %a : tensor<8xf32>, tensor<8xf32>
}

// A state is replaced in its own buffer, by a copy if its old value is still read.
// CHECK: func.func @in_place(
// CHECK-SAME: %[[X:.*]]: memref<8xf32, #npu.space<dram>> {npu.io = "input"},
// CHECK-SAME: %[[S:.*]]: memref<8xf32, #npu.space<dram>> {npu.io = "state", npu.name = "s"})
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[S]] : {{.*}}) outs(%[[S]] :
// CHECK-NOT: linalg.generic
// CHECK: return{{$}}
func.func @in_place(%x: tensor<8xf32>, %s: tensor<8xf32> {nn.name = "s", nn.state = "s"}) -> (tensor<8xf32> {nn.name = "t", nn.state = "s"}) {
  %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %s : tensor<8xf32>, tensor<8xf32>) outs(%s : tensor<8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %sum = arith.addf %a, %b : f32
    linalg.yield %sum : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// Two states that change places are copied aside first.
// CHECK: func.func @exchange(
// CHECK-SAME: %[[A:.*]]: memref<8xf32, #npu.space<dram>> {npu.io = "state"},
// CHECK-SAME: %[[B:.*]]: memref<8xf32, #npu.space<dram>> {npu.io = "state"})
// CHECK: linalg.generic {{.*}} ins(%[[B]] : {{.*}}) outs(%[[OLD_B:.*]] :
// CHECK: linalg.generic {{.*}} ins(%[[A]] : {{.*}}) outs(%[[OLD_A:.*]] :
// CHECK: linalg.generic {{.*}} ins(%[[OLD_B]] : {{.*}}) outs(%[[A]] :
// CHECK: linalg.generic {{.*}} ins(%[[OLD_A]] : {{.*}}) outs(%[[B]] :
// CHECK: return{{$}}
func.func @exchange(%a: tensor<8xf32> {nn.state = "a"}, %b: tensor<8xf32> {nn.state = "b"})
    -> (tensor<8xf32> {nn.state = "a"}, tensor<8xf32> {nn.state = "b"}) {
  return %b, %a : tensor<8xf32>, tensor<8xf32>
}

// What is unsigned in the signature stays known.
// CHECK-LABEL: func.func @unsigned(
// CHECK-SAME: memref<4xi8, #npu.space<dram>> {npu.element_type = ui8, npu.io = "input", npu.name = "x"},
// CHECK-SAME: memref<4xi8, #npu.space<dram>> {npu.element_type = ui8, npu.io = "output"})
func.func @unsigned(%x: tensor<4xi8> {nn.element_type = ui8, nn.name = "x"}) -> (tensor<4xi8> {nn.element_type = ui8}) {
  return %x : tensor<4xi8>
}
