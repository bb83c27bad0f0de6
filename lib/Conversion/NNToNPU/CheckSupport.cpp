//===- CheckSupport.cpp - What no engine can do, said first ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every pass behind this one may expect: functions of one block without calls,
// tensors of static shape whose bytes a machine can count and whose elements
// its engines compute with, and of operations on tensors only those below.
//
//===----------------------------------------------------------------------===//

#include "ashlar/Conversion/NNToNPU/Passes.h"

#include "dialects/nn/NN.h"
#include "dialects/npu/NPU.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

namespace ashlar {
#define GEN_PASS_DEF_CHECKSUPPORT
#include "lib/Conversion/NNToNPU/Passes.h.inc"
} // namespace ashlar

using namespace mlir;

namespace {

struct CheckSupport : ashlar::impl::CheckSupportBase<CheckSupport> {
  using CheckSupportBase::CheckSupportBase;
  void runOnOperation() override;

private:
  void checkFunction(func::FuncOp function);
  void checkNames(func::FuncOp function);
  void checkOperation(Operation *op);
  void checkSize(Location loc, Type type);
  void refuse(Operation *op, const Twine &reason);

  bool supported = true, fits = true;
};

} // namespace

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// What engines compute with; unsigned integers and quantised elements only as
/// long as operators of nn say what they mean.
static bool isElement(Type type, bool inGraph) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    unsigned width = integer.getWidth();
    return (width == 1 || width == 8 || width == 16 || width == 32 ||
            width == 64) &&
           (integer.isSignless() || (inGraph && integer.isUnsigned()));
  }
  return type.isF16() || type.isBF16() || type.isF32() || type.isF64() ||
         type.isIndex() || (inGraph && isa<quant::QuantizedType>(type));
}

/// What NumPy's arrays have at most; some analyses take the square of it.
constexpr int64_t kMostDims = 64;

/// Why a tensor of this type cannot be in the program; empty if it can.
static std::string whyNotTensor(Type type, bool inGraph) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  std::string text;
  llvm::raw_string_ostream os(text);
  if (!tensor)
    os << "the rank of " << type << " is known only at run time";
  else if (tensor.getRank() > kMostDims)
    os << "the tensor has " << tensor.getRank() << " dimensions, at most "
       << kMostDims << " are compiled";
  else if (!tensor.hasStaticShape())
    os << "a dimension of " << type << " is known only at run time";
  else if (tensor.getEncoding())
    os << type << " has an encoding; the machine stores tensors densely";
  else if (!isElement(tensor.getElementType(), inGraph))
    os << "no element type of the machine is " << tensor.getElementType()
       << "; it has f16, bf16, f32, f64, i1, i8, i16, i32 and i64";
  return text;
}

/// Whether 63 bits can count the bytes of a tensor of static shape.
static bool hasCountableSize(RankedTensorType type) {
  Type element = type.getElementType();
  int64_t bytes = element.isIntOrFloat()
                      ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                      : 8;
  return llvm::is_contained(type.getShape(), 0) ||
         llvm::none_of(type.getShape(), [&](int64_t size) {
           return llvm::MulOverflow(bytes, size, bytes) != 0;
         });
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Why an operation on tensors has no lowering; empty if it has one.
static std::string whyNotOperation(Operation *op) {
  constexpr StringLiteral kElements =
      "single elements of tensors in dram cannot be accessed; use a "
      "linalg.generic";
  if (isa_and_present<ashlar::nn::NNDialect, ashlar::npu::NPUDialect>(
          op->getDialect()))
    return "";
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case<linalg::LinalgOp, linalg::AggregatedOpInterface, linalg::PackOp,
            linalg::UnPackOp, arith::ConstantOp>([](Operation *) { return ""; })
      .Case<tensor::EmptyOp, tensor::CastOp, tensor::CollapseShapeOp,
            tensor::ExpandShapeOp, tensor::ExtractSliceOp,
            tensor::InsertSliceOp, tensor::PadOp, tensor::ConcatOp,
            tensor::SplatOp, tensor::GenerateOp>([](Operation *) { return ""; })
      .Case<tensor::ExtractOp, tensor::InsertOp, tensor::FromElementsOp>(
          [&](Operation *) { return kElements.str(); })
      .Case<tensor::GatherOp, tensor::ScatterOp>([](Operation *) {
        return "use nn.gather, nn.scatter or a linalg.generic that indexes";
      })
      .Case<tensor::ReshapeOp>([](Operation *) {
        return "its shape is known only at run time; use tensor.expand_shape "
               "or tensor.collapse_shape";
      })
      .Case<tensor::BitcastOp>(
          [](Operation *) { return "use a linalg.generic with arith.bitcast"; })
      .Case<LoopLikeOpInterface, scf::IfOp, scf::IndexSwitchOp,
            scf::ExecuteRegionOp>([](Operation *) {
        return "a model has no control flow over tensors; unroll the loop, or "
               "compute both sides and select";
      })
      .Default([](Operation *op) {
        std::string reason = "expected operations of nn, linalg or tosa, or "
                             "slices, pads and reshapes of tensor";
        if (isa_and_present<arith::ArithDialect, math::MathDialect>(
                op->getDialect()))
          reason += "; " + op->getName().getStringRef().str() +
                    " works on scalars in a linalg.generic";
        return reason;
      });
}

/// Why a pad with constants has no copy that does it; empty if it has one. What
/// is padded before it is stored (constants) needs none.
static std::string whyNotPad(Operation *op) {
  constexpr size_t kMostPaddedDims = 6; // dimensions of a descriptor
  SmallVector<int64_t> low, high;
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    low.assign(pad.getStaticLow());
    high.assign(pad.getStaticHigh());
  } else if (auto pad = dyn_cast<ashlar::nn::PadOp>(op)) {
    if (pad.getMode() == ashlar::nn::PadMode::constant) {
      low.assign(pad.getLow());
      high.assign(pad.getHigh());
    }
  }
  size_t padded = llvm::count_if(
      llvm::zip(low, high), [](auto ends) { return ends != std::tuple(0, 0); });
  if (padded <= kMostPaddedDims ||
      matchPattern(op->getOperand(0), m_Constant()))
    return "";
  return "copies pad at most " + std::to_string(kMostPaddedDims) +
         " dimensions, this is " + std::to_string(padded) +
         "; pad some of them first";
}

static std::string describe(TypeRange types) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(types, stream);
  return text;
}

void CheckSupport::refuse(Operation *op, const Twine &reason) {
  supported = false;
  op->emitError() << "cannot compile " << op->getName() << " ("
                  << describe(op->getOperandTypes()) << ") -> ("
                  << describe(op->getResultTypes()) << "): " << reason;
}

/// Sizes that no machine counts. What a machine's dram holds the memory plan
/// says.
void CheckSupport::checkSize(Location loc, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() || !fits)
    return;
  if (hasCountableSize(tensor))
    return;
  fits = false;
  emitError(loc) << type << " does not fit: 64 bits cannot count its bytes";
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

void CheckSupport::checkOperation(Operation *op) {
  if (isa<CallOpInterface>(op))
    return refuse(op, "what is called has no body here, calls itself, or may "
                      "not be inlined");
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  bool onTensors = llvm::any_of(op->getOperandTypes(), isTensor) ||
                   llvm::any_of(op->getResultTypes(), isTensor);
  if (!onTensors || isa<func::ReturnOp>(op))
    return;
  for (const std::string &reason : {whyNotOperation(op), whyNotPad(op)})
    if (!reason.empty())
      return refuse(op, reason);
  if (isa<linalg::LinalgOp>(op))
    op->getRegion(0).walk([&](Operation *inner) {
      if (isa<CallOpInterface>(inner) || !isMemoryEffectFree(inner))
        refuse(inner, "an engine computes values of elements and does nothing "
                      "else");
    });
  bool inGraph = isa<ashlar::nn::NNDialect>(op->getDialect());
  for (Type type : op->getResultTypes()) {
    std::string reason =
        isTensor(type) ? whyNotTensor(type, inGraph) : std::string();
    if (!reason.empty())
      return refuse(op, reason);
  }
  for (Type type : op->getResultTypes())
    checkSize(op->getLoc(), type);
}

/// Inputs and outputs are tensors, or past the scheduler buffers in dram.
static std::string whyNotArgument(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (memref && ashlar::npu::getSpace(memref))
    return "";
  if (isa<quant::QuantizedType>(getElementTypeOrSelf(type)))
    return "inputs and outputs have the type that stores them; quantise or "
           "dequantise inside";
  if (isa<TensorType>(type))
    return whyNotTensor(type, /*inGraph=*/true);
  std::string text;
  llvm::raw_string_ostream(text) << "expected a tensor, got " << type;
  return text;
}

/// The signature tells inputs, outputs and states apart by their names. Those
/// without one are called `arg` with the number that they get when results
/// become arguments; the next value of a state has that state's place.
void CheckSupport::checkNames(func::FuncOp function) {
  llvm::StringSet<> names;
  auto check = [&](DictionaryAttr attributes, size_t index) {
    StringAttr given;
    for (StringRef key : {"nn.name", "npu.name"})
      if (attributes && !given)
        given = attributes.getAs<StringAttr>(key);
    std::string name = given ? given.str() : "arg" + std::to_string(index);
    if (names.insert(name).second)
      return;
    supported = false;
    function.emitError() << "two inputs or outputs are named '" << name
                         << "'; each needs a name of its own (nn.name)";
  };
  size_t index = 0;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    check(function.getArgAttrDict(i), index++);
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    if (!function.getResultAttr(i, "nn.state"))
      check(function.getResultAttrDict(i), index++);
}

void CheckSupport::checkFunction(func::FuncOp function) {
  auto refuseEdge = [&](StringRef kind, size_t index, const Twine &reason) {
    supported = false;
    function.emitError() << "cannot compile " << kind << " " << index << " of "
                         << function.getName() << ": " << reason;
  };
  auto check = [&](StringRef kind, TypeRange types) {
    for (auto [index, type] : llvm::enumerate(types))
      if (std::string reason = whyNotArgument(type); !reason.empty())
        refuseEdge(kind, index, reason);
      else
        checkSize(function.getLoc(), type);
  };
  check("argument", function.getArgumentTypes());
  check("result", function.getResultTypes());
  checkNames(function);
  if (!llvm::hasSingleElement(function.getBody()))
    return refuse(function.front().getTerminator(),
                  "a model has no branches; compute both sides and select");
  if (Operation *end = function.front().getTerminator();
      !isa<func::ReturnOp>(end))
    return refuse(end, "a model ends with func.return");
  for (BlockArgument argument : function.getArguments())
    for (NamedAttribute attribute : function_interface_impl::getArgAttrs(
             function, argument.getArgNumber()))
      if (isa<TensorType>(argument.getType()) &&
          attribute.getName().strref().starts_with("npu."))
        refuseEdge("argument", argument.getArgNumber(),
                   attribute.getName().strref() +
                       " is for buffers, which it becomes");
  for (Operation &op : function.front())
    checkOperation(&op);
}

void CheckSupport::runOnOperation() {
  supported = fits = true;
  ModuleOp module = getOperation();
  for (Operation &op : *module.getBody())
    if (auto function = dyn_cast<func::FuncOp>(op)) {
      if (!function.isExternal())
        checkFunction(function);
    } else if (!isa<memref::GlobalOp>(op)) {
      refuse(&op, "expected functions only");
    }
  if (supported && !fits)
    module->setAttr("npu.does_not_fit", UnitAttr::get(&getContext()));
  if (!supported || !fits)
    signalPassFailure();
}
