//===- GraphImporter.h - Walks a graph and imports its nodes --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_IMPORT_ONNX_GRAPHIMPORTER_H
#define ASHLAR_LIB_IMPORT_ONNX_GRAPHIMPORTER_H

#include "OnnxFile.h"
#include "OpTable.h"

#include "ashlar/Import/Onnx/ImportOnnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

namespace ashlar {

/// "NxCx224", with "?" for a dimension without size and name.
std::string shapeText(const onnx::TensorShapeProto &shape);

/// Imports the one graph of a model. Reports all problems it finds.
class GraphImporter {
public:
  GraphImporter(OnnxFile &file, const OnnxImportOptions &options,
                mlir::MLIRContext *context);

  ImportResult run(mlir::Location fileLoc);

private:
  mlir::LogicalResult
  readOpset(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>
                &imports);
  mlir::LogicalResult checkOptions();
  mlir::LogicalResult importFixedInput(const onnx::ValueInfoProto &input);
  mlir::LogicalResult importSignature();
  template <typename Read>
  void importInitializer(const onnx::TensorProto &tensor, Read read);
  void importInitializers(const onnx::GraphProto &of);
  void importNodes();
  void importNode(const onnx::NodeProto &node);
  /// Says why a node's operator is none that is imported.
  void refuseOperator(const onnx::NodeProto &node, mlir::Location where);
  /// The model's own function that a node calls, or null.
  const onnx::FunctionProto *findFunction(const onnx::NodeProto &node) const;
  /// Imports a function's nodes in the place of a node that calls it.
  mlir::LogicalResult importCall(const onnx::NodeProto &call,
                                 const onnx::FunctionProto &function,
                                 llvm::ArrayRef<mlir::Value> operands);
  mlir::LogicalResult checkCall(const onnx::NodeProto &call,
                                const onnx::FunctionProto &function,
                                size_t operands);
  /// Import graphs inside of a node in its place, if what decides about them
  /// is known.
  mlir::LogicalResult importIf(const onnx::NodeProto &node, NodeContext &nc);
  mlir::LogicalResult importLoop(const onnx::NodeProto &node, NodeContext &nc);
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  importSubgraph(const onnx::NodeProto &node, const onnx::GraphProto &inner,
                 llvm::ArrayRef<mlir::Value> arguments);
  mlir::LogicalResult refuseTooManyNodes(const onnx::NodeProto &node);
  void setOutputs(const onnx::NodeProto &node,
                  llvm::ArrayRef<mlir::Value> results);
  void noteFailure(const NodeContext &nc);
  /// Whether a node gets what the importer of its operator relies on.
  mlir::LogicalResult checkOperands(const onnx::NodeProto &node,
                                    NodeContext &nc);
  void checkOutputNames();
  void checkDeclaredOutput(const onnx::ValueInfoProto &output,
                           mlir::RankedTensorType type);
  mlir::LogicalResult finish();

  /// The type of a graph input with its dynamic dimensions fixed.
  mlir::FailureOr<mlir::RankedTensorType>
  inputType(const onnx::ValueInfoProto &input);
  mlir::LogicalResult fixShape(const onnx::ValueInfoProto &input,
                               llvm::SmallVectorImpl<int64_t> &shape);
  mlir::Location nodeLocation(const onnx::NodeProto &node);
  bool gatherInputs(const onnx::NodeProto &node,
                    llvm::SmallVectorImpl<mlir::Value> &inputs);
  /// Errors that set the status; that a file is unreadable weighs more.
  mlir::InFlightDiagnostic unreadable(mlir::Location loc);
  mlir::InFlightDiagnostic unsupported(mlir::Location loc);
  void annotate(mlir::func::FuncOp func);

  /// The size that the user gives dimension `i` of an input, if any; an error
  /// if --shape and --dim give different ones.
  mlir::FailureOr<std::optional<int64_t>>
  givenSize(const onnx::ValueInfoProto &input, unsigned i);

  ImportSession session;
  const onnx::GraphProto &graph;
  const OnnxImportOptions &options;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::func::FuncOp func;
  llvm::StringMap<mlir::Value> values;
  /// Outputs of nodes that failed: those that use them are not reported again.
  llvm::StringSet<> unknown;
  std::vector<std::string> inputNames; // fixed ones among them
  /// Functions whose nodes are being imported: they may not call themselves.
  std::vector<const onnx::FunctionProto *> calls;
  /// A chain of functions that call one another twice doubles at every step.
  static constexpr size_t kMostNestedCalls = 500, kMostInlinedNodes = 100000;
  size_t inlinedNodes = 0; // of functions, branches and loops, over all
  bool hasTooManyNodes = false;
  bool hasGivenSizes = false; // sizes that the file leaves open
  ImportStatus status = ImportStatus::Ok;
};

} // namespace ashlar

#endif // ASHLAR_LIB_IMPORT_ONNX_GRAPHIMPORTER_H
