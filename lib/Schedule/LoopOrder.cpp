//===- LoopOrder.cpp - Orders of a group's loops --------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Schedule/Scheduler.h"

#include "llvm/ADT/STLExtras.h"

namespace ashlar {

llvm::SmallVector<unsigned> nestOrder(llvm::ArrayRef<bool> isReduction,
                                      llvm::ArrayRef<int64_t> order) {
  llvm::SmallVector<unsigned> nest(order.begin(), order.end());
  for (bool reduction : {false, true})
    for (unsigned loop = 0; loop < isReduction.size(); ++loop)
      if (isReduction[loop] == reduction && !llvm::is_contained(order, loop))
        nest.push_back(loop);
  return nest;
}

std::string checkOrder(llvm::ArrayRef<bool> isReduction,
                       llvm::ArrayRef<int64_t> order) {
  llvm::SmallVector<bool> named(isReduction.size(), false);
  for (int64_t loop : order) {
    if (loop < 0 || loop >= int64_t(isReduction.size()) || named[loop] ||
        isReduction[loop])
      return "expected parallel loops, each once, got " + std::to_string(loop);
    named[loop] = true;
  }
  return "";
}

} // namespace ashlar
