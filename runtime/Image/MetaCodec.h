//===- MetaCodec.h - The meta section's protobuf ----------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_METACODEC_H
#define ASHLAR_RUNTIME_IMAGE_METACODEC_H

#include "Image/ImageContents.h"

#include <optional>
#include <string>

namespace ashlar::runtime {

/// Changes when a file of the old layout can no longer be read.
constexpr uint32_t imageFormatVersion = 1;

/// A meta section is never larger: far above what programs need, far below
/// what protobuf can hold.
constexpr uint64_t maxMetaBytes = 64 << 20;

/// The meta section's bytes, the same for equal contents; nothing if there are
/// too many.
std::optional<std::string> encodeMeta(const ImageMeta &meta);

/// Reads a meta section. Returns what is wrong with its form (empty if
/// nothing); whether its numbers make sense is validateContents's business.
/// With `anyIsa`, another instruction set is accepted.
std::string decodeMeta(const uint8_t *data, size_t bytes, bool anyIsa,
                       ImageMeta &meta);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_METACODEC_H
