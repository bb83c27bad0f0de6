; C = requantise(A x B), 1024 x 1024 x 1024 in i8, on one core of hbm with all
; operands in dram, at 95% of the core's peak or better.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t A=int8:1024x1024 B=int8:1024x1024
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs A=%t/A.npy --inputs B=%t/B.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py matmul %t --cores 1 --least 0.95
;
; The matrix unit takes 8 rows against a block of 64 x 64 each cycle: the work is
; 1024 * 1024 * 1024 / (8 * 64 * 64) = 32768 cycles, and 95% leaves 1724 cycles
; for everything else. dram answers after 595 cycles, so that the first operands
; and the last results alone cost 1190 of them. What remains decides the plan:
;
; - The unit must start with little. A arrives in slabs of 64 columns (of the
;   reduction), 64 KiB each; with the first columns of B that is one block deep:
;   128 cycles of work that needs 38 cycles of dram's bandwidth. So the first
;   panel runs at the pace of the unit from its first slab on.
; - The rest of B follows behind A. A, B and C stay in the scratchpad: 3 MiB of 8.
; - Each panel of 64 columns of C has accumulators of its own, four in turn
;   (1024 rows of 64 lanes each are 256 KiB of 1 MiB), so that the output stage
;   drains one while the unit fills the next.
; - The last panel is cut in eight pieces of 128 rows, because after the last
;   product only its drain and its copy remain: 48 cycles and 16.
;
; All four copy engines work on each slab: 256 KiB in flight over 595 cycles are
; 440 bytes a cycle for one engine, and dram gives 1714.

.target hbm
.input "A", i8, [1024, 1024]
.input "B", i8, [1024, 1024]
.output "C", i8, [1024, 1024]
.macs 1024 * 1024 * 1024
.node "/load", "Copy"
.node "/matmul", "MatMul", 1024 * 1024 * 1024

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
; Scratchpad: A as [slab 16][row 1024][64], B as [panel 16][k 1024][64], C like A.
.equ A, 0
.equ B, 1024 * 1024
.equ C, 2 * 1024 * 1024
.equ SLAB, 64 * 1024
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
  dnew d0, i8, r1, B.offset
  ddim d0, 3, 16, 64 * 1024
  ddim d0, 4, 16, 1024
  ddim d0, 5, 64, 1
  dnew d1, i8, r20, B
  ddim d1, 3, 16, 64 * 64
  ddim d1, 4, 16, 64
  ddim d1, 5, 64, 1
  copy dma0, d1, d0
  dadd d0, r0, 16 * 1024
  dadd d1, r0, 16 * 64
  copy dma1, d1, d0
  dadd d0, r0, 16 * 1024
  dadd d1, r0, 16 * 64
  copy dma2, d1, d0
  dadd d0, r0, 16 * 1024
  dadd d1, r0, 16 * 64
  copy dma3, d1, d0

; The slabs of A: engine q brings 256 of the 1024 rows and counts on semaphore q.
; Copies of one queue land in order, so the first count says that its part of B
; has landed, too.
  dnew d2, i8, r1, A.offset         ; from: rows 0..255 of the slab
  ddim d2, 4, 256, 1024
  ddim d2, 5, 64, 1
  dnew d3, i8, r20, A               ; to
  ddim d3, 4, 256, 64
  ddim d3, 5, 64, 1
  loopi 16, slabs
  copy dma0, d3, d2 {
    c.signal s0, 1
  }
  dadd d2, r0, 256 * 1024
  dadd d3, r0, 256 * 64
  copy dma1, d3, d2 {
    c.signal s1, 1
  }
  dadd d2, r0, 256 * 1024
  dadd d3, r0, 256 * 64
  copy dma2, d3, d2 {
    c.signal s2, 1
  }
  dadd d2, r0, 256 * 1024
  dadd d3, r0, 256 * 64
  copy dma3, d3, d2 {
    c.signal s3, 1
  }
  dadd d2, r0, 64 - 768 * 1024      ; the next 64 columns of A
  dadd d3, r0, 256 * 64
slabs:

; The other fifteen panels of B: engine q brings a quarter of the reduction.
  dnew d0, i8, r1, B.offset + 64
  ddim d0, 3, 15, 64
  ddim d0, 4, 256, 1024
  ddim d0, 5, 64, 1
  dnew d1, i8, r20, B + SLAB
  ddim d1, 3, 15, SLAB
  ddim d1, 4, 256, 64
  ddim d1, 5, 64, 1
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
  dadd d0, r0, 256 * 1024
  dadd d1, r0, 256 * 64
  copy dma1, d1, d0 {
    c.signal s1, 1
  }
  dadd d0, r0, 256 * 1024
  dadd d1, r0, 256 * 64
  copy dma2, d1, d0 {
    c.signal s2, 1
  }
  dadd d0, r0, 256 * 1024
  dadd d1, r0, 256 * 64
  copy dma3, d1, d0 {
    c.signal s3, 1
  }

; The first panel, slab by slab: s0..s3 each say that a quarter is there.
.loc 1
  dnew d4, i8, r20, A               ; streams: dimensions 0..2 are rows
  ddim d4, 2, 1024, 64
  ddim d4, 5, 64, 1                 ; and 3..5 the reduction
  dnew d5, i8, r20, B               ; stationary: 0..2 are columns
  ddim d5, 2, 64, 1
  ddim d5, 5, 64, 64
  dnew d6, i32, r21, 0              ; accumulators: 4 is rows, 5 columns
  ddim d6, 4, 1024, 64
  ddim d6, 5, 64, 1
.macro slab mode
  wait mxu, s0, 1
  wait mxu, s1, 1
  wait mxu, s2, 1
  wait mxu, s3, 1
  mm d6, d4, d5, \mode
  dadd d4, r0, SLAB
  dadd d5, r0, 64 * 64
.endm
  slab set
  loopi 15, first
  slab add
first:
  signal mxu, s4, 1

; Requantisation: C = saturate(round(scale * accumulator)).
  li r22, f32:0.0001
  dnew d10, i8, r20, C              ; one panel of C in the scratchpad
  ddim d10, 2, 1024, 64
  ddim d10, 5, 64, 1
  dnew d11, i32, r21, 0             ; and its accumulators
  ddim d11, 4, 1024, 64
  ddim d11, 5, 64, 1
  dnew d12, i8, r20, C              ; for the copy
  ddim d12, 4, 1024, 64
  ddim d12, 5, 64, 1
  dnew d13, i8, r1, C.offset
  ddim d13, 4, 1024, 1024
  ddim d13, 5, 64, 1
; s4: products that can be drained; s5: accumulators that have been; s6: panels
; of C that can be copied.
.macro drained
  wait out, s4, 1
  drain d10, d11, row {
    o.muls r22
    o.round
    o.sat i8
  }
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
  dnew d4, i8, r20, A
  ddim d4, 2, 1024, 64
  ddim d4, 4, 16, SLAB
  ddim d4, 5, 64, 1
  dnew d5, i8, r20, B
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
  dadd d13, r0, 64
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
  dadd d13, r0, 64
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
  dadd d4, r0, 128 * 64
  dadd d6, r0, 128 * 256
  dadd d10, r0, 128 * 64
  dadd d11, r0, 128 * 256
  dadd d12, r0, 128 * 64
  dadd d13, r0, 128 * 1024
pieces:
  halt
