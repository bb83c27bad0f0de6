//===- Shadow.cpp - What the sanitiser knows of each byte -----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Shadow.h"

#include <algorithm>

using namespace ashlar::runtime;

void Shadow::resize(uint64_t bytes, bool initialized) {
  size = bytes;
  startsInitialized = initialized;
  pages.clear();
  pages.resize((bytes >> pageBits) + 1);
}

/// Makes a segment start at `offset` and returns its index.
size_t Shadow::splitAt(Page &page, uint32_t offset) {
  auto at = std::upper_bound(page.begin(), page.end(), offset,
                             [](uint32_t value, const Segment &segment) {
                               return value < segment.end;
                             });
  size_t index = size_t(at - page.begin());
  uint32_t start = index ? page[index - 1].end : 0;
  if (start == offset || index == page.size())
    return index;
  Segment front = page[index];
  front.end = offset;
  page.insert(page.begin() + long(index), std::move(front));
  return index + 1;
}

template <typename F>
ShadowConflict Shadow::visitPage(Page &page, uint32_t begin, uint32_t end,
                                 F visit) {
  if (page.empty()) {
    Segment all;
    all.end = 1u << pageBits;
    all.initialized = startsInitialized;
    page.push_back(all);
  }
  size_t first = splitAt(page, begin), last = splitAt(page, end);
  for (size_t i = first; i < last; ++i) {
    ShadowConflict conflict = visit(page[i]);
    if (conflict.kind != ShadowConflict::Kind::None) {
      conflict.begin = i ? page[i - 1].end : 0;
      conflict.end = page[i].end;
      return conflict;
    }
  }
  // Neighbours that now look the same become one again.
  size_t from = first ? first - 1 : 0, to = std::min(last, page.size() - 1);
  size_t kept = from;
  for (size_t i = from + 1; i <= to; ++i) {
    if (page[i].sameHistory(page[kept]))
      page[kept].end = page[i].end;
    else if (++kept != i)
      page[kept] = std::move(page[i]);
  }
  page.erase(page.begin() + long(kept) + 1, page.begin() + long(to) + 1);
  return {};
}

template <typename F>
ShadowConflict Shadow::forEachSegment(uint64_t begin, uint64_t end, F visit) {
  end = std::min(end, size);
  while (begin < end) {
    uint64_t page = begin >> pageBits, base = page << pageBits;
    uint64_t stop = std::min(end, base + (uint64_t(1) << pageBits));
    ShadowConflict conflict = visitPage(pages[page], uint32_t(begin - base),
                                        uint32_t(stop - base), visit);
    if (conflict.kind != ShadowConflict::Kind::None) {
      conflict.begin += base;
      conflict.end += base;
      return conflict;
    }
    begin = stop;
  }
  return {};
}

ShadowConflict Shadow::read(uint64_t begin, uint64_t end, Epoch me,
                            const VectorClock &now) {
  return forEachSegment(begin, end, [&](Segment &segment) -> ShadowConflict {
    if (!segment.writer.before(now))
      return {ShadowConflict::Kind::Race, 0, 0, segment.writer, true};
    if (!segment.initialized)
      return {ShadowConflict::Kind::Uninitialized, 0, 0, {}, false};
    // A reader that I know of is covered by me: whoever races with it races
    // with me.
    if (segment.readers.size() == 1 && segment.readers[0].before(now)) {
      segment.readers[0] = me;
      return {};
    }
    std::erase_if(segment.readers,
                  [&](Epoch reader) { return reader.before(now); });
    segment.readers.push_back(me);
    return {};
  });
}

ShadowConflict Shadow::write(uint64_t begin, uint64_t end, Epoch me,
                             const VectorClock &now, bool readsToo) {
  return forEachSegment(begin, end, [&](Segment &segment) -> ShadowConflict {
    if (!segment.writer.before(now))
      return {ShadowConflict::Kind::Race, 0, 0, segment.writer, true};
    for (Epoch reader : segment.readers)
      if (!reader.before(now))
        return {ShadowConflict::Kind::Race, 0, 0, reader, false};
    if (readsToo && !segment.initialized)
      return {ShadowConflict::Kind::Uninitialized, 0, 0, {}, false};
    segment.writer = me;
    segment.readers.clear();
    segment.initialized = true;
    return {};
  });
}

void Shadow::mark(uint64_t begin, uint64_t end, bool initialized) {
  forEachSegment(begin, end, [&](Segment &segment) -> ShadowConflict {
    segment.writer = {};
    segment.readers.clear();
    segment.initialized = initialized;
    return {};
  });
}
