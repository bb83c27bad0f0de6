//===- Descriptor.cpp - Tensor descriptors --------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/Descriptor.h"
#include "Emulator/Fault.h"
#include "Emulator/Memory.h"

#include <cstdio>

using namespace ashlar::runtime;

const char *ashlar::runtime::trapKindName(TrapKind kind) {
  switch (kind) {
  case TrapKind::None:
    return "none";
  case TrapKind::IllegalInstruction:
    return "illegal instruction";
  case TrapKind::MisalignedDescriptor:
    return "misaligned descriptor";
  case TrapKind::ShapeMismatch:
    return "shape mismatch";
  case TrapKind::TypeMismatch:
    return "type mismatch";
  case TrapKind::OutOfRange:
    return "out of range";
  case TrapKind::IndexOutOfRange:
    return "index out of range";
  case TrapKind::DivisionByZero:
    return "division by zero";
  case TrapKind::BadSemaphore:
    return "bad semaphore";
  case TrapKind::LoopStack:
    return "loop stack";
  case TrapKind::UserTrap:
    return "user trap";
  case TrapKind::Deadlock:
    return "deadlock";
  case TrapKind::StepBudget:
    return "step budget";
  case TrapKind::TextOutOfRange:
    return "text out of range";
  case TrapKind::UninitializedRead:
    return "uninitialised read";
  case TrapKind::DataRace:
    return "data race";
  case TrapKind::OperandOverlap:
    return "operand overlap";
  case TrapKind::ResidentWrite:
    return "resident write";
  }
  return "unknown";
}

const char *ashlar::runtime::elementTypeName(isa::ElementType type) {
  static const char *const names[16] = {
      "i4",  "u4",  "i8",     "u8",     "i16", "u16",  "i32", "u32",
      "i64", "u64", "f8e4m3", "f8e5m2", "f16", "bf16", "f32", "f64"};
  return names[static_cast<unsigned>(type) & 15];
}

int64_t ashlar::runtime::elementCount(const Descriptor &d) {
  constexpr int64_t limit = int64_t(1) << 62;
  int64_t count = 1;
  for (int64_t s : d.size) {
    if (s == 0)
      return 0;
    count = s > limit / count ? limit : count * s;
  }
  return count;
}

std::string ashlar::runtime::describeAddress(uint64_t address) {
  char text[96];
  unsigned space = addressSpace(address);
  unsigned long long offset = addressOffset(address);
  if (space == unsigned(Space::Dram)) {
    static const char *const regions[kRegions] = {
        "io",      "weights", "arena",   "state",
        "next io", "nothing", "nothing", "nothing"};
    snprintf(text, sizeof text, "dram:%s + 0x%llx",
             regions[offset >> kRegionBits],
             offset & ((1ull << kRegionBits) - 1));
  } else if (space == unsigned(Space::Sram) || space == unsigned(Space::Acc)) {
    const char *name = space == unsigned(Space::Sram) ? "sram" : "acc";
    if (addressCore(address) == kThisCore)
      snprintf(text, sizeof text, "%s + 0x%llx", name, offset);
    else
      snprintf(text, sizeof text, "%s:core %u + 0x%llx", name,
               addressCore(address), offset);
  } else {
    snprintf(text, sizeof text, "address 0x%llx in no memory (space %u)",
             (unsigned long long)address, space);
  }
  return text;
}

static std::string list(const int64_t *values) {
  std::string text = "[";
  for (unsigned i = 0; i < kDims; ++i)
    text += (i ? "," : "") + std::to_string(values[i]);
  return text + "]";
}

std::string ashlar::runtime::describe(const Descriptor &d) {
  return std::string(elementTypeName(d.type)) + " " + list(d.size) +
         " strides " + list(d.stride) + " at " + describeAddress(d.base);
}
