//===- SelectVector.cpp - Vector programs --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SelectMatrix.h"
#include "VectorBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ashlar;

static constexpr unsigned maxDims = 6, maxWords = 63;

namespace {
enum DimKind : int { parallelDim, reducedDim };

/// A tensor of the program and how the body reads or writes it.
struct ProgramTensor {
  Value memref;
  AffineMap map;
  Type element;
  Address address;
  BlockArgument arg; ///< of the body
};

/// How one output is stored.
struct ProgramOutput {
  unsigned tensor;
  Value value; ///< what the lanes hold
  isa::OutKind kind = isa::OutKind::store;
  isa::LaneType type;
  isa::OutMode mode = isa::OutMode::set;
};

class VectorSelector {
public:
  VectorSelector(Selector &s, npu::VectorOp op) : s(s), op(op) {}
  LogicalResult run();

private:
  LogicalResult collectTensors();
  LogicalResult collectOutput(unsigned index);
  LogicalResult collectDims();
  LogicalResult emitNest();
  LogicalResult emitProgram();
  void emitTensor(int64_t number, const ProgramTensor &tensor, unsigned column,
                  bool isOutput);
  Num getExtent(unsigned dim);

  Selector &s;
  npu::VectorOp op;
  SmallVector<ProgramTensor> tensors; ///< inputs first, then outputs
  unsigned numInputs = 0;
  SmallVector<ProgramOutput> outputs;
  SmallVector<WorkDim> dims; ///< strides: one per tensor
  SmallVector<int> dimOf;    ///< loop -> descriptor dimension
  bool reduces = false;
};
} // namespace

/// The kind of reduction, and the lane type that makes it signed or not.
static isa::OutKind getOutKind(arith::AtomicRMWKind kind, isa::LaneType &type) {
  using K = arith::AtomicRMWKind;
  auto unsign = [&] {
    type = type == isa::LaneType::i64 ? isa::LaneType::u64 : isa::LaneType::u32;
  };
  switch (kind) {
  case K::mulf:
  case K::muli:
    return isa::OutKind::prod;
  case K::maximumf:
  case K::maxs:
    return isa::OutKind::max;
  case K::minimumf:
  case K::mins:
    return isa::OutKind::min;
  case K::maxu:
    unsign();
    return isa::OutKind::max;
  case K::minu:
    unsign();
    return isa::OutKind::min;
  case K::maxnumf:
    return isa::OutKind::maxnum;
  case K::minnumf:
    return isa::OutKind::minnum;
  case K::andi:
    return isa::OutKind::And;
  case K::ori:
    return isa::OutKind::Or;
  case K::xori:
    return isa::OutKind::Xor;
  default:
    return isa::OutKind::sum;
  }
}

LogicalResult VectorSelector::collectOutput(unsigned index) {
  Value yielded = op.getBody().front().getTerminator()->getOperand(index);
  ProgramOutput output;
  output.tensor = numInputs + index;
  output.value = yielded;
  output.type = getLaneType(yielded.getType());
  auto iterators = op.getIteratorTypesArray();
  // A reduction of size 1 is one all the same: it combines with the old value.
  bool outputReduces =
      llvm::is_contained(iterators, utils::IteratorType::reduction);
  if (outputReduces && op.readsOutput(index)) {
    std::optional<npu::Reduction> reduction = npu::matchReduction(op, index);
    if (!reduction)
      return op.emitError()
             << "expected output " << index
             << " to combine its old value with a new one in one operation";
    output.value = reduction->contribution;
    output.kind = getOutKind(reduction->kind, output.type);
    output.mode = op.getInit() ? isa::OutMode::set : isa::OutMode::acc;
    reduces = true;
  } else if (outputReduces) {
    return op.emitError()
           << "expected output " << index
           << " to depend on its old value where dimensions are reduced";
  }
  outputs.push_back(output);
  return success();
}

LogicalResult VectorSelector::collectTensors() {
  Block &body = op.getBody().front();
  unsigned count = op.getInputs().size();
  auto add = [&](Value memref, unsigned operand) {
    const TensorView view = s.getView(memref);
    tensors.push_back({memref, op.getMap(operand), view.element,
                       getMapBase(s, op.getMap(operand), view),
                       body.getArgument(operand)});
  };
  bool hasReduction = llvm::is_contained(op.getIteratorTypesArray(),
                                         utils::IteratorType::reduction);
  for (auto [index, input] : llvm::enumerate(op.getInputs()))
    if (!body.getArgument(index).use_empty())
      add(input, index);
  // A reduction needs an input to state its domain, used or not.
  if (tensors.empty() && hasReduction && count > 0)
    add(op.getInputs()[0], 0);
  // Without a reduction the old value of an output is an input like any other.
  for (auto [index, output] : llvm::enumerate(op.getOutputs()))
    if (!hasReduction && op.readsOutput(index))
      add(output, count + index);
  numInputs = tensors.size();
  if (numInputs > 4)
    return op.emitError() << "expected at most 4 inputs, got " << numInputs;
  for (auto [index, output] : llvm::enumerate(op.getOutputs())) {
    add(output, count + index);
    if (failed(collectOutput(index)))
      return failure();
  }
  if (reduces && numInputs == 0)
    return op.emitError()
           << "expected an input that states the reduction's extent";
  return success();
}

Num VectorSelector::getExtent(unsigned dim) {
  SmallVector<Value> operands = llvm::to_vector(op.getInputs());
  llvm::append_range(operands, op.getOutputs());
  auto maps =
      llvm::to_vector(op.getIndexingMaps().getAsValueRange<AffineMapAttr>());
  SmallVector<std::pair<unsigned, unsigned>> where;
  SmallVector<int64_t> extents = npu::getLoopExtents(maps, operands, &where);
  if (!ShapedType::isDynamic(extents[dim]))
    return Num::constant(extents[dim]);
  auto [operand, position] = where[dim];
  if (operand == ~0u)
    return Num::constant(-1);
  return s.getView(operands[operand]).sizes[position];
}

LogicalResult VectorSelector::collectDims() {
  SmallVector<bool> indexed(op.getIteratorTypes().size(), false);
  op.getBody().walk(
      [&](npu::IndexOp index) { indexed[index.getDim()] = true; });
  for (auto [dim, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
    WorkDim work;
    work.size = getExtent(dim);
    if (work.size.isConstant(-1))
      return op.emitError()
             << "expected an operand that states the extent of d" << dim;
    work.kind =
        iterator == utils::IteratorType::reduction ? reducedDim : parallelDim;
    work.origin = dim;
    work.mergeable = !indexed[dim];
    for (const ProgramTensor &tensor : tensors)
      work.strides.push_back(
          getMapStride(s, tensor.map, dim, s.getView(tensor.memref)));
    dims.push_back(work);
  }
  simplifyDims(dims);
  dimOf.assign(op.getIteratorTypes().size(), -1);
  return success();
}

void VectorSelector::emitTensor(int64_t number, const ProgramTensor &tensor,
                                unsigned column, bool isOutput) {
  unsigned first = maxDims - dims.size();
  DescriptorSpec spec{getElementType(tensor.element), tensor.address, {}};
  for (auto [index, dim] : llvm::enumerate(dims)) {
    // Outputs have size 1 where the program reduces.
    Num size = isOutput && dim.kind == reducedDim ? Num::constant(1) : dim.size;
    spec.dims.push_back(
        {first + static_cast<unsigned>(index), size, dim.strides[column]});
  }
  emitDescriptor(s.emit, number, spec);
}

LogicalResult VectorSelector::emitProgram() {
  unsigned first = maxDims - dims.size();
  int64_t mask = 0;
  for (auto [index, dim] : llvm::enumerate(dims)) {
    if (dim.origin >= 0 && !dim.mergeable)
      dimOf[dim.origin] = first + index;
    if (dim.kind == reducedDim)
      mask |= int64_t(1) << (first + index);
  }
  VectorBody body(s, op, dimOf);
  for (auto [column, tensor] : llvm::enumerate(tensors)) {
    emitTensor(column, tensor, column, column >= numInputs);
    if (column < numInputs && failed(body.addInput(tensor.arg, column)))
      return failure();
  }
  SmallVector<Value> roots;
  for (const ProgramOutput &output : outputs)
    roots.push_back(output.value);
  if (failed(body.compute(roots)))
    return failure();
  for (const ProgramOutput &output : outputs) {
    FailureOr<int64_t> lane = body.getLane(output.value);
    if (failed(lane))
      return failure();
    bool store = output.kind == isa::OutKind::store;
    body.append("v.out", {static_cast<int64_t>(output.type), output.tensor,
                          *lane, static_cast<int64_t>(output.kind),
                          store ? 0 : mask, static_cast<int64_t>(output.mode)});
  }
  if (body.getWords().size() > maxWords)
    return op.emitError() << "the program takes " << body.getWords().size()
                          << " words, expected at most " << maxWords;
  s.emit.inst("vrun", {static_cast<int64_t>(body.getWords().size())});
  for (const PayloadWord &word : body.getWords())
    s.emit.inst(word.mnemonic, word.operands);
  return success();
}

/// Loops over parallel dimensions that no descriptor has room for.
LogicalResult VectorSelector::emitNest() {
  if (dims.size() <= maxDims)
    return emitProgram();
  auto outer = llvm::find_if(dims, [](const WorkDim &dim) {
    return dim.kind == parallelDim && dim.mergeable;
  });
  if (outer == dims.end())
    return op.emitError() << "expected at most 6 dimensions that are reduced "
                             "or whose index is "
                          << "used, got " << dims.size();
  WorkDim dim = *outer;
  dims.erase(outer);
  SmallVector<int64_t> pointers;
  SmallVector<Num> steps;
  for (auto [column, tensor] : llvm::enumerate(tensors)) {
    int64_t pointer = s.emit.newReg();
    s.emit.move(pointer, s.emit.add(tensor.address.base,
                                    Num::constant(tensor.address.offset)));
    tensor.address = {Num::inReg(pointer), 0};
    pointers.push_back(pointer);
    steps.push_back(s.emit.mul(dim.strides[column],
                               Num::constant(getElementBytes(tensor.element))));
  }
  return s.emitLoop(dim.size, [&]() -> LogicalResult {
    if (failed(emitNest()))
      return failure();
    for (auto [pointer, step] : llvm::zip(pointers, steps))
      s.emit.move(pointer, s.emit.add(Num::inReg(pointer), step));
    return success();
  });
}

LogicalResult VectorSelector::run() {
  if (failed(collectTensors()) || failed(collectDims()))
    return failure();
  return emitNest();
}

LogicalResult ashlar::selectVector(Selector &s, npu::VectorOp op) {
  return VectorSelector(s, op).run();
}

LogicalResult ashlar::selectFill(Selector &s, npu::FillOp op) {
  const TensorView view = s.getView(op.getTarget());
  SmallVector<WorkDim> dims;
  for (auto [size, stride] : llvm::zip(view.sizes, view.strides))
    dims.push_back({size, {stride}});
  simplifyDims(dims);
  if (dims.size() > maxDims)
    return op.emitError()
           << "expected at most 6 dimensions that are not contiguous, got "
           << dims.size();
  DescriptorSpec spec{getElementType(view.element), view.address, {}};
  for (auto [index, dim] : llvm::enumerate(dims))
    spec.dims.push_back({maxDims - static_cast<unsigned>(dims.size() - index),
                         dim.size, dim.strides[0]});
  emitDescriptor(s.emit, 0, spec);
  int64_t value = s.emit.toReg(s.getNum(op.getValue()));
  auto type = static_cast<int64_t>(getLaneType(view.element));
  s.emit.inst("vrun", {2});
  s.emit.inst("v.reg", {type, 0, value});
  s.emit.inst("v.out", {type, 0, 0, static_cast<int64_t>(isa::OutKind::store),
                        0, static_cast<int64_t>(isa::OutMode::set)});
  return success();
}
