//===- LayoutGraph.h - Which operations could store their tensors otherwise
//===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_LIB_GRAPH_LAYOUTGRAPH_H
#define ASHLAR_LIB_GRAPH_LAYOUTGRAPH_H

#include "LayoutRules.h"

#include "llvm/ADT/MapVector.h"

namespace ashlar {

/// A value that is read through transposes: dimension i of what the reader sees
/// is dimension order[i] of the root.
struct RootedValue {
  mlir::Value root;
  Layout order;
};
RootedValue lookThroughTransposes(mlir::Value value);

/// The order in which dimensions of a root stand in memory, those of size 1
/// left out: two layouts with the same order need no transpose between them.
using StorageOrder = llvm::SmallVector<int64_t, 6>;
/// Of a root that a reader sees as `value`, in a layout of what it sees. The
/// layout may have more dimensions than the value: ones in front.
StorageOrder storageOrder(const RootedValue &value,
                          llvm::ArrayRef<int64_t> layout);

/// Each operation works as it stands, or in one other layout: channels last for
/// spatial operators, and for others what the nearest spatial operator's layout
/// means to them. The choice minimises the bytes of the transposes that remain
/// (a minimum cut: operations are nodes, tensors edges).
class LayoutGraph {
public:
  explicit LayoutGraph(mlir::Block &block);

  /// The layouts in which each operation should work; plain ones left out.
  llvm::MapVector<mlir::Operation *, OpLayouts> choose();

private:
  struct Choice {
    OpLayouts layouts;
    bool isFixed; ///< spatial operators work in no other
    unsigned node = 0;
  };
  /// What a tensor is stored as or read as in each of an operation's two ways.
  struct Ends {
    StorageOrder plain, other;
    Choice *choice; ///< null: always plain
    bool isOtherOnly() const { return choice && choice->isFixed; }
    bool isPlainOnly() const { return !choice; }
  };
  /// Which way has some storage order.
  enum class When { Never, Plain, Other, Always };
  static When whenStoredAs(const Ends &ends, const StorageOrder &order);

  void propagate();
  bool propose(mlir::Operation *op, std::optional<OpLayouts> layouts);
  void propagateFrom(mlir::Operation *op);
  llvm::SmallVector<mlir::OpOperand *> readersOf(mlir::Value root);
  Choice *choiceOf(mlir::Operation *op);
  Ends producerEnds(mlir::Value root);
  Ends readerEnds(mlir::OpOperand &operand);
  void addCosts(mlir::Value root, class MinimumCut &cut);
  void addCost(const StorageOrder &order, When producer,
               const Ends &producerEnds, llvm::ArrayRef<Ends> readers,
               int64_t bytes, MinimumCut &cut);

  mlir::Block &block;
  llvm::MapVector<mlir::Operation *, Choice> choices;
  llvm::SmallVector<mlir::Operation *> queue;
};

} // namespace ashlar

#endif // ASHLAR_LIB_GRAPH_LAYOUTGRAPH_H
