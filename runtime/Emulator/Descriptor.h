//===- Descriptor.h - Tensor descriptors ----------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_EMULATOR_DESCRIPTOR_H
#define ASHLAR_RUNTIME_EMULATOR_DESCRIPTOR_H

#include <cstdint>
#include <string>

// Defined by the generated ISA/Isa.h; only the numbering matters here.
namespace ashlar::isa {
enum class ElementType : uint8_t;
} // namespace ashlar::isa

namespace ashlar::runtime {

inline constexpr unsigned kDims = 6;

/// A descriptor register: base address (docs/machine.md, "Addresses"), element
/// type, sizes and strides in elements; dimension 5 is innermost. The default
/// is a register's state at start: null base, all zero.
struct Descriptor {
  uint64_t base = 0;
  isa::ElementType type = isa::ElementType(0);
  int64_t size[kDims] = {};
  int64_t stride[kDims] = {};
};

/// Bits of an element in memory: 4, 8, 16, 32 or 64. In the order of
/// ElementType: i4 u4 i8 u8 i16 u16 i32 u32 i64 u64 f8e4m3 f8e5m2 f16 bf16 f32
/// f64.
inline unsigned elementBits(isa::ElementType type) {
  constexpr uint8_t bits[16] = {4,  4,  8, 8, 16, 16, 32, 32,
                                64, 64, 8, 8, 16, 16, 32, 64};
  return bits[static_cast<unsigned>(type) & 15];
}

/// "i8" and so on.
const char *elementTypeName(isa::ElementType type);

/// True if some size is zero: the instruction does nothing.
inline bool isEmpty(const Descriptor &d) {
  for (int64_t s : d.size)
    if (s == 0)
      return true;
  return false;
}

/// Number of points, for sizes that are not negative; saturates at 2^62.
int64_t elementCount(const Descriptor &d);

/// For messages: "f32 [1,1,1,4,8,16] strides [0,0,0,128,16,1] at sram:0 +
/// 0x40".
std::string describe(const Descriptor &d);

/// "sram + 0x40", "dram:arena + 0x0".
std::string describeAddress(uint64_t address);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_EMULATOR_DESCRIPTOR_H
