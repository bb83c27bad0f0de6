//===- Footprint.cpp - Which bytes an instruction touches -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Footprint.h"

#include "Emulator/Demand.h"
#include "ISA/Isa.h"

#include <algorithm>
#include <cstring>

using namespace ashlar;
using namespace ashlar::runtime;

namespace {

class Collector {
public:
  Collector(const Captured &captured, const Memory &memory,
            const Machine &machine, std::vector<Operand> &operands)
      : captured(captured), memory(memory), machine(machine),
        operands(operands) {}

  void collect();

private:
  void add(const Descriptor &d, Access access, bool pointwise = false) {
    operands.push_back({d, access, pointwise, number++});
  }
  void addReg(unsigned d, Access access, bool pointwise = false) {
    add(captured.desc(d), access, pointwise);
  }
  void addAccumulator(const Descriptor &d, Access access,
                      bool pointwise = false);
  void addListed(const Descriptor &d, unsigned dim, const Descriptor &list,
                 Access access);
  void addTaken(const Descriptor &d, unsigned dim, const Descriptor &index,
                Access access);
  void addCopy();
  void addMatrix();
  void addOutput();
  void addProgram();
  void addMove();
  bool resolves(const Descriptor &d, HostTensor &host) const {
    // Spaces are the kernel's business: any will do here.
    return !memory.resolve(captured.core, d, Access::Read,
                           kInDram | kInAnySram | kInAcc, host) &&
           host.data;
  }

  const Captured &captured;
  const Memory &memory;
  const Machine &machine;
  std::vector<Operand> &operands;
  uint8_t number = 0;
};

int64_t readIndex(const HostTensor &list, int64_t at) {
  if (list.type == isa::ElementType::i64) {
    int64_t value;
    std::memcpy(&value, list.data + at * 8, 8);
    return value;
  }
  int32_t value;
  std::memcpy(&value, list.data + at * 4, 4);
  return value;
}

bool isIndexType(isa::ElementType type) {
  return type == isa::ElementType::i32 || type == isa::ElementType::i64;
}

void moveBase(Descriptor &d, unsigned dim, int64_t index) {
  __int128 bits = __int128(index) * d.stride[dim] * elementBits(d.type);
  d.base += uint64_t(int64_t(bits >> 3));
}

/// Rows of n lanes; panels of n columns lie stride 3 apart (docs/machine.md).
void Collector::addAccumulator(const Descriptor &d, Access access,
                               bool pointwise) {
  int64_t n = machine.mxuN, columns = d.size[5];
  Descriptor full = d;
  full.size[3] = columns / n;
  full.size[5] = n;
  full.stride[5] = 1;
  if (full.size[3])
    operands.push_back({full, access, pointwise, number});
  if (columns % n) {
    Descriptor rest = full;
    moveBase(rest, 3, columns / n);
    rest.size[3] = 1;
    rest.size[5] = columns % n;
    operands.push_back({rest, access, pointwise, number});
  }
  ++number;
}

/// A tensor whose index in `dim` comes from a list.
void Collector::addListed(const Descriptor &d, unsigned dim,
                          const Descriptor &list, Access access) {
  HostTensor host;
  if (dim >= kDims || !isIndexType(list.type) || !resolves(list, host))
    return;
  add(list, Access::Read);
  for (int64_t i = 0; i < list.size[5]; ++i) {
    int64_t index = readIndex(host, i * list.stride[5]);
    if (index < 0 || index >= d.size[dim])
      continue;
    Descriptor row = d;
    moveBase(row, dim, index);
    row.size[dim] = 1;
    operands.push_back({row, access, false, number});
  }
  ++number;
}

/// The element-wise forms: one element per point of `index`.
void Collector::addTaken(const Descriptor &d, unsigned dim,
                         const Descriptor &index, Access access) {
  HostTensor host;
  if (dim >= kDims || !isIndexType(index.type) || !resolves(index, host))
    return;
  add(index, Access::Read);
  int64_t at[kDims] = {};
  int64_t total = elementCount(index);
  for (int64_t point = 0; point < total; ++point) {
    int64_t offset = 0;
    for (unsigned i = 0; i < kDims; ++i)
      offset += at[i] * index.stride[i];
    int64_t value = readIndex(host, offset);
    if (value >= 0 && value < d.size[dim]) {
      Descriptor element = d;
      for (unsigned i = 0; i < kDims; ++i) {
        moveBase(element, i, i == dim ? value : at[i]);
        element.size[i] = 1;
      }
      operands.push_back({element, access, false, number});
    }
    for (int i = kDims - 1; i >= 0 && ++at[i] == index.size[i]; --i)
      at[i] = 0;
  }
  ++number;
}

void Collector::addCopy() {
  CopyPlan plan = planCopy(captured);
  if (plan.gatherDim >= 0)
    addListed(plan.src, unsigned(plan.gatherDim), plan.gatherList,
              Access::Read);
  else
    add(plan.src, Access::Read);
  Access access = plan.adds ? Access::ReadWrite : Access::Write;
  auto addDst = [&](const Descriptor &dst) {
    if (plan.scatterDim >= 0)
      addListed(dst, unsigned(plan.scatterDim), plan.scatterList, access);
    else
      add(dst, access);
  };
  if (!plan.dstInSram || plan.dstCoreAbove >= 0)
    return addDst(plan.dst);
  for (uint32_t core = 0; core < 64; ++core) {
    if (!(plan.dstCores >> core & 1))
      continue;
    Descriptor dst = plan.dst;
    dst.base = withCore(dst.base, core);
    addDst(dst);
  }
}

void Collector::addMatrix() {
  auto mm = isa::unpacked<isa::Mm>(captured.head());
  addReg(mm.a, Access::Read);
  addReg(mm.b, Access::Read);
  for (unsigned i = 0; i < captured.payloadCount; ++i)
    // mm.scale and mm.zero have the same layout.
    addReg(isa::unpacked<isa::MmScale>(captured.payload(i)).tensor,
           Access::Read);
  addAccumulator(captured.desc(mm.acc), mm.mode == isa::AccMode::add
                                            ? Access::ReadWrite
                                            : Access::Write);
}

void Collector::addOutput() {
  if (isa::opcodeOf(captured.head()) == isa::Opcode::Drain) {
    auto drain = isa::unpacked<isa::Drain>(captured.head());
    addAccumulator(captured.desc(drain.acc), Access::Read);
    addReg(drain.dst, Access::Write);
  } else {
    auto preload = isa::unpacked<isa::Preload>(captured.head());
    const Descriptor &src = captured.desc(preload.src);
    // A tile may be rewritten in its place: element by element.
    bool fromAcc = addressSpace(src.base) == unsigned(Space::Acc);
    if (fromAcc)
      addAccumulator(src, Access::Read, /*pointwise=*/true);
    else
      add(src, Access::Read);
    addAccumulator(captured.desc(preload.acc), Access::Write, fromAcc);
  }
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    switch (isa::opcodeOf(word)) {
    case isa::Opcode::OMul:
    case isa::Opcode::OAdd:
    case isa::Opcode::OSub:
    case isa::Opcode::OFma:
    case isa::Opcode::OTable:
    case isa::Opcode::OPoly:
      // All have their tensor in the same slot.
      addReg(isa::unpacked<isa::OMul>(word).tensor, Access::Read);
      break;
    default:
      break;
    }
  }
}

void Collector::addProgram() {
  bool plain = true;
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    isa::Opcode opcode = isa::opcodeOf(word);
    plain &= opcode != isa::Opcode::VWin &&
             !(opcode == isa::Opcode::VOut &&
               isa::unpacked<isa::VOut>(word).kind != isa::OutKind::store);
  }
  for (unsigned i = 0; i < captured.payloadCount; ++i) {
    uint64_t word = captured.payload(i);
    switch (isa::opcodeOf(word)) {
    case isa::Opcode::VIn:
      addReg(isa::unpacked<isa::VIn>(word).tensor, Access::Read, plain);
      break;
    case isa::Opcode::VWin: {
      auto win = isa::unpacked<isa::VWin>(word);
      addReg(win.input, Access::Read);
      if (win.kind == isa::WindowKind::mac)
        addReg(win.weight, Access::Read);
      break;
    }
    case isa::Opcode::VOut: {
      auto out = isa::unpacked<isa::VOut>(word);
      bool old =
          out.mode == isa::OutMode::acc && out.kind != isa::OutKind::store;
      // In accumulator memory, too, its strides say where each element lies:
      // the domain has six dimensions, not rows and columns.
      addReg(out.tensor, old ? Access::ReadWrite : Access::Write, plain);
      break;
    }
    default:
      break;
    }
  }
}

void Collector::addMove() {
  uint64_t word = captured.head();
  switch (isa::opcodeOf(word)) {
  case isa::Opcode::Vgather:
  case isa::Opcode::Vtake: {
    auto move = isa::unpacked<isa::Vgather>(word);
    const Descriptor &src = captured.desc(move.src),
                     &index = captured.desc(move.index);
    if (isa::opcodeOf(word) == isa::Opcode::Vgather)
      addListed(src, move.dim, index, Access::Read);
    else
      addTaken(src, move.dim, index, Access::Read);
    return addReg(move.dst, Access::Write);
  }
  case isa::Opcode::Vscatter:
  case isa::Opcode::Vput: {
    auto move = isa::unpacked<isa::Vscatter>(word);
    const Descriptor &dst = captured.desc(move.dst),
                     &index = captured.desc(move.index);
    Access access =
        move.mode == isa::ScatterMode::set ? Access::Write : Access::ReadWrite;
    addReg(move.src, Access::Read);
    if (isa::opcodeOf(word) == isa::Opcode::Vscatter)
      return addListed(dst, move.dim, index, access);
    return addTaken(dst, move.dim, index, access);
  }
  case isa::Opcode::Vtrans: {
    auto trans = isa::unpacked<isa::Vtrans>(word);
    addReg(trans.src, Access::Read);
    return addReg(trans.dst, Access::Write);
  }
  case isa::Opcode::Vsort: {
    auto sort = isa::unpacked<isa::Vsort>(word);
    addReg(sort.srckeys, Access::Read);
    addReg(sort.srcpayload, Access::Read);
    addReg(sort.keys, Access::Write);
    return addReg(sort.payload, Access::Write);
  }
  case isa::Opcode::Vsorti: {
    auto sort = isa::unpacked<isa::Vsorti>(word);
    addReg(sort.srckeys, Access::Read);
    addReg(sort.keys, Access::Write);
    return addReg(sort.index, Access::Write);
  }
  case isa::Opcode::Vmerge: {
    auto merge = isa::unpacked<isa::Vmerge>(word);
    for (unsigned d :
         {merge.keysa, merge.payloada, merge.keysb, merge.payloadb})
      addReg(d, Access::Read);
    addReg(merge.keys, Access::Write);
    return addReg(merge.payload, Access::Write);
  }
  default:
    return;
  }
}

void Collector::collect() {
  switch (isa::opcodeOf(captured.head())) {
  case isa::Opcode::Copy:
    return addCopy();
  case isa::Opcode::Mm:
    return addMatrix();
  case isa::Opcode::Drain:
  case isa::Opcode::Preload:
    return addOutput();
  case isa::Opcode::Vrun:
    return addProgram();
  default:
    return addMove();
  }
}

} // namespace

void ashlar::runtime::collectOperands(const Captured &captured,
                                      const Memory &memory,
                                      const Machine &machine,
                                      std::vector<Operand> &operands) {
  Collector(captured, memory, machine, operands).collect();
}
