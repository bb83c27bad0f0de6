; Depthwise convolution 3 x 3 on 56 x 56 x 64, i8, on edge, at 80% of the rate of the
; vector unit's windows or better; requantised by the output stage.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t x=int8:56x56x64 w=int8:3x3x64 scale=float32:64:0.003:0.0001
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs x=%t/x.npy --inputs w=%t/w.npy --inputs scale=%t/scale.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py depthwise %t --after /load --until /depthwise --least 0.80
;
; The unit's windows do 256 MACs a cycle: 28.4 results. Three rows of the window
; make it read three bytes for each result (85 bytes a cycle of the 128 that pass
; its ports); were it to write i32 results to the scratchpad, four more would make
; the ports the bound at 64% of the windows' rate, and requantising them in the same
; program would need five lane operations for each, 32 a cycle: a fifth of the rate.
; So results go to accumulator memory, which has a port of its own, and the output
; stage does with them what it does after a matrix product.
;
; A channel's lane: accumulators have rows of 32 lanes, so a tile is written as
; [panel 2][pixel][32 channels]; a tile is four rows of the result, 224 pixels,
; 448 of 2048 accumulator rows, 504 cycles; the drain of one takes 120.
;
; dram gives this chip 32 bytes a cycle, too few for 56 results of one byte in and
; out: image and result alone take 12544 cycles, the work 7056. So the image begins
; in the scratchpad here, as it would behind another layer.

.target edge
.input "x", i8, [56, 56, 64]
.input "w", i8, [3, 3, 64]
.input "scale", f32, [64]
.output "y", i8, [56, 56, 64]
.macs 0
.node "/load", "Copy"
.node "/depthwise", "Conv"
.node "/store", "Copy"

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
.equ ROW, 58 * 64
.equ X, 0
.equ W, 256 * 1024
.equ SCALE, W + 576
.equ Y, 512 * 1024
.equ TILE, 224 * 64
.equ PANEL, 224 * 32
.equ ACCTILE, 2 * PANEL * 4

main:
  li r20, 0
  lih r20, (SRAM >> 32)
  li r21, 0
  lih r21, (ACC >> 32)
.loc 0
; The image with a border of zeros, made by the copy's windows.
  dnew d0, i8, r1, x.offset - 57 * 64
  ddim d0, 3, 58, 56 * 64
  ddim d0, 4, 58, 64
  ddim d0, 5, 64, 1
  dnew d1, i8, r20, X
  ddim d1, 3, 58, ROW
  ddim d1, 4, 58, 64
  ddim d1, 5, 64, 1
  li r22, 1
  li r23, 57
  copy dma0, d1, d0 {
    c.window 3, r22, r23
    c.window 4, r22, r23
    c.signal s0, 1
  }
  dnew d2, i8, r1, w.offset
  ddim d2, 5, 576, 1
  dnew d3, i8, r20, W
  ddim d3, 5, 576, 1
  copy dma1, d3, d2 {
    c.signal s0, 1
  }
  dnew d4, f32, r1, scale.offset
  ddim d4, 5, 64, 1
  dnew d5, f32, r20, SCALE
  ddim d5, 5, 64, 1
  copy dma1, d5, d4 {
    c.signal s0, 1
  }

.loc 1
; The domain is [panel 2][row 4][column 56][channel 32]; dimensions 4 and 5 are the
; window.
  dnew d6, i8, r20, X
  ddim d6, 0, 2, 32
  ddim d6, 1, 4, ROW
  ddim d6, 2, 56, 64
  ddim d6, 3, 32, 1
  ddim d6, 4, 3, ROW
  ddim d6, 5, 3, 64
  dnew d7, i8, r20, W
  ddim d7, 0, 2, 32
  ddim d7, 1, 4, 0
  ddim d7, 2, 56, 0
  ddim d7, 3, 32, 1
  ddim d7, 4, 3, 192
  ddim d7, 5, 3, 64
  dnew d8, i32, r21, 0              ; where the vector unit leaves the sums
  ddim d8, 0, 2, PANEL
  ddim d8, 1, 4, 56 * 32
  ddim d8, 2, 56, 32
  ddim d8, 3, 32, 1
  dnew d9, i32, r21, 0              ; the same, as the output stage sees it
  ddim d9, 3, 1, PANEL
  ddim d9, 4, 224, 32
  ddim d9, 5, 64, 1
  dnew d10, i8, r20, Y
  ddim d10, 2, 224, 64
  ddim d10, 5, 64, 1
  dnew d11, f32, r20, SCALE
  ddim d11, 2, 224, 0
  ddim d11, 5, 64, 1
; s1: tiles to drain; s2: accumulators that are free.
  signal scalar, s2, 4
  wait out, s0, 3
  signal out, s3, 1
  wait vec, s3, 1
  li r30, 0
  loopi 14, tiles
  andi r31, r30, 3
  muli r31, r31, ACCTILE
  add r31, r31, r21
  dbase d8, r31, 0
  dbase d9, r31, 0
  wait vec, s2, 1
  vrun {
    v.win.mac v0, d6, d7
    v.out.i32 d8, v0, store, 0, set
  }
  signal vec, s1, 1
  wait out, s1, 1
  drain d10, d9, row {
    o.mul d11
    o.round
    o.sat i8
  }
  signal out, s2, 1
  dadd d6, r0, 4 * ROW
  dadd d10, r0, TILE
  addi r30, r30, 1
tiles:
  signal out, s4, 1

.loc 2
  wait dma0, s4, 1
  dnew d12, i8, r20, Y
  ddim d12, 4, 56, 56 * 64
  ddim d12, 5, 56 * 64, 1
  dnew d13, i8, r1, y.offset
  ddim d13, 4, 56, 56 * 64
  ddim d13, 5, 56 * 64, 1
  copy dma0, d13, d12
  halt
