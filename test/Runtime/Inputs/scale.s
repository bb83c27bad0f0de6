; y = x * w on 64 floats: two copies into the scratchpad, a vector program, a
; copy out. Semaphore 0 counts the copies that have landed, semaphore 1 says that
; the product is there.
.target edge
.input "x", f32, [64]
.weight "w", f32, [64]
  .data 0.5, 2.0, -1.0, 0.25
  .zero
.output "y", f32, [64]
.macs 0
.node "/load", "Load"
.node "/mul", "Mul", 64
.node "/store", "Store"
.equ SRAM, 2 << 60 | 255 << 40
main:
.loc 0
  li r20, 0
  lih r20, (SRAM >> 32)
  dnew d0, f32, r1, x.offset
  ddim d0, 5, 64, 1
  dnew d1, f32, r20, 0
  ddim d1, 5, 64, 1
  copy dma0, d1, d0 {
    c.signal s0, 1
  }
  dnew d2, f32, r2, w.offset
  ddim d2, 5, 64, 1
  dnew d3, f32, r20, 256
  ddim d3, 5, 64, 1
  copy dma1, d3, d2 {
    c.signal s0, 1
  }
.loc 1
  wait vec, s0, 2
  vrun {
    v.in v0, d1
    v.in v1, d3
    v.mul.f32 v2, v0, v1
    v.out.f32 d1, v2, store, 0, set
  }
  signal vec, s1, 1
.loc 2
  wait dma0, s1, 1
  dnew d4, f32, r1, y.offset
  ddim d4, 5, 64, 1
  copy dma0, d4, d1
.loc none
  halt
