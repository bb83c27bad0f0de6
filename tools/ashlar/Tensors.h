//===- Tensors.h - Files to inputs, outputs to files ------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TOOLS_ASHLAR_TENSORS_H
#define ASHLAR_TOOLS_ASHLAR_TENSORS_H

#include "API/Session.h"
#include "ashlar/IO/TensorFile.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ashlar::tool {

/// Where inputs come from, as the command line says.
struct InputSpec {
  std::vector<std::string> files; // "name=file" or "file"
  bool random = false;
  bool randomStates = false;
  std::map<std::string, int64_t> dims; // run-time ones, of random tensors
  uint64_t seed = 0;
};

/// Reads the files of `specs` ("name=file.npy", "file.npz", "file.pb"). Tensors
/// that no name was given for keep the file's own, if it is one of `names`, and
/// otherwise take the names that are left, in order. An error message or
/// nothing.
std::string readNamedTensors(const std::vector<std::string> &specs,
                             const std::vector<std::string> &names,
                             std::vector<NamedTensor> &tensors);

/// The inputs of one request for an entry point, in its order and with its
/// types and shapes; run-time dimensions are those of the tensors. Behind them
/// come the state buffers that are given a value (or all, if random). `given`
/// are the tensors of the spec's files; others than the entry's are ignored.
std::string arrangeInputs(std::vector<NamedTensor> given, const InputSpec &spec,
                          const runtime::EntryPoint &entry,
                          std::vector<NamedTensor> &inputs);
/// The same, from the files.
std::string prepareInputs(const InputSpec &spec,
                          const runtime::EntryPoint &entry,
                          std::vector<NamedTensor> &inputs);

/// Copies them into the request that `session` prepares and sets its run-time
/// dimensions.
std::string bindInputs(runtime::Session &session,
                       const std::vector<NamedTensor> &inputs);

/// All outputs of the session's last request.
std::vector<NamedTensor> collectOutputs(runtime::Session &session);

/// What the session's state buffers hold.
std::vector<NamedTensor> collectStates(runtime::Session &session);

/// "y: f32 1x10 min -1 max 2 mean 0.5 [0.1, ...]", or with all elements.
std::string summarizeTensor(const NamedTensor &tensor, bool all);

/// Writes DIR/<name>.npy for each tensor; makes the folder.
std::string writeTensors(const std::string &folder,
                         const std::vector<NamedTensor> &tensors);

} // namespace ashlar::tool

#endif // ASHLAR_TOOLS_ASHLAR_TENSORS_H
