//===- BuildImage.h - From nisa to an image's contents ----------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A module at the nisa level holds everything that an image says, so that it
// can be printed, edited, read and emitted:
//
//   module attributes {nisa.image = {target = ..., entries = [...], ...}} {
//     memref.global "private" constant @w0 : memref<64x10xf32> = dense<...>
//     nisa.text 0 { ... }
//     nisa.text 1 { ... }
//   }
//
// `nisa.image` is an ImageMeta as attributes (setImageMeta). The data of the
// weight named `w0` are those of the memref.global @w0. Debug ranges follow
// from the locations of the words: the first NameLoc whose name is that of a
// node in `meta.debug.nodes`, looking into fused and call-site locations;
// ranges in `meta` are ignored. Cores without a nisa.text get a `halt`; an
// entry point whose `coreStart` is empty starts at word 0 of every core, or at
// the label with its name.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_IMAGE_BUILDIMAGE_H
#define ASHLAR_IMAGE_BUILDIMAGE_H

#include "Image/ImageContents.h"

#include "mlir/IR/BuiltinOps.h"

namespace ashlar {

/// Name of the module attribute.
inline constexpr char imageMetaAttrName[] = "nisa.image";

/// Attaches everything but texts, debug ranges and data of weights.
void setImageMeta(mlir::ModuleOp module, const runtime::ImageMeta &meta);

/// Reads it back; errors are emitted at the module.
mlir::FailureOr<runtime::ImageMeta> getImageMeta(mlir::ModuleOp module);

/// Encodes the module's texts and collects its weights. Weights refer to the
/// module's constants where their bytes are stored as an image needs them: the
/// contents must not outlive the module's context. Errors are emitted.
mlir::FailureOr<runtime::ImageContents> buildImage(mlir::ModuleOp module);

/// The element type of tensors and memrefs in an image: i1 is Bool, signless
/// integers are signed. False if there is none.
bool convertElementType(mlir::Type type, runtime::DataType &result);

} // namespace ashlar

#endif // ASHLAR_IMAGE_BUILDIMAGE_H
