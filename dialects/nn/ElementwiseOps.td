//===- ElementwiseOps.td - One result element per place ---------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NN_ELEMENTWISEOPS
#define ASHLAR_NN_ELEMENTWISEOPS

include "NNBase.td"

//===----------------------------------------------------------------------===//
// Unary
//===----------------------------------------------------------------------===//

def NN_AbsOp : NN_UnaryOp<"abs", NN_NumberTensor, "magnitude; the smallest integer stays">;
def NN_NegOp : NN_UnaryOp<"neg", NN_SignedOrFloatTensor, "negation; integers wrap"> { let hasFolder = 1; }
def NN_SignOp : NN_UnaryOp<"sign", NN_NumberTensor, "-1, 0 or 1; NaN stays">;
def NN_NotOp : NN_UnaryOp<"not", NN_BitsTensor, "complement of every bit; of truth values, logical not"> { let hasFolder = 1; }

def NN_CeilOp : NN_UnaryOp<"ceil", NN_FloatTensor, "rounded up">;
def NN_FloorOp : NN_UnaryOp<"floor", NN_FloatTensor, "rounded down">;
def NN_TruncOp : NN_UnaryOp<"trunc", NN_FloatTensor, "rounded towards zero">;
def NN_RoundOp : NN_UnaryOp<"round", NN_FloatTensor, "rounded to nearest, ties to even">;
def NN_SqrtOp : NN_UnaryOp<"sqrt", NN_FloatTensor, "square root">;
def NN_RsqrtOp : NN_UnaryOp<"rsqrt", NN_FloatTensor, "1 / square root">;
def NN_ReciprocalOp : NN_UnaryOp<"reciprocal", NN_FloatTensor, "1 / x">;

def NN_ExpOp : NN_UnaryOp<"exp", NN_FloatTensor, "e to the power x">;
def NN_Expm1Op : NN_UnaryOp<"expm1", NN_FloatTensor, "exp(x) - 1, accurate near 0">;
def NN_LogOp : NN_UnaryOp<"log", NN_FloatTensor, "natural logarithm">;
def NN_Log1pOp : NN_UnaryOp<"log1p", NN_FloatTensor, "log(1 + x), accurate near 0">;
def NN_SinOp : NN_UnaryOp<"sin", NN_FloatTensor, "sine">;
def NN_CosOp : NN_UnaryOp<"cos", NN_FloatTensor, "cosine">;
def NN_TanOp : NN_UnaryOp<"tan", NN_FloatTensor, "tangent">;
def NN_AsinOp : NN_UnaryOp<"asin", NN_FloatTensor, "arc sine">;
def NN_AcosOp : NN_UnaryOp<"acos", NN_FloatTensor, "arc cosine">;
def NN_AtanOp : NN_UnaryOp<"atan", NN_FloatTensor, "arc tangent">;
def NN_SinhOp : NN_UnaryOp<"sinh", NN_FloatTensor, "hyperbolic sine">;
def NN_CoshOp : NN_UnaryOp<"cosh", NN_FloatTensor, "hyperbolic cosine">;
def NN_TanhOp : NN_UnaryOp<"tanh", NN_FloatTensor, "hyperbolic tangent">;
def NN_AsinhOp : NN_UnaryOp<"asinh", NN_FloatTensor, "inverse of sinh">;
def NN_AcoshOp : NN_UnaryOp<"acosh", NN_FloatTensor, "inverse of cosh">;
def NN_AtanhOp : NN_UnaryOp<"atanh", NN_FloatTensor, "inverse of tanh">;
def NN_ErfOp : NN_UnaryOp<"erf", NN_FloatTensor, "error function">;

def NN_ReluOp : NN_UnaryOp<"relu", NN_SignedOrFloatTensor, "max(x, 0); NaN stays">;
def NN_SigmoidOp : NN_UnaryOp<"sigmoid", NN_FloatTensor, "1 / (1 + exp(-x))">;
def NN_SoftplusOp : NN_UnaryOp<"softplus", NN_FloatTensor, "log(1 + exp(x)), without overflow">;

def NN_GeluOp : NN_UnaryOp<"gelu", NN_FloatTensor, "x times the normal distribution's cumulative function"> {
  let description = [{
    `x * (1 + erf(x / sqrt(2))) / 2`, or with `approximate_tanh`
    `x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2`.
  }];
  let arguments = (ins NN_FloatTensor:$input, UnitAttr:$approximate_tanh);
}

class NN_TestOp<string mnemonic, string what>
    : NN_ElementwiseOp<mnemonic, "inferTest"> {
  let summary = what;
  let arguments = (ins NN_FloatTensor:$input);
  let results = (outs NN_BoolTensor:$result);
}
def NN_IsNanOp : NN_TestOp<"is_nan", "whether x is NaN">;
def NN_IsInfOp : NN_TestOp<"is_inf", "whether x is infinite"> {
  let arguments = (ins NN_FloatTensor:$input,
                   DefaultValuedAttr<BoolAttr, "true">:$positive,
                   DefaultValuedAttr<BoolAttr, "true">:$negative);
}

//===----------------------------------------------------------------------===//
// Binary
//===----------------------------------------------------------------------===//

def NN_AddOp : NN_BinaryOp<"add", NN_NumberTensor, "sum; integers wrap", [Commutative]>;
def NN_SubOp : NN_BinaryOp<"sub", NN_NumberTensor, "difference; integers wrap">;
def NN_MulOp : NN_BinaryOp<"mul", NN_NumberTensor, "product; integers wrap", [Commutative]>;
def NN_DivOp : NN_BinaryOp<"div", NN_NumberTensor, "quotient"> {
  let description = [{
    Integers truncate towards zero; a divisor of 0 gives all ones, the smallest
    integer divided by -1 is itself (as on the machine).
  }];
}
def NN_RemOp : NN_BinaryOp<"rem", NN_NumberTensor, "remainder with the sign of lhs (C's fmod); of a divisor 0: lhs for integers, NaN for floats">;
def NN_ModOp : NN_BinaryOp<"mod", NN_NumberTensor, "remainder with the sign of rhs (Python's %)">;
def NN_PowOp : NN_ElementwiseOp<"pow", "inferPow"> {
  let summary = "lhs to the power rhs";
  let description = [{
    The result has lhs' element type; rhs may have another. With an integer lhs
    the power is computed in f64 and truncated: exact below 2^53.
  }];
  let arguments = (ins NN_NumberTensor:$lhs, NN_NumberTensor:$rhs);
  let results = (outs NN_NumberTensor:$result);
}
def NN_Atan2Op : NN_BinaryOp<"atan2", NN_FloatTensor, "angle of the point (rhs, lhs)">;
def NN_MaxOp : NN_BinaryOp<"max", NN_NumberTensor, "the larger; NaN if either is NaN", [Commutative]>;
def NN_MinOp : NN_BinaryOp<"min", NN_NumberTensor, "the smaller; NaN if either is NaN", [Commutative]>;
def NN_AndOp : NN_BinaryOp<"and", NN_BitsTensor, "bitwise, or logical on truth values", [Commutative]>;
def NN_OrOp : NN_BinaryOp<"or", NN_BitsTensor, "bitwise, or logical on truth values", [Commutative]>;
def NN_XorOp : NN_BinaryOp<"xor", NN_BitsTensor, "bitwise, or logical on truth values", [Commutative]>;
def NN_ShlOp : NN_BinaryOp<"shl", NN_IntTensor, "lhs shifted left; 0 if rhs is not below the width">;
def NN_ShrOp : NN_BinaryOp<"shr", NN_IntTensor, "lhs shifted right, sign in for signed types; a count not below the width counts as the width">;

def NN_Predicate : I32EnumAttr<"Predicate", "comparison", [
    I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>,
    I32EnumAttrCase<"le", 3>, I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]> {
  let cppNamespace = "::ashlar::nn";
  let genSpecializedAttr = 0;
}
def NN_PredicateAttr : EnumAttr<NN_Dialect, NN_Predicate, "predicate"> {
  let assemblyFormat = "`<` $value `>`";
}

def NN_CompareOp : NN_ElementwiseOp<"compare", "inferTest"> {
  let summary = "comparison; with NaN only ne is true";
  let arguments = (ins NN_PredicateAttr:$predicate, NN_Tensor:$lhs, NN_Tensor:$rhs);
  let results = (outs NN_BoolTensor:$result);
  let assemblyFormat = "$predicate operands attr-dict `:` functional-type(operands, results)";
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

def NN_SelectOp : NN_ElementwiseOp<"select", "inferSelect"> {
  let summary = "on_true where the condition holds, else on_false";
  let arguments = (ins NN_BoolTensor:$condition, NN_Tensor:$on_true, NN_Tensor:$on_false);
  let results = (outs NN_Tensor:$result);
  let hasFolder = 1;
}

def NN_ClampOp : NN_ElementwiseOp<"clamp", "inferElementwise"> {
  let summary = "min(max(input, low), high); NaN stays";
  let arguments = (ins NN_NumberTensor:$input, NN_NumberTensor:$low, NN_NumberTensor:$high);
  let results = (outs NN_NumberTensor:$result);
}

def NN_CastOp : NN_Op<"cast", [NN_Elementwise]> {
  let summary = "conversion to another element type";
  let description = [{
    Between floats and from integers to floats: to nearest even. Floats to
    integers truncate; what i32 (i64 for 64-bit results) cannot hold saturates,
    NaN gives 0, and results narrower than 32 bits wrap. Between integers wraps.
    To `i1`: whether x differs from 0; from `i1`: 0 or 1.
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::mlir::Type":$elementType)>];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_QuantizeOp : NN_Op<"quantize"> {
  let summary = "saturate(round(input / scale) + zero_point)";
  let description = [{
    Rounds to nearest even. `scale` and `zero_point` are scalars, or have one
    dimension that runs along `axis` of the input.
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_FloatTensor:$scale,
                   NN_QuantTensor:$zero_point, DefaultValuedAttr<I64Attr, "0">:$axis);
  let results = (outs NN_QuantTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::mlir::Value":$scale,
                             "::mlir::Value":$zeroPoint, "int64_t":$axis)>];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_DequantizeOp : NN_Op<"dequantize"> {
  let summary = "(input - zero_point) * scale";
  let description = [{
    `scale` and `zero_point` are scalars, or have one dimension that runs along
    `axis` of the input. The difference is taken in 32-bit integers.
  }];
  let arguments = (ins NN_QuantTensor:$input, NN_FloatTensor:$scale,
                   NN_QuantTensor:$zero_point, DefaultValuedAttr<I64Attr, "0">:$axis);
  let results = (outs NN_FloatTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::mlir::Value":$scale,
                             "::mlir::Value":$zeroPoint, "int64_t":$axis)>];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_StorageCastOp : NN_Op<"storage_cast"> {
  let summary = "the same bits, as integers or as what they stand for";
  let description = [{
    From a quantised element type to the integers that it is stored as (`i8`,
    `ui8`, `i32`, ...), or from those to the quantised type.
  }];
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$input, "::mlir::Type":$elementType)>];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // ASHLAR_NN_ELEMENTWISEOPS
