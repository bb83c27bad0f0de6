//===- ImportSubgraphs.cpp - Branches that are taken, loops unrolled ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Exporters write an If or a Loop where a shape decides what to do. Once shapes
// are known its condition and its count are constants, and the nodes of the
// graph inside take its place, as often as they run. They see the names around
// them; their own end with the graph.
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Matchers.h"

using namespace ashlar;
using namespace mlir;
using onnx::GraphProto;
using onnx::NodeProto;

static const GraphProto *findGraph(const NodeProto &node, StringRef name) {
  for (const onnx::AttributeProto &attribute : node.attribute())
    if (attribute.name() == name && attribute.has_g())
      return &attribute.g();
  return nullptr;
}

/// A scalar of integers or truth values that is known; otherwise the reason has
/// been reported.
static FailureOr<int64_t> readScalar(NodeContext &nc, unsigned i,
                                     StringRef what) {
  if (isSequence(nc.input(i)))
    return nc.malformed(what + " is a sequence");
  auto values = nc.constantInts(i, what);
  if (failed(values))
    return failure();
  if (values->size() != 1)
    return nc.malformed(what + " is not a single value");
  return values->front();
}

/// What an importer has reported of a node counts for the whole model.
void GraphImporter::noteFailure(const NodeContext &nc) {
  if (nc.wasMalformed())
    status = ImportStatus::Unreadable;
  else if (status == ImportStatus::Ok)
    status = ImportStatus::Unsupported;
}

/// Imports the nodes of a graph inside of `node`. Gives its outputs, null where
/// importing them failed; fails where there would be too many nodes.
FailureOr<SmallVector<Value>>
GraphImporter::importSubgraph(const NodeProto &node, const GraphProto &inner,
                              ArrayRef<Value> arguments) {
  SmallVector<StringRef> own;
  auto declare = [&](StringRef name) {
    if (!name.empty() && !values.contains(name) && !unknown.contains(name))
      own.push_back(name);
  };
  for (auto [input, argument] : llvm::zip(inner.input(), arguments)) {
    declare(input.name());
    if (!values.try_emplace(input.name(), argument).second)
      unreadable(nodeLocation(node))
          << "'" << input.name() << "' is produced twice";
  }
  for (const auto &tensor : inner.initializer())
    declare(tensor.name());
  for (const auto &sparse : inner.sparse_initializer())
    declare(sparse.values().name());
  for (const NodeProto &each : inner.node())
    for (const std::string &name : each.output())
      declare(name);

  importInitializers(inner);
  for (const NodeProto &each : inner.node()) {
    if (++inlinedNodes > kMostInlinedNodes)
      break;
    importNode(each);
  }
  SmallVector<Value> results;
  for (const auto &output : inner.output()) {
    auto found = values.find(output.name());
    results.push_back(found == values.end() ? Value() : found->second);
    if (!results.back() && !unknown.contains(output.name()) &&
        inlinedNodes <= kMostInlinedNodes)
      unreadable(nodeLocation(node))
          << "the graph inside does not produce its output '" << output.name()
          << "'";
  }
  for (StringRef name : own) {
    values.erase(name);
    unknown.erase(name);
  }
  if (inlinedNodes > kMostInlinedNodes)
    return refuseTooManyNodes(node);
  return results;
}

LogicalResult GraphImporter::refuseTooManyNodes(const NodeProto &node) {
  // Said once; what is around this node ends here as well.
  if (std::exchange(hasTooManyNodes, true))
    return failure();
  return unsupported(nodeLocation(node))
         << "functions are inlined and loops are unrolled, and give more than "
         << kMostInlinedNodes << " nodes, which is not supported";
}

void GraphImporter::setOutputs(const NodeProto &node, ArrayRef<Value> results) {
  for (auto [name, result] : llvm::zip(node.output(), results)) {
    if (name.empty())
      continue;
    if (!result)
      unknown.insert(name);
    else if (!values.try_emplace(name, result).second)
      unreadable(nodeLocation(node)) << "'" << name << "' is produced twice";
  }
}

LogicalResult GraphImporter::importIf(const NodeProto &node, NodeContext &nc) {
  auto condition = readScalar(nc, 0, "the condition");
  if (failed(condition))
    return failure();
  StringRef name = *condition ? "then_branch" : "else_branch";
  const GraphProto *branch = findGraph(node, name);
  if (!branch || branch->input_size() != 0 ||
      branch->output_size() != node.output_size())
    return nc.malformed(name + " is no graph without inputs and with " +
                        Twine(node.output_size()) + " outputs");
  auto results = importSubgraph(node, *branch, {});
  if (failed(results))
    return failure();
  setOutputs(node, *results);
  return success();
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// What a loop's runs have stacked: its runs' tensors along a new first
/// dimension.
static Value stack(NodeContext &nc, ArrayRef<Value> rows) {
  SmallVector<Value> widened;
  for (Value row : rows) {
    if (!row || isSequence(row))
      return {};
    SmallVector<int64_t> shape(nc.type(row).getShape());
    shape.insert(shape.begin(), 1);
    widened.push_back(nc.reshape(row, shape));
  }
  return nc.make<nn::ConcatOp>(widened, {nc.attr("axis", int64_t(0))});
}

static Value makeScalar(NodeContext &nc, Type element, int64_t value) {
  auto type = RankedTensorType::get({}, element);
  return nc.constant(
      DenseElementsAttr::get(type, nc.builder.getIntegerAttr(element, value)));
}

/// Whether the loop runs once more: the condition that a run has computed has
/// to be known.
static FailureOr<bool> readCondition(NodeContext &nc, Value condition) {
  DenseElementsAttr known;
  if (!matchPattern(condition, m_Constant(&known)) ||
      !known.getElementType().isInteger(1) || known.getNumElements() != 1)
    return nc.unsupported("whether it runs again is computed at run time");
  return known.getValues<bool>()[0];
}

LogicalResult GraphImporter::importLoop(const NodeProto &node,
                                        NodeContext &nc) {
  const GraphProto *body = findGraph(node, "body");
  int carriedCount = std::max(node.input_size() - 2, 0);
  int stackedCount = node.output_size() - carriedCount;
  if (!body || stackedCount < 0 || body->input_size() != carriedCount + 2 ||
      body->output_size() != 1 + carriedCount + stackedCount)
    return nc.malformed("its body's inputs and outputs are not those of a "
                        "loop that carries " +
                        Twine(carriedCount) + " values");
  int64_t most = std::numeric_limits<int64_t>::max();
  bool goesOn = true;
  if (nc.input(0)) {
    auto count = readScalar(nc, 0, "the number of runs");
    if (failed(count))
      return failure();
    most = *count;
  }
  if (nc.input(1)) {
    auto condition = readScalar(nc, 1, "the condition");
    if (failed(condition))
      return failure();
    goesOn = *condition;
  }
  SmallVector<Value> carried;
  for (int i = 0; i < carriedCount; ++i) {
    if (!nc.input(i + 2))
      return nc.malformed("input " + Twine(i + 2) + " is missing");
    carried.push_back(nc.input(i + 2));
  }
  SmallVector<SmallVector<Value>> rows(stackedCount);
  for (int64_t run = 0; goesOn && run < most; ++run) {
    if (++inlinedNodes > kMostInlinedNodes) // a body may be empty
      return refuseTooManyNodes(node);
    SmallVector<Value> arguments = {makeScalar(nc, builder.getI64Type(), run),
                                    makeScalar(nc, builder.getI1Type(), 1)};
    arguments.append(carried);
    auto results = importSubgraph(node, *body, arguments);
    // What has failed inside has been reported.
    if (failed(results) || llvm::is_contained(*results, Value()))
      return failure();
    auto again = readCondition(nc, results->front());
    if (failed(again))
      return failure();
    goesOn = *again;
    carried.assign(results->begin() + 1, results->begin() + 1 + carriedCount);
    for (int i = 0; i < stackedCount; ++i)
      rows[i].push_back((*results)[1 + carriedCount + i]);
  }
  for (ArrayRef<Value> stacked : rows) {
    if (stacked.empty())
      return nc.unsupported("it never runs and stacks what its runs give");
    carried.push_back(stack(nc, stacked));
    if (!carried.back())
      return nc.malformed("its runs give what cannot be stacked");
  }
  setOutputs(node, carried);
  return success();
}
