; y = W x with 4096 x 8192 weights in i8 and i32 results, on all cores of hbm: what a
; language model does for each token. Weights are read once, so dram's bandwidth is
; the bound; 92% of it is asked for.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t W=int8:4096x8192 x=int8:8192
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs W=%t/W.npy --inputs x=%t/x.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py matvec %t --least 0.92
;
; With a batch of one there is nothing to multiply a stationary block of weights
; with: loading a block of 64 x 64 would take 8 cycles for one row of work. So the
; roles are turned round: x is stationary (one column: 64 bytes a block), and the
; rows of W stream through, eight a cycle, 512 bytes; a core gets 214 from dram.
;
; 32 MiB at 1714 bytes a cycle are 19573 cycles. A run also waits 595 cycles for the
; first weights and 595 for the last results, and after the last weights have come
; there must be little left to do. So work comes in pieces of 64 rows x 1024 columns
; (64 KiB): the last one is 128 cycles. Fewer than 48 rows would stall: a row comes
; back for the next block after rows / 8 cycles, and the adder needs 6.
;
; Each core has 512 rows of W: 64 pieces. Four copy engines bring 16 rows of each.
; A queue holds 16 entries and the scalar unit waits when one is full, so what is
; asked for early must stand early in the text: the pieces of the next 64 rows are
; requested before the products of these. Half a megabyte ahead covers 595 cycles
; at 214 bytes.

.target hbm
.input "W", i8, [4096, 8192]
.input "x", i8, [8192]
.output "y", i32, [4096]
.macs 4096 * 8192
.node "/matvec", "MatMul", 4096 * 8192

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
; Scratchpad: all 64 pieces (4 of 8 MiB), x, y.
.equ PIECE, 64 * 1024
.equ X, 64 * PIECE
.equ Y, X + 8192

; Sixteen rows of a piece.
.macro bring engine, landed
  copy \engine, d3, d2 {
    c.signal \landed, 1
  }
  dadd d2, r0, 16 * 8192
  dadd d3, r0, 16 * 1024
.endm
; The next piece in a row of pieces. s0..s3: what each engine has brought.
.macro request
  bring dma0, s0
  bring dma1, s1
  bring dma2, s2
  bring dma3, s3
  dadd d2, r0, 1024 - 64 * 8192     ; back up, 1024 columns on
.endm
.macro multiply mode
  wait mxu, s0, 1
  wait mxu, s1, 1
  wait mxu, s2, 1
  wait mxu, s3, 1
  mm d6, d4, d5, \mode
  dadd d4, r0, PIECE
  dadd d5, r0, 1024
.endm
; The sums of 64 rows are complete. s8: sums to drain.
.macro finish
  signal mxu, s8, 1
  wait out, s8, 1
  drain d7, d6, row
  dadd d5, r0, -8192
  dadd d6, r0, 64 * 256
  dadd d7, r0, 256
.endm

; Every core runs the same text on rows of its own.
.macro program
.loc 0
  li r20, 0
  lih r20, (SRAM >> 32)
  li r21, 0
  lih r21, (ACC >> 32)
  rdsys r22, core
  muli r23, r22, 512 * 8192         ; its rows of W,
  add r23, r23, r1
  shli r24, r22, 11                 ; and of y
  add r24, r24, r1

  dnew d0, i8, r1, x.offset
  ddim d0, 5, 8192, 1
  dnew d1, i8, r20, X
  ddim d1, 5, 8192, 1
  copy dma0, d1, d0
  dnew d2, i8, r23, W.offset        ; sixteen rows of a piece in dram
  ddim d2, 4, 16, 8192
  ddim d2, 5, 1024, 1
  dnew d3, i8, r20, 0               ; and in the scratchpad
  ddim d3, 4, 16, 1024
  ddim d3, 5, 1024, 1
  loopi 8, requested
  request
requested:

  dnew d4, i8, r20, 0               ; a piece, streaming: rows in dimension 2
  ddim d4, 2, 64, 1024
  ddim d4, 5, 1024, 1
  dnew d5, i8, r20, X               ; 1024 elements of x, stationary: one column
  ddim d5, 5, 1024, 1
  dnew d6, i32, r21, 0              ; 64 accumulators, lane 0 of 64 rows
  ddim d6, 4, 64, 64
  ddim d6, 5, 1, 1
  dnew d7, i32, r20, Y
  ddim d7, 2, 64, 1
  loopi 7, rows
  dadd d2, r0, 63 * 8192            ; the next 64 rows, first columns
  request
  multiply set
  loopi 7, columns
  request
  multiply add
columns:
  finish
rows:
  multiply set
  loopi 7, lastRow
  multiply add
lastRow:
  finish

; Whoever has waited for s9 knows that all drains have happened.
  signal out, s9, 1
  wait dma0, s9, 1
  dnew d8, i32, r20, Y
  ddim d8, 5, 512, 1
  dnew d9, i32, r24, y.offset
  ddim d9, 5, 512, 1
  copy dma0, d9, d8
  halt
.endm

.core 0
main:
  program
.core 1
main:
  program
.core 2
main:
  program
.core 3
main:
  program
.core 4
main:
  program
.core 5
main:
  program
.core 6
main:
  program
.core 7
main:
  program
