//===- WordMap.cpp - Where the words of an edited text have gone ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WordMap.h"
#include "ashlar/Image/BuildImage.h"

using namespace mlir;
using namespace ashlar;

WordMap::WordMap(nisa::TextOp text) : text(text) {
  for (Operation &op : text.getBody().front())
    if (!isa<nisa::LabelOp>(op))
      numbers[&op] = count++;
}

LogicalResult WordMap::update(ModuleOp module) {
  if (!module->hasAttr(imageMetaAttrName))
    return success();
  FailureOr<runtime::ImageMeta> meta = getImageMeta(module);
  if (failed(meta))
    return failure();
  // begins[i]: the first new word that belongs to old word i.
  std::vector<int64_t> begins;
  int64_t next = 0, end = 0;
  for (Operation &op : text.getBody().front()) {
    if (isa<nisa::LabelOp>(op))
      continue;
    ++next;
    auto found = numbers.find(&op);
    if (found == numbers.end())
      continue;
    begins.resize(found->second + 1, end);
    end = next;
  }
  begins.resize(count + 1, end);
  for (runtime::PlannedBuffer &buffer : meta->plan.buffers) {
    auto place = [&](uint64_t word) {
      return begins[std::min<uint64_t>(word, count)];
    };
    uint64_t last = place(buffer.last + 1);
    buffer.first = place(buffer.first);
    buffer.last = std::max<uint64_t>(buffer.first, last ? last - 1 : 0);
  }
  setImageMeta(module, *meta);
  return success();
}
