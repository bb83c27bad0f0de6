//===- NisaStructure.td - What holds machine words together ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Not instructions: they leave no word in the text.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NISA_NISASTRUCTURE
#define ASHLAR_NISA_NISASTRUCTURE

include "InstFormat.td"

def NISA_TextOp : Op<NISA_Dialect, "text",
    [NoTerminator, SingleBlock, NoRegionArguments]> {
  let summary = "the program of one core, or of several that run the same one";
  let description = [{
    The program of core number `core`, and with `cores` of as many from there on.
    A flat list of machine words and labels. The words that follow a head with a
    `count` are its payload; the verifier checks that they are as many and that the
    head accepts them.

    ```mlir
    nisa.text 0 {
      nisa.li r1, 4
      nisa.label L0 "row"
      nisa.vrun 2
      nisa.v.in v0, d1
      nisa.v.out f32, d2, v0, store, 0, set
      nisa.addi r1, r1, -1
      nisa.bne r1, r0, L0
      nisa.halt
    }
    ```
  }];
  let arguments = (ins I64Attr:$core,
    DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$cores);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$core (`cores` $cores^)? attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "int64_t":$core)>];
}

def NISA_LabelOp : Op<NISA_Dialect, "label", [HasParent<"TextOp">]> {
  let summary = "a place that branches of this text can name";
  let description = [{
    Branches refer to it by number. A name, if given, becomes a symbol of the image
    and the label's name in assembly.
  }];
  let arguments = (ins I64Attr:$id, OptionalAttr<StrAttr>:$name);
  let assemblyFormat = "custom<Target>($id) ($name^)? attr-dict";
  let hasVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "int64_t":$id, CArg<"::llvm::StringRef", "{}">:$name)>];
}

#endif // ASHLAR_NISA_NISASTRUCTURE
