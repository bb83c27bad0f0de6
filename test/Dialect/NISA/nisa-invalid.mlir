// RUN: ashlar-opt %s -split-input-file -verify-diagnostics

nisa.text 0 {
  // expected-error @+1 {{'r64' is not in r0..r63}}
  nisa.addi r64, r1, 1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{expected register such as 'r1', found 'd1'}}
  nisa.addi d1, r1, 1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{expected a virtual register such as '%r64', found '%r5'}}
  nisa.addi %r5, r1, 1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{expected register such as 'r1'}}
  nisa.addi 5, r1, 1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{expected one of scalar, mxu, out, vec, dma0, dma1, dma2, dma3, found 'gpu'}}
  nisa.wait gpu, s1, 1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{operand 'imm' is 2147483648, which does not fit its 32 bits or is not legal there}}
  nisa.li r1, 2147483648
}

// -----

nisa.text 0 {
  // expected-error @+1 {{operand 'dim' is 6}}
  nisa.dsize d1, 6, r1, 0
}

// -----

nisa.text 0 {
  // expected-error @+1 {{operand 'sem' is 256}}
  nisa.wait mxu, s256, 1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{operand 'mode' is 3}}
  "nisa.mm"() {acc = 0 : i64, a = 1 : i64, b = 2 : i64, mode = 3 : i64, count = 0 : i64} : () -> ()
}

// -----

nisa.text 0 {
  // expected-error @+1 {{expects 1 more payload words}}
  nisa.vrun 2
  nisa.v.in v0, d1
}

// -----

nisa.text 0 {
  nisa.vrun 2
  nisa.v.in v0, d1
  // expected-error @+1 {{expected 1 more payload words of 'nisa.vrun' here}}
  nisa.halt
}

// -----

nisa.text 0 {
  nisa.vrun 1
  // expected-error @+1 {{found no instruction}}
  nisa.label L1
  nisa.v.in v0, d1
}

// -----

nisa.text 0 {
  // expected-note @+1 {{the head is here}}
  nisa.vrun 1
  // expected-error @+1 {{is no payload of 'nisa.vrun'}}
  nisa.o.round
}

// -----

nisa.text 0 {
  // expected-error @+1 {{is a payload word, but no head before it asks for one}}
  nisa.v.in v0, d1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{goes to L3, which is not defined in this text}}
  nisa.jmp L3
}

// -----

nisa.text 0 {
  // expected-note @+1 {{first here}}
  nisa.label L3
  // expected-error @+1 {{L3 is defined twice}}
  nisa.label L3
}

// -----

// expected-error @+1 {{core 255 is not in 0..254}}
nisa.text 255 {
}

// -----

nisa.text 0 {
  // expected-error @+1 {{'builtin.module' cannot stand in a text}}
  builtin.module {}
}

// -----

nisa.text 0 {
  nisa.vrun 1
  // expected-error @+1 {{expected lane register such as 'v1', found 'r1'}}
  nisa.v.in r1, d1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{expected semaphore such as 's1'}}
  nisa.wait mxu, 1, 1
}

// -----

nisa.text 0 {
  // expected-error @+1 {{number is negative}}
  "nisa.label"() {id = -1 : i64} : () -> ()
}
