; C = requantise(A x B), 1024 x 1024 x 1024 in i8, on nano with all operands in
; dram, at 90% of peak or better.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t A=int8:1024x1024 B=int8:1024x1024
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs A=%t/A.npy --inputs B=%t/B.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py matmul %t --least 0.90
;
; 16 * 16 MACs a cycle: 4194304 cycles of work against 8 bytes of dram a cycle.
; The accumulators decide the tile: 32 KiB are 512 rows of 16 lanes. A tile of 128
; rows and 32 columns takes 256 of them, so that one is drained while the other is
; filled. A stays for 128 rows (128 KiB, two chunks at a time), and B passes by
; once for each chunk, 32 columns at a time: 8 MiB in all, a quarter of what dram
; could give in that time.
;
; The narrow place is the scratchpad: one line of 32 bytes a cycle for everybody.
; The unit takes a row of 16 bytes of A each cycle. Where rows of A lie 1024 bytes
; apart, as in dram, each would cost a line and nothing would be left for the
; blocks of B, drains and copies. So the copy engine lays A out as
; [block of k][row][16 bytes]: two rows share a line, and half of the lines are
; free.

.target nano
.input "A", i8, [1024, 1024]
.input "B", i8, [1024, 1024]
.output "C", i8, [1024, 1024]
.macs 1024 * 1024 * 1024
.node "/matmul", "MatMul", 1024 * 1024 * 1024

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
; Scratchpad: two chunks of A, two strips of B as [k 1024][32 columns], two tiles of
; C (128 x 32).
.equ A, 0
.equ CHUNK, 128 * 1024
.equ B, 2 * CHUNK
.equ STRIP, 32 * 1024
.equ C, B + 2 * STRIP
.equ TILE, 128 * 32
.equ PANEL, 128 * 16                ; lanes of one panel's accumulators
.equ ACCTILE, 2 * PANEL * 4

; Semaphores. s0/s1: chunks of A come/used up; s2/s3: strips of B; s4/s5:
; accumulators filled/drained; s6/s7: tiles of C drained/copied.

main:
.loc 0
  li r20, 0
  lih r20, (SRAM >> 32)
  li r21, 0
  lih r21, (ACC >> 32)
  li r22, f32:0.0001

  dnew d0, i8, r1, A.offset         ; [row][block of k][16]: dram is read in order,
  ddim d0, 3, 128, 1024
  ddim d0, 4, 64, 16
  ddim d0, 5, 16, 1
  dnew d1, i8, r20, A               ; and the scratchpad written in pieces
  ddim d1, 3, 128, 16
  ddim d1, 4, 64, 128 * 16
  ddim d1, 5, 16, 1
  dnew d2, i8, r1, B.offset         ; a strip of B
  ddim d2, 4, 1024, 1024
  ddim d2, 5, 32, 1
  dnew d3, i8, r20, B
  ddim d3, 4, 1024, 32
  ddim d3, 5, 32, 1
  dnew d4, i8, r20, A               ; streams: rows in 2; k is (block, byte)
  ddim d4, 2, 128, 16
  ddim d4, 4, 64, 128 * 16
  ddim d4, 5, 16, 1
  dnew d5, i8, r20, B               ; stationary: columns in 2; k cut likewise
  ddim d5, 2, 32, 1
  ddim d5, 4, 64, 16 * 32
  ddim d5, 5, 16, 32
  dnew d6, i32, r21, 0
  ddim d6, 3, 1, PANEL
  ddim d6, 4, 128, 16
  ddim d6, 5, 32, 1
  dnew d7, i8, r20, C
  ddim d7, 2, 128, 32
  ddim d7, 5, 32, 1
  dnew d8, i8, r20, C
  ddim d8, 4, 128, 32
  ddim d8, 5, 32, 1
  dnew d9, i8, r1, C.offset
  ddim d9, 4, 128, 1024
  ddim d9, 5, 32, 1
  signal scalar, s1, 2
  signal scalar, s3, 2
  signal scalar, s5, 2
  signal scalar, s7, 2

; The text asks for operands one step ahead, in the order of their use; the
; semaphores hold back what has no room yet. r30: number of a chunk to ask for, r31:
; number of a strip to ask for, both counted from the start.
.macro askChunk
  andi r33, r30, 1
  muli r33, r33, CHUNK
  add r33, r33, r20
  dbase d1, r33, A
  wait dma0, s1, 1
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
  dadd d0, r0, 128 * 1024
  addi r30, r30, 1
.endm
.macro askStrip
  andi r33, r31, 1
  muli r33, r33, STRIP
  add r33, r33, r20
  dbase d3, r33, B
  andi r33, r31, 31                 ; after the last columns the first again
  shli r33, r33, 5
  add r33, r33, r1
  dbase d2, r33, B.offset
  wait dma0, s3, 1
  copy dma0, d3, d2 {
    c.signal s2, 1
  }
  addi r31, r31, 1
.endm
  li r30, 0
  li r31, 0
  askChunk
  askStrip
  li r32, 0                         ; number of the tile
  li r35, 0
  loopi 8, chunks
  slti r34, r30, 8
  beq r34, r0, allAsked
  askChunk
allAsked:
  andi r33, r35, 1                  ; r35: number of the chunk in use
  muli r33, r33, CHUNK
  add r33, r33, r20
  dbase d4, r33, A
  addi r35, r35, 1
  wait mxu, s0, 1
  loopi 32, strips
  slti r34, r31, 256
  beq r34, r0, noStrip
  askStrip
noStrip:
  andi r33, r32, 1
  muli r34, r33, STRIP
  add r34, r34, r20
  dbase d5, r34, B
  muli r34, r33, ACCTILE
  add r34, r34, r21
  dbase d6, r34, 0
  muli r34, r33, TILE
  add r34, r34, r20
  dbase d7, r34, C
  dbase d8, r34, C
  addi r32, r32, 1
  wait mxu, s2, 1
  wait mxu, s5, 1
  mm d6, d4, d5, set
  signal mxu, s3, 1
  signal mxu, s4, 1
  wait out, s4, 1
  wait out, s7, 1
  drain d7, d6, row {
    o.muls r22
    o.round
    o.sat i8
  }
  signal out, s5, 1
  signal out, s6, 1
  wait dma1, s6, 1
  copy dma1, d9, d8 {
    c.signal s7, 1
  }
  dadd d9, r0, 32
strips:
  signal mxu, s1, 1
  dadd d9, r0, 127 * 1024
chunks:
  halt
