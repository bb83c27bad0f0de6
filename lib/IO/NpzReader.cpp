//===- NpzReader.cpp - NumPy's .npz archives ------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NpzReader.h"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <memory>

using namespace ashlar;

/// Members may claim any size: more than this is refused, and memory grows with
/// what has been decompressed, not with what is claimed.
static constexpr uint64_t maxMemberBytes = uint64_t{1} << 36;
static constexpr size_t chunkBytes = size_t{1} << 20;

namespace {
struct CloseFile {
  void operator()(zip_file_t *file) const { zip_fclose(file); }
};
struct CloseArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
} // namespace

static std::string readMember(zip_t *archive, uint64_t index,
                              uint64_t claimedBytes,
                              std::vector<uint8_t> &bytes) {
  std::unique_ptr<zip_file_t, CloseFile> file(
      zip_fopen_index(archive, index, 0));
  if (!file)
    return zip_strerror(archive);
  if (claimedBytes > maxMemberBytes)
    return "claims " + std::to_string(claimedBytes) + " bytes";
  bytes.clear();
  while (true) {
    size_t before = bytes.size();
    bytes.resize(before + chunkBytes);
    zip_int64_t got = zip_fread(file.get(), bytes.data() + before, chunkBytes);
    bytes.resize(before + static_cast<size_t>(std::max<zip_int64_t>(got, 0)));
    if (got < 0)
      return zip_file_strerror(file.get());
    if (got == 0)
      return {};
    if (bytes.size() > claimedBytes)
      return "holds more than the " + std::to_string(claimedBytes) +
             " bytes that it claims";
  }
}

std::string ashlar::readNpz(const std::string &path,
                            std::vector<NamedTensor> &tensors) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return "it is no regular file";
  int code = 0;
  std::unique_ptr<zip_t, CloseArchive> archive(
      zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code));
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    return "not a readable .npz archive: " + text;
  }
  zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t member;
    if (zip_stat_index(archive.get(), i, 0, &member) != 0 || !member.name)
      return "member " + std::to_string(i) + " is not readable";
    std::string name = member.name;
    if (name.size() < 4 || name.compare(name.size() - 4, 4, ".npy") != 0)
      return "member '" + name + "' is no .npy file";
    std::vector<uint8_t> bytes;
    std::string error = readMember(archive.get(), i, member.size, bytes);
    NamedTensor tensor;
    if (error.empty())
      error = parseNpy(bytes, tensor);
    if (!error.empty())
      return "member '" + name + "': " + error;
    tensor.name = name.substr(0, name.size() - 4);
    tensors.push_back(std::move(tensor));
  }
  return {};
}
