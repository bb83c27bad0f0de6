//===- NodeContext.cpp - What the importer of one operator works with -----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeContext.h"

#include "TensorData.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace ashlar;
using namespace mlir;
using onnx::AttributeProto;

std::optional<int64_t> ashlar::countElements(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 0 || (size > 0 && count > maxElements / size))
      return std::nullopt;
    count *= size;
  }
  return count;
}

FailureOr<Value>
NodeContext::importWith(LogicalResult (*function)(NodeContext &),
                        ArrayRef<Value> others) {
  NodeContext context(node, session, builder, loc, others);
  LogicalResult result = function(context);
  isMalformed |= context.isMalformed;
  if (failed(result) || context.outputs.empty())
    return failure();
  return context.outputs[0];
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *NodeContext::find(StringRef name) const {
  for (const AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

const AttributeProto *
NodeContext::findOfType(StringRef name, AttributeProto::AttributeType type) {
  const AttributeProto *attribute = find(name);
  if (!attribute || attribute->type() == type)
    return attribute;
  // Old models leave the type out.
  if (attribute->type() == AttributeProto::UNDEFINED)
    return attribute;
  (void)malformed("attribute '" + name + "' has the wrong type");
  return nullptr;
}

int64_t NodeContext::intAttr(StringRef name, int64_t otherwise) {
  const auto *attribute = findOfType(name, AttributeProto::INT);
  return attribute ? attribute->i() : otherwise;
}

double NodeContext::floatAttr(StringRef name, double otherwise) {
  const auto *attribute = findOfType(name, AttributeProto::FLOAT);
  return attribute ? double(attribute->f()) : otherwise;
}

std::string NodeContext::stringAttr(StringRef name, StringRef otherwise) {
  const auto *attribute = findOfType(name, AttributeProto::STRING);
  return attribute ? attribute->s() : otherwise.str();
}

SmallVector<int64_t> NodeContext::intsAttr(StringRef name,
                                           ArrayRef<int64_t> otherwise) {
  const auto *attribute = findOfType(name, AttributeProto::INTS);
  if (!attribute)
    return SmallVector<int64_t>(otherwise);
  return SmallVector<int64_t>(attribute->ints().begin(),
                              attribute->ints().end());
}

std::optional<SmallVector<double>> NodeContext::floatsAttr(StringRef name) {
  const auto *attribute = findOfType(name, AttributeProto::FLOATS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<double>(attribute->floats().begin(),
                             attribute->floats().end());
}

FailureOr<ElementsAttr> NodeContext::tensorAttr(StringRef name) {
  const auto *attribute = findOfType(name, AttributeProto::TENSOR);
  if (!attribute)
    return malformed("attribute '" + name + "' is missing");
  auto value = tensorValue(session.file, attribute->t(), builder.getContext());
  if (!value)
    return malformed(llvm::toString(value.takeError()));
  return *value;
}

FailureOr<ElementsAttr> NodeContext::sparseAttr(StringRef name) {
  const auto *attribute = findOfType(name, AttributeProto::SPARSE_TENSOR);
  if (!attribute)
    return malformed("attribute '" + name + "' is missing");
  auto value = sparseValue(session.file, attribute->sparse_tensor(),
                           builder.getContext());
  if (!value)
    return malformed(llvm::toString(value.takeError()));
  return *value;
}

//===----------------------------------------------------------------------===//
// Operands known at compile time
//===----------------------------------------------------------------------===//

/// The arguments of the graph that a value is computed from.
static SmallVector<unsigned> findArguments(Value value) {
  llvm::SmallSetVector<Value, 16> seen;
  SmallVector<unsigned> arguments;
  seen.insert(value);
  for (size_t next = 0; next < seen.size(); ++next) {
    if (auto argument = dyn_cast<BlockArgument>(seen[next]))
      arguments.push_back(argument.getArgNumber());
    else
      for (Value operand : seen[next].getDefiningOp()->getOperands())
        seen.insert(operand);
  }
  return arguments;
}

FailureOr<DenseElementsAttr> NodeContext::constantElements(unsigned i,
                                                           StringRef what) {
  if (!input(i))
    return malformed("input " + Twine(i) + " (" + what + ") is missing");
  ElementsAttr value;
  if (!matchPattern(input(i), m_Constant(&value))) {
    SmallVector<unsigned> arguments = findArguments(input(i));
    if (arguments.empty())
      return unsupported(what + " is computed by operators that are not "
                                "evaluated at compile time");
    std::string flags;
    for (unsigned argument : arguments) {
      session.neededConstants.insert(session.inputs[argument]);
      flags +=
          " --constant " + session.inputs[argument]->name() + "=<file.npy>";
    }
    return unsupported(what +
                       " is computed at run time; it has to be a "
                       "constant or follow from static shapes: fix "
                       "what it depends on with" +
                       flags);
  }
  if (value.getNumElements() > (1 << 20))
    return malformed(what + " has " + Twine(value.getNumElements()) +
                     " elements");
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return dense;
  auto resource = cast<DenseResourceElementsAttr>(value);
  return DenseElementsAttr::getFromRawBuffer(resource.getType(),
                                             resource.getData());
}

FailureOr<SmallVector<int64_t>> NodeContext::constantInts(unsigned i,
                                                          StringRef what) {
  auto value = constantElements(i, what);
  if (failed(value))
    return failure();
  auto type = dyn_cast<IntegerType>(value->getElementType());
  if (!type)
    return malformed(what + " is not a tensor of integers");
  bool isUnsigned = type.isUnsigned() || type.getWidth() == 1;
  SmallVector<int64_t> result;
  for (const APInt &element : value->getValues<APInt>())
    result.push_back(isUnsigned ? int64_t(element.getZExtValue())
                                : element.getSExtValue());
  return result;
}

FailureOr<SmallVector<double>> NodeContext::constantNumbers(unsigned i,
                                                            StringRef what) {
  if (input(i) && !isa<FloatType>(inputType(i).getElementType())) {
    auto ints = constantInts(i, what);
    if (failed(ints))
      return failure();
    return SmallVector<double>(ints->begin(), ints->end());
  }
  auto value = constantElements(i, what);
  if (failed(value))
    return failure();
  SmallVector<double> result;
  for (APFloat element : value->getValues<APFloat>()) {
    bool lost;
    element.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
    result.push_back(element.convertToDouble());
  }
  return result;
}

FailureOr<std::optional<SmallVector<int64_t>>>
NodeContext::intsInputOrAttr(unsigned i, StringRef name) {
  std::optional<SmallVector<int64_t>> none;
  if (input(i)) {
    auto values = constantInts(i, name);
    if (failed(values))
      return failure();
    return std::optional(*values);
  }
  if (hasAttr(name))
    return std::optional(intsAttr(name));
  return none;
}

FailureOr<int64_t> NodeContext::axis(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return malformed("axis " + Twine(axis) + " is outside [-" + Twine(rank) +
                     ", " + Twine(rank) + ")");
  return axis < 0 ? axis + rank : axis;
}

FailureOr<SmallVector<int64_t>> NodeContext::axes(ArrayRef<int64_t> axes,
                                                  int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t one : axes) {
    auto wrapped = axis(one, rank);
    if (failed(wrapped))
      return failure();
    result.push_back(*wrapped);
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    return malformed("an axis is named twice");
  return result;
}

//===----------------------------------------------------------------------===//
// Making operations
//===----------------------------------------------------------------------===//

bool NodeContext::isTooLarge(ArrayRef<int64_t> shape) {
  if (countElements(shape))
    return false;
  (void)malformed("a result has a negative size or more elements than any "
                  "memory");
  return true;
}

FailureOr<SmallVector<Value>> NodeContext::split(Value value, int64_t axis,
                                                 ArrayRef<int64_t> lengths) {
  ArrayRef<int64_t> shape = type(value).getShape();
  int64_t total = shape[axis], sum = 0;
  for (int64_t length : lengths) {
    if (length < 0 || length > total)
      return malformed("a part has " + Twine(length) + " of the " +
                       Twine(total) + " elements");
    sum += length;
  }
  if (sum != total)
    return malformed("the parts do not add up to the dimension's size " +
                     Twine(total));
  SmallVector<int64_t> from(shape.size(), 0), sizes(shape),
      step(shape.size(), 1);
  SmallVector<Value> parts;
  for (int64_t length : lengths) {
    sizes[axis] = length;
    parts.push_back(
        make<nn::SliceOp>({value}, {attr("starts", from), attr("sizes", sizes),
                                    attr("steps", step)}));
    if (!parts.back())
      return failure();
    from[axis] += length;
  }
  return parts;
}

SmallVector<Value> NodeContext::insert(OperationState &state) {
  for (Type type : state.types)
    if (isTooLarge(cast<ShapedType>(type).getShape()))
      return {};
  Operation *op = Operation::create(state);
  SmallVector<Value> folded;
  builder.insert(op);
  if (succeeded(builder.tryFold(op, folded)) && !folded.empty()) {
    op->erase();
    return folded;
  }
  return SmallVector<Value>(op->getResults());
}

Value NodeContext::reshape(Value value, ArrayRef<int64_t> shape) {
  if (!value || isTooLarge(shape))
    return {};
  int64_t elements = ShapedType::getNumElements(shape);
  if (elements != type(value).getNumElements()) {
    (void)malformed("cannot reshape " + Twine(type(value).getNumElements()) +
                    " elements to " + Twine(elements));
    return {};
  }
  return builder.createOrFold<nn::ReshapeOp>(loc, value, shape);
}

Value NodeContext::broadcast(Value value, ArrayRef<int64_t> shape) {
  if (!value || isTooLarge(shape))
    return {};
  ArrayRef<int64_t> from = type(value).getShape();
  bool fits = from.size() <= shape.size();
  for (size_t i = 0; fits && i < from.size(); ++i)
    fits = from[from.size() - 1 - i] == 1 ||
           from[from.size() - 1 - i] == shape[shape.size() - 1 - i];
  if (!fits) {
    (void)malformed("a shape cannot be broadcast to the result's");
    return {};
  }
  return builder.createOrFold<nn::BroadcastOp>(loc, value, shape);
}

Value NodeContext::constant(ElementsAttr value) {
  return nn::ConstantOp::create(builder, loc, value);
}

Value NodeContext::scalar(Type element, double value) {
  auto type = RankedTensorType::get({}, element);
  if (auto floating = dyn_cast<FloatType>(element)) {
    APFloat number(value);
    bool lost;
    number.convert(floating.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &lost);
    return constant(DenseElementsAttr::get(type, number));
  }
  return constant(DenseElementsAttr::get(
      type, APInt(element.getIntOrFloatBitWidth(), int64_t(value),
                  /*isSigned=*/true, /*implicitTrunc=*/true)));
}

Value NodeContext::cast(Value value, Type element) {
  if (!value || type(value).getElementType() == element)
    return value;
  return builder.createOrFold<nn::CastOp>(loc, value, element);
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

/// "Conv 'stem' (1x3x224x224xf32, ...)".
static std::string describe(const onnx::NodeProto &node,
                            ArrayRef<Value> inputs) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << node.op_type() << " '"
     << (node.name().empty() && node.output_size() ? node.output(0)
                                                   : node.name())
     << "' (";
  llvm::interleaveComma(inputs, os, [&](Value input) {
    if (!input)
      os << "absent";
    else if (auto type = dyn_cast<RankedTensorType>(input.getType())) {
      for (int64_t size : type.getShape())
        os << size << 'x';
      os << type.getElementType();
    } else
      os << "a sequence";
  });
  os << ")";
  return text;
}

LogicalResult NodeContext::unsupported(const Twine &reason) {
  return emitError(loc) << describe(node, inputs)
                        << " is not supported: " << reason;
}

LogicalResult NodeContext::malformed(const Twine &reason) {
  isMalformed = true;
  return emitError(loc) << describe(node, inputs)
                        << " breaks the ONNX specification: " << reason;
}
