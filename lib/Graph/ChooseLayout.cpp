//===- ChooseLayout.cpp - Channels last, with few transposes --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Graph/Passes.h"

#include "LayoutGraph.h"

namespace ashlar {
#define GEN_PASS_DEF_CHOOSELAYOUT
#include "lib/Graph/Passes.h.inc"
} // namespace ashlar

using namespace ashlar;
using namespace mlir;

namespace {

/// Builds the operations of a block again in their layouts, with transposes
/// where a tensor is read in another one than it is stored in.
class LayoutRewriter {
public:
  explicit LayoutRewriter(Block &block)
      : block(block), chosen(LayoutGraph(block).choose()),
        builder(block.getParentOp()->getContext()) {}

  void run();

private:
  /// A root as it is stored, and its copies in other orders.
  struct Stored {
    Value value;
    Layout layout;
    SmallVector<std::pair<StorageOrder, Value>> copies;
  };

  void rewrite(Operation *op);
  Value read(Value value, ArrayRef<int64_t> layout);
  Value readStored(const RootedValue &value, ArrayRef<int64_t> layout,
                   Location loc);
  Stored &storedOf(Value root);

  Block &block;
  llvm::MapVector<Operation *, OpLayouts> chosen;
  OpBuilder builder;
  DenseMap<Value, Stored> stored;
};

} // namespace

LayoutRewriter::Stored &LayoutRewriter::storedOf(Value root) {
  Stored &entry = stored[root];
  if (!entry.value) {
    entry.value = root;
    entry.layout =
        identityLayout(cast<RankedTensorType>(root.getType()).getRank());
  }
  return entry;
}

/// A tensor whose elements have the order that the layout of what the reader
/// sees means; sizes of 1 may be missing or elsewhere.
Value LayoutRewriter::readStored(const RootedValue &value,
                                 ArrayRef<int64_t> layout, Location loc) {
  Stored &entry = storedOf(value.root);
  auto root = cast<RankedTensorType>(value.root.getType());
  RootedValue self{value.root, identityLayout(root.getRank())};
  StorageOrder wanted = storageOrder(value, layout);
  if (storageOrder(self, entry.layout) == wanted)
    return entry.value;
  for (auto &[order, copy] : entry.copies)
    if (order == wanted)
      return copy;
  // All dimensions of the root in the order wanted.
  int64_t ahead = int64_t(layout.size()) - root.getRank();
  SmallVector<int64_t> permutation;
  for (int64_t dim : layout)
    if (dim >= ahead)
      permutation.push_back(llvm::find(entry.layout, value.order[dim - ahead]) -
                            entry.layout.begin());
  Value copy = nn::createOrError<nn::TransposeOp>(builder, loc, entry.value,
                                                  permutation);
  entry.copies.emplace_back(wanted, copy);
  return copy;
}

Value LayoutRewriter::read(Value value, ArrayRef<int64_t> layout) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  if (!tensor)
    return value;
  Operation *producer = value.getDefiningOp();
  Location loc =
      producer ? producer->getLoc() : builder.getInsertionPoint()->getLoc();
  Value result = readStored(lookThroughTransposes(value), layout, loc);
  SmallVector<int64_t> shape(layout.size() - tensor.getRank(), 1);
  llvm::append_range(shape, tensor.getShape());
  shape = storedShape(shape, layout);
  if (cast<RankedTensorType>(result.getType()).getShape() == ArrayRef(shape))
    return result;
  return nn::ReshapeOp::create(builder, loc, result, shape);
}

void LayoutRewriter::rewrite(Operation *op) {
  builder.setInsertionPoint(op);
  auto found = chosen.find(op);
  OpLayouts layouts = found == chosen.end() ? plainLayouts(op) : found->second;
  SmallVector<Value> operands;
  for (auto [operand, layout] : llvm::zip(op->getOperands(), layouts.operands))
    operands.push_back(read(operand, layout));
  if (found == chosen.end()) {
    op->setOperands(operands);
    return;
  }
  Operation *result = buildInLayouts(builder, op, layouts, operands);
  for (auto [old, value, layout] :
       llvm::zip_equal(op->getResults(), result->getResults(), layouts.results))
    stored[old] = {value, layout, {}};
}

void LayoutRewriter::run() {
  if (chosen.empty())
    return;
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  for (Operation *op : ops)
    if (!isa<nn::TransposeOp>(op))
      rewrite(op);
  for (Operation *op : llvm::reverse(ops))
    if ((chosen.contains(op) || isa<nn::TransposeOp>(op)) && op->use_empty())
      op->erase();
}

namespace {

class ChooseLayoutPass
    : public ashlar::impl::ChooseLayoutBase<ChooseLayoutPass> {
public:
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal() || !func.getBody().hasOneBlock())
      return;
    // Readers inside of other operations' regions would be overlooked.
    Block &body = func.getBody().front();
    bool isFlat = llvm::all_of(
        body, [](Operation &op) { return op.getNumRegions() == 0; });
    if (isFlat)
      LayoutRewriter(body).run();
  }
};

} // namespace
