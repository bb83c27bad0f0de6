; What each directive expects.
; RUN: rm -rf %t && split-file %s %t
; RUN: not ashlar-translate --asm-to-image %t/operands.s -o %t.npu 2>&1 | FileCheck %t/operands.s
; RUN: not ashlar-translate --asm-to-image %t/labels.s -o %t.npu 2>&1 | FileCheck %t/labels.s

;--- operands.s
.target edge
; CHECK: [[#@LINE+1]]:10: error: expected the machine's name in quotes, found '1'
.machine 1
; CHECK: [[#@LINE+1]]:8: error: expected a machine field, found '1'
.field 1, 1
; CHECK: [[#@LINE+1]]:11: error: expected the compiler's version in quotes, found '1'
.compiler 1
; CHECK: [[#@LINE+1]]:8: error: expected the entry point's name in quotes, found '1'
.entry 1
; CHECK: [[#@LINE+1]]:8: error: expected the tensor's name in quotes, found '1'
.input 1, f32, [1]
; CHECK: [[#@LINE+1]]:13: error: expected an element type, found '1'
.input "a", 1, [1]
; CHECK: [[#@LINE+1]]:19: error: expected a number that is not negative
.input "a", f32, [-1]
; CHECK: [[#@LINE+1]]:23: error: expected an option, found '1'
.input "a", f32, [1], 1
; CHECK: [[#@LINE+1]]:26: error: expected a region, found '1'
.input "a", f32, [1], in 1
; CHECK: [[#@LINE+1]]:29: error: expected a dimension's name in quotes, found '1'
.input "a", f32, [1], dims [1]
; CHECK: [[#@LINE+1]]:23: error: no tensor has that axis
.input "a", f32, [1], axis 32
; CHECK: [[#@LINE+1]]:6: error: expected the dimension's name in quotes, found '1'
.dim 1
; CHECK: [[#@LINE+1]]:7: error: expected the node's name in quotes, found '1'
.node 1, "Add"
; CHECK: [[#@LINE+1]]:12: error: expected its operator in quotes, found '1'
.node "n", 1
; CHECK: [[#@LINE+1]]:7: error: expected the buffer's name in quotes, found '1'
.plan 1, "sram", 0, 0, 1, 0, 1
; CHECK: [[#@LINE+1]]:12: error: expected its memory in quotes, found '1'
.plan "b", 1, 0, 0, 1, 0, 1
; CHECK: [[#@LINE+1]]:9: error: expected the weight's name in quotes, found '1'
.weight 1, i8, [1]
; CHECK: [[#@LINE+1]]:23: error: expected an option, found '1'
.weight "w", i8, [1], 1
; CHECK: [[#@LINE+1]]:18: error: the weight is too large for an assembly source
.weight "w", i8, [1099511627776]
.weight "v", i8, [4]
.zero
; CHECK: [[#@LINE+1]]:23: error: offset 1 is not behind the weight before, which ends at
.weight "w", i8, [4], at 1
.weight "x", i8, [4]
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: the range is empty
.random 1, 2, 1
; CHECK: [[#@LINE+1]]:6: error: an odd number of digits
.hex "012"
.data 1
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: a weight's data are bytes (.hex, .incbin) or elements (.data, .random), not both
.hex "01"
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: weight 'x' has data for 1 elements, its shape has 4
.weight "y", i8, [4]
.weight "z", i8, [4]
; CHECK: [[#@LINE+1]]:9: error: expected a file's name in quotes, found '1'
.incbin 1
; CHECK: [[#@LINE+1]]:9: error: cannot read 4 bytes at offset 0 of '{{.*}}nowhere.bin'
.incbin "nowhere.bin"

;--- labels.s
.target edge
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: start of core 3, the machine has 1
.start 3, 0
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: core 0 has no label 'nowhere'
.start 0, nowhere
  halt
