; C = A x B, 1024 x 1024 x 1024 in bf16 with f32 accumulation, on one core of hbm with
; all operands in dram, at 95% of the core's peak for 16 bits or better.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t A=bfloat16:1024x1024 B=bfloat16:1024x1024
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs A=%t/A.npy --inputs B=%t/B.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py matmul-bf16 %t --least 0.95
;
; The program is that of matmul-hbm.s, which explains it. What 16 bits change:
;
; - The unit's blocks are 32 deep instead of 64: 65536 cycles of work. Bytes double,
;   too, so that a slab of 64 columns is two blocks deep, 256 cycles of work for 76
;   cycles of dram, and the waits at both ends weigh half as much.
; - A, B and C take 6 MiB of the scratchpad's 8.
; - The drain converts from f32 to bf16 and needs no steps for it.

.target hbm
.input "A", bf16, [1024, 1024]
.input "B", bf16, [1024, 1024]
.output "C", bf16, [1024, 1024]
.macs 1024 * 1024 * 1024
.node "/load", "Copy"
.node "/matmul", "MatMul", 1024 * 1024 * 1024

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
; Scratchpad: A as [slab 16][row 1024][64], B as [panel 16][k 1024][64], C like A.
.equ A, 0
.equ B, 2 * 1024 * 1024
.equ C, 4 * 1024 * 1024
.equ SLAB, 128 * 1024               ; bytes
.equ ROWS, 1024 * 256               ; bytes of 1024 accumulator rows

; Semaphores: s0..s3 count what each copy engine has landed.

main:
  li r20, 0
  lih r20, (SRAM >> 32)
  li r21, 0
  lih r21, (ACC >> 32)
.loc 0
; The first panel of B: engine q brings 16 of each 64 rows, because the first
; slab needs the first 64 rows and no engine should bring them alone.
  dnew d0, bf16, r1, B.offset
  ddim d0, 3, 16, 64 * 1024
  ddim d0, 4, 16, 1024
  ddim d0, 5, 64, 1
  dnew d1, bf16, r20, B
  ddim d1, 3, 16, 64 * 64
  ddim d1, 4, 16, 64
  ddim d1, 5, 64, 1
  copy dma0, d1, d0
  dadd d0, r0, 2 * 16 * 1024
  dadd d1, r0, 2 * 16 * 64
  copy dma1, d1, d0
  dadd d0, r0, 2 * 16 * 1024
  dadd d1, r0, 2 * 16 * 64
  copy dma2, d1, d0
  dadd d0, r0, 2 * 16 * 1024
  dadd d1, r0, 2 * 16 * 64
  copy dma3, d1, d0

; The slabs of A: engine q brings 256 of the 1024 rows and counts on semaphore q.
; Copies of one queue land in order, so the first count says that its part of B
; has landed, too.
  dnew d2, bf16, r1, A.offset         ; from: rows 0..255 of the slab
  ddim d2, 4, 256, 1024
  ddim d2, 5, 64, 1
  dnew d3, bf16, r20, A               ; to
  ddim d3, 4, 256, 64
  ddim d3, 5, 64, 1
  loopi 16, slabs
  copy dma0, d3, d2 {
    c.signal s0, 1
  }
  dadd d2, r0, 2 * 256 * 1024
  dadd d3, r0, 2 * 256 * 64
  copy dma1, d3, d2 {
    c.signal s1, 1
  }
  dadd d2, r0, 2 * 256 * 1024
  dadd d3, r0, 2 * 256 * 64
  copy dma2, d3, d2 {
    c.signal s2, 1
  }
  dadd d2, r0, 2 * 256 * 1024
  dadd d3, r0, 2 * 256 * 64
  copy dma3, d3, d2 {
    c.signal s3, 1
  }
  dadd d2, r0, 2 * (64 - 768 * 1024) ; the next 64 columns of A
  dadd d3, r0, 2 * 256 * 64
slabs:

; The other fifteen panels of B: engine q brings a quarter of the reduction.
  dnew d0, bf16, r1, B.offset + 2 * 64
  ddim d0, 3, 15, 64
  ddim d0, 4, 256, 1024
  ddim d0, 5, 64, 1
  dnew d1, bf16, r20, B + SLAB
  ddim d1, 3, 15, SLAB / 2
  ddim d1, 4, 256, 64
  ddim d1, 5, 64, 1
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
  dadd d0, r0, 2 * 256 * 1024
  dadd d1, r0, 2 * 256 * 64
  copy dma1, d1, d0 {
    c.signal s1, 1
  }
  dadd d0, r0, 2 * 256 * 1024
  dadd d1, r0, 2 * 256 * 64
  copy dma2, d1, d0 {
    c.signal s2, 1
  }
  dadd d0, r0, 2 * 256 * 1024
  dadd d1, r0, 2 * 256 * 64
  copy dma3, d1, d0 {
    c.signal s3, 1
  }

; The first panel, slab by slab: s0..s3 each say that a quarter is there.
.loc 1
  dnew d4, bf16, r20, A               ; streams: dimensions 0..2 are rows
  ddim d4, 2, 1024, 64
  ddim d4, 5, 64, 1                 ; and 3..5 the reduction
  dnew d5, bf16, r20, B               ; stationary: 0..2 are columns
  ddim d5, 2, 64, 1
  ddim d5, 5, 64, 64
  dnew d6, f32, r21, 0              ; accumulators: 4 is rows, 5 columns
  ddim d6, 4, 1024, 64
  ddim d6, 5, 64, 1
.macro slab mode
  wait mxu, s0, 1
  wait mxu, s1, 1
  wait mxu, s2, 1
  wait mxu, s3, 1
  mm d6, d4, d5, \mode
  dadd d4, r0, SLAB
  dadd d5, r0, 2 * 64 * 64
.endm
  slab set
  loopi 15, first
  slab add
first:
  signal mxu, s4, 1

  dnew d10, bf16, r20, C              ; one panel of C in the scratchpad
  ddim d10, 2, 1024, 64
  ddim d10, 5, 64, 1
  dnew d11, f32, r21, 0             ; and its accumulators
  ddim d11, 4, 1024, 64
  ddim d11, 5, 64, 1
  dnew d12, bf16, r20, C              ; for the copy
  ddim d12, 4, 1024, 64
  ddim d12, 5, 64, 1
  dnew d13, bf16, r1, C.offset
  ddim d13, 4, 1024, 1024
  ddim d13, 5, 64, 1
; s4: products that can be drained; s5: accumulators that have been; s6: panels
; of C that can be copied.
.macro drained
  wait out, s4, 1
  drain d10, d11, row
  signal out, s5, 1
  signal out, s6, 1
  wait dma0, s6, 1
  copy dma0, d13, d12
.endm
  drained

; Panels 1..14, each a whole product. Accumulators are free after a drain, but
; for the first three panels here, which find theirs unused.
  signal scalar, s5, 3
  wait mxu, s0, 1
  wait mxu, s1, 1
  wait mxu, s2, 1
  wait mxu, s3, 1
  dnew d4, bf16, r20, A
  ddim d4, 2, 1024, 64
  ddim d4, 4, 16, SLAB / 2
  ddim d4, 5, 64, 1
  dnew d5, bf16, r20, B
  ddim d5, 2, 64, 1
  ddim d5, 4, 16, 64 * 64
  ddim d5, 5, 64, 64
  li r30, 0                         ; the panel's number
  loopi 14, panels
  addi r30, r30, 1
  andi r31, r30, 3
  shli r31, r31, 18                 ; its accumulators: ROWS = 1 << 18
  add r31, r31, r21
  dbase d6, r31, 0
  dbase d11, r31, 0
  dadd d5, r0, SLAB
  dadd d10, r0, SLAB
  dadd d12, r0, SLAB
  dadd d13, r0, 2 * 64
  wait mxu, s5, 1
  mm d6, d4, d5, set
  signal mxu, s4, 1
  drained
panels:

; The last panel in eight pieces.
  addi r31, r21, 3 * ROWS
  dbase d6, r31, 0
  dbase d11, r31, 0
  dadd d5, r0, SLAB
  dadd d10, r0, SLAB
  dadd d12, r0, SLAB
  dadd d13, r0, 2 * 64
  dsize d4, 2, r0, 128
  dsize d6, 4, r0, 128
  dsize d10, 2, r0, 128
  dsize d11, 4, r0, 128
  dsize d12, 4, r0, 128
  dsize d13, 4, r0, 128
  wait mxu, s5, 1
  loopi 8, pieces
  mm d6, d4, d5, set
  signal mxu, s4, 1
  drained
  dadd d4, r0, 2 * 128 * 64
  dadd d6, r0, 128 * 256
  dadd d10, r0, 2 * 128 * 64
  dadd d11, r0, 128 * 256
  dadd d12, r0, 2 * 128 * 64
  dadd d13, r0, 2 * 128 * 1024
pieces:
  halt
