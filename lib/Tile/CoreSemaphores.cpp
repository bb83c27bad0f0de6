//===- CoreSemaphores.cpp - Semaphores on which cores hear of each other --===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CoreSemaphores.h"

#include <array>
#include <map>
#include <tuple>

using namespace mlir;
using namespace ashlar;

npu::CopyOp ashlar::getReceivedCopy(Operation *op) {
  auto receive = dyn_cast<npu::ReceiveOp>(op);
  auto copy = receive ? dyn_cast_or_null<npu::CopyOp>(receive->getPrevNode())
                      : npu::CopyOp();
  return copy && copy.getSharing() ? copy : npu::CopyOp();
}

namespace {
/// Members, stride, the queue that copies, and the one that receives, or
/// `Scalar` for credits.
using Channel = std::tuple<int64_t, int64_t, npu::Queue, npu::Queue>;
} // namespace

static std::array<Channel, 2> getChannels(npu::ReceiveOp receive) {
  npu::CopyOp copy = getReceivedCopy(receive);
  npu::SharingAttr group = *copy.getSharing();
  auto channel = [&](npu::Queue receiver) {
    return Channel{group.getMembers(), group.getStride(), copy.getEngineQueue(),
                   receiver};
  };
  return {channel(npu::Queue::Scalar), channel(receive.getQueue())};
}

/// Every core copies for itself again.
static void takeApart(npu::ReceiveOp receive) {
  npu::CopyOp copy = getReceivedCopy(receive);
  copy.getRankMutable().clear();
  copy.removeSharingAttr();
  receive.erase();
}

int64_t ashlar::assignCoreSemaphores(func::FuncOp func, int64_t end) {
  int64_t next = end;
  auto barriers = func.getBody().front().getOps<npu::BarrierOp>();
  if (!barriers.empty())
    --next;
  for (npu::BarrierOp barrier : barriers)
    barrier.setSemaphore(next);
  SmallVector<npu::ReceiveOp> receives;
  std::map<Channel, int64_t> numbers;
  func.walk([&](npu::ReceiveOp receive) {
    if (!getReceivedCopy(receive))
      return;
    receives.push_back(receive);
    for (const Channel &channel : getChannels(receive))
      if (numbers.try_emplace(channel, next - 1).second)
        --next;
  });
  // The order within a core needs more of them.
  if (next < end / 2) {
    llvm::for_each(receives, takeApart);
    return barriers.empty() ? 0 : 1;
  }
  for (npu::ReceiveOp receive : receives) {
    auto [credits, arrivals] = getChannels(receive);
    npu::CopyOp copy = getReceivedCopy(receive);
    npu::SharingAttr group = *copy.getSharing();
    copy.setSharingAttr(npu::SharingAttr::get(
        func.getContext(), group.getMembers(), group.getStride(),
        numbers[credits], numbers[arrivals]));
    receive.setSemaphore(numbers[arrivals]);
  }
  return end - next;
}
