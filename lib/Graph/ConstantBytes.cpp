//===- ConstantBytes.cpp - Constants as bytes, read, permuted and made ----===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantBytes.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/STLExtras.h"

#include <cstring>

using namespace ashlar;
using namespace mlir;

/// Above so many bytes a constant is a resource, which nobody copies or hashes.
static constexpr size_t kLargestDenseBytes = 4096;
/// Side of the square blocks in which two dimensions are exchanged: its rows on
/// both sides stay in the cache.
static constexpr int64_t kBlock = 32;

bool ashlar::hasByteElements(ElementsAttr value) {
  return isa<DenseElementsAttr, DenseResourceElementsAttr>(value) &&
         value.getElementType().isIntOrFloat() &&
         value.getElementType().getIntOrFloatBitWidth() % 8 == 0;
}

ElementsAttr
ashlar::makeConstant(RankedTensorType type,
                     function_ref<void(MutableArrayRef<char>)> write) {
  size_t size = type.getNumElements() * (type.getElementTypeBitWidth() / 8);
  if (size <= kLargestDenseBytes) {
    SmallVector<char> bytes(size);
    write(bytes);
    if (bytes.empty())
      return DenseElementsAttr::get(type, ArrayRef<Attribute>());
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  }
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(size, /*align=*/64);
  write(blob.getMutableData());
  return DenseResourceElementsAttr::get(type, "folded", std::move(blob));
}

void ashlar::readBytes(
    ElementsAttr value,
    function_ref<void(ArrayRef<char> bytes, bool isSplat)> visit) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return visit(resource.getData(), /*isSplat=*/false);
  auto dense = cast<DenseElementsAttr>(value);
  visit(dense.getRawData(), dense.isSplat());
}

//===----------------------------------------------------------------------===//
// Permutation
//===----------------------------------------------------------------------===//

namespace {
/// A loop over the result's elements and what a step moves in either tensor, in
/// elements.
struct Stride {
  int64_t size, from, to;
};
} // namespace

/// Loops that walk a row-major result, outermost first. Dimensions that stay
/// neighbours are one loop; there are always two.
static SmallVector<Stride> findLoops(ArrayRef<int64_t> shape,
                                     ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t dim = int64_t(shape.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  SmallVector<Stride> loops;
  int64_t to = 1;
  for (int64_t dim : llvm::reverse(permutation)) {
    int64_t size = shape[dim];
    if (size == 1)
      continue;
    if (!loops.empty() && strides[dim] == loops.back().from * loops.back().size)
      loops.back().size *= size;
    else
      loops.push_back({size, strides[dim], to});
    to *= size;
  }
  while (loops.size() < 2)
    loops.push_back({1, 0, 0});
  std::reverse(loops.begin(), loops.end());
  return loops;
}

/// The plane of the two last loops, block by block. Weights of a mapped model
/// are not always aligned.
template <typename T>
static void movePlane(const char *from, char *to, const Stride &rows,
                      const Stride &columns) {
  for (int64_t top = 0; top < rows.size; top += kBlock)
    for (int64_t left = 0; left < columns.size; left += kBlock) {
      int64_t bottom = std::min(top + kBlock, rows.size);
      int64_t right = std::min(left + kBlock, columns.size);
      for (int64_t row = top; row < bottom; ++row)
        for (int64_t column = left; column < right; ++column)
          std::memcpy(to + (row * rows.to + column * columns.to) * sizeof(T),
                      from +
                          (row * rows.from + column * columns.from) * sizeof(T),
                      sizeof(T));
    }
}

template <typename T>
static void moveElements(const char *from, char *to,
                         MutableArrayRef<Stride> loops) {
  // The loop along which the source is contiguous goes next to the innermost
  // one, so that blocks share its lines.
  auto *contiguous =
      llvm::find_if(loops, [](const Stride &loop) { return loop.from == 1; });
  if (contiguous != loops.end() && contiguous < loops.end() - 2)
    std::rotate(contiguous, contiguous + 1, loops.end() - 1);
  ArrayRef<Stride> outer = loops.drop_back(2);
  SmallVector<int64_t> index(outer.size(), 0);
  while (true) {
    movePlane<T>(from, to, loops.end()[-2], loops.end()[-1]);
    int64_t loop = int64_t(outer.size()) - 1;
    for (; loop >= 0; --loop) {
      from += outer[loop].from * int64_t(sizeof(T));
      to += outer[loop].to * int64_t(sizeof(T));
      if (++index[loop] < outer[loop].size)
        break;
      from -= outer[loop].from * outer[loop].size * int64_t(sizeof(T));
      to -= outer[loop].to * outer[loop].size * int64_t(sizeof(T));
      index[loop] = 0;
    }
    if (loop < 0)
      return;
  }
}

ElementsAttr ashlar::permuteElements(ElementsAttr value,
                                     ArrayRef<int64_t> permutation) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(type.getDimSize(dim));
  RankedTensorType resultType = type.clone(shape);
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    if (dense.isSplat() || dense.empty())
      return dense.reshape(resultType);
  SmallVector<Stride> loops = findLoops(type.getShape(), permutation);
  unsigned width = type.getElementTypeBitWidth() / 8;
  return makeConstant(resultType, [&](MutableArrayRef<char> target) {
    readBytes(value, [&](ArrayRef<char> source, bool) {
      if (target.empty())
        return;
      auto move = width == 1   ? moveElements<uint8_t>
                  : width == 2 ? moveElements<uint16_t>
                  : width == 4 ? moveElements<uint32_t>
                               : moveElements<uint64_t>;
      move(source.data(), target.data(), loops);
    });
  });
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

static double readNumber(const char *bytes, FloatType type) {
  if (type.isF32()) {
    float number;
    std::memcpy(&number, bytes, sizeof(number));
    return number;
  }
  uint64_t raw = 0;
  std::memcpy(&raw, bytes, type.getWidth() / 8);
  return APFloat(type.getFloatSemantics(), APInt(type.getWidth(), raw))
      .convertToDouble();
}

static void writeNumber(char *bytes, double value, FloatType type) {
  if (type.isF32()) {
    float number = static_cast<float>(value);
    std::memcpy(bytes, &number, sizeof(number));
    return;
  }
  bool lost;
  APFloat number(value);
  number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lost);
  uint64_t raw = number.bitcastToAPInt().getZExtValue();
  std::memcpy(bytes, &raw, type.getWidth() / 8);
}

std::vector<double> ashlar::readNumbers(ElementsAttr value) {
  auto type = cast<FloatType>(value.getElementType());
  unsigned width = type.getWidth() / 8;
  std::vector<double> numbers(value.getNumElements());
  readBytes(value, [&](ArrayRef<char> bytes, bool isSplat) {
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = readNumber(bytes.data() + (isSplat ? 0 : i * width), type);
  });
  return numbers;
}

ElementsAttr ashlar::makeNumbers(RankedTensorType type,
                                 function_ref<double(int64_t)> number) {
  auto element = cast<FloatType>(type.getElementType());
  unsigned width = element.getWidth() / 8;
  return makeConstant(type, [&](MutableArrayRef<char> target) {
    for (int64_t i = 0, e = type.getNumElements(); i < e; ++i)
      writeNumber(target.data() + i * width, number(i), element);
  });
}

ElementsAttr ashlar::mapNumbers(ElementsAttr value,
                                function_ref<double(int64_t, double)> map) {
  auto type = cast<FloatType>(value.getElementType());
  unsigned width = type.getWidth() / 8;
  return makeConstant(
      cast<RankedTensorType>(value.getType()),
      [&](MutableArrayRef<char> target) {
        readBytes(value, [&](ArrayRef<char> source, bool isSplat) {
          for (int64_t i = 0, e = value.getNumElements(); i < e; ++i) {
            const char *from = source.data() + (isSplat ? 0 : i * width);
            writeNumber(target.data() + i * width,
                        map(i, readNumber(from, type)), type);
          }
        });
      });
}
