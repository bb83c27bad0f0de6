//===- VerifyIoTypes.cpp - Data sets of a signature in bytes --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With `--io-type` the caller quantises inputs and dequantises outputs, with
// the parameters that the signature states. A data set has the model's own
// floats, so verify is such a caller.
//
//===----------------------------------------------------------------------===//

#include "VerifyModel.h"

#include "Image/Element.h"

#include <algorithm>
#include <cmath>

using namespace ashlar;
using namespace ashlar::tool;
using runtime::DataType;

namespace {
/// A tensor's parameters, element by element.
struct Parameters {
  const runtime::Quantization &quantization;
  size_t inner = 1; ///< elements from one index of the axis to the next

  Parameters(const runtime::TensorInfo &info)
      : quantization(info.quantization) {
    for (size_t d = quantization.axis < 0 ? info.shape.size()
                                          : size_t(quantization.axis) + 1;
         d < info.shape.size(); ++d)
      inner *= size_t(info.shape[d]);
  }
  /// Of one scale for all, the index is always 0.
  size_t place(size_t i) const {
    return i / std::max<size_t>(inner, 1) % quantization.scale.size();
  }
  float scale(size_t i) const { return quantization.scale[place(i)]; }
  double zero(size_t i) const {
    return quantization.zeroPoint.empty()
               ? 0
               : double(quantization.zeroPoint[place(i)]);
  }
};
} // namespace

static const runtime::TensorInfo *
findQuantized(const std::vector<runtime::TensorInfo> &infos,
              const std::string &name) {
  for (const runtime::TensorInfo &info : infos)
    if (info.name == name && !info.quantization.scale.empty() &&
        (info.type == DataType::I8 || info.type == DataType::U8))
      return &info;
  return nullptr;
}

void ashlar::tool::quantizeGiven(std::vector<NamedTensor> &tensors,
                                 const runtime::EntryPoint &entry) {
  for (NamedTensor &tensor : tensors) {
    const runtime::TensorInfo *info = findQuantized(entry.inputs, tensor.name);
    // A shape that does not fit is somebody else's to refuse.
    if (!info || !runtime::isFloatType(tensor.type) ||
        tensor.shape.size() != info->shape.size())
      continue;
    Parameters parameters(*info);
    // In f32, as nn.quantize has it.
    convertElements(tensor, info->type, [&](size_t i, double value) {
      float scaled = std::nearbyint(float(value) / parameters.scale(i));
      return double(scaled) + parameters.zero(i);
    });
  }
}

void ashlar::tool::dequantizeAll(
    std::vector<NamedTensor> &tensors,
    const std::vector<runtime::TensorInfo> &infos) {
  for (NamedTensor &tensor : tensors)
    if (const runtime::TensorInfo *info = findQuantized(infos, tensor.name);
        info && tensor.type == info->type) {
      Parameters parameters(*info);
      convertElements(tensor, DataType::F32, [&](size_t i, double stored) {
        return double(float(stored - parameters.zero(i)) * parameters.scale(i));
      });
    }
}
