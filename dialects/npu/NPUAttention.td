//===- NPUAttention.td - Attention as one operation ---------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NPU_ATTENTION
#define ASHLAR_NPU_ATTENTION

include "mlir/Interfaces/TilingInterface.td"

def NPU_AttentionOp : NPU_Op<"attention", [
    DeclareOpInterfaceMethods<DestinationStyleOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition"]>]> {
  let summary = "softmax(query * key^T * scale + mask) * value, scores never stored";
  let description = [{
    The common space of `indexing_maps` (query, key, value, mask if any, target)
    is (batch..., m, n, d, v): rows of the query, keys, depth of both, columns of
    the value. Scores are sums over d, the softmax and the result's sums run over
    n; key and value may repeat along batch dimensions, the mask along any of its
    own (batch..., m, n). Query, key and value have one element type, f32, f16 or
    bf16; scores, maxima and sums are f32; weights are rounded to the value's type
    before they multiply, the result is rounded once.

    A row whose scores are all minus infinity gives NaN, as the quotient of two
    sums of zeros does.

    On tensors it has a result, the target's new value. On memrefs in dram it
    stands between `schedule-bufferize` and `schedule-tile-attention`.

    ```mlir
    %1 = npu.attention ins(%q, %k, %v : tensor<12x197x64xf32>, tensor<12x197x64xf32>, tensor<12x197x64xf32>)
        outs(%0 : tensor<12x197x64xf32>) scale 1.250000e-01
        {indexing_maps = [affine_map<(b, m, n, d, v) -> (b, m, d)>, affine_map<(b, m, n, d, v) -> (b, n, d)>,
                          affine_map<(b, m, n, d, v) -> (b, n, v)>, affine_map<(b, m, n, d, v) -> (b, m, v)>]}
        -> tensor<12x197x64xf32>
    ```
  }];
  let arguments = (ins NPU_TensorOrMemRef:$query, NPU_TensorOrMemRef:$key,
    NPU_TensorOrMemRef:$value, Optional<NPU_TensorOrMemRef>:$mask,
    NPU_TensorOrMemRef:$target, F32Attr:$scale, AffineMapArrayAttr:$indexing_maps);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,` type($value) `)`
    (`mask` `(` $mask^ `:` type($mask) `)`)? `outs` `(` $target `:` type($target) `)`
    `scale` $scale attr-dict (`->` type($result)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::AffineMap getMap(unsigned operand) {
      return ::llvm::cast<::mlir::AffineMapAttr>(getIndexingMaps()[operand]).getValue();
    }
    ::mlir::AffineMap getTargetMap() { return getMap(getMask() ? 4 : 3); }
    /// Dimensions of the common space: batch dimensions first, then these.
    unsigned getNumDims() { return getMap(0).getNumDims(); }
    unsigned getNumBatch() { return getNumDims() - 4; }
    unsigned getRowDim() { return getNumDims() - 4; }
    unsigned getKeyDim() { return getNumDims() - 3; }
    unsigned getDepthDim() { return getNumDims() - 2; }
    unsigned getColumnDim() { return getNumDims() - 1; }
    /// Extents of the common space; ShapedType::kDynamic where unknown.
    ::llvm::SmallVector<int64_t> getExtents();
  }];
  let hasVerifier = 1;
}

#endif // ASHLAR_NPU_ATTENTION
