//===- LayoutOps.td - Elements moved, repeated or made, never computed with -===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NN_LAYOUTOPS
#define ASHLAR_NN_LAYOUTOPS

include "NNBase.td"

def NN_ConstantOp : NN_Op<"constant", [ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "a tensor known at compile time";
  let description = [{
    `dense<...>`, or `dense_resource<...>` for what is large: its bytes are mapped
    from the model's file and never copied.
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value)>];
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def NN_IotaOp : NN_Op<"iota"> {
  let summary = "each element is its index along `axis`";
  let arguments = (ins I64Attr:$axis);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_ReshapeOp : NN_Op<"reshape"> {
  let summary = "the same elements in row-major order under other sizes";
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::llvm::ArrayRef<int64_t>":$shape)>];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_BroadcastOp : NN_Op<"broadcast"> {
  let summary = "repeats along dimensions of size 1 and new leading dimensions";
  let description = [{
    Numpy's rule: dimensions are aligned at the last one. Elementwise operators
    broadcast by themselves; this one is for results that must have the size.
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::llvm::ArrayRef<int64_t>":$shape)>];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_TransposeOp : NN_InferredOp<"transpose"> {
  let summary = "dimension i of the result is dimension permutation[i] of the input";
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs NN_Tensor:$result);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_ConcatOp : NN_InferredOp<"concat"> {
  let summary = "inputs one after another along `axis`";
  let arguments = (ins Variadic<NN_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let hasFolder = 1;
}

def NN_SliceOp : NN_InferredOp<"slice"> {
  let summary = "result[i] = input[starts + i * steps], `sizes` elements a dimension";
  let description = [{
    One entry per dimension. Steps may be negative, then a slice runs backwards
    from its start. Every element lies in the input.
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$starts,
                   DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$steps);
  let results = (outs NN_Tensor:$result);
  let hasFolder = 1;
}

def NN_PadMode : I32EnumAttr<"PadMode", "what stands outside", [
    I32EnumAttrCase<"constant", 0>, I32EnumAttrCase<"edge", 1>,
    I32EnumAttrCase<"reflect", 2>, I32EnumAttrCase<"wrap", 3>]> {
  let cppNamespace = "::ashlar::nn";
  let genSpecializedAttr = 0;
}
def NN_PadModeAttr : EnumAttr<NN_Dialect, NN_PadMode, "pad_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_PadOp : NN_InferredOp<"pad"> {
  let summary = "adds elements before (`low`) and after (`high`) each dimension";
  let description = [{
    `constant` adds the scalar `value` (0 without one), `edge` the nearest
    element, `reflect` mirrors without repeating the edge, `wrap` continues at the
    other end. Amounts are not negative; slices cut.
  }];
  let arguments = (ins NN_Tensor:$input, Optional<NN_Tensor>:$value,
                   NN_PadModeAttr:$mode, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$mode operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def NN_GatherOp : NN_InferredOp<"gather"> {
  let summary = "slices of the input along `axis` picked by an index tensor";
  let description = [{
    The result's sizes are the input's with `axis` replaced by those of the
    indices. Negative indices count from the end; what then lies outside the
    input, which ONNX leaves open, reads the element at its nearest end.
  }];
  let arguments = (ins NN_Tensor:$input, NN_IndexTensor:$indices, I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
}

def NN_ScatterNDOp : NN_InferredOp<"scatter_nd"> {
  let summary = "the input with slices replaced at places that an index tensor tells";
  let description = [{
    The last dimension of `indices` is a place along the first dimensions of the
    input; `updates` has one slice of the rest for each. Negative indices count
    from the end; what then lies outside counts as its nearest end, as in `gather`.
    Of two slices for one place, which ONNX leaves open, the later counts.
  }];
  let arguments = (ins NN_Tensor:$input, NN_IndexTensor:$indices, NN_Tensor:$updates);
  let results = (outs NN_Tensor:$result);
}

#endif // ASHLAR_NN_LAYOUTOPS
