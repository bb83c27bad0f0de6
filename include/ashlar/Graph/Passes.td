//===- Passes.td - Passes on nn -------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_GRAPH_PASSES
#define ASHLAR_GRAPH_PASSES

include "mlir/Pass/PassBase.td"

def SetPrecision : Pass<"nn-set-precision", "::mlir::func::FuncOp"> {
  let summary = "computes in another floating-point type than the model's own";
  let description = [{
    Half types other than `type` first become f32. If `type` is a half type, then
    the factors of matrix products and convolutions are rounded to it, and so are
    values that several operations read, since those are stored; the arithmetic
    between them stays in f32, as it is in the machine's output stage and vector
    unit. f64, integers and truth values stay, and so do the operands of
    quantisation, whose scales must not be rounded. Arguments and results keep
    their types; constants are converted at compile time. With `f64` every float is
    computed in f64, quantisation too: `ashlar verify` asks the host path what a
    quantised graph gives without the rounding errors of sums in f32.

    ```mlir
    %1 = nn.matmul %x, %w : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
    %2 = nn.add %1, %bias : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
    // with type=bf16 becomes
    %0 = nn.cast %x : (tensor<4x8xf32>) -> tensor<4x8xbf16>
    %1 = nn.matmul %0, %w {wide} : (tensor<4x8xbf16>, tensor<8x2xbf16>) -> tensor<4x2xf32>
    %2 = nn.add %1, %bias : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
    ```
  }];
  let options = [Option<"type", "type", "std::string", "\"bf16\"",
                        "the type to compute in: f64, f32, f16 or bf16">];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def FormAttention : Pass<"nn-form-attention", "::mlir::func::FuncOp"> {
  let summary = "makes nn.attention of products around a softmax";
  let description = [{
    softmax(query * key^T * scale + mask) * value, as exporters write it: the scale
    is a constant that multiplies or divides the scores, the query or the key (or
    each of the two its root), the mask is added to the scaled scores. A key that
    arrives transposed is transposed back, so that the two cancel. Scores and
    weights must have no other reader, and batch dimensions must not broadcast;
    everything else stays as it is.

    ```mlir
    %s = nn.matmul %q, %kt : ...
    %1 = nn.mul %s, %scale : ...
    %w = nn.softmax %1 {axis = 3 : i64} : ...
    %r = nn.matmul %w, %v : ...
    // becomes
    %k = nn.transpose %kt {permutation = array<i64: 0, 1, 3, 2>} : ...
    %r = nn.attention %q, %k, %v {scale = 1.250000e-01 : f32} : ...
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def SplitConvTranspose : Pass<"nn-split-conv-transpose", "::mlir::func::FuncOp"> {
  let summary = "makes ordinary convolutions of transposed ones";
  let description = [{
    With strides s a transposed convolution is s (along each dimension, their
    product) ordinary ones of stride 1, which meet no zeros between elements. They
    are one convolution with so many times the features; elements then move to
    their places. Elementwise operators with numbers and a quantisation that
    follow are computed before that. Where the window is no multiple of the
    strides, some phases have fewer taps than others, and get zeros: only for
    quantised operands, because 0 times infinity is no 0. Weights and bias are
    constants, dequantised or not; others stay.

    ```mlir
    %1 = nn.conv_transpose %x, %w {strides = array<i64: 2, 2>, ...}
        : (tensor<1x8x5x5xf32>, tensor<8x3x2x2xf32>) -> tensor<1x3x10x10xf32>
    // becomes
    %1 = nn.conv %x, %w2 : (tensor<1x8x5x5xf32>, tensor<12x8x1x1xf32>) -> tensor<1x12x5x5xf32>
    %2 = nn.reshape %1 : ... -> tensor<1x1x2x2x3x5x5xf32>
    %3 = nn.transpose %2 {permutation = array<i64: 0, 1, 4, 5, 2, 6, 3>} : ...
    %4 = nn.reshape %3 : ... -> tensor<1x3x10x10xf32>
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def CommuteQuantization : Pass<"nn-commute-quantization", "::mlir::func::FuncOp"> {
  let summary = "moves dequantisation behind, and quantisation in front of, data movement";
  let description = [{
    Reshapes, transposes, slices, concatenations, broadcasts, pads, gathers, and
    maxima and minima of windows and along axes take integers then. A quantisation
    of what has just been dequantised with the same parameters vanishes. Nothing
    rounds differently.

    ```mlir
    %1 = nn.dequantize %0, %s, %z : (tensor<4x8xi8>, ...) -> tensor<4x8xf32>
    %2 = nn.transpose %1 {permutation = array<i64: 1, 0>} : ...
    // becomes
    %1 = nn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<4x8xi8>) -> tensor<8x4xi8>
    %2 = nn.dequantize %1, %s, %z : ...
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def TabulateFunctions : Pass<"nn-tabulate-functions", "::mlir::func::FuncOp"> {
  let summary = "makes tables of what quantised graphs compute of single bytes";
  let description = [{
    Where 8-bit elements are a function of those of one other 8-bit tensor, at the
    same places, through any elementwise operators, numbers and quantisations with
    one scale, they are gathered from a table. x * sigmoid(x), each of them
    quantised, is one table. Operators on all 256 bytes make the table, which
    `nn-fold-constants` computes: the results are those of the graph's own
    arithmetic, to the bit.

    ```mlir
    %1 = nn.dequantize %0, %s, %z : (tensor<4x8xi8>, ...) -> tensor<4x8xf32>
    %2 = nn.tanh %1 : ...
    %3 = nn.quantize %2, %t, %y : (tensor<4x8xf32>, ...) -> tensor<4x8xi8>
    // becomes
    %1 = nn.cast %0 : (tensor<4x8xi8>) -> tensor<4x8xi32>
    %3 = nn.gather %table, %1 {axis = 0 : i64} : (tensor<256xi8>, tensor<4x8xi32>) -> tensor<4x8xi8>
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def QuantizeTypes : Pass<"nn-quantize-types", "::mlir::func::FuncOp"> {
  let summary = "turns quantisation around operators into quantised element types";
  let description = [{
    A convolution or matrix product of dequantised operands takes quantised
    ones instead; sums, differences, products and averages do if their result is
    quantised too. A result that is quantised by its only reader gets that type; a
    clamp or relu between them narrows the range of the type's storage, and a bias
    between a matrix product and its quantisation joins the product. Parameters
    are constants: scales of f32, one or for weights one per feature, zero points
    of any value. What does not match stays as it is.

    ```mlir
    %2 = nn.conv %x, %w {...} // both from nn.dequantize
    %3 = nn.relu %2 : ...
    %4 = nn.quantize %3, %s, %z : ...
    // becomes
    %2 = nn.conv %xq, %wq {...} : (tensor<1x3x8x8x!quant.uniform<u8:f32, 0.02>>,
        tensor<4x3x3x3x!quant.uniform<i8:f32:0, {0.1, 0.2, 0.1, 0.3}>>)
        -> tensor<1x4x6x6x!quant.uniform<u8<3:255>:f32, 0.05:3>>
    %4 = nn.storage_cast %2 : ...
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def LowerQuantized : Pass<"nn-lower-quantized", "::mlir::func::FuncOp"> {
  let summary = "writes operators on quantised types as work on integers";
  let description = [{
    Products become products of the stored integers that accumulate in i32. Zero
    points of weights are subtracted from constant weights where the differences
    are bytes, those of the input join the bias, times the sums of the weights;
    pads add the zero point. Then bias, scale, rounding to even, zero point and
    saturation follow as one chain of elementwise operators in f32, which the
    output stage runs. What is rounded for one elementwise reader that takes it as
    f32 again (a residual addition) is not stored in between. Operators without an
    integer form compute in floats between conversions.

    Guarantees: no quantised element types but at `nn.storage_cast`s whose values
    arguments and results have. i32 sums are exact, or wrap; each result is rounded
    once, and differs by at most one step from the arithmetic in floats.
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def SetIoTypes : Pass<"nn-set-io-types", "::mlir::func::FuncOp"> {
  let summary = "other element types at the edge of the graph";
  let description = [{
    For each NAME=TYPE: with i8 or u8 the quantisation of an input, or the
    dequantisation of an output, moves to the caller, and scale and zero point
    (shifted by 128 if the graph has the other sign) stand in the attribute
    `nn.quantization` of the argument or result; with bf16 the program converts.

    ```mlir
    func.func @main(%x: tensor<4xf32> {nn.name = "x"}) {
      %q = nn.quantize %x, %s, %z : (tensor<4xf32>, tensor<f32>, tensor<i8>) -> tensor<4xi8>
    // with types=x=i8 becomes
    func.func @main(%q: tensor<4xi8> {nn.name = "x",
        nn.quantization = {scale = array<f32: 0.5>, zero_point = array<i64: 3>}}) {
    ```
  }];
  let options = [ListOption<"types", "types", "std::string",
                            "NAME=i8|u8|bf16|keep, for inputs and outputs">];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def FoldConstants : Pass<"nn-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "computes at compile time what depends on constants only";
  let description = [{
    Transposes, reshapes and simple arithmetic of constants are evaluated at once;
    weights are moved as bytes, once. Then it finds the operations all of whose operands are known, runs them together on the
    host reference path, and replaces those results that anything else uses by
    constants. Results that are much larger than what they are made of
    (broadcasts, iotas) stay operations.

    ```mlir
    %0 = nn.add %variance, %epsilon   // both constants
    %1 = nn.sqrt %0
    %2 = nn.div %x, %1
    // becomes
    %1 = nn.constant dense<...>
    %2 = nn.div %x, %1
    ```
  }];
  let options = [Option<"keepDequantize", "keep-dequantize", "bool", "false",
                        "leave dequantised constants for nn-quantize-types">];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def FoldAffine : Pass<"nn-fold-affine", "::mlir::func::FuncOp"> {
  let summary = "folds scales and shifts of channels into weights and bias";
  let description = [{
    Multiplications, divisions, additions and subtractions with constants that
    have one number, or one for each channel, vanish next to a convolution, a
    transposed convolution or a matrix product with constant weights: behind it
    always, in front of it where nothing is padded (scales in front of padding
    fold too: it adds zeros). Batch normalisation arrives as these. New weights
    and biases are computed in f64 and rounded once; matrix products keep one
    addition. Operations whose results have other readers stay, and so does what
    would overflow the weights' type.

    ```mlir
    %0 = nn.conv %x, %w {...}        // weights and %scale, %shift are constants
    %1 = nn.mul %0, %scale : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
    %2 = nn.add %1, %shift : (tensor<1x8x4x4xf32>, tensor<8x1x1xf32>) -> tensor<1x8x4x4xf32>
    // becomes
    %2 = nn.conv %x, %w2, %bias {...}
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

def ChooseLayout : Pass<"nn-choose-layout", "::mlir::func::FuncOp"> {
  let summary = "channels last for spatial operators, with few transposes";
  let description = [{
    Convolutions and pools get `channels_last`, which the matrix unit and the
    window instruction want: rows of contiguous channels. Every other operation
    works as it stands, or in the order of dimensions that the nearest of them
    has; the choice for all of them together is a minimum cut of the graph, in
    which a tensor costs its bytes if it has to be transposed between two
    operations. Transposes of the graph are no operations in it: they only say
    what a reader calls the dimensions. Whatever cannot work in another order
    (matrix products, arguments, results, reshapes that mix the dimensions) stays.

    Expects static shapes where it is to change anything. Guarantees that every
    spatial operator has channels last. Transposes of constants are left to
    `nn-fold-constants`.

    ```mlir
    %0 = nn.conv %x, %w {...} : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x6x6xf32>
    %1 = nn.relu %0 : (tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
    // becomes
    %2 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>}
    %3 = nn.transpose %w {permutation = array<i64: 2, 3, 1, 0>}
    %4 = nn.conv %2, %3 {channels_last, ...} : (tensor<1x8x8x3xf32>, tensor<3x3x3x4xf32>) -> tensor<1x6x6x4xf32>
    %5 = nn.relu %4 : (tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
    %1 = nn.transpose %5 {permutation = array<i64: 0, 3, 1, 2>}
    ```
  }];
  let dependentDialects = ["::ashlar::nn::NNDialect"];
}

#endif // ASHLAR_GRAPH_PASSES
