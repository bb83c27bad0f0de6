//===- NodeContext.h - What the importer of one operator works with -------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_IMPORT_ONNX_NODECONTEXT_H
#define ASHLAR_LIB_IMPORT_ONNX_NODECONTEXT_H

#include "OnnxFile.h"

#include "dialects/nn/NN.h"

#include "mlir/IR/Builders.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

namespace ashlar {

/// What the nodes of a graph share while they are imported.
struct ImportSession {
  OnnxFile &file;
  /// Version of the operator set ai.onnx.
  int64_t opset = 1;
  /// The inputs that are arguments, in order.
  llvm::SmallVector<const onnx::ValueInfoProto *> inputs;
  /// Inputs whose values had to be known.
  llvm::SetVector<const onnx::ValueInfoProto *> neededConstants;
};

/// More elements than this fit no memory.
constexpr int64_t maxElements = int64_t(1) << 40;

/// The number of elements of a shape; none if a size is negative or there are
/// more than `maxElements`.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape);

/// Whether a value is a sequence of tensors (ImportSequences.cpp).
bool isSequence(mlir::Value value);

/// One node of the source graph while it is being imported; its first input is
/// present (but of a Constant and an empty sequence), and only the importers of
/// sequences see inputs that are no tensors. Attribute getters report an
/// attribute of the wrong kind once and return the default then.
class NodeContext {
public:
  NodeContext(const onnx::NodeProto &node, ImportSession &session,
              mlir::OpBuilder &builder, mlir::Location loc,
              llvm::ArrayRef<mlir::Value> inputs)
      : builder(builder), node(node), session(session), loc(loc),
        inputs(inputs) {}

  llvm::StringRef opType() const { return node.op_type(); }
  /// Version of the operator set of the node's domain.
  int64_t opset() const { return session.opset; }
  mlir::Location location() const { return loc; }

  unsigned numInputs() const { return inputs.size(); }
  unsigned numOutputs() const { return node.output_size(); }
  /// Whether output `i` is named, hence used or returned.
  bool wantsOutput(unsigned i) const {
    return i < numOutputs() && !node.output(i).empty();
  }
  /// Input `i`; null if it is absent.
  mlir::Value input(unsigned i) const {
    return i < inputs.size() ? inputs[i] : mlir::Value();
  }
  mlir::RankedTensorType type(mlir::Value value) const {
    return mlir::cast<mlir::RankedTensorType>(value.getType());
  }
  mlir::RankedTensorType inputType(unsigned i) const { return type(input(i)); }

  bool hasAttr(llvm::StringRef name) const { return find(name) != nullptr; }
  int64_t intAttr(llvm::StringRef name, int64_t otherwise);
  double floatAttr(llvm::StringRef name, double otherwise);
  std::string stringAttr(llvm::StringRef name, llvm::StringRef otherwise);
  llvm::SmallVector<int64_t> intsAttr(llvm::StringRef name,
                                      llvm::ArrayRef<int64_t> otherwise = {});
  std::optional<llvm::SmallVector<double>> floatsAttr(llvm::StringRef name);
  /// A tensor attribute's value; fails (reported) if it is malformed.
  mlir::FailureOr<mlir::ElementsAttr> tensorAttr(llvm::StringRef name);
  /// The same for a sparse one, which it makes dense.
  mlir::FailureOr<mlir::ElementsAttr> sparseAttr(llvm::StringRef name);

  /// The elements of input `i` if it is a constant of integers (or
  /// truth values, 0 and 1); otherwise
  /// reports that `what` has to be known at compile time.
  mlir::FailureOr<llvm::SmallVector<int64_t>>
  constantInts(unsigned i, llvm::StringRef what);
  /// The same for floats and integers.
  mlir::FailureOr<llvm::SmallVector<double>>
  constantNumbers(unsigned i, llvm::StringRef what);
  /// An operand that became an input in some opset: the input `i` if present,
  /// else the attribute `name`, else nothing.
  mlir::FailureOr<std::optional<llvm::SmallVector<int64_t>>>
  intsInputOrAttr(unsigned i, llvm::StringRef name);

  /// Wraps a negative axis; reports one outside [-rank, rank).
  mlir::FailureOr<int64_t> axis(int64_t axis, int64_t rank);
  /// The same for several, ascending and without duplicates.
  mlir::FailureOr<llvm::SmallVector<int64_t>> axes(llvm::ArrayRef<int64_t> axes,
                                                   int64_t rank);

  /// Creates an operation at the node's location whose result types follow from
  /// its operands and attributes. If they don't (sizes that disagree, types the
  /// operation does not take), the reason has been reported and the result is
  /// null.
  template <typename OpTy>
  mlir::Value make(mlir::ValueRange operands,
                   llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
    auto results = makeAll<OpTy>(operands, attributes);
    return results.empty() ? mlir::Value() : results.front();
  }
  /// The same for operations with several results; none if it failed.
  template <typename OpTy>
  llvm::SmallVector<mlir::Value>
  makeAll(mlir::ValueRange operands,
          llvm::ArrayRef<mlir::NamedAttribute> attributes = {}) {
    mlir::OperationState state(loc, OpTy::getOperationName());
    auto dictionary = builder.getDictionaryAttr(attributes);
    mlir::OpaqueProperties properties(nullptr);
    using Properties = typename OpTy::Properties;
    if constexpr (!std::is_same_v<Properties, mlir::EmptyProperties>) {
      auto &storage = state.getOrAddProperties<Properties>();
      if (failed(OpTy::setPropertiesFromAttr(
              storage, dictionary, [&] { return mlir::emitError(loc); })))
        return {};
      properties = state.getRawProperties();
    }
    for (mlir::Value operand : operands)
      if (!operand)
        return {};
    llvm::SmallVector<mlir::Type> types;
    if (failed(OpTy::inferReturnTypes(builder.getContext(), loc, operands,
                                      dictionary, properties, {}, types)))
      return {};
    state.addOperands(operands);
    state.addTypes(types);
    return insert(state);
  }
  /// The same for operations whose builder knows the result's type. (A null
  /// operation would not be a null value.)
  template <typename OpTy, typename... Args> mlir::Value build(Args &&...args) {
    auto op = nn::createOrError<OpTy>(builder, loc, args...);
    return op ? mlir::Value(op->getResult(0)) : mlir::Value();
  }
  /// An attribute for `make`.
  mlir::NamedAttribute attr(llvm::StringRef name, int64_t value) {
    return builder.getNamedAttr(name, builder.getI64IntegerAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name,
                            llvm::ArrayRef<int64_t> value) {
    return builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(value));
  }
  mlir::NamedAttribute attr(llvm::StringRef name, mlir::Attribute value) {
    return builder.getNamedAttr(name, value);
  }
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// Slices of `value` of these lengths, one behind the other along `axis`;
  /// reports lengths that do not add up to its size.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  split(mlir::Value value, int64_t axis, llvm::ArrayRef<int64_t> lengths);
  /// A one-element constant of rank 0 and `element` type.
  mlir::Value scalar(mlir::Type element, double value);
  mlir::Value constant(mlir::ElementsAttr value);
  mlir::Value cast(mlir::Value value, mlir::Type element);

  /// Imports the node by the function of another operator, whose attributes it
  /// shares, on other inputs; gives that operator's first output.
  mlir::FailureOr<mlir::Value>
  importWith(mlir::LogicalResult (*function)(NodeContext &),
             llvm::ArrayRef<mlir::Value> others);

  /// Reports that this node can't be imported and why.
  mlir::LogicalResult unsupported(const llvm::Twine &reason);
  /// Reports that the model breaks the specification.
  mlir::LogicalResult malformed(const llvm::Twine &reason);
  bool wasMalformed() const { return isMalformed; }

  void setOutput(unsigned i, mlir::Value value) {
    if (outputs.size() <= i)
      outputs.resize(i + 1);
    outputs[i] = value;
  }
  /// Sets output 0; fails if making `value` failed.
  mlir::LogicalResult result(mlir::Value value) {
    setOutput(0, value);
    return mlir::success(bool(value));
  }
  llvm::ArrayRef<mlir::Value> results() const { return outputs; }

  mlir::OpBuilder &builder;

private:
  /// The value of input `i` if it is a constant; otherwise reports what it
  /// would take.
  mlir::FailureOr<mlir::DenseElementsAttr>
  constantElements(unsigned i, llvm::StringRef what);
  /// Reports a result that has no memory to be in.
  bool isTooLarge(llvm::ArrayRef<int64_t> shape);
  /// Inserts or folds.
  llvm::SmallVector<mlir::Value> insert(mlir::OperationState &state);
  const onnx::AttributeProto *find(llvm::StringRef name) const;
  const onnx::AttributeProto *
  findOfType(llvm::StringRef name, onnx::AttributeProto::AttributeType type);

  const onnx::NodeProto &node;
  ImportSession &session;
  mlir::Location loc;
  llvm::ArrayRef<mlir::Value> inputs;
  llvm::SmallVector<mlir::Value> outputs;
  bool isMalformed = false;
};

} // namespace ashlar

#endif // ASHLAR_LIB_IMPORT_ONNX_NODECONTEXT_H
