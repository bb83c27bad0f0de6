//===- LayoutGraph.cpp - Which operations could store their tensors otherwise
//===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayoutGraph.h"
#include "MinimumCut.h"

#include "llvm/ADT/STLExtras.h"

using namespace ashlar;
using namespace mlir;

RootedValue ashlar::lookThroughTransposes(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  RootedValue result{value, identityLayout(tensor ? tensor.getRank() : 0)};
  while (auto transpose = result.root.getDefiningOp<nn::TransposeOp>()) {
    for (int64_t &dim : result.order)
      dim = transpose.getPermutation()[dim];
    result.root = transpose.getInput();
  }
  return result;
}

StorageOrder ashlar::storageOrder(const RootedValue &value,
                                  ArrayRef<int64_t> layout) {
  StorageOrder order;
  auto tensor = dyn_cast<RankedTensorType>(value.root.getType());
  if (!tensor)
    return order;
  int64_t ahead = int64_t(layout.size()) - tensor.getRank();
  for (int64_t dim : layout)
    if (dim >= ahead && tensor.getDimSize(value.order[dim - ahead]) != 1)
      order.push_back(value.order[dim - ahead]);
  return order;
}

//===----------------------------------------------------------------------===//
// The other way of each operation
//===----------------------------------------------------------------------===//

LayoutGraph::LayoutGraph(Block &block) : block(block) { propagate(); }

LayoutGraph::Choice *LayoutGraph::choiceOf(Operation *op) {
  auto found = choices.find(op);
  return found == choices.end() ? nullptr : &found->second;
}

/// Those that see `root`, through transposes or directly.
SmallVector<OpOperand *> LayoutGraph::readersOf(Value root) {
  SmallVector<OpOperand *> readers;
  SmallVector<Value> values = {root};
  while (!values.empty()) {
    Value value = values.pop_back_val();
    for (OpOperand &use : value.getUses()) {
      if (auto transpose = dyn_cast<nn::TransposeOp>(use.getOwner()))
        values.push_back(transpose);
      else
        readers.push_back(&use);
    }
  }
  return readers;
}

/// Whether the tensors of `op` are in other places in those layouts.
static bool differsFromPlain(Operation *op, const OpLayouts &layouts) {
  auto differs = [](Value value, ArrayRef<int64_t> layout) {
    RootedValue self{
        value,
        identityLayout(cast<RankedTensorType>(value.getType()).getRank())};
    StorageOrder order = storageOrder(self, layout);
    return !llvm::is_sorted(order);
  };
  for (auto [value, layout] : llvm::zip(op->getResults(), layouts.results))
    if (differs(value, layout))
      return true;
  for (auto [value, layout] : llvm::zip(op->getOperands(), layouts.operands))
    if (differs(value, layout))
      return true;
  return false;
}

bool LayoutGraph::propose(Operation *op, std::optional<OpLayouts> layouts) {
  if (!layouts || isa<nn::ConstantOp>(op) || choices.contains(op) ||
      !differsFromPlain(op, *layouts))
    return false;
  choices.insert({op, Choice{std::move(*layouts), /*isFixed=*/false}});
  queue.push_back(op);
  return true;
}

/// What the layouts of `op` mean for its neighbours.
void LayoutGraph::propagateFrom(Operation *op) {
  OpLayouts layouts = choices.find(op)->second.layouts;
  for (auto [result, layout] : llvm::zip(op->getResults(), layouts.results))
    for (OpOperand *reader : readersOf(result)) {
      // As the reader sees it.
      Layout order = lookThroughTransposes(reader->get()).order, seen;
      for (int64_t dim : layout)
        seen.push_back(llvm::find(order, dim) - order.begin());
      if (reader->getOwner()->getBlock() == &block)
        propose(reader->getOwner(), layoutsFromOperand(*reader, seen));
    }
  for (auto [operand, layout] :
       llvm::zip(op->getOperands(), layouts.operands)) {
    RootedValue value = lookThroughTransposes(operand);
    auto result = dyn_cast<OpResult>(value.root);
    if (!result || layout.size() != value.order.size())
      continue;
    Layout stored;
    for (int64_t dim : layout)
      stored.push_back(value.order[dim]);
    propose(result.getOwner(), layoutsFromResult(result, stored));
  }
}

/// Breadth first, so that the nearest spatial operator decides.
void LayoutGraph::propagate() {
  for (Operation &op : block)
    if (std::optional<OpLayouts> layouts = channelsLastLayouts(&op)) {
      choices.insert({&op, Choice{std::move(*layouts), /*isFixed=*/true}});
      queue.push_back(&op);
    }
  for (size_t head = 0; head < queue.size(); ++head)
    propagateFrom(queue[head]);
}

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

LayoutGraph::Ends LayoutGraph::producerEnds(Value root) {
  auto result = dyn_cast<OpResult>(root);
  Choice *choice = result ? choiceOf(result.getOwner()) : nullptr;
  auto tensor = cast<RankedTensorType>(root.getType());
  RootedValue self{root, identityLayout(tensor.getRank())};
  Ends ends{storageOrder(self, self.order), {}, choice};
  if (choice)
    ends.other =
        storageOrder(self, choice->layouts.results[result.getResultNumber()]);
  return ends;
}

LayoutGraph::Ends LayoutGraph::readerEnds(OpOperand &operand) {
  Choice *choice = choiceOf(operand.getOwner());
  RootedValue value = lookThroughTransposes(operand.get());
  Ends ends{
      storageOrder(value, identityLayout(value.order.size())), {}, choice};
  if (choice)
    ends.other = storageOrder(
        value, choice->layouts.operands[operand.getOperandNumber()]);
  return ends;
}

LayoutGraph::When LayoutGraph::whenStoredAs(const Ends &ends,
                                            const StorageOrder &order) {
  bool plain = !ends.isOtherOnly() && ends.plain == order;
  bool other = !ends.isPlainOnly() && ends.other == order;
  if (ends.isPlainOnly() || ends.isOtherOnly())
    return plain || other ? When::Always : When::Never;
  if (plain && other)
    return When::Always;
  return plain ? When::Plain : other ? When::Other : When::Never;
}

/// The tensor has to be brought into `order` if any reader wants it so and the
/// producer does not make it so. The source's side of the cut is "other". Where
/// readers and producer have an order in opposite ways the cost is no cut's; it
/// then counts whatever the producer does.
void LayoutGraph::addCost(const StorageOrder &order, When producer,
                          const Ends &producerEnds, ArrayRef<Ends> readers,
                          int64_t bytes, MinimumCut &cut) {
  if (producer == When::Always)
    return;
  unsigned made = producerEnds.choice ? producerEnds.choice->node : 0;
  SmallVector<unsigned> plain, other;
  for (const Ends &reader : readers) {
    switch (whenStoredAs(reader, order)) {
    case When::Never:
      break;
    case When::Always:
      if (producer == When::Other)
        cut.addEdge(cut.source(), made, bytes);
      else if (producer == When::Plain)
        cut.addEdge(made, cut.sink(), bytes);
      return;
    case When::Plain:
      plain.push_back(reader.choice->node);
      break;
    case When::Other:
      other.push_back(reader.choice->node);
      break;
    }
  }
  // One more node stands for "some reader wants it": the cost is paid once.
  if (!other.empty()) {
    unsigned wanted = cut.addNode();
    for (unsigned reader : other)
      cut.addEdge(reader, wanted, MinimumCut::kUnlimited);
    cut.addEdge(wanted, producer == When::Other ? made : cut.sink(), bytes);
  }
  if (!plain.empty()) {
    unsigned wanted = cut.addNode();
    for (unsigned reader : plain)
      cut.addEdge(wanted, reader, MinimumCut::kUnlimited);
    cut.addEdge(producer == When::Plain ? made : cut.source(), wanted, bytes);
  }
}

void LayoutGraph::addCosts(Value root, MinimumCut &cut) {
  auto tensor = dyn_cast<RankedTensorType>(root.getType());
  // Constants are brought into any layout at compile time.
  if (!tensor || !tensor.hasStaticShape() ||
      root.getDefiningOp<nn::ConstantOp>())
    return;
  Ends producer = producerEnds(root);
  SmallVector<Ends> readers;
  SmallVector<StorageOrder> orders;
  auto addOrder = [&](const StorageOrder &order) {
    if (!llvm::is_contained(orders, order))
      orders.push_back(order);
  };
  for (OpOperand *reader : readersOf(root)) {
    readers.push_back(readerEnds(*reader));
    if (!readers.back().isOtherOnly())
      addOrder(readers.back().plain);
    if (!readers.back().isPlainOnly())
      addOrder(readers.back().other);
  }
  Type element = tensor.getElementType();
  int64_t bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 64;
  int64_t bytes = tensor.getNumElements() * std::max<int64_t>(1, bits / 8);
  for (const StorageOrder &order : orders)
    addCost(order, whenStoredAs(producer, order), producer, readers, bytes,
            cut);
}

llvm::MapVector<Operation *, OpLayouts> LayoutGraph::choose() {
  MinimumCut cut;
  for (auto &[op, choice] : choices)
    choice.node = choice.isFixed ? cut.source() : cut.addNode();
  for (BlockArgument argument : block.getArguments())
    addCosts(argument, cut);
  for (Operation &op : block)
    if (!isa<nn::TransposeOp>(op))
      for (Value result : op.getResults())
        addCosts(result, cut);
  std::vector<bool> isOther = cut.solve();
  llvm::MapVector<Operation *, OpLayouts> chosen;
  for (auto &[op, choice] : choices)
    if (isOther[choice.node])
      chosen.insert({op, choice.layouts});
  return chosen;
}
