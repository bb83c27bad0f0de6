//===- CompareSizes.cpp - One program at different sizes ------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompareSizes.h"

#include "dialects/nn/NN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Iterators.h"

#include <cstring>

using namespace mlir;

namespace ashlar {

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// Elements as bytes, each of the same number; empty if they cannot be had.
static std::vector<char> bytesOf(ElementsAttr value) {
  size_t count = value.getNumElements();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return {};
    return {blob->getData().begin(), blob->getData().end()};
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense)
    return {};
  std::vector<char> bytes;
  if (dense.getElementType().isInteger(1)) {
    for (bool bit : dense.getValues<bool>())
      bytes.push_back(bit ? 1 : 0);
    return bytes;
  }
  ArrayRef<char> raw = dense.getRawData();
  for (size_t repeat = dense.isSplat() ? count : 1; repeat > 0; --repeat)
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  return bytes;
}

/// Whether two constants have the same elements wherever both have one.
static bool agree(ElementsAttr a, ElementsAttr b) {
  ArrayRef<int64_t> mine = a.getShapedType().getShape(),
                    theirs = b.getShapedType().getShape();
  if (a.getElementType() != b.getElementType() || mine.size() != theirs.size())
    return false;
  std::vector<char> x = bytesOf(a), y = bytesOf(b);
  size_t countX = a.getNumElements(), countY = b.getNumElements();
  if (countX == 0 || countY == 0)
    return true;
  if (x.empty() || x.size() % countX != 0 ||
      x.size() / countX * countY != y.size())
    return false;
  size_t width = x.size() / countX;
  // Points of the common part, row-major; `place` is where they lie in each.
  SmallVector<int64_t> point(mine.size(), 0);
  while (true) {
    size_t placeX = 0, placeY = 0;
    for (size_t dim = 0; dim < mine.size(); ++dim) {
      placeX = placeX * mine[dim] + point[dim];
      placeY = placeY * theirs[dim] + point[dim];
    }
    if (memcmp(&x[placeX * width], &y[placeY * width], width) != 0)
      return false;
    size_t dim = mine.size();
    while (dim > 0 &&
           ++point[dim - 1] == std::min(mine[dim - 1], theirs[dim - 1]))
      point[--dim] = 0;
    if (dim == 0)
      return true;
  }
}

static bool isSameConstant(ElementsAttr a, ElementsAttr b) {
  if (a == b)
    return true;
  if (a.getShapedType() == b.getShapedType())
    return bytesOf(a) == bytesOf(b) && !bytesOf(a).empty();
  return agree(a, b);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Attributes that only repeat sizes of types, which are compared themselves.
static bool repeatsSizes(StringRef name) {
  return name == "static_sizes" || name == "static_output_shape";
}

bool SizeComparison::mapValues(ValueRange mine, ValueRange theirs) {
  if (mine.size() != theirs.size())
    return false;
  for (auto [a, b] : llvm::zip_equal(mine, theirs)) {
    auto x = dyn_cast<RankedTensorType>(a.getType()),
         y = dyn_cast<RankedTensorType>(b.getType());
    bool isTensor = x && y && x.getRank() == y.getRank() &&
                    x.getElementType() == y.getElementType() &&
                    x.getEncoding() == y.getEncoding();
    if (!isTensor && a.getType() != b.getType())
      return false;
    values[a] = b;
  }
  return true;
}

bool SizeComparison::isSame(Operation *mine, Operation *theirs) {
  if (mine->getName() != theirs->getName() ||
      mine->getNumOperands() != theirs->getNumOperands() ||
      mine->getNumRegions() != theirs->getNumRegions() ||
      mine->getNumSuccessors() != theirs->getNumSuccessors())
    return false;
  for (auto [a, b] :
       llvm::zip_equal(mine->getOperands(), theirs->getOperands()))
    if (values.lookup(a) != b)
      return false;
  DictionaryAttr x = mine->getAttrDictionary(), y = theirs->getAttrDictionary();
  if (x.size() != y.size())
    return false;
  for (auto [a, b] : llvm::zip_equal(x, y)) {
    if (a.getName() != b.getName())
      return false;
    if (a.getValue() == b.getValue() || repeatsSizes(a.getName()))
      continue;
    auto p = dyn_cast<ElementsAttr>(a.getValue()),
         q = dyn_cast<ElementsAttr>(b.getValue());
    if (!isa<arith::ConstantOp>(mine) || !p || !q || !isSameConstant(p, q))
      return false;
  }
  for (auto [a, b] :
       llvm::zip_equal(mine->getRegions(), theirs->getRegions())) {
    if (a.getBlocks().size() != b.getBlocks().size())
      return false;
    for (auto [from, to] : llvm::zip_equal(a.getBlocks(), b.getBlocks()))
      if (!mapValues(from.getArguments(), to.getArguments()))
        return false;
  }
  return mapValues(mine->getResults(), theirs->getResults());
}

/// What has an effect on the results, in program order.
static std::vector<Operation *> listOperations(func::FuncOp function) {
  function.walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });
  std::vector<Operation *> list;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op != function)
      list.push_back(op);
  });
  return list;
}

Operation *SizeComparison::findDifference() {
  values.clear();
  std::vector<Operation *> mine = listOperations(base),
                           theirs = listOperations(other);
  if (!mapValues(base.getArguments(), other.getArguments()))
    return base;
  for (size_t i = 0; i < mine.size(); ++i)
    if (i >= theirs.size() || !isSame(mine[i], theirs[i]))
      return mine[i];
  return theirs.size() == mine.size() ? nullptr : base.getOperation();
}

ArrayRef<int64_t> SizeComparison::shapeOf(Value value) const {
  return cast<RankedTensorType>(values.lookup(value).getType()).getShape();
}

} // namespace ashlar

ashlar::NodeConstants ashlar::readConstants(func::FuncOp imported) {
  constexpr int64_t kMostElements = 64;
  NodeConstants constants;
  imported.walk([&](nn::ConstantOp constant) {
    if (isa<DenseElementsAttr>(constant.getValue()) &&
        constant.getValue().getNumElements() <= kMostElements)
      constants[constant.getLoc()].push_back(constant.getValue());
  });
  return constants;
}
