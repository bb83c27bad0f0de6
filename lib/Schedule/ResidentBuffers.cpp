//===- ResidentBuffers.cpp - Groups on buffers in the scratchpad ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace ashlar {

static bool isInScratchpad(const GroupBuffer &buffer) {
  return npu::getSpace(buffer.value.getType()) == npu::Space::Sram;
}

bool isResident(const GroupBuffer &buffer) {
  return isInScratchpad(buffer) && !buffer.value.getDefiningOp<npu::PadOp>();
}

bool isPadOfResident(const GroupBuffer &buffer) {
  return isInScratchpad(buffer) && buffer.value.getDefiningOp<npu::PadOp>();
}

/// Whether cores have the buffer or parts of it: constants are everybody's.
static bool isOwned(const GroupBuffer &buffer) {
  Operation *root = baseOf(buffer.value).getDefiningOp();
  return isInScratchpad(buffer) && !isa<memref::GetGlobalOp>(root) &&
         !root->hasAttr(kConstantAttr);
}

/// Cores that have a part of a resident buffer.
static int64_t partsOf(const GroupBuffer &buffer) {
  Operation *root = baseOf(buffer.value).getDefiningOp();
  auto parts = root->getAttrOfType<IntegerAttr>(kPartsAttr);
  return parts ? parts.getInt() : 1;
}

std::optional<std::pair<unsigned, int64_t>> findPartLoop(const Group &group) {
  for (const GroupBuffer &buffer : group.buffers) {
    if (!isOwned(buffer) || buffer.map.getNumResults() == 0)
      continue;
    auto dim = dyn_cast<AffineDimExpr>(buffer.map.getResult(0));
    if (int64_t parts = partsOf(buffer); dim && parts > 1)
      return std::make_pair(dim.getPosition(), parts);
  }
  return std::nullopt;
}

/// Whether parts of what the group sees are parts of the buffer: it sees all of
/// it, and nothing around it in the outermost dimension.
static bool showsAll(Value value) {
  if (auto pad = value.getDefiningOp<npu::PadOp>()) {
    auto source = cast<MemRefType>(pad.getSource().getType());
    auto result = cast<MemRefType>(pad.getResult().getType());
    if (source.getRank() == 0 || source.getDimSize(0) != result.getDimSize(0))
      return false;
    value = pad.getSource();
  }
  return cast<MemRefType>(value.getType()).getNumElements() ==
         cast<MemRefType>(baseOf(value).getType()).getNumElements();
}

bool canPartition(const Group &group) {
  if (llvm::none_of(group.buffers, isOwned))
    return true;
  auto found = findPartLoop(group);
  if (!found)
    return false;
  auto [loop, parts] = *found;
  if (!findDistributableLoops(group)[loop] || group.sizes[loop] % parts != 0)
    return false;
  return llvm::all_of(group.buffers, [&, loop = loop, parts = parts](
                                         const GroupBuffer &buffer) {
    if (!isOwned(buffer))
      return true;
    auto type = cast<MemRefType>(buffer.value.getType());
    auto whole = cast<MemRefType>(baseOf(buffer.value).getType());
    if (buffer.map.getNumResults() == 0 || partsOf(buffer) != parts ||
        !showsAll(buffer.value) || whole.getDimSize(0) % parts != 0)
      return false;
    auto dim = dyn_cast<AffineDimExpr>(buffer.map.getResult(0));
    return dim && dim.getPosition() == loop &&
           type.getDimSize(0) == group.sizes[loop];
  });
}

bool isOneCores(const Group &group) {
  return llvm::any_of(group.buffers, [](const GroupBuffer &buffer) {
    return isOwned(buffer) && partsOf(buffer) == 1;
  });
}

uint64_t reservedBytes(uint64_t residentBytes) {
  return residentBytes + residentBytes / 8;
}

uint64_t bytesForTiles(func::FuncOp function, const runtime::Machine &machine) {
  auto get = [&](StringRef name) -> uint64_t {
    auto bytes = function->getAttrOfType<IntegerAttr>(name);
    return bytes ? bytes.getInt() : 0;
  };
  uint64_t taken = reservedBytes(get(kResidentAttr)) + get(kConstantBytesAttr);
  return machine.sramBytes - std::min<uint64_t>(machine.sramBytes, taken);
}

} // namespace ashlar
