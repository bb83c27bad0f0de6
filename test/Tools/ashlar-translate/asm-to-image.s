; An image survives the way through text: printing it and assembling the text
; gives the same bytes.
; RUN: ashlar-translate --asm-to-image %s -o %t.npu
; RUN: ashlar-translate --image-to-asm %t.npu -o %t.s
; RUN: FileCheck %s < %t.s
; RUN: ashlar-translate --asm-to-image %t.s -o %t.again.npu
; RUN: cmp %t.npu %t.again.npu
; RUN: ashlar-translate --asm-to-image %s -o %t.repeat.npu
; RUN: cmp %t.npu %t.repeat.npu

; CHECK: ; An Ashlar image as assembly.
; CHECK: .machine "edge"
; CHECK: .field cores, 1
; CHECK: .compiler "hand \"written\""
; CHECK: .estimated_cycles 12.5
; CHECK: .entry "main"
; CHECK: .dim "N", 2
; CHECK: .input "x", i8, [4, 16], at 0, in io, dims ["N", ""], scale [0.5], zero [-3]
; CHECK: .input "w", i8, [2, 3], at 64, in io, scale [0.1, 2], axis 0
; CHECK: .output "y", f32, [4], at 128, in io
; CHECK: .state "s", f16, [2], at 0, in state
; CHECK: .io_bytes 144
; CHECK: .arena_bytes 4096
; CHECK: .state_bytes 4
; CHECK: .macs 77
; CHECK: .start 0, 1
; CHECK: .entry "other"
; CHECK: .start 0, 4
; CHECK: .peaks 1, 2, 3, 4, 5, 6
; CHECK: .plan "buffer", "sram", 0, 64, 128, 0, 3
; CHECK: .node "/first", "Add", 5
; CHECK: .weight "a", f32, [2], at 0
; CHECK-NEXT: .hex "0000803f000000c0"
; CHECK: .weight "b", i4, [3], at 64
; CHECK-NEXT: .hex "f108"
; CHECK: .weight "c", u8, [400], at 128
; CHECK-NEXT: .hex
; CHECK-NEXT: .zero 271
; CHECK-NEXT: .hex "07"
; CHECK: .core 0
; CHECK-NEXT: nop
; CHECK-NEXT: .loc 0 ; /first
; CHECK-NEXT: li r5, 64
; CHECK-NEXT: .loc 1
; CHECK-NEXT: addi r5, r5, 8
; CHECK-NEXT: .loc none
; CHECK-NEXT: halt

.target edge
.compiler "hand \"written\""
.estimated_cycles 12.5

.dim "N", 2
.input "x", i8, [4, 16], dims ["N", ""], scale [0.5], zero [-3]
.input "w", i8, [2, 3], scale [0.1, 2.0], axis 0
.output "y", f32, [4]
.state "s", f16, [2]
.arena_bytes 4096
.macs 77
.start 0, begin

.entry "other"
.input "x", f64, []

.peaks 1, 2, 3, 4, 5, 6
.plan "buffer", "sram", 0, 64, 128, 0, 3

.weight "a", f32, [2]
  .data 1.0, -2.0
.weight "b", i4, [3]
  .data 1, -1, -8
.weight "c", u8, [400]
  .data 1
  .zero 398
  .data 7

.node "/first", "Add", 5
.node "second"    , "Mul"

  nop
begin:
.loc 0
  li r5, w.offset
.loc 1
  addi r5, r5, b.bytes + 6
.loc none
  halt
other:
  halt
