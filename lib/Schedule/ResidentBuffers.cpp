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

bool isResident(const GroupBuffer &buffer) {
  return npu::getSpace(buffer.value.getType()) == npu::Space::Sram;
}

/// Cores that have a part of a resident buffer.
static int64_t partsOf(const GroupBuffer &buffer) {
  Operation *root = npu::getRootBuffer(buffer.value).getDefiningOp();
  auto parts = root->getAttrOfType<IntegerAttr>(kPartsAttr);
  return parts ? parts.getInt() : 1;
}

std::optional<std::pair<unsigned, int64_t>> findPartLoop(const Group &group) {
  for (const GroupBuffer &buffer : group.buffers) {
    if (!isResident(buffer) || buffer.map.getNumResults() == 0)
      continue;
    auto dim = dyn_cast<AffineDimExpr>(buffer.map.getResult(0));
    if (int64_t parts = partsOf(buffer); dim && parts > 1)
      return std::make_pair(dim.getPosition(), parts);
  }
  return std::nullopt;
}

bool canPartition(const Group &group) {
  if (llvm::none_of(group.buffers, isResident))
    return true;
  auto found = findPartLoop(group);
  if (!found)
    return false;
  auto [loop, parts] = *found;
  if (!findDistributableLoops(group)[loop] || group.sizes[loop] % parts != 0)
    return false;
  return llvm::all_of(group.buffers, [&, loop = loop, parts = parts](
                                         const GroupBuffer &buffer) {
    if (!isResident(buffer))
      return true;
    // A view must show all of the buffer: parts of the view are parts of it.
    auto type = cast<MemRefType>(buffer.value.getType());
    auto whole = cast<MemRefType>(npu::getRootBuffer(buffer.value).getType());
    if (buffer.map.getNumResults() == 0 || partsOf(buffer) != parts ||
        type.getNumElements() != whole.getNumElements() ||
        whole.getDimSize(0) % parts != 0)
      return false;
    auto dim = dyn_cast<AffineDimExpr>(buffer.map.getResult(0));
    return dim && dim.getPosition() == loop &&
           type.getDimSize(0) == group.sizes[loop];
  });
}

bool isOneCores(const Group &group) {
  return llvm::any_of(group.buffers, [](const GroupBuffer &buffer) {
    return isResident(buffer) && partsOf(buffer) == 1;
  });
}

uint64_t reservedBytes(uint64_t residentBytes) {
  return residentBytes + residentBytes / 8;
}

} // namespace ashlar
