//===- Image.h - Image files: write, read, check ----------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The writer's output depends on the contents alone: equal contents give equal
// bytes. The reader believes nothing: whatever the bytes, it returns an image
// whose every offset, size and index has been checked, or a message.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_IMAGE_H
#define ASHLAR_RUNTIME_IMAGE_IMAGE_H

#include "Image/ImageContents.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ashlar::runtime {

/// Writes `contents` through `write(data, bytes)`, which returns false to stop.
/// Weights are passed on as they lie, never copied. Returns an error message,
/// empty on success.
std::string writeImage(const ImageContents &contents,
                       const std::function<bool(const void *, size_t)> &write);

/// Writes to a file: a temporary beside it that is renamed when complete, so
/// that a reader never sees half an image.
std::string writeImageFile(const ImageContents &contents,
                           const std::string &path);

/// Writes to memory (tests, small images).
std::string writeImageBytes(const ImageContents &contents,
                            std::vector<uint8_t> &bytes);

/// A section as `ashlar inspect` shows it.
struct SectionInfo {
  std::string name;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

/// An opened image: immutable, shared between threads and sessions.
class Image {
public:
  struct Options {
    /// Compare the checksum of the weights too, which reads all of them.
    bool checkWeights = true;
    /// Accept another instruction set than this library's (to inspect only).
    bool anyIsa = false;
  };

  /// Maps a file. Null and a message in `error` if it is no valid image. The
  /// file must not be changed while the image is open.
  static std::shared_ptr<const Image>
  open(const std::string &path, std::string &error, const Options &options);
  static std::shared_ptr<const Image> open(const std::string &path,
                                           std::string &error);

  /// Uses the bytes where they lie if `data` is a multiple of 64, else copies
  /// them once. `owner` (may be null: the caller's duty) keeps them alive.
  static std::shared_ptr<const Image>
  openMemory(const uint8_t *data, size_t bytes,
             std::shared_ptr<const void> owner, std::string &error,
             const Options &options);
  static std::shared_ptr<const Image>
  openMemory(const uint8_t *data, size_t bytes,
             std::shared_ptr<const void> owner, std::string &error);

  const ImageMeta &meta() const { return metaData; }
  /// Words per core, as many vectors as the machine has cores.
  const std::vector<std::vector<uint64_t>> &text() const { return textWords; }
  /// The weights section, 64-byte aligned at least, read only.
  const uint8_t *weights() const { return weightsData; }
  uint64_t weightsBytes() const { return weightsSize; }
  uint64_t fileBytes() const { return fileSize; }
  const std::vector<SectionInfo> &sections() const { return sectionList; }

  uint64_t functionalFingerprint() const;
  uint64_t timingFingerprint() const;

  /// The entry point of that name, or the first for an empty name; null if
  /// there is none.
  const EntryPoint *findEntry(std::string_view name) const;
  /// The debug node of a word of a core's text; null if none is recorded.
  const DebugMap::Node *findNode(uint32_t core, uint64_t word) const;

  /// The contents again, sharing the mapped weights: writing them gives the
  /// same bytes.
  ImageContents contents() const;

private:
  friend class ImageReader;
  Image() = default;

  ImageMeta metaData;
  std::vector<std::vector<uint64_t>> textWords;
  const uint8_t *weightsData = nullptr;
  uint64_t weightsSize = 0;
  uint64_t fileSize = 0;
  std::vector<SectionInfo> sectionList;
  std::shared_ptr<const void> owner;
};

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_IMAGE_H
