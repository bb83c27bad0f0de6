//===- CApi.cpp - The C interface -----------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Thin: every function checks its pointers, calls Image or Session, and turns
// outcomes and exceptions into a status and this thread's message.
//
//===----------------------------------------------------------------------===//

#include "ashlar/ashlar.h"

#include "MachineText.h"
#include "Session.h"

#include <cstring>
#include <exception>
#include <new>

using namespace ashlar::runtime;

struct ashlar_image {
  std::shared_ptr<const Image> image;
  /// Names of dynamic dimensions as C strings, kept for tensor queries: one
  /// array per tensor that has some.
  std::vector<std::pair<const TensorInfo *, std::vector<const char *>>> dynamic;
};

struct ashlar_session {
  std::unique_ptr<Session> session;
  std::mutex jsonMutex;
  std::string json;
};

static thread_local std::string lastError;

static ashlar_status report(Outcome outcome) {
  if (!outcome.ok())
    lastError = std::move(outcome.message);
  return static_cast<ashlar_status>(outcome.status);
}

static ashlar_status report(Status status, const char *message) {
  return report(Outcome{status, message});
}

static ashlar_status nullPointer() {
  return report(Status::InvalidArgument, "a required pointer is null");
}

/// Runs `body` (which returns a status) behind a wall for exceptions.
template <typename Body> static ashlar_status guarded(Body &&body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return report(Status::OutOfMemory, "the host is out of memory");
  } catch (const std::exception &error) {
    return report(
        {Status::Internal, std::string("internal error: ") + error.what()});
  }
}

const char *ashlar_last_error(void) { return lastError.c_str(); }

const char *ashlar_status_name(ashlar_status status) {
  static const char *const names[] = {
      "ok",        "invalid argument", "not found",
      "bad image", "incompatible",     "out of memory",
      "trap",      "expired",          "internal"};
  unsigned index = static_cast<unsigned>(status);
  return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

const char *ashlar_version(void) { return ASHLAR_VERSION; }

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

static ashlar_status wrapImage(std::shared_ptr<const Image> image,
                               std::string error, ashlar_image **out) {
  if (!image)
    return report({Status::BadImage, std::move(error)});
  auto wrapped = std::make_unique<ashlar_image>();
  for (const EntryPoint &entry : image->meta().entries)
    for (const auto *tensors : {&entry.inputs, &entry.outputs, &entry.states})
      for (const TensorInfo &tensor : *tensors) {
        if (tensor.dynamic.empty())
          continue;
        std::vector<const char *> names;
        for (const std::string &name : tensor.dynamic)
          names.push_back(name.c_str());
        wrapped->dynamic.emplace_back(&tensor, std::move(names));
      }
  wrapped->image = std::move(image);
  *out = wrapped.release();
  return ASHLAR_OK;
}

ashlar_status ashlar_image_open(const char *path, ashlar_image **image) {
  if (!path || !image)
    return nullPointer();
  return guarded([&] {
    std::string error;
    std::shared_ptr<const Image> opened = Image::open(path, error);
    return wrapImage(std::move(opened), std::move(error), image);
  });
}

ashlar_status ashlar_image_open_memory(const void *data, size_t bytes,
                                       ashlar_image **image) {
  if (!data || !image)
    return nullPointer();
  return guarded([&] {
    std::string error;
    std::shared_ptr<const Image> opened = Image::openMemory(
        static_cast<const uint8_t *>(data), bytes, nullptr, error);
    return wrapImage(std::move(opened), std::move(error), image);
  });
}

void ashlar_image_close(ashlar_image *image) { delete image; }

size_t ashlar_image_num_entries(const ashlar_image *image) {
  return image ? image->image->meta().entries.size() : 0;
}

static const EntryPoint *entryAt(const ashlar_image *image, size_t entry) {
  if (!image || entry >= image->image->meta().entries.size())
    return nullptr;
  return &image->image->meta().entries[entry];
}

static const std::vector<TensorInfo> *tensorsOf(const EntryPoint *entry,
                                                ashlar_role role) {
  if (!entry)
    return nullptr;
  switch (role) {
  case ASHLAR_INPUT:
    return &entry->inputs;
  case ASHLAR_OUTPUT:
    return &entry->outputs;
  case ASHLAR_STATE:
    return &entry->states;
  }
  return nullptr;
}

const char *ashlar_image_entry_name(const ashlar_image *image, size_t entry) {
  const EntryPoint *found = entryAt(image, entry);
  return found ? found->name.c_str() : nullptr;
}

size_t ashlar_image_num_tensors(const ashlar_image *image, size_t entry,
                                ashlar_role role) {
  const auto *tensors = tensorsOf(entryAt(image, entry), role);
  return tensors ? tensors->size() : 0;
}

ashlar_status ashlar_image_tensor(const ashlar_image *image, size_t entry,
                                  ashlar_role role, size_t index,
                                  ashlar_tensor_info *info) {
  if (!image || !info)
    return nullPointer();
  return guarded([&] {
    const auto *tensors = tensorsOf(entryAt(image, entry), role);
    if (!tensors || index >= tensors->size())
      return report(Status::NotFound, "there is no such tensor");
    const TensorInfo &tensor = (*tensors)[index];
    const Quantization &quant = tensor.quantization;
    *info = {};
    info->name = tensor.name.c_str();
    info->type = static_cast<ashlar_type>(tensor.type);
    info->rank = tensor.shape.size();
    info->shape = tensor.shape.data();
    for (const auto &[owner, names] : image->dynamic)
      if (owner == &tensor)
        info->dynamic = names.data();
    info->bytes = tensor.bytes;
    info->num_scales = quant.scale.size();
    info->scales = quant.scale.empty() ? nullptr : quant.scale.data();
    info->zero_points =
        quant.zeroPoint.empty() ? nullptr : quant.zeroPoint.data();
    info->axis = quant.axis;
    return ASHLAR_OK;
  });
}

const char *ashlar_image_target(const ashlar_image *image) {
  return image ? image->image->meta().machine.name.c_str() : nullptr;
}

//===----------------------------------------------------------------------===//
// Sessions
//===----------------------------------------------------------------------===//

static ashlar_status convertOptions(const ashlar_session_options &in,
                                    const Image &image, SessionOptions &out) {
  if (in.struct_bytes != sizeof in)
    return report({Status::InvalidArgument,
                   "options of " + std::to_string(in.struct_bytes) +
                       " bytes, expected " + std::to_string(sizeof in) +
                       ": set struct_bytes"});
  if (in.entry)
    out.entry = in.entry;
  out.timed = in.timed != 0;
  out.sanitize = in.sanitize != 0;
  out.stepBudget = in.step_budget;
  out.threads = in.threads;
  out.stream = in.stream != 0;
  if (in.trace_path)
    out.tracePath = in.trace_path;
  if (!in.machine)
    return ASHLAR_OK;
  out.machine = image.meta().machine;
  std::string error = applyMachineText(in.machine, *out.machine);
  return error.empty() ? ASHLAR_OK
                       : report({Status::InvalidArgument, std::move(error)});
}

ashlar_status ashlar_session_create(ashlar_image *image,
                                    const ashlar_session_options *options,
                                    ashlar_session **session) {
  if (!image || !session)
    return nullPointer();
  return guarded([&] {
    SessionOptions converted;
    if (options)
      if (ashlar_status status =
              convertOptions(*options, *image->image, converted);
          status != ASHLAR_OK)
        return status;
    Outcome outcome;
    auto wrapped = std::make_unique<ashlar_session>();
    wrapped->session = Session::create(image->image, converted, outcome);
    if (wrapped->session)
      *session = wrapped.release();
    return report(std::move(outcome));
  });
}

void ashlar_session_close(ashlar_session *session) { delete session; }

static ashlar_status noTensor(const char *kind, const char *name) {
  return report({Status::NotFound, std::string("there is no ") + kind +
                                       " or state '" + name + "'"});
}

ashlar_status ashlar_session_input_buffer(ashlar_session *session,
                                          const char *name, void **data,
                                          uint64_t *bytes) {
  if (!session || !name || !data)
    return nullPointer();
  return guarded([&] {
    const TensorInfo *info = nullptr;
    uint8_t *buffer = session->session->inputData(name, &info);
    if (!buffer)
      return noTensor("input", name);
    *data = buffer;
    if (bytes)
      *bytes = info->bytes;
    return ASHLAR_OK;
  });
}

static ashlar_status wrongSize(const TensorInfo &info, uint64_t bytes) {
  return report({Status::InvalidArgument, "tensor '" + info.name + "' has " +
                                              std::to_string(info.bytes) +
                                              " bytes, given " +
                                              std::to_string(bytes)});
}

ashlar_status ashlar_session_set_input(ashlar_session *session,
                                       const char *name, const void *data,
                                       uint64_t bytes) {
  if (!session || !name || (!data && bytes != 0))
    return nullPointer();
  return guarded([&] {
    const TensorInfo *info = nullptr;
    uint8_t *buffer = session->session->inputData(name, &info);
    if (!buffer)
      return noTensor("input", name);
    if (bytes != info->bytes)
      return wrongSize(*info, bytes);
    if (bytes != 0)
      memcpy(buffer, data, bytes);
    return ASHLAR_OK;
  });
}

ashlar_status ashlar_session_set_dim(ashlar_session *session, const char *name,
                                     int64_t size) {
  if (!session || !name)
    return nullPointer();
  return guarded([&] { return report(session->session->setDim(name, size)); });
}

ashlar_status ashlar_session_reset_state(ashlar_session *session) {
  if (!session)
    return nullPointer();
  return guarded([&] {
    session->session->resetState();
    return ASHLAR_OK;
  });
}

ashlar_status ashlar_session_run(ashlar_session *session) {
  if (!session)
    return nullPointer();
  return guarded([&] { return report(session->session->run()); });
}

ashlar_status ashlar_session_output_buffer(ashlar_session *session,
                                           const char *name, const void **data,
                                           uint64_t *bytes) {
  if (!session || !name || !data)
    return nullPointer();
  return guarded([&] {
    const TensorInfo *info = nullptr;
    const uint8_t *buffer = session->session->outputData(name, &info);
    if (!buffer)
      return noTensor("output", name);
    *data = buffer;
    if (bytes)
      *bytes = info->bytes;
    return ASHLAR_OK;
  });
}

ashlar_status ashlar_session_get_output(ashlar_session *session,
                                        const char *name, void *data,
                                        uint64_t bytes) {
  if (!session || !name || (!data && bytes != 0))
    return nullPointer();
  return guarded([&] {
    const TensorInfo *info = nullptr;
    const uint8_t *buffer = session->session->outputData(name, &info);
    if (!buffer)
      return noTensor("output", name);
    if (bytes != info->bytes)
      return wrongSize(*info, bytes);
    if (bytes != 0)
      memcpy(data, buffer, bytes);
    return ASHLAR_OK;
  });
}

ashlar_status ashlar_session_submit(ashlar_session *session, uint64_t *ticket) {
  if (!session || !ticket)
    return nullPointer();
  return guarded([&] { return report(session->session->submit(*ticket)); });
}

ashlar_status ashlar_session_wait(ashlar_session *session, uint64_t ticket) {
  if (!session)
    return nullPointer();
  return guarded([&] { return report(session->session->wait(ticket)); });
}

ashlar_status ashlar_session_statistics(ashlar_session *session,
                                        ashlar_statistics *statistics) {
  if (!session || !statistics)
    return nullPointer();
  return guarded([&] {
    Statistics s;
    double utilization = 0;
    Outcome outcome = session->session->copyStatistics(s, utilization);
    *statistics = {};
    statistics->timed = s.timed;
    statistics->cycles = s.cycles;
    statistics->time_us = s.timeUs;
    statistics->macs = s.macs;
    statistics->mxu_utilization = utilization;
    statistics->dram_read_bytes = s.dramReadBytes;
    statistics->dram_write_bytes = s.dramWriteBytes;
    statistics->instructions = s.instructions.total();
    statistics->host_seconds = s.hostSeconds;
    return report(std::move(outcome));
  });
}

ashlar_status ashlar_session_statistics_json(ashlar_session *session,
                                             const char **json) {
  if (!session || !json)
    return nullPointer();
  return guarded([&] {
    std::unique_lock lock(session->jsonMutex);
    Outcome outcome = session->session->statisticsJson(session->json);
    *json = session->json.c_str();
    return report(std::move(outcome));
  });
}
