//===- Views.cpp - Which memory a memref is -------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace ashlar {

/// What a view or a pad shows a part of; null if `value` is neither.
static Value sourceOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto view = dyn_cast_or_null<ViewLikeOpInterface>(op))
    return view.getViewSource();
  if (auto pad = dyn_cast_or_null<npu::PadOp>(op))
    return pad.getSource();
  return Value();
}

Value baseOf(Value value) {
  while (Value source = sourceOf(value))
    value = source;
  return value;
}

namespace {
/// A box of a buffer that a value lies in.
struct Part {
  Value whole;
  SmallVector<int64_t> begin = {}, size = {};
  bool isBox = true; ///< the value is the box, not only in it
};
} // namespace

static Part findPart(Value value) {
  Value source = sourceOf(value);
  if (!source) {
    Part part{value};
    if (auto type = dyn_cast<MemRefType>(value.getType())) {
      part.begin.assign(type.getRank(), 0);
      llvm::append_range(part.size, type.getShape());
    }
    return part;
  }
  Part part = findPart(source);
  auto view = value.getDefiningOp<memref::SubViewOp>();
  part.isBox &= view && !view.getDroppedDims().any() &&
                !ShapedType::isDynamicShape(view.getStaticOffsets()) &&
                !ShapedType::isDynamicShape(view.getStaticSizes()) &&
                llvm::all_of(view.getStaticStrides(),
                             [](int64_t stride) { return stride == 1; });
  if (!part.isBox)
    return part;
  for (auto [begin, offset] :
       llvm::zip_equal(part.begin, view.getStaticOffsets()))
    begin += offset;
  part.size.assign(view.getStaticSizes());
  return part;
}

bool mayOverlap(Value a, Value b) {
  Part one = findPart(a), other = findPart(b);
  if (one.whole != other.whole)
    return false;
  for (auto [first, sizeOfFirst, second, sizeOfSecond] :
       llvm::zip_equal(one.begin, one.size, other.begin, other.size))
    if (first + sizeOfFirst <= second || second + sizeOfSecond <= first)
      return false;
  return true;
}

} // namespace ashlar
