//===- DramRegions.cpp - What dram holds besides the arena ----------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DramRegions.h"

#include "dialects/npu/NPU.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace ashlar;

static constexpr uint64_t kAlignmentBytes = 64;
static constexpr size_t kMostNotes = 16;

static uint64_t getDenseBytes(MemRefType type) {
  Type element = type.getElementType();
  uint64_t bytes = element.isIndex()
                       ? 8
                       : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  return uint64_t(type.getNumElements()) * bytes;
}

static bool isState(func::FuncOp func, unsigned index) {
  auto kind = func.getArgAttrOfType<StringAttr>(index, "npu.io");
  return kind && kind.getValue() == "state";
}

/// Calls `visit` with the index and type of every argument that has a place.
template <typename Visit>
static void forEachTensor(func::FuncOp func, Visit visit) {
  for (unsigned index = 0; index < func.getNumArguments(); ++index)
    if (auto type = dyn_cast<MemRefType>(func.getArgument(index).getType());
        type && type.hasStaticShape())
      visit(index, type);
}

/// The same for the constants in dram.
template <typename Visit>
static void forEachWeight(func::FuncOp func, Visit visit) {
  for (auto global : func->getParentRegion()->getOps<memref::GlobalOp>())
    if (npu::getSpace(global.getType()) == npu::Space::Dram)
      visit(global, global.getType());
}

DramRegions ashlar::placeRegions(func::FuncOp func) {
  DramRegions regions;
  Builder b(func.getContext());
  forEachTensor(func, [&](unsigned index, MemRefType type) {
    uint64_t &top = isState(func, index) ? regions.stateBytes : regions.ioBytes;
    func.setArgAttr(index, "npu.offset", b.getI64IntegerAttr(top));
    top = llvm::alignTo(top + getDenseBytes(type), kAlignmentBytes);
  });
  forEachWeight(func, [&](memref::GlobalOp, MemRefType type) {
    regions.weightBytes += llvm::alignTo(getDenseBytes(type), kAlignmentBytes);
  });
  func->setAttr("npu.io_bytes", b.getI64IntegerAttr(regions.ioBytes));
  func->setAttr("npu.state_bytes", b.getI64IntegerAttr(regions.stateBytes));
  return regions;
}

namespace {
/// A tensor as a note names it.
struct Tensor {
  uint64_t bytes;
  std::string name;
  MemRefType type;
  Location loc;
};
} // namespace

/// All that lies in the regions, the largest first.
static SmallVector<Tensor> listTensors(func::FuncOp func) {
  SmallVector<Tensor> tensors;
  forEachTensor(func, [&](unsigned index, MemRefType type) {
    auto kind = func.getArgAttrOfType<StringAttr>(index, "npu.io");
    auto name = func.getArgAttrOfType<StringAttr>(index, "npu.name");
    std::string what = kind ? kind.str() : "input";
    what += " '" + (name ? name.str() : "arg" + std::to_string(index)) + "'";
    tensors.push_back(
        {getDenseBytes(type), what, type, func.getArgument(index).getLoc()});
  });
  forEachWeight(func, [&](memref::GlobalOp global, MemRefType type) {
    tensors.push_back({getDenseBytes(type),
                       "constant '" + global.getName().str() + "'", type,
                       global.getLoc()});
  });
  llvm::stable_sort(tensors, [](const Tensor &a, const Tensor &b) {
    return a.bytes > b.bytes;
  });
  return tensors;
}

LogicalResult DramRegions::refuse(func::FuncOp func, uint64_t capacity) const {
  InFlightDiagnostic diag =
      func.emitError() << "does not fit: " << total()
                       << " bytes of dram are needed (inputs and outputs "
                       << ioBytes << ", states " << stateBytes << ", constants "
                       << weightBytes << "), the machine has " << capacity
                       << "; smaller shapes, narrower types "
                          "(--precision, --io-type) or a target with "
                          "more dram would help";
  SmallVector<Tensor> tensors = listTensors(func);
  for (auto [count, tensor] : llvm::enumerate(tensors)) {
    if (count == kMostNotes) {
      diag.attachNote(func.getLoc())
          << "and " << tensors.size() - count << " more";
      break;
    }
    diag.attachNote(tensor.loc)
        << tensor.bytes << " bytes: " << tensor.name << ", " << tensor.type;
  }
  return failure();
}
