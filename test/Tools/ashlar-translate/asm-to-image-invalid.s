; Every error of a source is reported, with its place.
; RUN: not ashlar-translate --asm-to-image %s -o %t.npu 2>&1 | FileCheck %s
; RUN: not ashlar-translate --asm-to-image %S/Inputs/no-target.s -o %t.npu 2>&1 | FileCheck %s --check-prefix=NOTARGET
; RUN: not ashlar-translate --asm-to-image %S/Inputs/bad-region.s -o %t.npu 2>&1 | FileCheck %s --check-prefix=REGION
; RUN: not ashlar-translate --image-to-asm %s -o %t.s 2>&1 | FileCheck %s --check-prefix=NOIMAGE

; NOTARGET: error: the source has neither .target nor .machine
; REGION: error: entry point 'main': input 'x' may not lie in region 'state'
; NOIMAGE: error: not an image: it does not begin as an ELF file

; CHECK: [[#@LINE+1]]:9: error: {{.*}}nowhere
.target nowhere
.machine "m"
; CHECK: [[#@LINE+1]]:8: error: unknown machine field 'colour'
.field colour, 1
; CHECK: [[#@LINE+1]]:15: error: 'cores' {{.*}}
.field cores, -1
; CHECK: [[#@LINE+1]]:13: error: unknown element type 'f31'
.input "a", f31, [1]
; CHECK: [[#@LINE+1]]:18: error: the tensor is too large
.input "a", f32, [4611686018427387904, 4611686018427387904]
; CHECK: [[#@LINE+1]]:23: error: unknown option 'of'
.input "a", f32, [1], of 3
; CHECK: [[#@LINE+1]]:26: error: unknown region 'moon'
.input "a", f32, [1], in moon
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: '.data' outside of a .weight
.data 1
.weight "w", i8, [2]
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: 300 is out of range of i8
.data 300
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: weight 'w' has more data than the 2 elements of its shape
.data 1, 2, 3
.weight "h", i8, [2]
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: not a hexadecimal digit
.hex "0g"
; CHECK: [[#@LINE+1]]:{{[0-9]+}}: error: there is no node 3: .node lines come first
.loc 3
; CHECK: [[#@LINE+1]]:7: error: there is no core 900
.core 900
; CHECK: error: unknown directive '.banana'
.banana
