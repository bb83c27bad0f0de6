//===- OnnxFile.cpp - A model file, mapped --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OnnxFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstring>
#include <limits>
#include <optional>

using namespace ashlar;
using llvm::Error;
using llvm::Expected;
using llvm::MemoryBuffer;
using llvm::StringRef;

/// Below this size a copy is cheaper than keeping track.
static constexpr uint64_t stripThresholdBytes = 1024;

template <typename... Args>
static Error problem(const char *format, const Args &...args) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 args...);
}

static Expected<std::shared_ptr<MemoryBuffer>> mapFile(StringRef path) {
  if (llvm::sys::fs::is_directory(path))
    return problem("'%s' is a folder", path.str().c_str());
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer)
    return problem("cannot read '%s': %s", path.str().c_str(),
                   buffer.getError().message().c_str());
  return std::shared_ptr<MemoryBuffer>(std::move(*buffer));
}

Expected<std::unique_ptr<OnnxFile>> OnnxFile::open(StringRef path) {
  auto file = std::make_unique<OnnxFile>();
  auto mapping = mapFile(path);
  if (!mapping)
    return mapping.takeError();
  file->mapping = *mapping;
  file->modelPath = path.str();
  file->folder = llvm::sys::path::parent_path(path).str();
  std::string stripped;
  if (!stripRawData(file->mapping->getBuffer(), stripThresholdBytes,
                    stripped) ||
      stripped.size() > size_t(std::numeric_limits<int>::max()) ||
      !file->proto.ParseFromArray(stripped.data(), int(stripped.size())))
    return problem("'%s' is not an ONNX model: it is truncated, not a "
                   "protobuf message, or nests more than 100 deep",
                   path.str().c_str());
  if (!file->proto.has_graph())
    return problem("'%s' is not an ONNX model: it has no graph",
                   path.str().c_str());
  return file;
}

bool OnnxFile::hasRawBytes(const onnx::TensorProto &tensor) const {
  return tensor.data_location() == onnx::TensorProto::EXTERNAL ||
         tensor.has_raw_data();
}

Expected<TensorBytes> OnnxFile::rawBytes(const onnx::TensorProto &tensor) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
    return externalBytes(tensor);
  const std::string &raw = tensor.raw_data();
  if (raw.size() == 7 + 16 && std::memcmp(raw.data(), "\0ashlar", 7) == 0) {
    uint64_t place[2];
    std::memcpy(place, raw.data() + 7, sizeof(place));
    StringRef whole = mapping->getBuffer();
    if (place[0] <= whole.size() && place[1] <= whole.size() - place[0])
      return TensorBytes{{whole.data() + place[0], size_t(place[1])}, mapping};
  }
  return TensorBytes{{raw.data(), raw.size()}, nullptr};
}

/// Whether `path`, links resolved, lies below the folder of the model as it was
/// named, or below the one that the model itself is linked from.
bool OnnxFile::liesBeside(StringRef path) const {
  llvm::SmallString<256> real, model, named;
  if (llvm::sys::fs::real_path(path, real))
    return false;
  auto isBelow = [&](StringRef below) {
    StringRef rest = real;
    return !below.empty() && rest.consume_front(below) &&
           (below.ends_with("/") || rest.starts_with("/"));
  };
  bool beside =
      !llvm::sys::fs::real_path(folder.empty() ? "." : folder, named) &&
      isBelow(named);
  return beside || (!llvm::sys::fs::real_path(modelPath, model) &&
                    isBelow(llvm::sys::path::parent_path(model)));
}

Expected<std::shared_ptr<MemoryBuffer>>
OnnxFile::externalFile(StringRef location) {
  auto &entry = externals[location];
  if (entry)
    return entry;
  // The specification confines external data to the model's folder.
  bool escapes = llvm::sys::path::is_absolute(location) ||
                 location.contains('\0'); // where a path would end
  for (auto part = llvm::sys::path::begin(location);
       part != llvm::sys::path::end(location); ++part)
    escapes |= *part == "..";
  if (escapes || location.empty())
    return problem("external data '%s' is not a path below the model's folder",
                   location.str().c_str());
  llvm::SmallString<256> path(folder);
  llvm::sys::path::append(path, location);
  if (llvm::sys::fs::exists(path) && !llvm::sys::fs::is_directory(path)) {
    if (!liesBeside(path))
      return problem("external data '%s' is a link that leaves the model's "
                     "folder",
                     location.str().c_str());
    if (!llvm::sys::fs::is_regular_file(path))
      return problem("external data '%s' is not a regular file",
                     location.str().c_str());
  }
  auto file = mapFile(path);
  if (!file)
    return file.takeError();
  entry = *file;
  return entry;
}

Expected<TensorBytes> OnnxFile::externalBytes(const onnx::TensorProto &tensor) {
  StringRef location;
  uint64_t offset = 0;
  std::optional<uint64_t> given;
  for (const auto &entry : tensor.external_data()) {
    bool bad = false;
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      bad = StringRef(entry.value()).getAsInteger(10, offset);
    else if (entry.key() == "length")
      bad = StringRef(entry.value()).getAsInteger(10, given.emplace());
    if (bad)
      return problem("external data of tensor '%s' has %s '%s', expected a "
                     "number",
                     tensor.name().c_str(), entry.key().c_str(),
                     entry.value().c_str());
  }
  auto file = externalFile(location);
  if (!file)
    return file.takeError();
  StringRef whole = (*file)->getBuffer();
  uint64_t rest = whole.size() - std::min<uint64_t>(offset, whole.size());
  uint64_t length = given.value_or(rest);
  if (offset > whole.size() || length > whole.size() - offset)
    return problem("external data of tensor '%s' is %llu bytes from byte %llu "
                   "on, but '%s' has %llu",
                   tensor.name().c_str(), (unsigned long long)length,
                   (unsigned long long)offset, location.str().c_str(),
                   (unsigned long long)whole.size());
  return TensorBytes{{whole.data() + offset, size_t(length)}, *file};
}
