//===- Validate.h - Do an image's numbers make sense ------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_VALIDATE_H
#define ASHLAR_RUNTIME_IMAGE_VALIDATE_H

#include "Image/ImageContents.h"

#include <string>
#include <vector>

namespace ashlar::runtime {

/// What is wrong with an image's meta data, given the words of each core's text
/// and the size of the weights: empty if nothing. The same rules hold for what
/// is written and for what is read; whoever has an image may rely on them:
/// every offset, size and index lies in the range it refers to, names are
/// UTF-8 without control characters, and sums do not overflow.
std::string validateMeta(const ImageMeta &meta,
                         const std::vector<uint64_t> &textWords,
                         uint64_t weightsBytes);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_VALIDATE_H
