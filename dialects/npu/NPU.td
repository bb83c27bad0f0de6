//===- NPU.td - Operations on tiles -------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NPU_OPS
#define ASHLAR_NPU_OPS

include "NPUDialect.td"
include "NPUInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class NPU_Op<string mnemonic, list<Trait> traits = []>
    : Op<NPU_Dialect, mnemonic, traits>;

/// Work for an engine: says its queue, and which memrefs it reads and writes.
class NPU_EngineOp<string mnemonic, list<Trait> traits = []>
    : NPU_Op<mnemonic, traits # [
        DeclareOpInterfaceMethods<NPU_EngineOpInterface>,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let hasVerifier = 1;
}

def NPU_Scalar : AnyTypeOf<[AnySignlessIntegerOrIndex, AnyFloat]>;

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

def NPU_AllocOp : NPU_Op<"alloc", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a buffer in a named memory, or the next slot of a ring of them";
  let description = [{
    With `depth` D > 1 the buffer is a ring: consecutive executions of the
    operation take its D slots in turn, so that the next tile can be filled
    while this one is in use. Contents do not survive from one execution to the
    next. `offset` (bytes in the memory; for dram in the arena) and `slot_bytes`
    (distance of the slots) are set by `npu-plan-memory`.

    ```mlir
    %tile = npu.alloc depth 2 : memref<64x64xbf16, #npu.space<sram>>
    %placed = npu.alloc depth 2 at 4096 slot_bytes 8192
        : memref<64x64xbf16, #npu.space<sram>>
    ```
  }];
  let arguments = (ins
    DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$depth,
    OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>:$offset,
    OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>:$slot_bytes);
  let results = (outs AnyStaticShapeMemRef:$buffer);
  let assemblyFormat = [{
    (`depth` $depth^)? (`at` $offset^)? (`slot_bytes` $slot_bytes^)?
    attr-dict `:` type($buffer)
  }];
  let hasVerifier = 1;
}

def NPU_PadOp : NPU_Op<"pad", [Pure]> {
  let summary = "a tensor seen with constant elements around it";
  let description = [{
    result[i] = low <= i < low + size(source) ? source[i - low] : value. Unlike
    `tensor.pad` it never becomes memory: on memrefs the result is a view in
    dram that only linalg operations read, and that `schedule-materialize-tiles`
    turns into copies with `low` and `fill`. Bufferisation knows that nobody may
    write the result, nor the source while the result is read. It exists between
    `schedule-defer-pads` and `schedule-materialize-tiles` only.

    ```mlir
    %1 = npu.pad %0 low [0, 1, 1, 0] value(0 : i8) : tensor<1x7x7x16xi8> to tensor<1x9x9x16xi8>
    ```
  }];
  let arguments = (ins AnyTypeOf<[AnyStaticShapeTensor, AnyMemRef]>:$source,
    DenseI64ArrayAttr:$low, TypedAttrInterface:$value);
  let results = (outs AnyTypeOf<[AnyStaticShapeTensor, AnyStaticShapeMemRef]>:$result);
  let assemblyFormat = [{
    $source `low` $low `value` `(` $value `)` attr-dict `:` type($source) `to` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

def NPU_CopyOp : NPU_EngineOp<"copy", [AttrSizedOperandSegments]> {
  let summary = "copies a tensor between dram and the scratchpad";
  let description = [{
    Ranks and element types agree. Without `low` the shapes agree as well. With
    `low`, the source lies at that position of the destination and everything
    around it gets `fill` (zero if absent):
    dst[i] = low <= i < low + size(src) ? src[i - low] : fill.
    With `multicast`, the destination is a place in every core's scratchpad, and
    all of them get the tensor.
    With `shared`, all cores of a group execute the copy equally often, with the same
    source and the same place in each one's scratchpad; the one of rank 0 makes it
    for all. Each of them has the tensor when its `npu.receive`, directly behind the
    copy, is done.

    ```mlir
    npu.copy %src to %dst : memref<8x?xf32, strided<[64, 1], offset: ?>, #npu.space<dram>>
        to memref<8x?xf32, strided<[32, 1]>, #npu.space<sram>>
    npu.copy %src to %dst low(%c1, %c0) fill(%zero : f32) : ...
    npu.copy %src to %dst on <dma0> shared(%rank) <4 by 2> : ...
    ```
  }];
  let arguments = (ins
    Arg<AnyMemRef, "source", []>:$source,
    Arg<AnyMemRef, "destination", []>:$target,
    Variadic<Index>:$low,
    Optional<NPU_Scalar>:$fill,
    OptionalAttr<NPU_QueueAttr>:$queue,
    UnitAttr:$multicast,
    Optional<Index>:$rank,
    OptionalAttr<NPU_SharingAttr>:$sharing);
  let assemblyFormat = [{
    $source `to` $target (`low` `(` $low^ `)`)? (`fill` `(` $fill^ `:` type($fill) `)`)?
    (`on` $queue^)? (`multicast` $multicast^)? (`shared` `(` $rank^ `)` $sharing)?
    attr-dict `:` type($source) `to` type($target)
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$source, "::mlir::Value":$target), [{
      build($_builder, $_state, source, target, ::mlir::ValueRange(),
            ::mlir::Value(), ::ashlar::npu::QueueAttr());
    }]>,
    OpBuilder<(ins "::mlir::Value":$source, "::mlir::Value":$target,
                   "::mlir::ValueRange":$low, "::mlir::Value":$fill,
                   "::ashlar::npu::QueueAttr":$queue, CArg<"bool", "false">:$multicast), [{
      build($_builder, $_state, source, target, low, fill, queue, multicast,
            ::mlir::Value(), ::ashlar::npu::SharingAttr());
    }]>
  ];
}

def NPU_TensorOrMemRef : AnyTypeOf<[AnyRankedTensor, AnyMemRef]>;

def NPU_GatherOp : NPU_EngineOp<"gather", [
    DeclareOpInterfaceMethods<DestinationStyleOpInterface>]> {
  let summary = "slices along a dimension, picked by a list";
  let description = [{
    target[.., i, ..] = source[.., indices[i], ..], with i and the index in
    dimension `dim`; the other sizes agree. `indices` are i32 or i64 and must lie
    in the source: the machine traps otherwise (`index out of range`).

    On tensors it has a result, the target's new value; on memrefs the list lies
    in the scratchpad, and source and target both in the scratchpad (work of the
    vector unit) or both anywhere else but accumulators (work of a copy engine).

    ```mlir
    %1 = npu.gather %table at %ids into %0 dim 0
        : tensor<1000x64xf32>, tensor<128xi32>, tensor<128x64xf32> -> tensor<128x64xf32>
    npu.gather %table at %ids into %rows dim 0 on <dma0>
        : memref<1000x64xf32, #npu.space<dram>>, memref<128xi32, #npu.space<sram>>, memref<128x64xf32, #npu.space<dram>>
    ```
  }];
  let arguments = (ins NPU_TensorOrMemRef:$source, NPU_TensorOrMemRef:$indices,
    NPU_TensorOrMemRef:$target, ConfinedAttr<I64Attr, [IntNonNegative]>:$dim,
    OptionalAttr<NPU_QueueAttr>:$queue);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    $source `at` $indices `into` $target `dim` $dim (`on` $queue^)? attr-dict
    `:` type($source) `,` type($indices) `,` type($target) (`->` type($result)^)?
  }];
  let extraClassDeclaration = [{
    bool isInScratchpad();
  }];
}

//===----------------------------------------------------------------------===//
// Matrix unit and output stage
//===----------------------------------------------------------------------===//

def NPU_MatmulOp : NPU_EngineOp<"matmul"> {
  let summary = "multiplies two scratchpad tensors into an accumulator tile";
  let description = [{
    acc[m, n] = (or +=) sum over k of a[m, k] * b[k, n]; `a` streams, `b` is
    stationary. Indices are those of `indexing_maps` (a, b, acc): affine maps
    from one common space whose dimensions `m_dims`, `n_dims` and `k_dims`
    classify, each at most three, in the order in which the accumulator's rows
    and lanes and the summation flatten them. Results of a's and b's maps are
    sums of dimensions times positive constants (a convolution's window is
    `2 * d0 + d3`); the accumulator's map is (m dimensions..., n dimensions...).
    A dimension's extent is the size of an operand that has it alone.

    Without `accumulate` the tile is set, with it the product is added; with the
    operand `accumulate_if` it is added exactly if that is true. k is walked in
    ascending order. Element types: i8 into i32 (each side signed unless
    `a_unsigned`, `b_unsigned`), f32, f16 or bf16 into f32.

    ```mlir
    npu.matmul ins(%a, %b : memref<64x32xf32, #npu.space<sram>>, memref<32x64xf32, #npu.space<sram>>)
        outs(%acc : memref<64x64xf32, #npu.space<acc>>) accumulate_if(%later)
        {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                          affine_map<(m, n, k) -> (m, n)>],
         m_dims = array<i64: 0>, n_dims = array<i64: 1>, k_dims = array<i64: 2>}
    ```
  }];
  let arguments = (ins AnyMemRef:$a, AnyMemRef:$b, AnyMemRef:$acc,
    Optional<I1>:$accumulate_if,
    AffineMapArrayAttr:$indexing_maps,
    DenseI64ArrayAttr:$m_dims, DenseI64ArrayAttr:$n_dims, DenseI64ArrayAttr:$k_dims,
    UnitAttr:$accumulate, UnitAttr:$a_unsigned, UnitAttr:$b_unsigned);
  let assemblyFormat = [{
    `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)` `outs` `(` $acc `:` type($acc) `)`
    (`accumulate_if` `(` $accumulate_if^ `)`)? attr-dict
  }];
  let extraClassDeclaration = [{
    ::mlir::AffineMap getMap(unsigned operand) {
      return ::llvm::cast<::mlir::AffineMapAttr>(getIndexingMaps()[operand]).getValue();
    }
  }];
}

def NPU_PreloadOp : NPU_EngineOp<"preload"> {
  let summary = "writes an accumulator tile from a scratchpad tensor or from itself";
  let description = [{
    acc[p] = source[maps[0](p)] for every point p of the tile, where
    `indexing_maps` (source, tensors...) map the accumulator's dimensions to
    their own; missing dimensions are broadcast. A body, if there is one, gets
    the source's element and those of `tensors` and yields the accumulator's.
    What it may contain is said at `npu.drain`. The source may be the tile
    itself, with the identity as its map: so sums are rescaled in place.

    ```mlir
    npu.preload %bias into %acc {indexing_maps = [affine_map<(m, n) -> (n)>]}
        : memref<64xf32, #npu.space<sram>> into memref<32x64xf32, #npu.space<acc>>
    ```
  }];
  let arguments = (ins AnyMemRef:$source, AnyMemRef:$acc, Variadic<AnyMemRef>:$tensors,
    AffineMapArrayAttr:$indexing_maps);
  let regions = (region AnyRegion:$body);
  let assemblyFormat = [{
    $source `into` $acc (`steps` `(` $tensors^ `:` type($tensors) `)`)? attr-dict
    `:` type($source) `into` type($acc) ($body^)?
  }];
  let hasRegionVerifier = 1;
}

def NPU_DrainOp : NPU_EngineOp<"drain"> {
  let summary = "writes an accumulator tile to a scratchpad tensor";
  let description = [{
    target[maps[0](p)] = acc[p] for every point p of the tile; `indexing_maps`
    (target, tensors...) map the accumulator's dimensions to their own, the
    first one as a permutation. A body gets the accumulator's element and those
    of `tensors` and yields the target's; without one, i32 goes to narrower
    integers saturating and f32 to halves rounding to even.

    A body is a chain from the first argument to the yielded value of what the
    output stage can do: arith.sitofp of an i32 accumulator; addf, subf, mulf
    with a tensor's element (extf, sitofp or uitofp of it) or a constant; addf
    and subf with a tensor's element times a constant; maximumf and
    minimumf with constants; math.roundeven; fptosi and fptoui (the value is
    integral by then, and saturates); truncf.

    ```mlir
    npu.drain %acc to %out steps(%bias : memref<64xf32, #npu.space<sram>>)
        {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>]}
        : memref<32x64xf32, #npu.space<acc>> to memref<32x64xbf16, #npu.space<sram>> {
    ^bb0(%x: f32, %b: f32):
      %0 = arith.addf %x, %b : f32
      %1 = arith.maximumf %0, %zero : f32
      %2 = arith.truncf %1 : f32 to bf16
      npu.yield %2 : bf16
    }
    ```
  }];
  let arguments = (ins AnyMemRef:$acc, AnyMemRef:$target, Variadic<AnyMemRef>:$tensors,
    AffineMapArrayAttr:$indexing_maps);
  let regions = (region AnyRegion:$body);
  let assemblyFormat = [{
    $acc `to` $target (`steps` `(` $tensors^ `:` type($tensors) `)`)? attr-dict
    `:` type($acc) `to` type($target) ($body^)?
  }];
  let hasRegionVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Vector unit
//===----------------------------------------------------------------------===//

def NPU_VectorOp : NPU_EngineOp<"vector", [AttrSizedOperandSegments]> {
  let summary = "one vector program over scratchpad tensors";
  let description = [{
    The meaning is that of `linalg.generic` on the same operands, maps, iterator
    types and body (which uses `npu.index` and `npu.yield`). The body may use
    scalars defined outside. At most 4 inputs, 2 outputs and 32 micro-operations.
    An output with a reduction combines with its old value, or with `init` (the
    old value is known to be the identity) does not read it.

    ```mlir
    npu.vector ins(%x : memref<8x16xf32, #npu.space<sram>>) outs(%s : memref<8xf32, #npu.space<sram>>)
        attributes {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
         iterator_types = [#linalg.iterator_type<parallel>, #linalg.iterator_type<reduction>], init} {
    ^bb0(%a: f32, %old: f32):
      %0 = arith.addf %old, %a : f32
      npu.yield %0 : f32
    }
    ```
  }];
  let arguments = (ins Variadic<AnyMemRef>:$inputs, Variadic<AnyMemRef>:$outputs,
    AffineMapArrayAttr:$indexing_maps, ArrayAttr:$iterator_types, UnitAttr:$init);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`ins` `(` $inputs^ `:` type($inputs) `)`)? `outs` `(` $outputs `:` type($outputs) `)`
    attr-dict-with-keyword $body
  }];
  let extraClassDeclaration = [{
    ::mlir::AffineMap getMap(unsigned operand) {
      return ::llvm::cast<::mlir::AffineMapAttr>(getIndexingMaps()[operand]).getValue();
    }
    /// The iterator types as upstream's enum.
    ::llvm::SmallVector<::mlir::utils::IteratorType> getIteratorTypesArray();
    /// Whether the body reads the old value of an output.
    bool readsOutput(unsigned output);
  }];
  let hasRegionVerifier = 1;
}

def NPU_WindowOp : NPU_EngineOp<"window", [AttrSizedOperandSegments]> {
  let summary = "windows of a scratchpad tensor, combined on the vector unit";
  let description = [{
    out[p] = op over q of input[p, q] * weights[p, q], where q runs over the
    `window` (its sizes, outermost first) in ascending order: a depthwise
    convolution (`mac`), or without weights a pool (`sum`, `max`, `min`). With
    `accumulate` the old out[p] is combined with the result, in 32 bits.

    `indexing_maps` (input, weights if any, out) start from one common space;
    `window_dims`, at most two, are its dimensions q, all others are p and appear
    in out. Indices of the input are sums of dimensions times positive constants.
    Each row of the input is read once per index of the first of two window
    dimensions, and weights are held.

    Integers of up to 32 bits (each side signed unless `input_unsigned`,
    `weights_unsigned`) are combined in i32, f32, f16 and bf16 in f32; sums are
    i32 or f32, a largest or smallest value may also have the input's type. `out`
    may be an accumulator tile, whose last dimension is lanes, but not with
    `accumulate`.

    ```mlir
    npu.window <mac> ins(%x, %w : memref<10x10x32xi8, #npu.space<sram>>, memref<3x3x32xi8, #npu.space<sram>>)
        outs(%acc : memref<8x8x32xi32, #npu.space<acc>>) window(%c3, %c3)
        {indexing_maps = [affine_map<(h, w, c, i, j) -> (h + i, w + j, c)>,
                          affine_map<(h, w, c, i, j) -> (i, j, c)>,
                          affine_map<(h, w, c, i, j) -> (h, w, c)>],
         window_dims = array<i64: 3, 4>}
    ```
  }];
  let arguments = (ins NPU_WindowKindAttr:$kind, AnyMemRef:$input, Optional<AnyMemRef>:$weights,
    AnyMemRef:$out, Variadic<Index>:$window, AffineMapArrayAttr:$indexing_maps,
    DenseI64ArrayAttr:$window_dims,
    UnitAttr:$accumulate, UnitAttr:$input_unsigned, UnitAttr:$weights_unsigned);
  let assemblyFormat = [{
    $kind `ins` `(` $input (`,` $weights^)? `:` type($input) (`,` type($weights)^)? `)`
    `outs` `(` $out `:` type($out) `)` `window` `(` $window `)` attr-dict
  }];
  let extraClassDeclaration = [{
    ::mlir::AffineMap getMap(unsigned operand) {
      return ::llvm::cast<::mlir::AffineMapAttr>(getIndexingMaps()[operand]).getValue();
    }
    ::mlir::AffineMap getInputMap() { return getMap(0); }
    ::mlir::AffineMap getOutMap() { return getMap(getWeights() ? 2 : 1); }
    /// The dimensions of the common space that are not of the window.
    ::llvm::SmallVector<int64_t> getDomainDims();
  }];
}

def NPU_FillOp : NPU_EngineOp<"fill"> {
  let summary = "fills a scratchpad tensor with a scalar";
  let arguments = (ins NPU_Scalar:$value, AnyMemRef:$target);
  let assemblyFormat = "$value `into` $target attr-dict `:` type($value) `into` type($target)";
}

def NPU_IndexOp : NPU_Op<"index", [Pure]> {
  let summary = "this point's index in a dimension of the enclosing npu.vector";
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$dim);
  let results = (outs Index:$result);
  let assemblyFormat = "$dim attr-dict";
  let hasVerifier = 1;
}

def NPU_YieldOp : NPU_Op<"yield", [Pure, ReturnLike, Terminator,
    ParentOneOf<["VectorOp", "DrainOp", "PreloadOp", "OnCoresOp"]>]> {
  let summary = "the elements that a body produces";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), "">];
}

//===----------------------------------------------------------------------===//
// Order between engines
//===----------------------------------------------------------------------===//

class NPU_SemaphoreOp<string mnemonic> : NPU_Op<mnemonic, [MemoryEffects<[MemRead, MemWrite]>]> {
  let arguments = (ins NPU_QueueAttr:$queue,
    ConfinedAttr<I64Attr, [IntNonNegative, IntMaxValue<255>]>:$semaphore,
    DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive, IntMaxValue<65535>]>, "1">:$count);
  let assemblyFormat = "$queue `semaphore` $semaphore (`count` $count^)? attr-dict";
}
def NPU_WaitOp : NPU_SemaphoreOp<"wait"> {
  let summary = "the queue stops until the semaphore is at least count, then takes it";
  let description = [{ `npu.wait <mxu> semaphore 3 count 2` }];
}
def NPU_SignalOp : NPU_SemaphoreOp<"signal"> {
  let summary = "adds count to the semaphore when the queue's earlier work is done";
  let description = [{ `npu.signal <dma0> semaphore 3` }];
}

def NPU_RuntimeDimOp : NPU_Op<"runtime_dim", [Pure]> {
  let summary = "the value of a run-time dimension in this run";
  let description = [{
    At least `minimum` and at most `maximum`, which `npu.dim_ranges` of the
    function says too. Types have the maximum; loops and tiles end here.

    ```mlir
    %n = npu.runtime_dim "N" in 1 to 8
    ```
  }];
  let arguments = (ins StrAttr:$name, ConfinedAttr<I64Attr, [IntNonNegative]>:$minimum,
    ConfinedAttr<I64Attr, [IntNonNegative]>:$maximum);
  let results = (outs Index:$result);
  let assemblyFormat = "$name `in` $minimum `to` $maximum attr-dict";
}

include "NPUAttention.td"
include "NPUCores.td"

#endif // ASHLAR_NPU_OPS
