// All cores share what they can, wait for each other where they must, and the
// sanitiser sees it when they do not.
//
// RUN: ashlar verify %s --target hbm --sanitize | FileCheck %s
// RUN: ashlar verify %s --target server --sanitize | FileCheck %s
// CHECK: PASS
//
// The same program without its barriers.
// RUN: ashlar compile %s --target hbm --emit npu -o %t.tiled.mlir
// RUN: FileCheck %s --check-prefix=TILED --input-file=%t.tiled.mlir
// TILED: npu.core_id
// TILED: npu.barrier
// RUN: ashlar-opt %t.tiled.mlir --codegen=target=hbm | ashlar-translate --nisa-to-image -o %t.good.npu
// RUN: ashlar run %t.good.npu --random-inputs --sanitize
// RUN: grep -v npu.barrier %t.tiled.mlir | ashlar-opt --codegen=target=hbm | ashlar-translate --nisa-to-image -o %t.bad.npu
// RUN: not ashlar run %t.bad.npu --random-inputs --sanitize 2>&1 | FileCheck %s --check-prefix=RACE
// RACE: {{data race.*not ordered with|uninitialised read: nothing has written .* at dram:arena}}

func.func @main(%a: tensor<203x130xf32> {nn.name = "a"},
                %b: tensor<130x257xf32> {nn.name = "b"},
                %c: tensor<257x65xf32> {nn.name = "c"})
    -> (tensor<203x65xf32> {nn.name = "d"}) {
  %0 = nn.matmul %a, %b : (tensor<203x130xf32>, tensor<130x257xf32>) -> tensor<203x257xf32>
  %1 = nn.matmul %0, %c : (tensor<203x257xf32>, tensor<257x65xf32>) -> tensor<203x65xf32>
  return %1 : tensor<203x65xf32>
}
