//===- VectorDemand.cpp - What a vector instruction asks of the machine ---===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/VectorDemand.h"

#include "Emulator/Memory.h"
#include "ISA/Isa.h"

#include <algorithm>

using namespace ashlar;
using namespace ashlar::runtime;

namespace {

/// The 64-bit types compute at a fraction of the rate.
bool isWide(const isa::InstInfo &info, uint64_t word) {
  return laneTypes(info, word) & kWideLanes;
}

void addOps(VectorWork &work, isa::TimingClass timing, bool wide,
            uint64_t count) {
  switch (timing) {
  case isa::TimingClass::Lane:
    (wide ? work.laneOps64 : work.laneOps) += count;
    break;
  case isa::TimingClass::LaneSlow:
    (wide ? work.slowOps64 : work.slowOps) += count;
    break;
  case isa::TimingClass::LaneTrans:
    (wide ? work.transOps64 : work.transOps) += count;
    break;
  default:
    break;
  }
}

VectorWork programWork(const Captured &captured, const Machine &machine) {
  VectorWork work;
  Descriptor points = domainOf(captured);
  uint64_t domain = pointsOf(points, 0, kDims);
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    const isa::InstInfo &info = *isa::lookup(isa::opcodeOf(word));
    switch (info.opcode) {
    case isa::Opcode::VIn:
      addVectorTensor(
          work, patternOf(captured.desc(isa::unpacked<isa::VIn>(word).tensor)),
          machine);
      break;
    case isa::Opcode::VWin: {
      auto win = isa::unpacked<isa::VWin>(word);
      AccessPattern weight = patternOf(captured.desc(win.weight));
      addVectorWindow(work, patternOf(captured.desc(win.input)),
                      win.kind == isa::WindowKind::mac ? &weight : nullptr,
                      machine);
      break;
    }
    case isa::Opcode::VOut: {
      auto out = isa::unpacked<isa::VOut>(word);
      AccessPattern tensor = patternOf(captured.desc(out.tensor));
      if (addressSpace(captured.desc(out.tensor).base) == unsigned(Space::Acc))
        work.accLanes += elementCount(tensor);
      else
        addVectorTensor(work, tensor, machine);
      if (out.mode == isa::OutMode::acc && out.kind != isa::OutKind::store)
        addVectorTensor(work, tensor, machine);
      if (out.kind != isa::OutKind::store)
        addOps(work, isa::TimingClass::Lane, isWide(info, word), domain);
      break;
    }
    default:
      addOps(work, info.timing, isWide(info, word), domain);
      break;
    }
  }
  return work;
}

/// The side of a gather or scatter that a list addresses: the other side's
/// sizes with its own strides.
AccessPattern listed(const Descriptor &d, const Descriptor &sizes,
                     unsigned dim) {
  AccessPattern p = patternOf(d);
  std::copy(sizes.size, sizes.size + kDims, p.size.begin());
  p.scatteredDims = 1u << dim;
  return p;
}

VectorWork gatherWork(const Captured &captured, const Machine &machine) {
  uint64_t word = captured.head();
  // The four share the layout of their first operands.
  auto move = isa::unpacked<isa::Vscatter>(word);
  const Descriptor &dst = captured.desc(move.dst),
                   &src = captured.desc(move.src);
  AccessPattern list = patternOf(captured.desc(move.index));
  bool combines = false;
  switch (isa::opcodeOf(word)) {
  case isa::Opcode::Vgather:
  case isa::Opcode::Vtake:
    return vectorGatherWork(patternOf(dst), listed(src, dst, move.dim), list,
                            false, machine);
  default:
    combines = move.mode != isa::ScatterMode::set;
    return vectorGatherWork(listed(dst, src, move.dim), patternOf(src), list,
                            combines, machine);
  }
}

uint64_t lines(const Captured &captured, const Machine &machine) {
  uint64_t count = 0;
  for (const Descriptor &d : captured.descriptors())
    count += linesTouched(patternOf(d), machine.sramLineBytes);
  return count;
}

VectorWork sortWork(const Captured &captured, const Machine &machine) {
  const Descriptor *keys, *payload;
  if (isa::opcodeOf(captured.head()) == isa::Opcode::Vsort) {
    auto sort = isa::unpacked<isa::Vsort>(captured.head());
    keys = &captured.desc(sort.srckeys);
    payload = &captured.desc(sort.srcpayload);
  } else {
    auto sort = isa::unpacked<isa::Vsorti>(captured.head());
    keys = &captured.desc(sort.srckeys);
    payload = &captured.desc(sort.index);
  }
  uint64_t length = uint64_t(std::max<int64_t>(keys->size[5], 0));
  VectorWork work =
      vectorSortWork(pointsOf(*keys, 0, 5), length, elementBits(keys->type),
                     elementBits(payload->type), machine);
  work.lines = lines(captured, machine) * sortTrips(length);
  return work;
}

VectorWork mergeWork(const Captured &captured, const Machine &machine) {
  auto merge = isa::unpacked<isa::Vmerge>(captured.head());
  const Descriptor &keys = captured.desc(merge.keys);
  VectorWork work = vectorMergeWork(
      pointsOf(keys, 0, 5), pointsOf(keys, 5, 6), elementBits(keys.type),
      elementBits(captured.desc(merge.payload).type), machine);
  work.lines = lines(captured, machine);
  return work;
}

} // namespace

VectorWork ashlar::runtime::vectorWorkOf(const Captured &captured,
                                         const Machine &machine) {
  switch (isa::opcodeOf(captured.head())) {
  case isa::Opcode::Vrun:
    return programWork(captured, machine);
  case isa::Opcode::Vtrans: {
    auto trans = isa::unpacked<isa::Vtrans>(captured.head());
    return vectorTransposeWork(patternOf(captured.desc(trans.dst)),
                               patternOf(captured.desc(trans.src)), machine);
  }
  case isa::Opcode::Vsort:
  case isa::Opcode::Vsorti:
    return sortWork(captured, machine);
  case isa::Opcode::Vmerge:
    return mergeWork(captured, machine);
  default:
    return gatherWork(captured, machine);
  }
}
