//===- VectorSort.cpp - vsort, vsorti, vmerge -----------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Keys become unsigned ranks that compare as the keys do; the position breaks
// ties, which makes every order stable. A row is read completely before it is
// written, so that sorting in place works.
//
//===----------------------------------------------------------------------===//

#include "Emulator/Kernels/Checks.h"
#include "Emulator/Kernels/Elements.h"
#include "Emulator/Kernels/Numbers.h"
#include "Emulator/Kernels/TensorWalk.h"
#include "ISA/Exec.h"

#include <algorithm>
#include <cmath>

namespace ashlar::runtime {
namespace {

using isa::ElementType;

/// Order of a key's bits: NaN above all numbers, -0 equal to +0.
uint64_t rankOf(ElementType type, uint64_t raw, bool descending) {
  unsigned width = elementBits(type);
  uint64_t top = uint64_t(1) << (width - 1);
  uint64_t all = width == 64 ? ~uint64_t(0) : (uint64_t(1) << width) - 1;
  uint64_t rank;
  if (isFloatType(type)) {
    uint64_t magnitude = raw & ~top;
    uint64_t infinity = type == ElementType::f8e4m3 ? 0x7e // the largest number
                        : type == ElementType::f8e5m2 ? 0x7c
                        : type == ElementType::f16    ? 0x7c00
                        : type == ElementType::bf16   ? 0x7f80
                        : type == ElementType::f32    ? 0x7f800000
                                                      : 0x7ff0000000000000;
    if (magnitude > infinity)
      rank = all;
    else
      rank = raw & top ? top - magnitude : top + magnitude; // zeros coincide
  } else {
    bool isSigned = unsigned(type) % 2 == 0;
    rank = isSigned ? raw ^ top : raw;
  }
  return descending ? ~rank : rank;
}

struct Entry {
  uint64_t rank;
  int64_t position;
  bool operator<(const Entry &other) const {
    return rank != other.rank ? rank < other.rank : position < other.position;
  }
};

/// A tensor with what finds its rows: dimensions 0 to 4.
struct Rows {
  const Descriptor *d = nullptr;
  HostTensor host;

  Fault resolve(const EngineContext &ctx, const Descriptor &desc,
                Access access) {
    d = &desc;
    if (Fault f = checkPoints(desc.size))
      return f;
    // A row is held in host memory; one that repeats itself could be of any
    // length.
    if (desc.size[5] > 2 * int64_t(ctx.machine.sramBytes))
      return Fault(TrapKind::ShapeMismatch, "row longer than the scratchpad");
    return ctx.resolve(desc, access, kInSram, host);
  }
  int64_t count() const {
    int64_t n = 1;
    for (unsigned i = 0; i < 5; ++i)
      n *= d->size[i];
    return n;
  }
  int64_t length() const { return d->size[5]; }
  int64_t offset(int64_t row) const {
    int64_t at = 0;
    for (int i = 4; i >= 0; --i)
      at += row % d->size[i] * d->stride[i], row /= d->size[i];
    return at;
  }
  uint64_t get(int64_t base, int64_t i) const {
    return getElement(elementBits(d->type), host.data, base + i * d->stride[5]);
  }
  void set(int64_t base, int64_t i, uint64_t v) const {
    setElement(elementBits(d->type), host.data, base + i * d->stride[5], v);
  }
};

Fault checkRows(const Descriptor &a, const Descriptor &b) {
  if (std::equal(a.size, a.size + 5, b.size))
    return {};
  return Fault(TrapKind::ShapeMismatch, "rows of sizes " + formatSizes(a.size) +
                                            " and " + formatSizes(b.size));
}
Fault checkType(const Descriptor &a, const Descriptor &b, const char *what) {
  if (a.type == b.type)
    return {};
  return Fault(TrapKind::TypeMismatch, std::string(what) + " of " +
                                           elementTypeName(a.type) + " and " +
                                           elementTypeName(b.type));
}
/// Keys and payload (or index) of one side have the same sizes.
Fault checkPair(const Descriptor &keys, const Descriptor &payload) {
  return checkSameSizes(payload, "payload", keys, "keys");
}
Fault checkLength(const Descriptor &keys, int64_t available) {
  if (keys.size[5] <= available)
    return {};
  return Fault(TrapKind::ShapeMismatch, std::to_string(keys.size[5]) +
                                            " keys out of " +
                                            std::to_string(available));
}

/// Reads, orders and writes rows. A null srcPayload stands for positions plus
/// `base`.
void sortRows(Rows &keys, Rows &payload, Rows &srcKeys, Rows *srcPayload,
              int64_t base, bool descending) {
  std::vector<Entry> entries(size_t(srcKeys.length()));
  std::vector<uint64_t> keyBits(entries.size()), payloadBits(entries.size());
  ElementType type = srcKeys.d->type;
  for (int64_t row = 0; row < keys.count(); ++row) {
    int64_t from = srcKeys.offset(row),
            fromPayload = srcPayload ? srcPayload->offset(row) : 0;
    for (size_t i = 0; i < entries.size(); ++i) {
      int64_t at = int64_t(i);
      keyBits[i] = srcKeys.get(from, at);
      payloadBits[i] =
          srcPayload ? srcPayload->get(fromPayload, at) : uint64_t(base + at);
      entries[i] = {rankOf(type, keyBits[i], descending), at};
    }
    auto middle = entries.begin() + keys.length();
    if (middle == entries.end())
      std::sort(entries.begin(), entries.end());
    else
      std::partial_sort(entries.begin(), middle, entries.end());
    int64_t to = keys.offset(row), toPayload = payload.offset(row);
    for (int64_t i = 0; i < keys.length(); ++i) {
      size_t at = size_t(entries[size_t(i)].position);
      keys.set(to, i, keyBits[at]);
      payload.set(toPayload, i, payloadBits[at]);
    }
  }
}

} // namespace

Fault execVsort(EngineContext &ctx, const isa::Vsort &inst,
                const Captured &captured) {
  const Descriptor &keys = captured.desc(inst.keys),
                   &payload = captured.desc(inst.payload);
  const Descriptor &srcKeys = captured.desc(inst.srckeys);
  const Descriptor &srcPayload = captured.desc(inst.srcpayload);
  for (Fault f :
       {checkRows(keys, srcKeys), checkPair(keys, payload),
        checkPair(srcKeys, srcPayload), checkType(keys, srcKeys, "keys"),
        checkType(payload, srcPayload, "payloads"),
        checkLength(keys, srcKeys.size[5])})
    if (f)
      return f;
  Rows k, p, sk, sp;
  if (Fault f = sk.resolve(ctx, srcKeys, Access::Read))
    return f;
  if (Fault f = sp.resolve(ctx, srcPayload, Access::Read))
    return f;
  if (Fault f = k.resolve(ctx, keys, Access::Write))
    return f;
  if (Fault f = p.resolve(ctx, payload, Access::Write))
    return f;
  sortRows(k, p, sk, &sp, 0, inst.order == isa::SortOrder::descending);
  return {};
}

Fault execVsorti(EngineContext &ctx, const isa::Vsorti &inst,
                 const Captured &captured) {
  const Descriptor &keys = captured.desc(inst.keys),
                   &index = captured.desc(inst.index);
  const Descriptor &srcKeys = captured.desc(inst.srckeys);
  for (Fault f :
       {checkRows(keys, srcKeys), checkPair(keys, index),
        checkType(keys, srcKeys, "keys"), checkLength(keys, srcKeys.size[5])})
    if (f)
      return f;
  if (index.type != ElementType::i32 && index.type != ElementType::i64)
    return Fault(TrapKind::TypeMismatch, std::string("index of ") +
                                             elementTypeName(index.type) +
                                             ", expected i32 or i64");
  Rows k, p, sk;
  if (Fault f = sk.resolve(ctx, srcKeys, Access::Read))
    return f;
  if (Fault f = k.resolve(ctx, keys, Access::Write))
    return f;
  if (Fault f = p.resolve(ctx, index, Access::Write))
    return f;
  sortRows(k, p, sk, nullptr, int64_t(captured.reg(inst.base)),
           inst.order == isa::SortOrder::descending);
  return {};
}

Fault execVmerge(EngineContext &ctx, const isa::Vmerge &inst,
                 const Captured &captured) {
  const Descriptor &keys = captured.desc(inst.keys),
                   &payload = captured.desc(inst.payload);
  const Descriptor *source[2] = {&captured.desc(inst.keysa),
                                 &captured.desc(inst.keysb)};
  const Descriptor *moved[2] = {&captured.desc(inst.payloada),
                                &captured.desc(inst.payloadb)};
  for (int s = 0; s < 2; ++s)
    for (Fault f :
         {checkRows(keys, *source[s]), checkPair(*source[s], *moved[s]),
          checkType(keys, *source[s], "keys"),
          checkType(payload, *moved[s], "payloads")})
      if (f)
        return f;
  for (Fault f : {checkPair(keys, payload),
                  checkLength(keys, source[0]->size[5] + source[1]->size[5])})
    if (f)
      return f;
  Rows k, p, from[2], with[2];
  for (int s = 0; s < 2; ++s) {
    if (Fault f = from[s].resolve(ctx, *source[s], Access::Read))
      return f;
    if (Fault f = with[s].resolve(ctx, *moved[s], Access::Read))
      return f;
  }
  if (Fault f = k.resolve(ctx, keys, Access::Write))
    return f;
  if (Fault f = p.resolve(ctx, payload, Access::Write))
    return f;
  bool descending = inst.order == isa::SortOrder::descending;
  std::vector<uint64_t> outKeys(size_t(k.length())),
      outPayload(size_t(k.length()));
  for (int64_t row = 0; row < k.count(); ++row) {
    int64_t base[2] = {from[0].offset(row), from[1].offset(row)},
            at[2] = {0, 0};
    int64_t payloadBase[2] = {with[0].offset(row), with[1].offset(row)};
    auto rank = [&](int s) {
      return rankOf(keys.type, from[s].get(base[s], at[s]), descending);
    };
    for (size_t i = 0; i < outKeys.size(); ++i) {
      bool hasA = at[0] < from[0].length(), hasB = at[1] < from[1].length();
      int s = !hasA || (hasB && rank(1) < rank(0));
      outKeys[i] = from[s].get(base[s], at[s]);
      outPayload[i] = with[s].get(payloadBase[s], at[s]);
      ++at[s];
    }
    int64_t to = k.offset(row), toPayload = p.offset(row);
    for (int64_t i = 0; i < k.length(); ++i) {
      k.set(to, i, outKeys[size_t(i)]);
      p.set(toPayload, i, outPayload[size_t(i)]);
    }
  }
  return {};
}

} // namespace ashlar::runtime
