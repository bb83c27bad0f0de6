//===- ReductionOps.td - Reductions, scans, and what normalises by them -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NN_REDUCTIONOPS
#define ASHLAR_NN_REDUCTIONOPS

include "NNBase.td"

def NN_ReduceKind : I32EnumAttr<"ReduceKind", "how a reduction combines", [
    I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"prod", 1>, I32EnumAttrCase<"max", 2>,
    I32EnumAttrCase<"min", 3>, I32EnumAttrCase<"mean", 4>]> {
  let cppNamespace = "::ashlar::nn";
  let genSpecializedAttr = 0;
}
def NN_ReduceKindAttr : EnumAttr<NN_Dialect, NN_ReduceKind, "reduce_kind"> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_ReduceOp : NN_InferredOp<"reduce"> {
  let summary = "combines all elements along `axes`";
  let description = [{
    Half types accumulate in f32, integers wrap. On truth values max is "any" and
    min is "all"; sum, prod and mean do not take them. Of no elements: 0, 1, the
    smallest, the largest value of the type (infinities), and NaN for mean.
    `axes` are ascending; reduced dimensions vanish, or with `keep_dims` stay as 1.
  }];
  let arguments = (ins NN_ReduceKindAttr:$kind, NN_Tensor:$input,
                   DenseI64ArrayAttr:$axes, UnitAttr:$keep_dims);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$kind operands attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def NN_ArgReduceOp : NN_InferredOp<"arg_reduce"> {
  let summary = "index along `axis` of the largest (max) or smallest (min) element";
  let description = [{
    The first such index, or the last with `select_last`. NaN wins over numbers.
  }];
  let arguments = (ins NN_ReduceKindAttr:$kind, NN_NumberTensor:$input, I64Attr:$axis,
                   UnitAttr:$keep_dims, UnitAttr:$select_last);
  let results = (outs NN_I64Tensor:$result);
  let assemblyFormat = "$kind operands attr-dict `:` functional-type(operands, results)";
}

def NN_CumulativeOp : NN_InferredOp<"cumulative"> {
  let summary = "running sum or product along `axis`";
  let description = [{
    `exclusive` leaves the element itself out, `reverse` runs from the end.
  }];
  let arguments = (ins NN_ReduceKindAttr:$kind, NN_NumberTensor:$input, I64Attr:$axis,
                   UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$kind operands attr-dict `:` functional-type(operands, results)";
}

class NN_SoftmaxBase<string mnemonic, string what>
    : NN_InferredOp<mnemonic> {
  let summary = what;
  let arguments = (ins NN_FloatTensor:$input, I64Attr:$axis);
  let results = (outs NN_FloatTensor:$result);
}
def NN_SoftmaxOp : NN_SoftmaxBase<"softmax", "exp(x - max) / sum(exp(x - max)) along `axis`">;
def NN_LogSoftmaxOp : NN_SoftmaxBase<"log_softmax", "x - max - log(sum(exp(x - max))) along `axis`">;

def NN_NormalizeOp : NN_InferredOp<"normalize"> {
  let summary = "(x - mean) / sqrt(variance + epsilon) over `axes`";
  let description = [{
    Layer, instance and group normalisation before their scale and bias, which
    are ordinary `nn.mul` and `nn.add`. Without centring (`rms`), x divided by
    sqrt(mean of squares + epsilon). Half types compute in f32.
  }];
  let arguments = (ins NN_FloatTensor:$input, DenseI64ArrayAttr:$axes,
                   F64Attr:$epsilon, UnitAttr:$rms);
  let results = (outs NN_FloatTensor:$result);
}

def NN_TopKOp : NN_InferredOp<"top_k"> {
  let summary = "the k largest (or smallest) elements along `axis`, sorted, and their indices";
  let description = [{
    Of equal elements the one with the smaller index comes first; NaN counts as
    the largest value.
  }];
  let arguments = (ins NN_NumberTensor:$input, I64Attr:$k, I64Attr:$axis, UnitAttr:$smallest);
  let results = (outs NN_NumberTensor:$values, NN_I64Tensor:$indices);
}

#endif // ASHLAR_NN_REDUCTIONOPS
