//===- ContractionOps.td - Products with a reduction: matmul, convolution, pooling ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NN_CONTRACTIONOPS
#define ASHLAR_NN_CONTRACTIONOPS

include "NNBase.td"

def NN_MatmulOp : NN_InferredOp<"matmul"> {
  let summary = "matrix product of the last two dimensions, batched over the others";
  let description = [{
    Operands have at least two dimensions; leading ones broadcast. The transpose
    flags swap an operand's last two dimensions first. The bias, one element for
    each column, is added to every row; it has the result's type. Half types accumulate in
    f32 and round once, or with `wide` give that f32 as it is; i8 and ui8 in any
    pairing give i32, which wraps.
  }];
  let arguments = (ins NN_NumberTensor:$lhs, NN_NumberTensor:$rhs,
                   Optional<NN_NumberTensor>:$bias,
                   UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs, UnitAttr:$wide);
  let results = (outs NN_NumberTensor:$result);
}

def NN_AttentionOp : NN_InferredOp<"attention"> {
  let summary = "softmax(query * key^T * scale + mask) * value";
  let description = [{
    Query (batch..., rows, depth), key (batch..., keys, depth), value (batch...,
    keys, columns), result (batch..., rows, columns); batch dimensions are equal.
    The softmax runs over the keys. `mask`, which broadcasts to (batch..., rows,
    keys), is added to the scaled scores. Scores and softmax compute in f32, the
    result is rounded once, or with `wide` is that f32 as it is.
  }];
  let arguments = (ins NN_FloatTensor:$query, NN_FloatTensor:$key, NN_FloatTensor:$value,
                   Optional<NN_FloatTensor>:$mask, F32Attr:$scale, UnitAttr:$wide);
  let results = (outs NN_FloatTensor:$result);
}

def NN_ConvOp : NN_InferredOp<"conv"> {
  let summary = "convolution over any number of spatial dimensions";
  let description = [{
    Input (N, C, spatial...), weights (F, C / groups, window...), result
    (N, F, spatial...), bias (F). With `channels_last` input (N, spatial..., C),
    weights (window..., C / groups, F), result (N, spatial..., F). `pads` has all
    low amounts, then all high ones; what is added is 0. Element types and `wide`
    as in `nn.matmul`; the bias has the result's type.
  }];
  let arguments = (ins NN_NumberTensor:$input, NN_NumberTensor:$weights,
                   Optional<NN_NumberTensor>:$bias,
                   DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                   DenseI64ArrayAttr:$pads, DefaultValuedAttr<I64Attr, "1">:$groups,
                   UnitAttr:$wide, UnitAttr:$channels_last);
  let results = (outs NN_NumberTensor:$result);
}

def NN_ConvTransposeOp : NN_InferredOp<"conv_transpose"> {
  let summary = "the adjoint of a convolution";
  let description = [{
    Input (N, C, spatial...), weights (C, F / groups, window...), result
    (N, F, spatial...). With `channels_last` input (N, spatial..., C), weights
    (window..., C, F / groups), result (N, spatial..., F). Each result size is (n - 1) * stride + (window - 1) *
    dilation + 1 - low - high + output_padding.
  }];
  let arguments = (ins NN_NumberTensor:$input, NN_NumberTensor:$weights,
                   Optional<NN_NumberTensor>:$bias,
                   DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                   DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$output_padding,
                   DefaultValuedAttr<I64Attr, "1">:$groups, UnitAttr:$wide,
                   UnitAttr:$channels_last);
  let results = (outs NN_NumberTensor:$result);
}

def NN_ResampleOp : NN_InferredOp<"resample"> {
  let summary = "a linear map of the elements along `axis`";
  let description = [{
    `result[..., o, ...] = sum over i of weights[o, i] * input[..., i, ...]`, all
    other dimensions apart. With constant weights of few values a row this is
    interpolation (linear, cubic), one dimension after the other, whatever the
    order of the dimensions. Half types accumulate in f32 and round once.
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_FloatTensor:$weights, I64Attr:$axis);
  let results = (outs NN_FloatTensor:$result);
}

def NN_PoolKind : I32EnumAttr<"PoolKind", "what a pool takes of its window", [
    I32EnumAttrCase<"max", 0>, I32EnumAttrCase<"avg", 1>, I32EnumAttrCase<"sum", 2>]> {
  let cppNamespace = "::ashlar::nn";
  let genSpecializedAttr = 0;
}
def NN_PoolKindAttr : EnumAttr<NN_Dialect, NN_PoolKind, "pool_kind"> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_PoolOp : NN_InferredOp<"pool"> {
  let summary = "maximum, average or sum over a moving window";
  let description = [{
    Input (N, C, spatial...), or with `channels_last` (N, spatial..., C). `pads` has
    all low amounts, then all high ones. With `ceil_mode` a last window may reach
    past the high padding if it starts before its end. The average divides by the
    number of elements inside the input, or with `count_include_pad` inside the
    padded input.
  }];
  let arguments = (ins NN_PoolKindAttr:$kind, NN_NumberTensor:$input,
                   DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                   DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads,
                   UnitAttr:$ceil_mode, UnitAttr:$count_include_pad,
                   UnitAttr:$channels_last);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$kind operands attr-dict `:` functional-type(operands, results)";
}

#endif // ASHLAR_NN_CONTRACTIONOPS
