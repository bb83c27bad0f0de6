; y = relu(requantise(conv(x, w) + bias)): 3 x 3, 56 x 56 x 64 to 64 channels, i8, on
; edge with everything in dram, at 90% of peak or better.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t x=int8:56x56x64 w=int8:64x3x3x64 bias=int32:64:-40000:40000 scale=float32:64:0.0002:0.00001
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs x=%t/x.npy --inputs w=%t/w.npy --inputs bias=%t/bias.npy --inputs scale=%t/scale.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py conv %t --least 0.90
;
; A convolution is a matrix product whose streaming operand is read through a
; descriptor: dimensions 0..2 walk the output's pixels, dimensions 3..5 the window
; and the channels, and both have the image's strides. Nothing is rearranged and
; no pixel is stored twice: one `mm` takes the whole reduction of 3 * 3 * 64.
;
; The border is made by the copy: its window says which rows and columns exist,
; and the others are filled with zeros as the image comes in.
;
; 3136 pixels * 576 * 64 MACs at 4096 a cycle are 28224 cycles. Image, weights and
; result are 427 KiB, 13700 cycles of dram; what comes before the first product is
; kept short by working on four rows of the result at a time (224 pixels: 2016
; cycles), and by starting with the first half of the weights. Four rows are also
; all that has to be drained and copied at the end.

.target edge
.input "x", i8, [56, 56, 64]
.input "w", i8, [64, 3, 3, 64]
.input "bias", i32, [64]
.input "scale", f32, [64]
.output "y", i8, [56, 56, 64]
.macs 56 * 56 * 576 * 64
.node "/conv", "Conv", 56 * 56 * 576 * 64

.equ SRAM, 2 << 60 | 255 << 40
.equ ACC, 3 << 60 | 255 << 40
; Scratchpad: the image with its border (58 x 58 x 64), weights, bias, scale, two
; tiles of the result.
.equ ROW, 58 * 64
.equ X, 0
.equ W, 256 * 1024
.equ BIAS, W + 64 * 576
.equ SCALE, BIAS + 256
.equ Y, SCALE + 256
.equ TILE, 224 * 64
; Accumulators of a tile: two panels of 224 rows; four tiles fit.
.equ PANEL, 224 * 32
.equ ACCTILE, 2 * PANEL * 4

; Semaphores. s0: halves of the weights; s1: rows of the image; s2: tiles whose
; accumulators hold the bias; s3: tiles to drain; s4: bias and scale; s5: tiles to
; copy; s6: tiles copied.

main:
.loc 0
  li r20, 0
  lih r20, (SRAM >> 32)
  li r21, 0
  lih r21, (ACC >> 32)

; Rows of the image, with a column of border on either side. Source and
; destination count from the border's corner; the source's corner lies before the
; image, which is allowed because the window leaves it out.
  dnew d0, i8, r1, x.offset - 57 * 64
  ddim d0, 3, 6, 56 * 64
  ddim d0, 4, 58, 64
  ddim d0, 5, 64, 1
  dnew d1, i8, r20, X
  ddim d1, 3, 6, ROW
  ddim d1, 4, 58, 64
  ddim d1, 5, 64, 1
  li r22, 1                         ; rows and columns 1..56 exist
  li r23, 57
  li r24, 1                         ; the same, from the first row of the copy
  li r25, 57
.macro rows
  copy dma0, d1, d0 {
    c.window 3, r24, r25
    c.window 4, r22, r23
    c.signal s1, 1
  }
.endm
  dnew d2, i8, r1, w.offset         ; the weights of 32 channels
  ddim d2, 4, 32, 576
  ddim d2, 5, 576, 1
  dnew d3, i8, r20, W
  ddim d3, 4, 32, 576
  ddim d3, 5, 576, 1
  dnew d4, i32, r1, bias.offset
  ddim d4, 5, 64, 1
  dnew d5, i32, r20, BIAS
  ddim d5, 5, 64, 1
  dnew d6, f32, r1, scale.offset
  ddim d6, 5, 64, 1
  dnew d7, f32, r20, SCALE
  ddim d7, 5, 64, 1
  copy dma0, d5, d4 {
    c.signal s4, 1
  }
  copy dma0, d7, d6 {
    c.signal s4, 1
  }
  copy dma0, d3, d2 {
    c.signal s0, 1
  }
  rows
  dadd d2, r0, 32 * 576
  dadd d3, r0, 32 * 576
  copy dma0, d3, d2 {
    c.signal s0, 1
  }
  dadd d0, r0, 6 * 56 * 64          ; from now on four rows at a time
  dadd d1, r0, 6 * ROW
  dsize d0, 3, r0, 4
  dsize d1, 3, r0, 4
  addi r24, r24, -6
  addi r25, r25, -6

; The accumulators begin as the bias, which a stride of 0 repeats for each pixel.
  dnew d8, i32, r21, 0
  ddim d8, 3, 1, PANEL
  ddim d8, 4, 224, 32
  ddim d8, 5, 64, 1
  dnew d9, i32, r20, BIAS
  ddim d9, 2, 224, 0
  ddim d9, 5, 64, 1
.macro prepare
  preload d8, d9
  signal out, s2, 1
  dadd d8, r0, ACCTILE
.endm
  wait out, s4, 2
  loopi 4, prepared
  prepare
prepared:
  dbase d8, r21, 0

  dnew d10, i8, r20, X              ; streams: pixels, then window and channels
  ddim d10, 1, 4, ROW
  ddim d10, 2, 56, 64
  ddim d10, 3, 3, ROW
  ddim d10, 4, 3, 64
  ddim d10, 5, 64, 1
  dnew d11, i8, r20, W              ; stationary: output channels, then the same
  ddim d11, 2, 32, 576
  ddim d11, 3, 3, 192
  ddim d11, 4, 3, 64
  ddim d11, 5, 64, 1
  dnew d12, i32, r21, 0
  ddim d12, 3, 1, PANEL
  ddim d12, 4, 224, 32
  ddim d12, 5, 32, 1

; The first tile, one half of the channels after the other.
  wait mxu, s2, 1
  wait mxu, s1, 1
  wait mxu, s0, 1
  mm d12, d10, d11, add
  dadd d11, r0, 32 * 576
  dadd d12, r0, PANEL * 4
  wait mxu, s0, 1
  mm d12, d10, d11, add
  dbase d11, r20, W
  dbase d12, r21, 0
  dsize d11, 2, r0, 64
  dsize d12, 5, r0, 64

  dnew d13, i8, r20, Y              ; a tile of the result, for the drain
  ddim d13, 2, 224, 64
  ddim d13, 5, 64, 1
  dnew d14, f32, r20, SCALE         ; a scale for each channel
  ddim d14, 2, 224, 0
  ddim d14, 5, 64, 1
  dnew d15, i8, r20, Y              ; for the copy
  ddim d15, 5, TILE, 1
  dnew d16, i8, r1, y.offset
  ddim d16, 5, TILE, 1
  li r26, f32:0.0
  li r27, f32:127.0
  signal scalar, s6, 2
  li r30, 0                         ; number of the tile

  loopi 14, tiles
  signal mxu, s3, 1
; The next rows, and their products, before this tile's drain: the unit must not
; wait for the output stage.
  slti r31, r30, 13
  beq r31, r0, noMore
  rows
  dadd d0, r0, 4 * 56 * 64
  dadd d1, r0, 4 * ROW
  addi r24, r24, -4
  addi r25, r25, -4
  dadd d10, r0, 4 * ROW
  addi r31, r30, 1
  andi r31, r31, 3
  muli r31, r31, ACCTILE
  add r31, r31, r21
  dbase d12, r31, 0
  wait mxu, s2, 1
  wait mxu, s1, 1
  mm d12, d10, d11, add
noMore:
  andi r31, r30, 3
  muli r31, r31, ACCTILE
  add r31, r31, r21
  dbase d8, r31, 0
  andi r31, r30, 1
  muli r31, r31, TILE
  add r31, r31, r20
  dbase d13, r31, Y
  dbase d15, r31, Y
  wait out, s3, 1
  wait out, s6, 1
  drain d13, d8, row {
    o.mul d14
    o.round
    o.clamp r26, r27
  }
  signal out, s5, 1
  wait dma1, s5, 1
  copy dma1, d16, d15 {
    c.signal s6, 1
  }
  dadd d16, r0, TILE
  slti r31, r30, 10
  beq r31, r0, noPreload
  prepare
noPreload:
  addi r30, r30, 1
tiles:
  halt
