; C = requantise(A x B), 1024 x 1024 x 1024 in i8, on edge with all operands in
; dram, at 90% of peak or better.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t A=int8:1024x1024 B=int8:1024x1024
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs A=%t/A.npy --inputs B=%t/B.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py matmul %t --least 0.90
;
; The unit does 4 * 32 * 32 MACs a cycle: 262144 cycles of work. dram gives 32
; bytes a cycle, so each of A, B and C costs 32768 cycles to move once and none of
; them may move twice. The scratchpad has 2 MiB: all of B (1 MiB) stays there, and
; A passes by in chunks of 256 rows (256 KiB), two at a time.
;
; What cannot be hidden is what must be there before the first product: a chunk of
; A (8192 cycles) and the first 64 columns of B (2048). The first chunk's work on 64
; columns takes 256 / 4 * 32 * 2 = 4096 cycles, twice as long as the next 64
; columns need to arrive. Work never waits again.
;
; Two engines: dma0 brings, dma1 takes away, so that no result stands in the way
; of an operand.

.target edge
.input "A", i8, [1024, 1024]
.input "B", i8, [1024, 1024]
.output "C", i8, [1024, 1024]
.macs 1024 * 1024 * 1024
.node "/matmul", "MatMul", 1024 * 1024 * 1024

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
; Scratchpad: B as [strip 16][k 1024][64 columns], two chunks of A as they lie in
; dram, two tiles of C (256 x 64).
.equ B, 0
.equ STRIP, 64 * 1024
.equ A, 1024 * 1024
.equ CHUNK, 256 * 1024
.equ C, A + 2 * CHUNK
.equ TILE, 256 * 64
; A tile's accumulators: two panels of 256 rows of 32 lanes. Four tiles fit.
.equ PANEL, 256 * 32
.equ ACCTILE, 2 * PANEL * 4

; Semaphores. s0: chunks of A that have come; s1: strips of B that have come; s2:
; chunks that have been used up; s3: tiles to drain; s4: accumulators drained; s5:
; tiles of C to copy; s6: tiles of C copied. What is free at first is given here.

main:
.loc 0
  li r20, 0
  lih r20, (SRAM >> 32)
  li r21, 0
  lih r21, (ACC >> 32)
  li r22, f32:0.0001

  dnew d0, i8, r1, A.offset         ; a chunk of A in dram
  ddim d0, 4, 256, 1024
  ddim d0, 5, 1024, 1
  dnew d1, i8, r20, A               ; and in the scratchpad
  ddim d1, 4, 256, 1024
  ddim d1, 5, 1024, 1
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
  dnew d2, i8, r1, B.offset         ; a strip of B
  ddim d2, 4, 1024, 1024
  ddim d2, 5, 64, 1
  dnew d3, i8, r20, B
  ddim d3, 4, 1024, 64
  ddim d3, 5, 64, 1

  dnew d4, i8, r20, A               ; streams: rows in dimension 2, k in 5
  ddim d4, 2, 256, 1024
  ddim d4, 5, 1024, 1
  dnew d5, i8, r20, B               ; stationary: columns in 2, k in 5
  ddim d5, 2, 64, 1
  ddim d5, 5, 1024, 64
  dnew d6, i32, r21, 0              ; accumulators: rows in 4, columns in 5,
  ddim d6, 3, 1, PANEL              ; panels of 32 columns PANEL lanes apart
  ddim d6, 4, 256, 32
  ddim d6, 5, 64, 1
  dnew d7, i8, r20, C               ; a tile of C, for the drain
  ddim d7, 2, 256, 64
  ddim d7, 5, 64, 1
  dnew d8, i8, r20, C               ; and for the copy
  ddim d8, 4, 256, 64
  ddim d8, 5, 64, 1
  dnew d9, i8, r1, C.offset
  ddim d9, 4, 256, 1024
  ddim d9, 5, 64, 1
  signal scalar, s4, 4
  signal scalar, s6, 2

; One tile of C. r30 counts tiles: it selects accumulators (of four) and the
; buffer for C (of two).
.macro tile
  andi r31, r30, 3
  muli r31, r31, ACCTILE
  add r31, r31, r21
  dbase d6, r31, 0
  andi r32, r30, 1
  muli r32, r32, TILE
  add r32, r32, r20
  dbase d7, r32, C
  dbase d8, r32, C
  addi r30, r30, 1
  wait mxu, s4, 1
  mm d6, d4, d5, set
  signal mxu, s3, 1
  wait out, s3, 1
  wait out, s6, 1
  drain d7, d6, row {
    o.muls r22
    o.round
    o.sat i8
  }
  signal out, s4, 1
  signal out, s5, 1
  wait dma1, s5, 1
  copy dma1, d9, d8 {
    c.signal s6, 1
  }
  dadd d9, r0, 64                   ; the next columns of C
  dadd d5, r0, STRIP
.endm
.macro nextChunk                    ; of A, behind the one it replaces
  dadd d0, r0, 256 * 1024
  wait dma0, s2, 1
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
.endm

; The first chunk meets the strips of B as they come. Each strip is asked for right
; away: queues are sixteen deep, and dma0 has nothing else to do.
  li r30, 0
  loopi 4, ahead
  copy dma0, d3, d2 {
    c.signal s1, 1
  }
  dadd d2, r0, 64
  dadd d3, r0, STRIP
ahead:
  wait mxu, s0, 1
  loopi 12, strips
  copy dma0, d3, d2 {
    c.signal s1, 1
  }
  dadd d2, r0, 64
  dadd d3, r0, STRIP
  wait mxu, s1, 1
  tile
strips:
  ; The second chunk goes where nothing was: no waiting.
  dadd d0, r0, 256 * 1024
  dadd d1, r0, CHUNK
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
  loopi 4, rest
  wait mxu, s1, 1
  tile
rest:
  signal mxu, s2, 1

; The other chunks meet a B that is there. While chunk c is used, chunk c + 1
; comes to where chunk c - 1 was.
  li r33, 1                         ; the chunk's number
  loopi 3, chunks
  seqi r34, r33, 3
  bne r34, r0, last
  dbase d1, r20, A                  ; chunk 2 replaces chunk 0, chunk 3 chunk 1
  andi r35, r33, 1
  xori r35, r35, 1
  muli r35, r35, CHUNK
  dadd d1, r35, 0
  nextChunk
last:
  andi r35, r33, 1
  muli r35, r35, CHUNK
  add r35, r35, r20
  dbase d4, r35, A
  dbase d5, r20, B
  dadd d9, r0, 255 * 1024           ; from the end of one row of tiles to the next
  wait mxu, s0, 1
  loopi 16, tiles
  tile
tiles:
  signal mxu, s2, 1
  addi r33, r33, 1
chunks:
  halt
