//===- HostCost.cpp - What an instruction asks of the host --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/HostCost.h"

#include "ISA/HostCosts.h"

#include <bit>
#include <cstdlib>
#include <vector>

using namespace ashlar;
using namespace ashlar::runtime;
using namespace ashlar::runtime::host_cost;

// The smallest instruction of an engine keeps the host busy for as long as some
// two hundred additions of the scalar unit; a word of payload is captured and
// may have to be compiled.
static constexpr uint64_t kInstruction = 128 * 64, kWord = 8 * 64;
// A row of a panel of accumulators.
static constexpr uint64_t kPiece = 96;

uint64_t ashlar::runtime::elementCost(const Descriptor &d, unsigned dim) {
  if (d.stride[dim] == 0 || d.stride[dim] == 1)
    return elementBits(d.type) == 4 ? kNear : kDense;
  uint64_t stride = uint64_t(std::abs(std::max(d.stride[dim], -INT64_MAX)));
  return saturatingMul(stride, elementBits(d.type)) < 512 ? kNear : kFar;
}

unsigned ashlar::runtime::innermostDim(const Descriptor &sizes, unsigned mask) {
  for (unsigned d = kDims; d-- > 0;)
    if ((mask >> d & 1) && sizes.size[d] != 1)
      return d;
  return unsigned(std::bit_width(mask)) - 1;
}

uint64_t ashlar::runtime::runsOf(const int64_t (&sizes)[kDims],
                                 std::span<const Descriptor *const> tensors,
                                 unsigned mask, unsigned apart) {
  uint64_t runs = 1;
  int inner = -1; // the outermost dimension of the run so far
  bool ends = false;
  for (int d = int(kDims) - 1; d >= 0; --d) {
    if (!(mask >> d & 1) || sizes[d] == 1)
      continue;
    if (inner >= 0 && !ends) {
      ends = (apart >> d | apart >> inner) & 1;
      for (const Descriptor *t : tensors) {
        int64_t step;
        ends |= __builtin_mul_overflow(t->stride[inner], sizes[inner], &step) ||
                step != t->stride[d];
      }
    }
    if (ends)
      runs = saturatingMul(runs, uint64_t(std::max<int64_t>(sizes[d], 0)));
    inner = d;
  }
  return runs;
}

//===----------------------------------------------------------------------===//
// Matrix unit
//===----------------------------------------------------------------------===//

// Rows and columns are packed for the host's vectors, `pack` once, `stream`
// once for so many rows of `pack`, in pieces of so many k.
static constexpr uint64_t kPackedRows = 256, kFloatDepth = 512,
                          kIntDepth = 2048, kHostLanes = 16;

/// Reading a tensor point by point of `outer`, along `inner`.
static HostCost walkCost(const Descriptor &d, unsigned outer, unsigned inner) {
  HostCost cost;
  uint64_t points = 1;
  for (unsigned i = 0; i < kDims; ++i)
    if (outer >> i & 1)
      points = saturatingMul(points, uint64_t(std::max<int64_t>(d.size[i], 0)));
  const Descriptor *tensors[] = {&d};
  cost.add(saturatingMul(points, runsOf(d.size, tensors, inner, 0)), kRun);
  cost.add(pointsOf(d, 0, kDims), elementCost(d, innermostDim(d, inner)));
  return cost;
}

static void addMatrixCost(HostCost &cost, const Captured &captured) {
  auto mm = isa::unpacked<isa::Mm>(captured.head());
  const Descriptor &a = captured.desc(mm.a), &b = captured.desc(mm.b);
  uint64_t k = pointsOf(a, 3, 6), m = pointsOf(a, 0, 3), n = pointsOf(b, 0, 3);
  bool isFloat = captured.desc(mm.acc).type == isa::ElementType::f32;
  bool swaps = saturatingMul(m, 2) < n;
  uint64_t packed = swaps ? m : n, streamed = swaps ? n : m;
  uint64_t padded = saturatingMul(dividedUp(packed, kHostLanes), kHostLanes);
  uint64_t trips = dividedUp(packed, kPackedRows);
  uint64_t results = saturatingMul(padded, streamed);
  // Some hundred macs a step of bytes, as many of floats.
  HostCost macs;
  macs.add(saturatingMul(results, k) / 16, isFloat ? 4 : 1);
  cost.add(macs.steps(), 64);
  cost.add(saturatingMul(padded, k), isFloat ? 8 : 3);
  cost.add(
      saturatingMul(results, dividedUp(k, isFloat ? kFloatDepth : kIntDepth)),
      16);
  auto addOperand = [&](const Descriptor &d, uint64_t times, bool anyOrder) {
    HostCost rows = walkCost(d, 7, 56), columns = walkCost(d, 56, 7);
    uint64_t once = rows.units();
    if (anyOrder)
      once = std::min(once, columns.units());
    cost.add(once, times);
    cost.add(saturatingMul(pointsOf(d, 0, kDims), times), isFloat ? 8 : 2);
  };
  bool scaled[2] = {};
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    // mm.scale and mm.zero have the same layout.
    auto mod = isa::unpacked<isa::MmScale>(captured.payload(i));
    bool ofB = mod.side == isa::MatrixSide::b;
    scaled[ofB] = true;
    addOperand(captured.desc(mod.tensor), ofB == swaps ? trips : 1, false);
  }
  addOperand(a, swaps ? 1 : trips, !scaled[0]);
  addOperand(b, swaps ? trips : 1, !scaled[1]);
}

//===----------------------------------------------------------------------===//
// Output stage
//===----------------------------------------------------------------------===//

/// A step's own work for an element, without loading its tensor.
static uint64_t outStepCost(isa::Opcode op) {
  switch (op) {
  case isa::Opcode::OMul:
  case isa::Opcode::OMuls:
    return isa::hostCosts(isa::Opcode::VMul)[1];
  case isa::Opcode::OFma:
    return isa::hostCosts(isa::Opcode::VMul)[1] + 8;
  case isa::Opcode::OClamp:
    return 12;
  case isa::Opcode::OTable:
    return 32;
  case isa::Opcode::OPoly:
    return 56;
  default:
    return 8;
  }
}

static void addOutputCost(HostCost &cost, const Captured &captured,
                          const Machine &machine) {
  bool drains = isa::opcodeOf(captured.head()) == isa::Opcode::Drain;
  // dst and acc of a drain have the places of acc and src of a preload.
  auto head = isa::unpacked<isa::Drain>(captured.head());
  auto preload = isa::unpacked<isa::Preload>(captured.head());
  const Descriptor &tensor = captured.desc(drains ? head.dst : preload.src),
                   &acc = captured.desc(drains ? head.acc : preload.acc);
  uint64_t points = pointsOf(acc, 4, 6);
  std::vector<const Descriptor *> walked = {&tensor};
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    isa::Opcode op = isa::opcodeOf(word);
    cost.add(points, outStepCost(op));
    // All steps that name a tensor have its layout.
    auto step = isa::unpacked<isa::OMul>(word);
    switch (op) {
    case isa::Opcode::OMul:
    case isa::Opcode::OAdd:
    case isa::Opcode::OSub:
    case isa::Opcode::OFma:
      walked.push_back(&captured.desc(step.tensor));
      break;
    case isa::Opcode::OTable:
    case isa::Opcode::OPoly:
      cost.add(pointsOf(captured.desc(step.tensor), 0, kDims), 32);
      break;
    default:
      break;
    }
  }
  cost.add(points, 8);
  uint64_t panels = dividedUp(pointsOf(acc, 5, 6), machine.mxuN);
  cost.add(saturatingMul(pointsOf(acc, 4, 5), panels), kPiece);
  cost.add(runsOf(tensor.size, walked, 63, 0), walked.size() * kRun);
  for (const Descriptor *d : walked)
    cost.add(points, elementCost(*d, innermostDim(tensor)));
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// What the host does where elements go from one tensor to another.
void ashlar::runtime::addMove(HostCost &cost, const int64_t (&sizes)[kDims],
                              const Descriptor &dst, const Descriptor &src,
                              const MoveKind &kind) {
  Descriptor domain = dst;
  std::copy(sizes, sizes + kDims, domain.size);
  uint64_t points = pointsOf(domain, 0, kDims);
  unsigned dense = 63 & ~kind.listed;
  uint64_t slices = 1;
  for (unsigned d = 0; d < kDims; ++d)
    if (kind.listed >> d & 1)
      slices = saturatingMul(slices, uint64_t(std::max<int64_t>(sizes[d], 0)));
  const Descriptor *both[] = {&dst, &src};
  uint64_t runs = runsOf(domain.size, both, dense, kind.apart);
  runs = saturatingMul(saturatingMul(runs, slices), kind.apart ? 2 : 1);
  unsigned inner = innermostDim(domain, dense);
  bool isDense = dst.stride[inner] == 1 && src.stride[inner] == 1;
  uint64_t bits = elementBits(dst.type);
  HostCost once;
  once.add(runs, kRun + 32);
  if (isDense)
    once.add(points / 6, bits); // a step for 48 bytes
  else
    once.add(points, elementCost(dst, inner) + elementCost(src, inner));
  if (kind.combines) {
    once.add(points, kCombine);
    once.add(dst.stride[inner] == 0 ? points : runs, kCombineCall);
  }
  if (kind.apart && bits == 4)
    once.add(points, kNear);
  cost.add(once.units(), kind.targets);
  cost.add(kind.targets, 4 * kRow);
}

static void addCopyCost(HostCost &cost, const Captured &captured) {
  auto copy = isa::unpacked<isa::Copy>(captured.head());
  const Descriptor &dst = captured.desc(copy.dst),
                   &src = captured.desc(copy.src);
  MoveKind kind;
  int64_t sizes[kDims];
  std::copy(dst.size, dst.size + kDims, sizes);
  auto addList = [&](const Descriptor &list, unsigned dim, bool counts) {
    cost.add(pointsOf(list, 0, kDims), kNear);
    if (dim >= kDims)
      return;
    kind.listed |= 1u << dim;
    if (counts)
      sizes[dim] = list.size[kDims - 1];
  };
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    switch (isa::opcodeOf(word)) {
    case isa::Opcode::CWindow:
      kind.apart |= 1u << isa::unpacked<isa::CWindow>(word).dim;
      break;
    case isa::Opcode::CGather: {
      auto gather = isa::unpacked<isa::CGather>(word);
      addList(captured.desc(gather.index), gather.dim, false);
      break;
    }
    case isa::Opcode::CScatter: {
      auto scatter = isa::unpacked<isa::CScatter>(word);
      addList(captured.desc(scatter.index), scatter.dim, true);
      break;
    }
    case isa::Opcode::CAdd:
      kind.combines = true;
      break;
    case isa::Opcode::CMulticast:
      kind.targets = unsigned(std::popcount(
          captured.reg(isa::unpacked<isa::CMulticast>(word).cores)));
      break;
    default:
      break;
    }
  }
  addMove(cost, sizes, dst, src, kind);
}

uint64_t ashlar::runtime::hostSteps(const Captured &captured,
                                    const Machine &machine) {
  HostCost cost;
  cost.add(1, kInstruction + captured.payloadCount * kWord);
  // An empty tensor leaves nothing to do, but an mm without k gives zeros.
  bool empty = std::any_of(captured.descriptors().begin(),
                           captured.descriptors().end(), isEmpty);
  bool isMatrix = isa::Queue(captured.queue) == isa::Queue::mxu;
  if (empty && !isMatrix)
    return cost.steps();
  switch (isa::Queue(captured.queue)) {
  case isa::Queue::mxu:
    addMatrixCost(cost, captured);
    break;
  case isa::Queue::out:
    addOutputCost(cost, captured, machine);
    break;
  case isa::Queue::vec:
    addVectorCost(cost, captured);
    break;
  default:
    addCopyCost(cost, captured);
    break;
  }
  return cost.steps();
}
