//===- Passes.td - From linalg on tensors to tiles in named memories ------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_SCHEDULE_PASSES
#define ASHLAR_SCHEDULE_PASSES

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// On tensors: which operations there are
//===----------------------------------------------------------------------===//

def DeferPads : Pass<"schedule-defer-pads", "::mlir::func::FuncOp"> {
  let summary = "turns pads with a constant into npu.pad, which needs no memory";
  let description = [{
    A padded tensor in dram would be written and read once more, and most of it
    is the source again. As `npu.pad` it stays a view until tiles are loaded,
    whose copies write the constant themselves. Pads of dynamic shape or with
    another value stay, and are taken apart by `schedule-normalize-linalg`.

    ```mlir
    %1 = tensor.pad %0 low[0, 1] high[0, 2] {
    ^bb0(%i: index, %j: index):
      tensor.yield %zero : f32
    } : tensor<4x5xf32> to tensor<4x8xf32>
    // becomes
    %1 = npu.pad %0 low [0, 1] value(0.0 : f32) : tensor<4x5xf32> to tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

def RaiseGathers : Pass<"schedule-raise-gathers", "::mlir::func::FuncOp"> {
  let summary = "picks elements by lists instead of one by one";
  let description = [{
    A `tensor.extract` in the body of a `linalg.generic` becomes `npu.gather`, an
    elementwise operation that computes its list, and an input of the body.
    Dimensions of the source that a loop walks alone are slices of the gather;
    neighbouring dimensions with computed positions become one, and the list
    states row-major positions in it. Indices are those that the body computes:
    what it clamps stays clamped, and what leaves the source all the same is a
    trap of the machine (`index out of range`).

    ```mlir
    %1 = linalg.generic ... ins(%ids : tensor<128xi64>) outs(%0 : tensor<128x64xf32>) {
      ^bb0(%id: i64, %old: f32):
        %i = arith.index_cast %id : i64 to index
        %j = linalg.index 1 : index
        %e = tensor.extract %table[%i, %j] : tensor<1000x64xf32>
        linalg.yield %e : f32
    }
    // becomes
    %list = linalg.generic ... ins(%ids) outs(... : tensor<128xi32>) { arith.index_cast }
    %1 = npu.gather %table at %list into %0 dim 0 : ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::ashlar::npu::NPUDialect"];
}

def ExpandAttention : Pass<"schedule-expand-attention", "::mlir::func::FuncOp"> {
  let summary = "takes attention apart that does not fit the machine as one operation";
  let description = [{
    An `npu.attention` of which no tile fits (depth and columns stay whole; tiles
    may count on 18% of the scratchpad) becomes products, elementwise operations and
    reductions, whose scores are a tensor in dram. In a function with run-time
    dimensions (`nn.dim_ranges`) all attention does: its tiles end where types do.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"", "preset or target file">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def FoldAttentionLayouts : Pass<"schedule-fold-attention-layouts", "::mlir::func::FuncOp"> {
  let summary = "lets attention read and write transposed tensors where they lie";
  let description = [{
    A transposition of an operand, or the only reader of the result if that is a
    transposition, becomes part of the maps of `npu.attention`: heads need not be
    moved in front of rows, because tiles are loaded with any strides and the
    matrix unit reads either orientation.

    Expects transpositions as `linalg.generic`.

    ```mlir
    %q = linalg.generic {...} ins(%x : tensor<197x12x64xf32>) ... -> tensor<12x197x64xf32>
    %1 = npu.attention ins(%q, ... {indexing_maps = [affine_map<(b, m, n, d, v) -> (b, m, d)>, ...
    // becomes
    %1 = npu.attention ins(%x, ... {indexing_maps = [affine_map<(b, m, n, d, v) -> (m, b, d)>, ...
    ```
  }];
  let dependentDialects = ["::ashlar::npu::NPUDialect", "::mlir::tensor::TensorDialect"];
}

def NormalizeLinalg : Pass<"schedule-normalize-linalg", "::mlir::func::FuncOp"> {
  let summary = "brings linalg on tensors to linalg.generic, fills and slices";
  let description = [{
    Named operations become `linalg.generic`; softmax, pads that were not
    deferred, concatenations and splats become their parts; operations whose iteration space is empty become
    their inits; elementwise operations neither read nor share their inits; every
    user of a fill gets its own, so that an accumulator never needs a copy.
    Products of halves that accumulate in halves accumulate in f32 and are
    rounded once, as the matrix unit does and frameworks expect.

    Expects tensors of static shapes. Guarantees that every linalg operation is a
    `linalg.fill` or a `linalg.generic`.

    ```mlir
    %0 = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%c : tensor<4x16xf32>)
    // becomes
    %0 = linalg.generic {indexing_maps = [...], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : ...) outs(%c : ...) { ... }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def CollapseElementwise : Pass<"schedule-collapse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "runs elementwise operations over the dimensions of the product that they read";
  let description = [{
    An elementwise operation that reads an expanded result reads the result
    itself, other operands collapsed, and its own result is expanded instead; so
    it can join the group of the product in front of it. Operations that read an
    operand along a part of the merged dimensions stay. The other way round, one
    that reads a product's result with dimensions merged (groups and features of a
    grouped convolution) runs over the product's own dimensions, and its result is
    collapsed. What makes real numbers of a stored tensor's narrow elements stays on
    the side of the operation that computes with them, which can then read the narrow
    tensor.

    ```mlir
    %1 = tensor.expand_shape %0 [[0, 1, 2], [3]] ... : tensor<49x8xf32> into tensor<1x7x7x8xf32>
    %2 = linalg.generic ... ins(%1, %r : tensor<1x7x7x8xf32>, tensor<1x7x7x8xf32>) { arith.addf }
    // becomes
    %1 = tensor.collapse_shape %r [[0, 1, 2], [3]] : tensor<1x7x7x8xf32> into tensor<49x8xf32>
    %2 = linalg.generic ... ins(%0, %1 : tensor<49x8xf32>, tensor<49x8xf32>) { arith.addf }
    %3 = tensor.expand_shape %2 [[0, 1, 2], [3]] ... : tensor<49x8xf32> into tensor<1x7x7x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FuseElementwise : Pass<"schedule-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "merges elementwise operations into vector programs";
  let description = [{
    A producer is merged into its only user if the result is still one vector
    program: at most 32 micro-operations, 4 inputs and 2 outputs. Products for
    the matrix unit take part in neither role: what follows them is work of the
    output stage, decided by `schedule-form-groups`. Only a transposition of an
    operand becomes part of a product (not of a convolution): its tiles are loaded
    as they lie.

    ```mlir
    %0 = linalg.generic ... { arith.mulf }  // one use
    %1 = linalg.generic ... ins(%0) { math.tanh }
    // becomes
    %1 = linalg.generic ... { arith.mulf, math.tanh }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SplitPrograms : Pass<"schedule-split-programs", "::mlir::func::FuncOp"> {
  let summary = "splits linalg.generic bodies that are too large for a vector program";
  let description = [{
    A body with more than 32 micro-operations, 4 inputs or 2 outputs is cut:
    subexpressions that fit move to an operation of their own, whose result the
    rest reads. Every body that consists of operations of the vector unit fits
    afterwards.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def FeedOutputStage : Pass<"schedule-feed-output-stage", "::mlir::func::FuncOp"> {
  let summary = "moves bytes to accumulators, where the output stage can work on them";
  let description = [{
    The output stage does whole chains of elementwise work at the rate of its
    lanes, but on accumulators. An elementwise operation on bytes that it could do,
    and that no product feeds, is fed by windows of one element: the vector unit
    then moves each byte once instead of computing with it. Numbers that a smaller
    operand needs first (a gate without its zero point) are an operation of their
    own. This is done where the cost model expects it to be faster, and where the
    work cannot be done on tiles that are on chip anyhow, because it alone reads
    another operation's result or a reduction reads its own.

    Only the output stage looks bytes up in tables: `tensor.extract` of a constant
    `tensor<256xi8>` at `arith.index_castui` of an i8. Where that ends what is done
    to the result of a product or of windows, it stays; from other operations it is
    taken apart, and always fed.

    Guarantees that whatever looks bytes up is work of the output stage on
    accumulators.

    ```mlir
    %1 = linalg.generic ... ins(%0 : tensor<4x8xi8>) { tensor.extract %table[%byte] }
    // becomes
    %1 = linalg.generic ... ins(%0 : tensor<4x8xi8>) outs(%zeros : tensor<4x8xi32>) { arith.addi }
    %2 = linalg.generic ... ins(%1 : tensor<4x8xi32>) { arith.trunci, tensor.extract %table[%byte] }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"", "preset or target file">,
    Option<"optLevel", "opt-level", "unsigned", "2", "0 to 3: how hard to search">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FormGroups : Pass<"schedule-form-groups", "::mlir::func::FuncOp"> {
  let summary = "says which operations share on-chip memory";
  let description = [{
    Every linalg operation gets `schedule.group`, and stands next to the other
    members of its group afterwards. Membership is explicit:
    - a product for the matrix unit, the fill of its accumulator or the broadcast
      of a bias into it, and the elementwise operations that are the only readers of its result;
    - the same for a windowed reduction (depthwise convolution, pool) with
      channels innermost: if the first reader is work of the output stage, its
      results go through accumulators too, else they stay in the scratchpad;
    - a reduction, its fill, and the elementwise operations that read it;
    - chains of those over the same rows (softmax, normalisations), if a row of
      everything fits the scratchpad. Such a group also has
      `schedule.subgroup` on its members: the parts into which
      `schedule-choose-tiles` takes it apart when it does not fit after all.
    Where something reads a group's result and is not in it, the last member's
    `schedule.apart` says what and why, for `--explain`.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"", "preset or target file">,
    Option<"optLevel", "opt-level", "unsigned", "2", "0 to 3: how hard to search">];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

//===----------------------------------------------------------------------===//
// On buffers in dram: how they run
//===----------------------------------------------------------------------===//

def BufferizeToDram : Pass<"schedule-bufferize", "::mlir::ModuleOp"> {
  let summary = "gives every tensor a buffer in dram";
  let description = [{
    One-shot bufferisation of whole functions. Arguments and results become
    memrefs in `#npu.space<dram>` (results as further arguments), constants
    `memref.global` without a copy of their data, everything else `memref.alloc`.
    Arguments get `npu.io` and keep their other attributes. Copies that remain
    become elementwise `linalg.generic`, so that scheduling sees them.

    An argument with `nn.state` is a buffer that outlives the run; the result with
    the same `nn.state` is its next value, computed in place where nobody needs
    the old one any more, else copied there at the end.

    `nn.dims` and `nn.dim_ranges` (run-time dimensions) become `npu.dims` and
    `npu.dim_ranges`; with them, no two tensors begin in one buffer.
  }];
  let dependentDialects = ["::ashlar::npu::NPUDialect", "::mlir::bufferization::BufferizationDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect"];
}

def KeepTables : Pass<"schedule-keep-tables", "::mlir::func::FuncOp"> {
  let summary = "keeps the tables of lookups in the scratchpad";
  let description = [{
    A table that a body reads (`memref.load` of a `memref.get_global` of 256 bytes)
    stays in every core's scratchpad from the session's opening on: it becomes an
    allocation with `schedule.constant`. The function's `schedule.constant_bytes`
    says what all of them take.

    Before: `%0 = memref.get_global @t : memref<256xi8, #npu.space<dram>>`. After:
    `%0 = memref.alloc() {schedule.constant = @t} : memref<256xi8, #npu.space<sram>>`.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::ashlar::npu::NPUDialect"];
}

def MaterializePads : Pass<"schedule-materialize-pads", "::mlir::func::FuncOp"> {
  let summary = "gives memory to pads that somebody other than a tile's load reads";
  let description = [{
    Linalg operations read an `npu.pad` as it is: the copies that load their
    tiles write the padding. For every other reader (a view, a pad of a pad) the
    padded tensor is written to a buffer in dram, by an operation that reads the
    pad.

    Guarantees that an `npu.pad` is read by inputs of linalg operations only.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect"];
}

def PlaceBuffers : Pass<"schedule-place-buffers", "::mlir::func::FuncOp"> {
  let summary = "keeps intermediate buffers and constants in the scratchpad where that is faster";
  let description = [{
    Buffers that groups hand to each other move from dram to the scratchpad: their
    tiles are views then, and nothing is copied but what is padded. Two ways are
    compared with leaving everything in dram, by the expected cycles of all groups:
    core 0 alone works on them; or each core has a part of their outermost dimension
    (a batch, mostly), and every group that touches them is shared in the same
    manner. Then no core ever needs what another one has. At most 60% of the
    scratchpad is used, smaller buffers first.

    Each of these is also tried with constants that stay: in every core's scratchpad
    from the session's opening on (`schedule-open-session`), so that no run loads
    them. With them at most 80% of the scratchpad is used. On a function with
    `npu.no_resident` none does.

    Allocations that stay get `#npu.space<sram>` and, if cores have parts,
    `schedule.parts`. A constant that stays becomes such an allocation, with the
    constant's name as `schedule.constant`. The function gets
    `schedule.resident_bytes` and `schedule.constant_bytes`, which
    `schedule-choose-tiles` leaves free.

    Before: `%0 = memref.alloc() : memref<8x64xf32, #npu.space<dram>>`. After:
    `%0 = memref.alloc() {schedule.parts = 8} : memref<8x64xf32, #npu.space<sram>>`.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"", "preset or target file">,
    Option<"optLevel", "opt-level", "unsigned", "2", "0 to 3: how hard to search">];
}

def OpenSession : Pass<"schedule-open-session", "::mlir::ModuleOp"> {
  let summary = "loads the constants that stay in the scratchpad in a function of its own";
  let description = [{
    An allocation with `schedule.constant` becomes a global without a value in
    `#npu.space<sram>`: it has one place in every core's scratchpad for the whole of a
    session. Copies to all cores, one for each constant, make up a function NAME_open,
    which function NAME names as its `npu.opening`; the runtime runs it when a session
    opens.

    Before: `%0 = memref.alloc() {schedule.constant = @w} : memref<64xi8, #npu.space<sram>>`.
    After:
    ```mlir
    memref.global "private" @w_resident : memref<64xi8, #npu.space<sram>> = uninitialized
    func.func @main_open() {
      %0 = memref.get_global @w : memref<64xi8, #npu.space<dram>>
      %1 = memref.get_global @w_resident : memref<64xi8, #npu.space<sram>>
      npu.copy %0 to %1 multicast : ...
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::ashlar::npu::NPUDialect"];
}

def ChooseTiles : Pass<"schedule-choose-tiles", "::mlir::func::FuncOp"> {
  let summary = "chooses tile sizes and operand roles for every group";
  let description = [{
    Attaches to the group's root, the member that does most of the work:
    - `schedule.tiles`: a size for each loop of the group (the root's loops, then
      those that only other members have); present already, it is checked and kept;
    - `schedule.order`: the parallel loops, outermost first;
    - `schedule.cores`, if several cores share the group: into how many runs each
      loop's tiles are cut, one for each core of a grid; present already, it is
      checked and kept;
    - `schedule.share_loads`, if it takes less time that one core loads what several
      of them need and sends it to the others: dram is read once then, but the links
      between the cores carry it, and each waits for the last to have room;
    - `schedule.stream`: which input of a matrix product streams ("lhs", "rhs");
    - `schedule.cycles`: what the cost model expects.

    The function gets the sum as `npu.expected_cycles`, and each input what of it
    comes behind all its readers, `npu.cycles_behind`.
    A group that fits with no tile is taken apart. A single operation always fits.

    An `npu.attention` gets the same attributes for its common space, and
    `schedule.interleave`: into how many runs the rows of a tile are cut that take
    turns on the engines.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"", "preset or target file">,
    Option<"optLevel", "opt-level", "unsigned", "2", "0 to 3: how hard to search">];
}

def MaterializeTiles : Pass<"schedule-materialize-tiles", "::mlir::func::FuncOp"> {
  let summary = "writes the loops, the on-chip buffers and the copies of every group";
  let description = [{
    Replaces each group by loops over its tiles: `scf.for` over parallel loops,
    in the order of `schedule.order` if there is one, then over the root's
    reduction loops. A buffer is loaded at the innermost loop
    that its tile depends on; accumulators stay in `#npu.space<acc>` across
    reduction loops; buffers that only the group uses disappear from dram.
    Tiles of a batch of products (groups of a convolution, say) may hold several
    points of the batch. Copies and vector programs see all of them; a loop inside
    the tile, around the product and its drain, takes one point at a time.
    Of an `npu.pad` each tile is one `npu.copy` from the unpadded source, whose
    position in the tile may be anywhere.
    On-chip buffers have the size of a whole tile, and boundary tiles use a
    subview of them, so that they run in the same loop body.

    A group with `schedule.cores` becomes an `npu.on_cores`; each core's loops run
    over its share. `schedule.share_loads` stays there as `npu.share_loads`.

    Loops over a run-time dimension (`npu.dims`) end at `npu.runtime_dim`, and the
    last tile is what is left of it. What cannot end early is an error: windows
    along it, reshapes that merge it with a dimension outside of it, operations
    that need all of it.

    Guarantees: linalg operations have operands in sram and acc only; `memref.copy`
    and `npu.copy` move tiles between dram and sram.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::ashlar::npu::NPUDialect"];
}

def TileAttention : Pass<"schedule-tile-attention", "::mlir::func::FuncOp"> {
  let summary = "writes the loops, the on-chip buffers and the engines' work of every npu.attention";
  let description = [{
    Loops over batch elements and tiles of rows, shared by the cores as
    `schedule.cores` says, and inside over blocks of keys. Tiles are made through
    the operation's TilingInterface; each is decomposed: a product for the scores,
    drained times scale and plus mask; maximum, weights and sums of rows on the
    vector unit; accumulators times a factor per row (a preload of themselves),
    and the product with the values on top of them. One block for all keys needs
    no rescaling, and its keys and values are loaded once for all rows.

    Expects `npu.attention` on memrefs in dram with `schedule.tiles`
    (`schedule-choose-tiles`), behind `schedule-materialize-tiles`. Guarantees the
    same as that pass.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::ashlar::npu::NPUDialect"];
}

def TileGathers : Pass<"schedule-tile-gathers", "::mlir::func::FuncOp"> {
  let summary = "writes the loops, lists and tiles of every npu.gather";
  let description = [{
    Expects gathers on memrefs in dram. Lists come to the scratchpad, in pieces
    if they are long. Either a copy engine then moves the rows from dram to dram,
    or, where the timing functions say that this is faster (short rows) and the
    gathered dimension fits, a tile of the source comes along, the vector unit
    picks from it, and the tile of results goes back.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"\"", "preset or target file">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::ashlar::npu::NPUDialect"];
}

#endif // ASHLAR_SCHEDULE_PASSES
