//===- ImageAssembly.h - Images as assembly text ----------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A whole image in the assembler's language (Assembly/Assembler.h), with these
// directives. Names are strings, numbers are expressions.
//
//   .target NAME                  machine by name, which the tool resolves
//   .machine "NAME"               or one whose fields follow
//   .field NAME, NUMBER           a field of it (Timing/MachineFields.h)
//   .compiler "TEXT"              who made the image
//   .estimated_cycles NUMBER
//
//   .entry "NAME"                 an entry point; "main" without this line
//   .input "NAME", TYPE, [SIZES] {, at OFFSET} {, in REGION} {, dims ["N", ""]}
//          {, scale [..]} {, zero [..]} {, axis D}
//   .output, .state               likewise
//   .dim "N" {, LOWEST}           the next run-time dimension (r8..r15)
//   .io_bytes, .arena_bytes, .state_bytes N     default: what tensors need
//   .macs N                       of the source graph
//   .opening "NAME"               the entry point that opens its sessions
//   .fetches_next                 a run brings inputs of the request behind it
//   .leaves_outputs               copies of a run may go on in the next one
//   .start CORE, LABEL            default: the label of the entry's name, or 0
//
//   .weight "NAME", TYPE, [SIZES] {, at OFFSET}  then its data:
//   .data V, V, ...               elements of its type
//   .hex "00FF.."                 bytes
//   .zero [N]                     N elements; without N the rest
//   .random SEED, LOW, HIGH       the rest, uniform
//   .incbin "FILE" {, OFFSET, BYTES}
//
//   .core N                       what follows is its text (0 at first)
//   .node "NAME", "OPERATOR", MACS    a source node, numbered from 0
//   .loc N | .loc none            the words that follow come from node N
//   .plan "NAME", "SPACE", CORE, OFFSET, BYTES, FIRST, LAST {, resident}
//   .peaks SRAM, BOUND, DRAM, BOUND, ACC, BOUND
//
// Offsets default to the next multiple of 64. Each tensor and weight whose name
// is an identifier defines NAME.offset and NAME.bytes for the text. Cores
// without text get a `halt`.
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_RUNTIME_IMAGE_IMAGEASSEMBLY_H
#define ASHLAR_RUNTIME_IMAGE_IMAGEASSEMBLY_H

#include "Image/Image.h"

#include <functional>
#include <string>
#include <string_view>

namespace ashlar::runtime {

struct ImageAssemblyOptions {
  /// Name of the source, for messages.
  std::string fileName = "<source>";
  /// Where .incbin looks.
  std::string folder = ".";
  /// Finds the machine that .target names; returns an error message, empty if
  /// it was found. Without it, .target is refused.
  std::function<std::string(const std::string &name, Machine &machine)>
      findTarget;
};

/// Assembles an image. Returns all errors, one a line as file:line:column, and
/// an empty string if there are none.
std::string assembleImage(std::string_view source,
                          const ImageAssemblyOptions &options,
                          ImageContents &contents);

/// An image as text; assembling it gives the same bytes.
std::string printImage(const Image &image);

} // namespace ashlar::runtime

#endif // ASHLAR_RUNTIME_IMAGE_IMAGEASSEMBLY_H
