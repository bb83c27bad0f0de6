// The registered pipeline is the whole compiler: from nn to machine words.
// RUN: ashlar-opt %s --ashlar-pipeline | FileCheck %s
// RUN: ashlar-opt %s --ashlar-pipeline='target=nano opt-level=0 precision=bf16' | FileCheck %s --check-prefix=NANO
// CHECK: nisa.image
// CHECK-SAME: "edge"
// CHECK: nisa.mm
// CHECK: nisa.halt
// NANO: nisa.image
// NANO-SAME: "nano"
// NANO: nisa.mm

// A machine that does not exist is an error of every pipeline, not a module
// that stays as it was.
// RUN: not ashlar-opt %s --ashlar-pipeline=target=moon 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not ashlar-opt %s --schedule=target=moon 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not ashlar-opt %s --tile=target=moon 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not ashlar-opt %s --codegen=target=moon 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET-NOT: nn.matmul
// RUN: not ashlar-opt %s --ashlar-pipeline=opt-level=9 2>&1 | FileCheck %s --check-prefix=LEVEL
// LEVEL: error: opt-level is 9, expected 0 to 3
// TARGET: error: unknown target 'moon'; the presets are nano, edge, server, hbm, and target files end in .yaml
// TARGET-NOT: nn.matmul

// RUN: not ashlar-opt %s --ashlar-pipeline=precision=f12 2>&1 | FileCheck %s --check-prefix=PRECISION
// PRECISION: 'f12'
func.func @main(%x: tensor<32x64xf32>, %w: tensor<64x64xf32>) -> tensor<32x64xf32> {
  %0 = nn.matmul %x, %w : (tensor<32x64xf32>, tensor<64x64xf32>) -> tensor<32x64xf32>
  return %0 : tensor<32x64xf32>
}
