// RUN: ashlar-opt %s --nisa-allocate-registers='target=edge' | FileCheck %s
// RUN: ashlar-opt %s --nisa-allocate-registers='target=edge registers=4' | FileCheck %s --check-prefix=SPILL

// More values than registers and their kilobyte hold.
// RUN: %python %S/Inputs/many_values.py 128 | ashlar-opt --nisa-allocate-registers='target=edge registers=9'
// RUN: %python %S/Inputs/many_values.py 150 | not ashlar-opt --nisa-allocate-registers='target=edge registers=9' 2>&1 | FileCheck %s --check-prefix=MANY
// MANY: error: the program needs more scalar registers than there are, and more than 128 spilled ones

// Registers are reused behind their last read; what a loop reads lives through
// all of it. r0 to r4 are not touched.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.li [[LIMIT:r[0-9]+]], 7
// CHECK-NEXT: nisa.li [[A:r[0-9]+]], 1
// CHECK-NEXT: nisa.add [[B:r[0-9]+]], [[A]], r1
// CHECK-NEXT: nisa.loopi 3, L0
// CHECK-NEXT: nisa.addi [[C:r[0-9]+]], [[LIMIT]], 1
// CHECK-NEXT: nisa.add [[B]], [[B]], [[C]]
// CHECK-NEXT: nisa.label L0
// CHECK-NEXT: nisa.store i64, [[B]], r0, 0
// CHECK-NOT: nisa.load
nisa.text 0 {
  nisa.li %r64, 7
  nisa.li %r65, 1
  nisa.add %r66, %r65, r1
  nisa.loopi 3, L0
  nisa.addi %r67, %r64, 1
  nisa.add %r66, %r66, %r67
  nisa.label L0
  nisa.store i64, %r66, r0, 0
  nisa.halt
}

// Six values at once and four registers: two live in the scratchpad's last
// kilobyte.
// SPILL-LABEL: nisa.text 1
// SPILL: nisa.store i64, r{{[5-8]}}, r0, 2096128
// SPILL: nisa.load i64, r{{[5-8]}}, r0, 2096128
// SPILL-NOT: %r
nisa.text 1 {
  nisa.li %r64, 1
  nisa.li %r65, 2
  nisa.li %r66, 3
  nisa.li %r67, 4
  nisa.li %r68, 5
  nisa.li %r69, 6
  nisa.add %r70, %r64, %r65
  nisa.add %r70, %r70, %r66
  nisa.add %r70, %r70, %r67
  nisa.add %r70, %r70, %r68
  nisa.add %r70, %r70, %r69
  nisa.store i64, %r70, r0, 0
  nisa.halt
}
