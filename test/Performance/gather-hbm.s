; y[i] = table[index[i]]: 98304 rows of 64 bytes from dram, on one core of hbm, at 95%
; of the rate at which its copy engines gather.
;
; RUN: rm -rf %t && mkdir %t
; RUN: %python %S/Inputs/tensors.py %t table=int8:65536x64 index=int32:98304:0:65535
; RUN: ashlar-translate --asm-to-image %s -o %t/x.npu
; RUN: ashlar run %t/x.npu --timed --sanitize --inputs table=%t/table.npy --inputs index=%t/index.npy --outputs %t --stats %t/stats.json
; RUN: %python %S/Inputs/check.py gather %t --after /load --until /gather --least 0.95
;
; Each engine asks for two rows a cycle; four engines move 8 * 64 = 512 bytes of the
; 1714 that dram gives. 98304 rows take 12288 cycles, and the 595 cycles until the
; first row has come are 5% of that: fewer rows could not show the rate.
;
; The list of rows is read by the engine from the scratchpad when it starts, so its
; arrival is waited for: copies of one queue overlap their latencies.
;
; On other machines dram is slower than the engines: nano gathers 0.5 rows a cycle
; and reads 8 bytes, an eighth of a row; edge 1 row and 32 bytes, half of one; server
; 4 rows and 40 bytes. There a gather runs at dram's rate.

.target hbm
.input "table", i8, [65536, 64]
.input "index", i32, [98304]
.output "y", i8, [98304, 64]
.macs 0
.node "/load", "Copy"
.node "/gather", "Gather"
.node "/store", "Copy"

.equ SRAM, 2 << 60 | 255 << 40
.equ PART, 98304 / 4                ; rows of one engine
.equ Y, 0
.equ INDEX, 98304 * 64

main:
  li r20, 0
  lih r20, (SRAM >> 32)
.loc 0
  dnew d0, i32, r1, index.offset
  ddim d0, 5, 98304, 1
  dnew d1, i32, r20, INDEX
  ddim d1, 5, 98304, 1
  copy dma0, d1, d0 {
    c.signal s0, 4
  }
.loc 1
  dnew d2, i8, r1, table.offset     ; any of 65536 rows
  ddim d2, 4, 65536, 64
  ddim d2, 5, 64, 1
  dnew d3, i8, r20, Y
  ddim d3, 4, PART, 64
  ddim d3, 5, 64, 1
  dnew d4, i32, r20, INDEX
  ddim d4, 5, PART, 1
.macro part engine
  wait \engine, s0, 1
  copy \engine, d3, d2 {
    c.gather d4, 4
    c.signal s1, 1
  }
  dadd d3, r0, PART * 64
  dadd d4, r0, PART * 4
.endm
  part dma0
  part dma1
  part dma2
  part dma3
.loc 2
  wait dma0, s1, 4
  dnew d5, i8, r20, Y
  ddim d5, 4, 98304, 64
  ddim d5, 5, 64, 1
  dnew d6, i8, r1, y.offset
  ddim d6, 4, 98304, 64
  ddim d6, 5, 64, 1
  copy dma0, d6, d5
  halt
