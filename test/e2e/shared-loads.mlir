// What several cores load comes to all of them at once: products whose operands do
// not stay in a scratchpad, with odd sizes and boundary tiles.
//
// RUN: ashlar verify %s --target server --sanitize --timed | FileCheck %s
// RUN: ashlar verify %s --target hbm --sanitize --timed | FileCheck %s
// RUN: ashlar verify %s --target hbm --sanitize --precision bf16 | FileCheck %s
// CHECK: PASS
//
// One of them has rows whose number is known only at run time.
// RUN: rm -rf %t.dims && mkdir %t.dims && %python %S/Inputs/make_runtime_dims.py %t.dims
// RUN: ashlar verify %t.dims/wide.onnx --dim N=1..520 --sanitize --target server | FileCheck %s --check-prefix=DIMS
// RUN: ashlar verify %t.dims/wide.onnx --dim N=1..520 --sanitize --target hbm | FileCheck %s --check-prefix=DIMS
// DIMS-COUNT-3: PASS random inputs
//
// RUN: ashlar compile %s --target hbm --emit npu -o %t.tiled.mlir
// RUN: FileCheck %s --check-prefix=TILED --input-file=%t.tiled.mlir
// TILED: npu.copy {{.*}} shared({{.*}}) <{{.*}} by {{.*}} credits [[C:[0-9]+]] arrivals [[A:[0-9]+]]>
// TILED: npu.receive {{.*}} semaphore [[A]]
//
// Who does not wait for what it receives is found out.
// RUN: ashlar-opt %t.tiled.mlir --codegen=target=hbm | ashlar-translate --nisa-to-image -o %t.good.npu
// RUN: ashlar run %t.good.npu --random-inputs --sanitize
// RUN: grep -v npu.receive %t.tiled.mlir | ashlar-opt --codegen=target=hbm | ashlar-translate --nisa-to-image -o %t.bad.npu
// RUN: not ashlar run %t.bad.npu --random-inputs --sanitize 2>&1 | FileCheck %s --check-prefix=RACE
// RACE: {{data race.*not ordered with|uninitialised read: nothing has written}}

func.func @main(%a: tensor<1027x1538xf32> {nn.name = "a"},
                %b: tensor<1538x1285xf32> {nn.name = "b"},
                %c: tensor<1285x770xf32> {nn.name = "c"})
    -> (tensor<1027x770xf32> {nn.name = "d"}) {
  %0 = nn.matmul %a, %b : (tensor<1027x1538xf32>, tensor<1538x1285xf32>) -> tensor<1027x1285xf32>
  %1 = nn.matmul %0, %c : (tensor<1027x1285xf32>, tensor<1285x770xf32>) -> tensor<1027x770xf32>
  return %1 : tensor<1027x770xf32>
}
