//===- Tensors.cpp - Files to inputs, outputs to files --------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensors.h"

#include "Image/Element.h"
#include "ashlar/IO/RandomTensor.h"

#include <algorithm>
#include <cassert>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

using namespace ashlar;
using namespace ashlar::tool;
using runtime::EntryPoint;
using runtime::TensorInfo;

static bool contains(const std::vector<std::string> &names,
                     const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

static std::string listNames(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "'" : ", '") + name + "'";
  return text.empty() ? "none" : text;
}

std::string
ashlar::tool::readNamedTensors(const std::vector<std::string> &specs,
                               const std::vector<std::string> &names,
                               std::vector<NamedTensor> &tensors) {
  std::vector<NamedTensor> unnamed;
  std::set<std::string> taken;
  auto take = [&](NamedTensor tensor) -> std::string {
    if (!taken.insert(tensor.name).second)
      return "tensor '" + tensor.name + "' is given twice";
    tensors.push_back(std::move(tensor));
    return {};
  };
  for (const std::string &spec : specs) {
    // A name is followed by "=": what follows must look like a file.
    size_t equals = spec.rfind('=');
    std::string name =
        equals == std::string::npos ? "" : spec.substr(0, equals);
    std::string path =
        equals == std::string::npos ? spec : spec.substr(equals + 1);
    std::vector<NamedTensor> read;
    if (std::string error = readTensorFile(path, read); !error.empty())
      return error;
    if (!name.empty() && read.size() != 1)
      return "'" + path + "' holds " + std::to_string(read.size()) +
             " tensors, expected one for '" + name + "'";
    if (!name.empty() && !contains(names, name))
      return "there is no tensor '" + name + "'; there are " + listNames(names);
    bool archive = path.size() > 4 && path.substr(path.size() - 4) == ".npz";
    for (NamedTensor &tensor : read) {
      if (!name.empty())
        tensor.name = name;
      if (archive && !contains(names, tensor.name) && read.size() > 1)
        return "'" + path + "' has a tensor '" + tensor.name +
               "', expected one of " + listNames(names);
      if (!contains(names, tensor.name)) {
        unnamed.push_back(std::move(tensor));
        continue;
      }
      if (std::string error = take(std::move(tensor)); !error.empty())
        return error;
    }
  }
  size_t next = 0;
  for (NamedTensor &tensor : unnamed) {
    while (next < names.size() && taken.count(names[next]))
      ++next;
    if (next == names.size())
      return "more tensors are given than the " + std::to_string(names.size()) +
             " there are: " + listNames(names);
    tensor.name = names[next];
    if (std::string error = take(std::move(tensor)); !error.empty())
      return error;
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

/// Whether a shape is fixed and has a single element.
static bool isSingle(const TensorInfo &info) {
  return std::all_of(info.shape.begin(), info.shape.end(),
                     [](int64_t size) { return size == 1; }) &&
         std::all_of(info.dynamic.begin(), info.dynamic.end(),
                     [](const std::string &name) { return name.empty(); });
}

/// Compares a shape with the signature's and collects run-time dimensions. A
/// single element stands for a single element, with how many dimensions ever.
static std::string matchShape(const TensorInfo &info, NamedTensor &tensor,
                              std::map<std::string, int64_t> &dims) {
  uint64_t count = 0;
  if (isSingle(info) && runtime::countElements(tensor.shape, count) &&
      count == 1)
    tensor.shape = info.shape;
  bool good = info.shape.size() == tensor.shape.size();
  for (size_t d = 0; good && d < info.shape.size(); ++d) {
    if (info.dynamic.empty() || info.dynamic[d].empty()) {
      good = info.shape[d] == tensor.shape[d];
      continue;
    }
    auto [known, isNew] = dims.try_emplace(info.dynamic[d], tensor.shape[d]);
    if (!isNew && known->second != tensor.shape[d])
      return "input '" + info.name + "': dimension '" + known->first + "' is " +
             std::to_string(tensor.shape[d]) + ", expected " +
             std::to_string(known->second) + " as elsewhere";
    good = tensor.shape[d] <= info.shape[d];
  }
  if (good)
    return {};
  return "input '" + info.name + "' is " +
         describeTensor(tensor.type, tensor.shape) + ", expected " +
         describeTensor(info.type, info.shape);
}

/// A shape with its run-time dimensions, as far as they are known.
static std::vector<int64_t>
shapeWith(const TensorInfo &info, const std::map<std::string, int64_t> &dims) {
  std::vector<int64_t> shape = info.shape;
  for (size_t d = 0; d < info.dynamic.size(); ++d)
    if (auto known = dims.find(info.dynamic[d]); known != dims.end())
      shape[d] = known->second;
  return shape;
}

/// Whether all values of run-time dimensions are within their bounds.
static std::string checkDims(const std::vector<TensorInfo> &infos,
                             const std::map<std::string, int64_t> &dims) {
  for (const TensorInfo &info : infos)
    for (size_t d = 0; d < info.dynamic.size(); ++d)
      if (auto known = dims.find(info.dynamic[d]);
          known != dims.end() &&
          (known->second < 0 || known->second > info.shape[d]))
        return "dimension '" + known->first + "' is " +
               std::to_string(known->second) + ", expected at most " +
               std::to_string(info.shape[d]);
  return {};
}

/// What a request may give values to: inputs, then state buffers.
static std::vector<TensorInfo> listInputs(const EntryPoint &entry) {
  std::vector<TensorInfo> wanted = entry.inputs;
  wanted.insert(wanted.end(), entry.states.begin(), entry.states.end());
  return wanted;
}

std::string ashlar::tool::prepareInputs(const InputSpec &spec,
                                        const EntryPoint &entry,
                                        std::vector<NamedTensor> &inputs) {
  std::vector<std::string> names;
  for (const TensorInfo &info : listInputs(entry))
    names.push_back(info.name);
  std::vector<NamedTensor> given;
  if (std::string error = readNamedTensors(spec.files, names, given);
      !error.empty())
    return error;
  return arrangeInputs(std::move(given), spec, entry, inputs);
}

std::string ashlar::tool::arrangeInputs(std::vector<NamedTensor> given,
                                        const InputSpec &spec,
                                        const EntryPoint &entry,
                                        std::vector<NamedTensor> &inputs) {
  std::vector<TensorInfo> wanted = listInputs(entry);
  std::map<std::string, int64_t> dims = spec.dims;
  for (const auto &[name, size] : dims)
    if (!contains(entry.dynamicDims, name))
      return "there is no run-time dimension '" + name + "'; there are " +
             listNames(entry.dynamicDims);
  auto findGiven = [&](const TensorInfo &info) {
    return std::find_if(given.begin(), given.end(), [&](const NamedTensor &t) {
      return t.name == info.name;
    });
  };
  // All that is given first: it says what run-time dimensions the others have.
  for (const TensorInfo &info : wanted)
    if (auto found = findGiven(info); found != given.end())
      if (std::string error = matchShape(info, *found, dims); !error.empty())
        return error;
  if (std::string error = checkDims(wanted, dims); !error.empty())
    return error;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const TensorInfo &info = wanted[i];
    bool isState = i >= entry.inputs.size();
    auto found = findGiven(info);
    if (found == given.end()) {
      if (isState ? spec.randomStates : spec.random)
        inputs.push_back(randomTensor(info.name, info.type,
                                      shapeWith(info, dims), spec.seed, i));
      else if (!isState)
        return "input '" + info.name + "' (" +
               describeTensor(info.type, info.shape) +
               ") is not given: use --inputs or --random-inputs";
      continue;
    }
    if (std::string error = convertForDevice(*found, info.type); !error.empty())
      return "input '" + info.name + "': " + error;
    inputs.push_back(std::move(*found));
  }
  return {};
}

std::string ashlar::tool::bindInputs(runtime::Session &session,
                                     const std::vector<NamedTensor> &inputs) {
  for (const NamedTensor &tensor : inputs) {
    const TensorInfo *info = nullptr;
    uint8_t *buffer = session.inputData(tensor.name, &info);
    assert(buffer && "expected inputs of the signature");
    for (size_t d = 0; d < info->dynamic.size(); ++d)
      if (!info->dynamic[d].empty())
        if (runtime::Outcome outcome =
                session.setDim(info->dynamic[d], tensor.shape[d]);
            !outcome.ok())
          return outcome.message;
    assert(tensor.data.size() <= info->bytes && "expected the shape it has");
    if (!tensor.data.empty())
      memcpy(buffer, tensor.data.data(), tensor.data.size());
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

static std::vector<NamedTensor> collect(runtime::Session &session,
                                        const std::vector<TensorInfo> &infos) {
  std::vector<NamedTensor> tensors;
  for (const TensorInfo &info : infos) {
    const uint8_t *data = session.outputData(info.name);
    NamedTensor tensor{info.name, info.type, session.actualShape(info), {}};
    uint64_t bytes = 0;
    runtime::tensorBytes(tensor.type, tensor.shape, bytes);
    tensor.data.assign(data, data + std::min(bytes, info.bytes));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

std::vector<NamedTensor>
ashlar::tool::collectOutputs(runtime::Session &session) {
  return collect(session, session.entry().outputs);
}

std::vector<NamedTensor>
ashlar::tool::collectStates(runtime::Session &session) {
  return collect(session, session.entry().states);
}

static std::string element(const NamedTensor &tensor, size_t index) {
  char text[40];
  if (runtime::isFloatType(tensor.type))
    snprintf(text, sizeof text, "%.*g",
             tensor.type == runtime::DataType::F64 ? 17 : 9,
             runtime::loadElement(tensor.type, tensor.data.data(), index));
  else if (tensor.type == runtime::DataType::U64)
    snprintf(text, sizeof text, "%" PRIu64,
             static_cast<uint64_t>(
                 runtime::loadInteger(tensor.type, tensor.data.data(), index)));
  else
    snprintf(text, sizeof text, "%" PRId64,
             runtime::loadInteger(tensor.type, tensor.data.data(), index));
  return text;
}

std::string ashlar::tool::summarizeTensor(const NamedTensor &tensor, bool all) {
  uint64_t count = 0;
  runtime::countElements(tensor.shape, count);
  double low = INFINITY, high = -INFINITY, sum = 0;
  uint64_t nans = 0;
  for (size_t i = 0; i < count; ++i) {
    double value = runtime::loadElement(tensor.type, tensor.data.data(), i);
    nans += std::isnan(value);
    if (std::isnan(value))
      continue;
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
  }
  std::string text =
      tensor.name + ": " + describeTensor(tensor.type, tensor.shape);
  if (count == 0)
    return text + " (no elements)";
  if (count > nans) {
    char range[120];
    snprintf(range, sizeof range, " min %.6g max %.6g mean %.6g", low, high,
             sum / static_cast<double>(count - nans));
    text += range;
  }
  if (nans)
    text += " NaNs " + std::to_string(nans);
  uint64_t shown = all ? count : std::min<uint64_t>(count, 8);
  text += " [";
  for (size_t i = 0; i < shown; ++i)
    text += (i ? ", " : "") + element(tensor, i);
  return text + (shown < count ? ", ...]" : "]");
}

/// A name as a file's: no separators, not hidden, not empty.
static std::string fileName(const std::string &name) {
  std::string safe;
  for (char c : name)
    safe += c == '/' || c == '\\' || c == ':' ? '_' : c;
  if (safe.empty() || safe[0] == '.')
    safe = "_" + safe;
  return safe.substr(0, 200);
}

std::string
ashlar::tool::writeTensors(const std::string &folder,
                           const std::vector<NamedTensor> &tensors) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code)
    return "cannot make folder '" + folder + "': " + code.message();
  std::set<std::string> used;
  for (const NamedTensor &tensor : tensors) {
    std::string name = fileName(tensor.name);
    for (unsigned i = 1; !used.insert(name).second; ++i)
      name = fileName(tensor.name) + "_" + std::to_string(i);
    if (std::string error = writeNpy(folder + "/" + name + ".npy", tensor);
        !error.empty())
      return error;
  }
  return {};
}
