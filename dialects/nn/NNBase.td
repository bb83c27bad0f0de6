//===- NNBase.td - The nn dialect, its types and op classes -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NN_NNBASE
#define ASHLAR_NN_NNBASE

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let summary = "neural networks as graphs of tensor operators";
  let description = [{
    One closed set of operators on ranked tensors for every front end. Each has
    one meaning: opset versions, optional inputs and attributes that may also be
    inputs are settled by the importers.

    Element types: `f64`, `f32`, `f16`, `bf16`; signed integers `i8` .. `i64`
    (signless in MLIR's terms, signed here); unsigned ones `ui8` .. `ui64`; `i1`
    for truth values. The name of the source node is the operation's location.

    Between `nn-quantize-types` and `nn-lower-quantized`, elements may also be
    `!quant.uniform<...>`: integers that stand for the floats which scale and zero
    point make of them. Wherever an operator takes floats it takes these, and means
    the floats; its result is rounded to what the result's type can hold.
  }];
  let cppNamespace = "::ashlar::nn";
  let dependentDialects = ["::mlir::quant::QuantDialect"];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def NN_Quantized : Type<CPred<"::llvm::isa<::mlir::quant::UniformQuantizedType, "
    "::mlir::quant::UniformQuantizedPerAxisType>($_self)">, "uniformly quantised float">;

defvar NN_Floats = [F64, F32, F16, BF16, NN_Quantized];
defvar NN_Signed = [I8, I16, I32, I64];
defvar NN_Unsigned = [UI8, UI16, UI32, UI64];
defvar NN_Ints = !listconcat(NN_Signed, NN_Unsigned);
defvar NN_Numbers = !listconcat(NN_Floats, NN_Ints);
defvar NN_Elements = !listconcat(NN_Numbers, [I1]);

def NN_FloatTensor : RankedTensorOf<NN_Floats>;
def NN_IntTensor : RankedTensorOf<NN_Ints>;
def NN_BitsTensor : RankedTensorOf<!listconcat(NN_Ints, [I1])>;
def NN_SignedOrFloatTensor : RankedTensorOf<!listconcat(NN_Floats, NN_Signed)>;
def NN_NumberTensor : RankedTensorOf<NN_Numbers>;
def NN_BoolTensor : RankedTensorOf<[I1]>;
def NN_Tensor : RankedTensorOf<NN_Elements>;
def NN_IndexTensor : RankedTensorOf<[I32, I64]>;
def NN_I64Tensor : RankedTensorOf<[I64]>;
def NN_QuantTensor : RankedTensorOf<[I8, UI8, I16, UI16, I32]>;

//===----------------------------------------------------------------------===//
// Op classes
//===----------------------------------------------------------------------===//

class NN_Op<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat([Pure], traits)>;

// Results follow from operands and attributes; a declared result may be more or
// less static than the inferred one, but must not contradict it.
class NN_InferredOp<string mnemonic, list<Trait> traits = []>
    : NN_Op<mnemonic, !listconcat([InferTypeOpAdaptorWithIsCompatible], traits)> {
  let extraClassDefinition = [{
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange l,
                                            ::mlir::TypeRange r) {
      return ::ashlar::nn::areCompatible(l, r);
    }
  }];
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

// One result element from the elements at the same place of all operands, which
// broadcast against each other as numpy's do.
def NN_Elementwise : NativeOpTrait<"Elementwise"> {
  let cppNamespace = "::ashlar::nn";
}

// What an elementwise op's result element is: an element of the last operand, or
// a truth value.
class NN_ElementwiseOp<string mnemonic, string inference, list<Trait> traits = []>
    : NN_InferredOp<mnemonic, !listconcat([NN_Elementwise], traits)> {
  let extraClassDefinition = [{
    bool $cppClass::isCompatibleReturnTypes(::mlir::TypeRange l,
                                            ::mlir::TypeRange r) {
      return ::ashlar::nn::areCompatible(l, r);
    }
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location> loc,
        Adaptor adaptor, ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return ::ashlar::nn::}] # inference # [{(
          loc, getOperationName(), adaptor.getOperands(), types);
    }
  }];
}

class NN_UnaryOp<string mnemonic, Type tensor, string what, list<Trait> traits = []>
    : NN_ElementwiseOp<mnemonic, "inferElementwise", traits> {
  let summary = what;
  let arguments = (ins tensor:$input);
  let results = (outs tensor:$result);
}

class NN_BinaryOp<string mnemonic, Type tensor, string what, list<Trait> traits = []>
    : NN_ElementwiseOp<mnemonic, "inferElementwise", traits> {
  let summary = what;
  let arguments = (ins tensor:$lhs, tensor:$rhs);
  let results = (outs tensor:$result);
}

#endif // ASHLAR_NN_NNBASE
