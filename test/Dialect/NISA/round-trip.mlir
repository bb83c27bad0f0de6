// RUN: ashlar-opt %s | ashlar-opt | FileCheck %s
// RUN: ashlar-opt --mlir-print-op-generic %s | ashlar-opt | FileCheck %s

// CHECK-LABEL: nisa.text 0 {
nisa.text 0 {
  // CHECK-NEXT: nisa.li r1, -4
  nisa.li r1, -4
  // CHECK-NEXT: nisa.load bf16, r2, r1, 8
  nisa.load bf16, r2, r1, 8
  // CHECK-NEXT: nisa.cvt f64, i32, r1, r2
  nisa.cvt f64, i32, r1, r2
  // CHECK-NEXT: nisa.label L0 "row"
  nisa.label L0 "row"
  // CHECK-NEXT: nisa.ddim d3, 5, 64, -1
  nisa.ddim d3, 5, 64, -1
  // CHECK-NEXT: nisa.wait dma1, s200, 65535
  nisa.wait dma1, s200, 65535
  // CHECK-NEXT: nisa.vrun 2
  nisa.vrun 2
  // CHECK-NEXT: nisa.v.in v31, d1
  nisa.v.in v31, d1
  // CHECK-NEXT: nisa.v.out f32, d2, v31, sum, 32, acc {note = "kept"}
  nisa.v.out f32, d2, v31, sum, 32, acc {note = "kept"}
  // CHECK-NEXT: nisa.mm d0, d1, d2, add, 0
  nisa.mm d0, d1, d2, add, 0
  // CHECK-NEXT: nisa.loopi 5, L7
  nisa.loopi 5, L7
  // CHECK-NEXT: nisa.bne r1, r0, L0
  nisa.bne r1, r0, L0
  // CHECK-NEXT: nisa.label L7
  nisa.label L7
  // CHECK-NEXT: nisa.halt
  nisa.halt
}

// Virtual registers look like values. Attributes of a text stay.
// CHECK-LABEL: nisa.text 254 attributes {entry = "main"} {
nisa.text 254 attributes {entry = "main"} {
  // CHECK-NEXT: nisa.addi %r64, %r1000, 1
  nisa.addi %r64, %r1000, 1
  // CHECK-NEXT: nisa.dmov %d32, d31
  nisa.dmov %d32, d31
  // CHECK-NEXT: nisa.vrun 1
  nisa.vrun 1
  // CHECK-NEXT: nisa.v.neg i64, %v32, v31
  nisa.v.neg i64, %v32, v31
}
