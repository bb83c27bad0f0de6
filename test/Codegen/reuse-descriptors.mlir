// RUN: ashlar-opt %s --split-input-file --nisa-reuse-descriptors | FileCheck %s

// The product and what reads its result name the same tensor; what is written
// differs from it in its base, which a copy needs two words for. The stride of a dimension of
// size 1 counts: it tells where panels are.
// CHECK-LABEL: nisa.text 0
// CHECK: nisa.dnew [[ACC:d[0-9]+]], f32, %r64, 0
// CHECK-NEXT: nisa.ddim [[ACC]], 3, 1, 128
// CHECK-NEXT: nisa.dsize [[ACC]], 4, %r65, 0
// CHECK-NEXT: nisa.dstride [[ACC]], 4, r0, 32
// CHECK: nisa.dnew [[A:d[0-9]+]], bf16, r1, 0
// CHECK-NEXT: nisa.ddim [[A]], 5, 64, 1
// CHECK-NEXT: nisa.dnew [[B:d[0-9]+]], bf16, r2, 128
// CHECK-NEXT: nisa.ddim [[B]], 5, 64, 1
// CHECK-NEXT: nisa.mm [[ACC]], [[A]], [[B]], set, 0
// CHECK-NEXT: nisa.dmov [[OUT:d[0-9]+]], [[ACC]]
// CHECK-NEXT: nisa.dbase [[OUT]], r3, 0
// CHECK-NEXT: nisa.drain [[OUT]], [[ACC]], row
// CHECK-NEXT: nisa.halt
nisa.text 0 {
  nisa.dnew d0, f32, %r64, 0
  nisa.dstride d0, 3, r0, 128
  nisa.dsize d0, 4, %r65, 0
  nisa.dstride d0, 4, r0, 32
  nisa.dnew d1, bf16, r1, 0
  nisa.ddim d1, 5, 64, 1
  nisa.dnew d2, bf16, r2, 128
  nisa.ddim d2, 5, 64, 1
  nisa.mm d0, d1, d2, set, 0
  nisa.dnew d1, f32, %r64, 0
  nisa.dstride d1, 3, r0, 128
  nisa.dsize d1, 4, %r65, 0
  nisa.dstride d1, 4, r0, 32
  nisa.dnew d0, f32, r3, 0
  nisa.dstride d0, 3, r0, 128
  nisa.dsize d0, 4, %r65, 0
  nisa.dstride d0, 4, r0, 32
  nisa.drain d0, d1, row, 0
  nisa.halt
}

// -----

// Not reused: the register holds something else by then. What is set up before a
// register changes and used behind it is set up before.
// CHECK-LABEL: nisa.text 1
// CHECK: nisa.dnew [[A:d[0-9]+]], i8, %r64, 0
// CHECK: nisa.copy dma0, {{d[0-9]+}}, [[A]]
// CHECK: nisa.dbase [[B:d[0-9]+]], %r64, 64
// CHECK-NEXT: nisa.addi %r64, %r64, 64
// CHECK-NEXT: nisa.dbase [[C:d[0-9]+]], %r64, 0
// CHECK-NEXT: nisa.copy dma0, [[B]], [[C]]
nisa.text 1 {
  nisa.dnew d0, i8, r1, 0
  nisa.dnew d1, i8, %r64, 0
  nisa.copy dma0, d0, d1, 0
  nisa.dnew d0, i8, %r64, 64
  nisa.addi %r64, %r64, 64
  nisa.dnew d1, i8, %r64, 0
  nisa.copy dma0, d0, d1, 0
  nisa.halt
}

// -----

// Both sides of a branch use what was set up before it. Behind them only what
// both have is known: [[A]], but nothing of r3.
// CHECK-LABEL: nisa.text 2
// CHECK: nisa.dnew [[A:d[0-9]+]], i8, r1, 0
// CHECK-NEXT: nisa.ddim [[A]], 5, 64, 1
// CHECK: nisa.beq %r64, r0, L0
// CHECK-NEXT: nisa.copy dma0, [[A]], [[B:d[0-9]+]]
// CHECK-NEXT: nisa.jmp L1
// CHECK-NEXT: nisa.label L0
// CHECK-NEXT: nisa.dnew [[C:d[0-9]+]], i8, r3, 0
// CHECK-NEXT: nisa.ddim [[C]], 5, 64, 1
// CHECK-NEXT: nisa.copy dma0, [[C]], [[B]]
// CHECK-NEXT: nisa.label L1
// CHECK-NEXT: nisa.dbase [[B]], r3, 0
// CHECK-NEXT: nisa.copy dma0, [[A]], [[B]]
nisa.text 2 {
  nisa.dnew d0, i8, r1, 0
  nisa.ddim d0, 5, 64, 1
  nisa.dnew d1, i8, r2, 0
  nisa.ddim d1, 5, 64, 1
  nisa.beq %r64, r0, L0
  nisa.copy dma0, d0, d1, 0
  nisa.jmp L1
  nisa.label L0
  nisa.dnew d2, i8, r3, 0
  nisa.ddim d2, 5, 64, 1
  nisa.copy dma0, d2, d1, 0
  nisa.label L1
  nisa.dnew d0, i8, r1, 0
  nisa.ddim d0, 5, 64, 1
  nisa.dnew d1, i8, r3, 0
  nisa.ddim d1, 5, 64, 1
  nisa.copy dma0, d0, d1, 0
  nisa.halt
}

// -----

// A loop's begin is also reached from its end, where %r64 has moved on. Behind
// the loop, which runs, its last turn's descriptors are as they were.
// CHECK-LABEL: nisa.text 3
// CHECK: nisa.copy dma0
// CHECK-NEXT: nisa.loopi 4, L0
// CHECK-NEXT: nisa.dnew [[A:d[0-9]+]], i8, r1, 0
// CHECK-NEXT: nisa.dnew [[B:d[0-9]+]], i8, %r64, 0
// CHECK-NEXT: nisa.copy dma0, [[A]], [[B]]
// CHECK-NEXT: nisa.addi %r64, %r64, 1
// CHECK-NEXT: nisa.label L0
// CHECK-NEXT: nisa.dbase [[B]], %r64, 0
// CHECK-NEXT: nisa.copy dma0, [[A]], [[B]]
// CHECK-NEXT: nisa.loop %r65, L1
// CHECK-NEXT: nisa.dnew [[C:d[0-9]+]], i8, r2, 0
// CHECK-NEXT: nisa.copy dma0, [[C]], [[C]]
// CHECK-NEXT: nisa.label L1
// CHECK-NEXT: nisa.dnew [[D:d[0-9]+]], i8, r2, 0
// CHECK-NEXT: nisa.copy dma0, [[D]], [[D]]
nisa.text 3 {
  nisa.dnew d0, i8, r1, 0
  nisa.dnew d1, i8, %r64, 0
  nisa.copy dma0, d0, d1, 0
  nisa.loopi 4, L0
  nisa.dnew d0, i8, r1, 0
  nisa.dnew d1, i8, %r64, 0
  nisa.copy dma0, d0, d1, 0
  nisa.addi %r64, %r64, 1
  nisa.label L0
  nisa.dnew d0, i8, r1, 0
  nisa.dnew d1, i8, %r64, 0
  nisa.copy dma0, d0, d1, 0
  nisa.loop %r65, L1
  nisa.dnew d0, i8, r2, 0
  nisa.copy dma0, d0, d0, 0
  nisa.label L1
  nisa.dnew d0, i8, r2, 0
  nisa.copy dma0, d0, d0, 0
  nisa.halt
}

// -----

// A descriptor from before the loop, or one that a callee sets: as it was.
// CHECK-LABEL: nisa.text 4
// CHECK-NEXT: nisa.dnew d0, i8, r1, 0
// CHECK-NEXT: nisa.dnew d1, i8, r1, 0
// CHECK-NEXT: nisa.loopi 4, L0
// CHECK-NEXT: nisa.copy dma0, d0, d1
nisa.text 4 {
  nisa.dnew d0, i8, r1, 0
  nisa.dnew d1, i8, r1, 0
  nisa.loopi 4, L0
  nisa.copy dma0, d0, d1, 0
  nisa.label L0
  nisa.halt
}

// -----

// CHECK-LABEL: nisa.text 5
// CHECK-NEXT: nisa.dnew d0, i8, r1, 0
// CHECK-NEXT: nisa.call r5, L0
// CHECK-NEXT: nisa.copy dma0, d0, d0
nisa.text 5 {
  nisa.dnew d0, i8, r1, 0
  nisa.call r5, L0
  nisa.copy dma0, d0, d0, 0
  nisa.halt
  nisa.label L0
  nisa.jr r5
}
