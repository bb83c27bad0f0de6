//===- WindowWork.h - Which linalg operation is a windowed reduction ------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MATCH_WINDOWWORK_H
#define ASHLAR_MATCH_WINDOWWORK_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>

namespace ashlar {

/// A depthwise convolution or a pool whose channels are innermost everywhere:
/// out[p] = out[p] op over q of input[p, q] (times weights[p, q]). Loops are
/// numbered as the operation's own, in ascending order.
struct WindowWork {
  enum class Kind { Mac, Sum, Max, Min };
  Kind kind = Kind::Mac;
  unsigned input = 0; ///< number of the input operand that the window slides on
  int weights = -1;   ///< number of the other factor; -1 for pools
  llvm::SmallVector<unsigned> domain; ///< parallel loops, channels included
  llvm::SmallVector<unsigned> window; ///< reduction loops
  unsigned channels = 0; ///< the loop along which all operands are contiguous
  bool inputUnsigned = false, weightsUnsigned = false;
  mlir::Operation *combiner = nullptr; ///< of the old value and a new one
};

/// Element types: integers of up to 16 bits times such into i32, one float type
/// of up to 32 bits into f32; a maximum or minimum also into the type itself.
/// Plain reductions, whose indices are no sums, are left to vector programs.
std::optional<WindowWork> matchWindowWork(mlir::linalg::LinalgOp op);

} // namespace ashlar

#endif // ASHLAR_MATCH_WINDOWWORK_H
