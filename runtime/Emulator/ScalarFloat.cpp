//===- ScalarFloat.cpp - Conversions of scalar units ----------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/ScalarFloat.h"
#include "ISA/Isa.h"

using namespace ashlar;
using namespace ashlar::runtime;

template <typename V> static uint64_t convertTo(V value, isa::LaneType to) {
  switch (to) {
  case isa::LaneType::f32:
    return bitsOf<float>(static_cast<float>(value));
  case isa::LaneType::f64:
    return bitsOf<double>(static_cast<double>(value));
  default:
    break;
  }
  if constexpr (std::is_floating_point_v<V>) {
    switch (to) {
    case isa::LaneType::i32:
      return uint64_t(int64_t(truncateTo<int32_t>(value)));
    case isa::LaneType::u32:
      return truncateTo<uint32_t>(value);
    case isa::LaneType::i64:
      return uint64_t(truncateTo<int64_t>(value));
    default:
      return truncateTo<uint64_t>(value);
    }
  } else {
    switch (to) {
    case isa::LaneType::i32:
      return uint64_t(int64_t(static_cast<int32_t>(value)));
    case isa::LaneType::u32:
      return static_cast<uint32_t>(value);
    default:
      return static_cast<uint64_t>(value);
    }
  }
}

uint64_t ashlar::runtime::convertScalar(uint64_t bits, unsigned from,
                                        unsigned to) {
  isa::LaneType target = isa::LaneType(to);
  switch (isa::LaneType(from)) {
  case isa::LaneType::f32:
    return convertTo(floatOf<float>(bits), target);
  case isa::LaneType::f64:
    return convertTo(floatOf<double>(bits), target);
  case isa::LaneType::i32:
    return convertTo(static_cast<int32_t>(bits), target);
  case isa::LaneType::u32:
    return convertTo(static_cast<uint32_t>(bits), target);
  case isa::LaneType::i64:
    return convertTo(static_cast<int64_t>(bits), target);
  case isa::LaneType::u64:
    return convertTo(bits, target);
  }
  return 0;
}
