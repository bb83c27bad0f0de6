; C = requantise(A x B), 1024 x 1024 x 1024 in i8, on one core of server with its
; operands in the scratchpad, at 95% of the core's peak or better.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t A=int8:1024x1024 B=int8:1024x1024
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs A=%t/A.npy --inputs B=%t/B.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py matmul %t --after /load --until /matmul --least 0.95
;
; Why not from dram: the core does 36 * 64 * 64 MACs a cycle and needs 7282 cycles
; for all; this chip's memory is its host's, behind a link of 40 bytes a cycle, and
; A and B alone take 52429. Networks fit this machine because their weights lie in
; its 192 MiB of scratchpads. So what is measured is from the moment at which the
; operands have landed to the last result in the scratchpad.
;
; 95% leave 383 cycles, and half of them are gone before the first instruction: 1024
; rows at 36 a cycle are 29 cycles, the last with 16 rows of 36, for every block of
; 64 x 64: 256 * 29 = 7424 cycles. Cutting M differently only makes that worse. What
; remains is spent on the first load and fill of the pipe (28 cycles) and on the
; last drain (16 + 29).
;
; A panel of C (1024 x 64) takes 1024 of 8192 accumulator rows and 464 cycles; its
; drain takes 45. Two panels in turn are enough.

.target server
.input "A", i8, [1024, 1024]
.input "B", i8, [1024, 1024]
.output "C", i8, [1024, 1024]
.macs 1024 * 1024 * 1024
.node "/load", "Copy"
.node "/matmul", "MatMul", 1024 * 1024 * 1024
.node "/store", "Copy"

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
.equ A, 0
.equ B, 1024 * 1024
.equ C, 2 * 1024 * 1024
.equ ROWS, 1024 * 64 * 4            ; bytes of a panel's accumulators

main:
  li r20, 0
  lih r20, (SRAM >> 32)
  li r21, 0
  lih r21, (ACC >> 32)
.loc 0
  dnew d0, i8, r1, A.offset
  ddim d0, 4, 1024, 1024
  ddim d0, 5, 1024, 1
  dnew d1, i8, r20, A
  ddim d1, 4, 1024, 1024
  ddim d1, 5, 1024, 1
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
  dnew d2, i8, r1, B.offset
  ddim d2, 4, 1024, 1024
  ddim d2, 5, 1024, 1
  dnew d3, i8, r20, B
  ddim d3, 4, 1024, 1024
  ddim d3, 5, 1024, 1
  copy dma1, d3, d2 {
    c.signal s0, 1
  }

.loc 1
  li r22, f32:0.0001
  dnew d4, i8, r20, A               ; streams
  ddim d4, 2, 1024, 1024
  ddim d4, 5, 1024, 1
  dnew d5, i8, r20, B               ; stationary: 64 columns of B as it lies
  ddim d5, 2, 64, 1
  ddim d5, 5, 1024, 1024
  dnew d6, i32, r21, 0
  ddim d6, 4, 1024, 64
  ddim d6, 5, 64, 1
  dnew d7, i8, r20, C
  ddim d7, 2, 1024, 1024
  ddim d7, 5, 64, 1
; s1: panels to drain; s2: accumulators that are free.
  signal scalar, s2, 2
  wait mxu, s0, 2
  li r30, 0
  loopi 16, panels
  andi r31, r30, 1
  muli r31, r31, ROWS
  add r31, r31, r21
  dbase d6, r31, 0
  wait mxu, s2, 1
  mm d6, d4, d5, set
  signal mxu, s1, 1
  wait out, s1, 1
  drain d7, d6, row {
    o.muls r22
    o.round
    o.sat i8
  }
  signal out, s2, 1
  dadd d5, r0, 64
  dadd d7, r0, 64
  addi r30, r30, 1
panels:
  signal out, s3, 1

.loc 2
  wait dma0, s3, 1
  dnew d8, i8, r20, C
  ddim d8, 4, 1024, 1024
  ddim d8, 5, 1024, 1
  dnew d9, i8, r1, C.offset
  ddim d9, 4, 1024, 1024
  ddim d9, 5, 1024, 1
  copy dma0, d9, d8
  halt
