//===- Tensors.cpp - Memrefs as the machine addresses them ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensors.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace ashlar;

int64_t ashlar::getElementBytes(Type element) {
  return element.isIndex() ? 8 : (element.getIntOrFloatBitWidth() + 7) / 8;
}

isa::ElementType ashlar::getElementType(Type element, bool isUnsigned) {
  using E = isa::ElementType;
  if (element.isF16())
    return E::f16;
  if (element.isBF16())
    return E::bf16;
  if (element.isF32())
    return E::f32;
  if (element.isF64())
    return E::f64;
  if (element.isIndex())
    return E::i64;
  switch (element.getIntOrFloatBitWidth()) {
  case 1:
    return E::u8;
  case 8:
    return isUnsigned ? E::u8 : E::i8;
  case 16:
    return isUnsigned ? E::u16 : E::i16;
  case 32:
    return isUnsigned ? E::u32 : E::i32;
  default:
    return isUnsigned ? E::u64 : E::i64;
  }
}

/// inner is contiguous within outer: one step of outer is all of inner.
static bool isContiguous(const WorkDim &outer, const WorkDim &inner) {
  if (!outer.mergeable || !inner.mergeable || outer.kind != inner.kind ||
      !inner.size.isConstant())
    return false;
  for (auto [a, b] : llvm::zip(outer.strides, inner.strides))
    if (!a.isConstant() || !b.isConstant() ||
        a.value() != b.value() * inner.size.value())
      return false;
  return true;
}

void ashlar::simplifyDims(SmallVectorImpl<WorkDim> &dims) {
  SmallVector<WorkDim> result;
  for (WorkDim &dim : dims) {
    if (dim.mergeable && dim.size.isConstant(1))
      continue;
    bool merge = !result.empty() && isContiguous(result.back(), dim);
    // A merged size has to be a constant that a descriptor can hold, or one
    // factor has to be 1.
    if (merge && result.back().size.isConstant()) {
      result.back().size =
          Num::constant(result.back().size.value() * dim.size.value());
      result.back().strides = dim.strides;
      result.back().origin = -1;
      continue;
    }
    result.push_back(dim);
  }
  dims.assign(result.begin(), result.end());
}

void ashlar::emitDescriptor(Emitter &emit, int64_t number,
                            const DescriptorSpec &spec) {
  Address address = spec.address;
  if (!fitsImmediate(address.offset)) {
    address.base = emit.add(address.base, Num::constant(address.offset));
    address.offset = 0;
  }
  emit.inst("dnew", {number, static_cast<int64_t>(spec.type),
                     emit.toReg(address.base), address.offset});
  for (const DescriptorSpec::Dim &dim : spec.dims) {
    if (dim.size.isConstant(1))
      continue;
    bool constantSize = dim.size.isConstant() && dim.size.value() >= 0 &&
                        dim.size.value() < (1 << 20);
    bool constantStride = dim.stride.isConstant() &&
                          dim.stride.value() < (1 << 25) &&
                          dim.stride.value() >= -(1 << 25);
    if (constantSize && constantStride) {
      emit.inst("ddim",
                {number, dim.position, dim.size.value(), dim.stride.value()});
      continue;
    }
    // size and stride = register + immediate.
    auto set = [&](StringRef mnemonic, Num value) {
      if (value.isConstant() && fitsImmediate(value.value()))
        emit.inst(mnemonic, {number, dim.position, zeroReg, value.value()});
      else
        emit.inst(mnemonic, {number, dim.position, emit.toReg(value), 0});
    };
    set("dsize", dim.size);
    if (!dim.stride.isConstant(0))
      set("dstride", dim.stride);
  }
}

Address ashlar::advance(Emitter &emit, Address address, Num count, Num stride,
                        int64_t bytes) {
  Num distance = emit.mul(count, emit.mul(stride, Num::constant(bytes)));
  if (distance.isConstant())
    address.offset += distance.value();
  else
    address.base = emit.add(address.base, distance);
  return address;
}
