//===- ImportEinsum.cpp - Einstein sums -----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands are joined from left to right. Each is a tensor whose dimensions
// have labels; two become one by a batched matrix product over the labels that
// nobody needs afterwards, or by an elementwise product if there are none.
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"

#include "llvm/ADT/StringExtras.h"

using namespace ashlar;
using namespace mlir;

namespace {
/// Letters, and above them the dimensions of the ellipsis, the last one first.
using Label = int;
constexpr Label firstOfEllipsis = 256;

struct Labelled {
  Value value;
  SmallVector<Label> labels;
};

struct Equation {
  SmallVector<SmallVector<Label>> operands;
  SmallVector<Label> result;
};
} // namespace

static bool contains(ArrayRef<Label> labels, Label label) {
  return llvm::is_contained(labels, label);
}

//===----------------------------------------------------------------------===//
// The equation
//===----------------------------------------------------------------------===//

/// The labels of one term; `rank` tells how many dimensions an ellipsis has.
static FailureOr<SmallVector<Label>> parseTerm(NodeContext &nc, StringRef term,
                                               int64_t rank) {
  SmallVector<Label> labels;
  int64_t letters = llvm::count_if(term, llvm::isAlpha);
  while (!term.empty()) {
    if (term.consume_front("...")) {
      for (int64_t left = rank - letters; left > 0; --left)
        labels.push_back(firstOfEllipsis + int(left) - 1);
      continue;
    }
    if (!llvm::isAlpha(term.front()))
      return nc.malformed("the equation has a '" + Twine(term.front()) + "'");
    labels.push_back(term.front());
    term = term.drop_front();
  }
  return labels;
}

static FailureOr<Equation> parseEquation(NodeContext &nc) {
  std::string text = nc.stringAttr("equation", "");
  llvm::erase(text, ' ');
  auto [left, right] = StringRef(text).split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != nc.numInputs())
    return nc.malformed("the equation has " + Twine(terms.size()) +
                        " operands, the node " + Twine(nc.numInputs()));
  Equation equation;
  int64_t ellipsis = 0;
  llvm::SmallDenseMap<Label, int> counts;
  for (auto [i, term] : llvm::enumerate(terms)) {
    if (!nc.input(i))
      return nc.malformed("an operand is missing");
    int64_t rank = nc.inputType(i).getRank();
    auto labels = parseTerm(nc, term, rank);
    if (failed(labels))
      return failure();
    if (int64_t(labels->size()) != rank)
      return nc.malformed("operand " + Twine(i) + " has " + Twine(rank) +
                          " dimensions, its term '" + term +
                          "' another number");
    for (Label label : *labels) {
      ++counts[label];
      if (label >= firstOfEllipsis)
        ellipsis = std::max<int64_t>(ellipsis, label - firstOfEllipsis + 1);
    }
    equation.operands.push_back(*labels);
  }
  if (StringRef(text).contains("->")) {
    auto result =
        parseTerm(nc, right, ellipsis + llvm::count_if(right, llvm::isAlpha));
    if (failed(result))
      return failure();
    equation.result = *result;
    return equation;
  }
  // Without an arrow: the ellipsis, then what occurs once, in the alphabet's
  // order.
  for (int64_t i = ellipsis; i > 0; --i)
    equation.result.push_back(firstOfEllipsis + int(i) - 1);
  for (Label label = 0; label < firstOfEllipsis; ++label)
    if (counts.lookup(label) == 1)
      equation.result.push_back(label);
  return equation;
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

/// Dimensions in the order of `labels`, all of which it has.
static Labelled order(NodeContext &nc, const Labelled &x,
                      ArrayRef<Label> labels) {
  SmallVector<int64_t> permutation;
  for (Label label : labels)
    permutation.push_back(llvm::find(x.labels, label) - x.labels.begin());
  Value value = nc.make<nn::TransposeOp>({x.value},
                                         {nc.attr("permutation", permutation)});
  return {value, SmallVector<Label>(labels)};
}

/// A label that occurs twice picks the diagonal: moved to the end and seen as
/// one dimension, every (size + 1)-th element.
static FailureOr<Labelled> takeDiagonals(NodeContext &nc, Labelled x) {
  for (size_t i = 0; i < x.labels.size(); ++i) {
    size_t j = i + 1;
    while (j < x.labels.size() && x.labels[j] != x.labels[i])
      ++j;
    if (j == x.labels.size())
      continue;
    int64_t rank = x.labels.size(), size = nc.type(x.value).getDimSize(i);
    if (nc.type(x.value).getDimSize(j) != size)
      return nc.malformed("a label stands for dimensions of different sizes");
    SmallVector<int64_t> permutation, shape;
    SmallVector<Label> labels;
    for (int64_t dim = 0; dim < rank; ++dim)
      if (dim != int64_t(i) && dim != int64_t(j)) {
        permutation.push_back(dim);
        shape.push_back(nc.type(x.value).getDimSize(dim));
        labels.push_back(x.labels[dim]);
      }
    permutation.append({int64_t(i), int64_t(j)});
    shape.push_back(size * size);
    labels.push_back(x.labels[i]);
    Value flat =
        nc.reshape(nc.make<nn::TransposeOp>(
                       {x.value}, {nc.attr("permutation", permutation)}),
                   shape);
    SmallVector<int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
    shape.back() = size;
    steps.back() = size + 1;
    x = {nc.make<nn::SliceOp>({flat}, {nc.attr("starts", starts),
                                       nc.attr("sizes", shape),
                                       nc.attr("steps", steps)}),
         labels};
    if (!x.value)
      return failure();
    i = size_t(-1); // from the start again
  }
  return x;
}

/// Sums over the labels that are not in `needed`.
static Labelled sumOthers(NodeContext &nc, const Labelled &x,
                          ArrayRef<Label> needed) {
  SmallVector<int64_t> axes;
  SmallVector<Label> kept;
  for (auto [dim, label] : llvm::enumerate(x.labels))
    if (contains(needed, label))
      kept.push_back(label);
    else
      axes.push_back(dim);
  if (axes.empty())
    return x;
  auto sum =
      nn::ReduceKindAttr::get(nc.builder.getContext(), nn::ReduceKind::sum);
  return {nc.make<nn::ReduceOp>({x.value},
                                {nc.attr("kind", sum), nc.attr("axes", axes)}),
          kept};
}

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

static SmallVector<Label> joined(ArrayRef<Label> a, ArrayRef<Label> b) {
  SmallVector<Label> result(a);
  llvm::append_range(result, b);
  return result;
}

static int64_t sizeOf(NodeContext &nc, const Labelled &x, Label label) {
  return nc.type(x.value).getDimSize(llvm::find(x.labels, label) -
                                     x.labels.begin());
}

/// Makes the sizes of shared labels agree: those of an ellipsis broadcast.
static LogicalResult agree(NodeContext &nc, Labelled &a, const Labelled &b) {
  SmallVector<int64_t> shape(nc.type(a.value).getShape());
  for (auto [size, label] : llvm::zip_equal(shape, a.labels)) {
    int64_t other =
        contains(b.labels, label) ? sizeOf(nc, b, label) : int64_t(size);
    if (size != other && size != 1 && other != 1)
      return nc.malformed("a label stands for dimensions of sizes " +
                          Twine(size) + " and " + Twine(other));
    if (size == 1)
      size = other;
  }
  a.value = nc.broadcast(a.value, shape);
  return success(bool(a.value));
}

static int64_t product(NodeContext &nc, const Labelled &x,
                       ArrayRef<Label> labels) {
  int64_t count = 1;
  for (Label label : labels)
    count *= sizeOf(nc, x, label);
  return count;
}

/// The product of two operands, summed over what is not `needed` any more.
static FailureOr<Labelled> join(NodeContext &nc, Labelled a, Labelled b,
                                ArrayRef<Label> needed) {
  a = sumOthers(nc, a, joined(needed, b.labels));
  b = sumOthers(nc, b, joined(needed, a.labels));
  if (!a.value || !b.value || failed(agree(nc, a, b)) ||
      failed(agree(nc, b, a)))
    return failure();
  SmallVector<Label> batch, rows, columns, inner;
  for (Label label : a.labels)
    (!contains(b.labels, label) ? rows
     : contains(needed, label)  ? batch
                                : inner)
        .push_back(label);
  for (Label label : b.labels)
    if (!contains(a.labels, label))
      columns.push_back(label);
  a = order(nc, a, joined(joined(batch, rows), inner));
  b = order(nc, b, joined(joined(batch, inner), columns));
  if (!a.value || !b.value)
    return failure();
  SmallVector<Label> labels = joined(joined(batch, rows), columns);
  SmallVector<int64_t> shape;
  for (Label label : labels)
    shape.push_back(sizeOf(nc, contains(a.labels, label) ? a : b, label));
  int64_t n = product(nc, a, batch), m = product(nc, a, rows),
          k = product(nc, a, inner), c = product(nc, b, columns);
  Value left = nc.reshape(a.value, {n, m, k});
  Value right = nc.reshape(b.value, {n, k, c});
  // Without anything to sum, one column times one row is an ordinary product.
  Value result = inner.empty() ? nc.make<nn::MulOp>({left, right})
                               : nc.make<nn::MatmulOp>({left, right});
  return Labelled{nc.reshape(result, shape), labels};
}

static LogicalResult importEinsum(NodeContext &nc) {
  auto equation = parseEquation(nc);
  if (failed(equation))
    return failure();
  SmallVector<Labelled> operands;
  for (auto [i, labels] : llvm::enumerate(equation->operands)) {
    auto operand = takeDiagonals(nc, {nc.input(i), labels});
    if (failed(operand))
      return failure();
    operands.push_back(*operand);
  }
  Labelled value = operands.front();
  for (size_t i = 1; i < operands.size(); ++i) {
    SmallVector<Label> needed = equation->result;
    for (const Labelled &later : ArrayRef(operands).drop_front(i + 1))
      llvm::append_range(needed, later.labels);
    auto both = join(nc, value, operands[i], needed);
    if (failed(both) || !both->value)
      return failure();
    value = *both;
  }
  value = sumOthers(nc, value, equation->result);
  for (Label label : equation->result)
    if (!contains(value.labels, label) ||
        llvm::count(equation->result, label) != 1)
      return nc.malformed("the result's labels are not the operands'");
  return nc.result(value.value ? order(nc, value, equation->result).value
                               : Value());
}

void ashlar::addEinsumOps(OpTable &table) { table["Einsum"] = importEinsum; }
