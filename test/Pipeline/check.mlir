// What --check says is what compiling says: here a type, and a reduction that
// only the last step refuses.
// RUN: split-file %s %t
// RUN: not ashlar compile %t/type.mlir --check 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not ashlar compile %t/type.mlir -o %t/o.npu 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not ashlar compile %t/pair.mlir --check 2>&1 | FileCheck %s --check-prefix=PAIR
// RUN: not ashlar compile %t/pair.mlir -o %t/o.npu 2>&1 | FileCheck %s --check-prefix=PAIR
// RUN: not ashlar compile %t/sum.mlir --check 2>&1 | FileCheck %s --check-prefix=SUM
// RUN: ashlar verify %t/softmax.mlir | FileCheck %s --check-prefix=SOFTMAX
// RUN: ashlar compile %t/softmax.mlir --check
// RUN: not ashlar compile %t/names.mlir --check 2>&1 | FileCheck %s --check-prefix=NAMES
// RUN: ashlar verify %t/index.mlir --sanitize | FileCheck %s --check-prefix=SOFTMAX
// NAMES: two inputs or outputs are named 'a'
// TYPE: no element type of the machine is i4
// PAIR: its reduction is none that the vector unit does
// SUM: does not fit
// SOFTMAX: PASS

//--- type.mlir
func.func @main(%x: tensor<4xi4>) -> tensor<4xi4> {
  return %x : tensor<4xi4>
}

//--- pair.mlir
#x = affine_map<(i, j) -> (i, j)>
#y = affine_map<(i, j) -> (i)>
func.func @main(%x: tensor<4x6xf32>) -> (tensor<4xf32>, tensor<4xi32>) {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0 : i32
  %a = tensor.empty() : tensor<4xf32>
  %b = tensor.empty() : tensor<4xi32>
  %c = linalg.fill ins(%low : f32) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  %d = linalg.fill ins(%zero : i32) outs(%b : tensor<4xi32>) -> tensor<4xi32>
  %0:2 = linalg.generic {indexing_maps = [#x, #y, #y], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x6xf32>) outs(%c, %d : tensor<4xf32>, tensor<4xi32>) {
  ^bb0(%e: f32, %most: f32, %at: i32):
    %i = linalg.index 1 : index
    %k = arith.index_cast %i : index to i32
    %more = arith.cmpf ogt, %e, %most : f32
    %u = arith.select %more, %e, %most : f32
    %v = arith.select %more, %k, %at : i32
    linalg.yield %u, %v : f32, i32
  } -> (tensor<4xf32>, tensor<4xi32>)
  return %0#0, %0#1 : tensor<4xf32>, tensor<4xi32>
}

//--- sum.mlir
func.func @main(%x: tensor<8x100000000xf32>) -> tensor<8x100000000xf32> {
  %0 = nn.relu %x : (tensor<8x100000000xf32>) -> tensor<8x100000000xf32>
  return %0 : tensor<8x100000000xf32>
}

//--- softmax.mlir
func.func @main(%x: tensor<4x9xf32>) -> tensor<4x9xf32> {
  %e = tensor.empty() : tensor<4x9xf32>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<4x9xf32>) outs(%e : tensor<4x9xf32>) -> tensor<4x9xf32>
  return %0 : tensor<4x9xf32>
}

//--- names.mlir
func.func @main(%x: tensor<4xf32> {nn.name = "a"}) -> (tensor<4xf32> {nn.name = "b"}, tensor<4xf32> {nn.name = "a"}) {
  %0 = nn.relu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = nn.tanh %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

//--- index.mlir
// Indices at the edges are 64 bits wide.
#m = affine_map<(i) -> (i)>
func.func @main(%x: tensor<7xindex>) -> tensor<7xindex> {
  %e = tensor.empty() : tensor<7xindex>
  %0 = linalg.generic {indexing_maps = [#m, #m], iterator_types = ["parallel"]}
      ins(%x : tensor<7xindex>) outs(%e : tensor<7xindex>) {
  ^bb0(%a: index, %b: index):
    %i = linalg.index 0 : index
    %s = arith.addi %a, %i : index
    linalg.yield %s : index
  } -> tensor<7xindex>
  return %0 : tensor<7xindex>
}
