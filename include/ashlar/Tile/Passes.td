//===- Passes.td - Queues, rings, places and order of tiles -------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TILE_PASSES
#define ASHLAR_TILE_PASSES

include "mlir/Pass/PassBase.td"

def PlaceWork : Pass<"npu-place-work", "::mlir::func::FuncOp"> {
  let summary = "gives work that no core has been given to core 0";
  let description = [{
    On a machine with several cores, whatever works and is not in an `npu.on_cores`
    goes into one without a grid. All of a machine's cores run one text: without
    this they would all do it. Checks that grids are no larger than the machine,
    and that no `npu.on_cores` needs a number that another one computes.

    Before: `npu.copy ...; npu.vector ...`. After: `npu.on_cores { npu.copy ...;
    npu.vector ... }`.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

def AssignQueues : Pass<"npu-assign-queues", "::mlir::func::FuncOp"> {
  let summary = "spreads copies over the copy engines";
  let description = [{
    Copies that leave the scratchpad go to the last copy queue, so that results
    never hold up the operands of the next tile; copies into it take turns on the
    others, wherever they come from. A queue that is already stated stays.

    Before: `npu.copy %a to %b : ...dram... to ...sram...`
    After: `npu.copy %a to %b on <dma0> : ...`
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

def FormRings : Pass<"npu-form-rings", "::mlir::func::FuncOp"> {
  let summary = "turns allocations into buffers, those that loops refill into rings";
  let description = [{
    Every `memref.alloc` in a named memory becomes an `npu.alloc`, deallocations
    vanish. A buffer inside a loop that more than one engine uses becomes a ring
    of `depth` slots: while one engine works on a slot, another fills the next.
    `npu-plan-memory` takes slots away where memory is short.

    Expects static shapes. Before: `memref.alloc() : memref<64xf32, #npu.space<sram>>`
    in a loop. After: `npu.alloc depth 2 : memref<64xf32, #npu.space<sram>>`.
  }];
  let options = [Option<"depth", "depth", "int64_t", "2", "slots of a ring">];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

def StageInputs : Pass<"npu-stage-inputs", "::mlir::ModuleOp"> {
  let summary = "lets a run fetch the inputs of the request that is queued behind it";
  let description = [{
    An input whose arrival takes a good part of a run gets a place in the scratchpad
    that lasts as long as the session (a global with `npu.staged`). As soon as no
    core needs this request's input any more, the next request's is fetched there,
    if one is queued; the run of that one then reads the place instead of dram.
    Everything else stays as it is: the same copies bring the same tiles, from one
    place or the other (`npu.request_input`), and a request that comes alone runs
    as if there were no places.

    If every core of the readers' grid reads its part of the outermost dimension
    alone, each has and fetches its own. If one core reads, that one does. Else one
    multicast copy, behind a barrier, fills the places of all. The fetch has a
    queue of its own where the machine has three or more.

    An input is staged if copies alone read it, the scheduler expects its arrival
    to take at least 2 % of the run (`npu.expected_cycles`), at least half of it can be
    hidden by what comes behind its readers (`npu.cycles_behind` of the argument) and
    dram is idle for as long, and the scratchpad has room. Functions with run-time dimensions are left
    alone. Expects work in `npu.on_cores` on machines with several cores, and rings.

    Before: `npu.copy %arg0 to %tile on <dma0>`. After: `%x = npu.request_input %arg0
    at %place; npu.copy %x to %tile on <dma0>; %q = npu.request_has_next; scf.if %q
    { %n = npu.request_next_input %arg0; npu.copy %n to %place on <dma2> }`.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ShareLoads : Pass<"npu-share-loads", "::mlir::func::FuncOp"> {
  let summary = "one copy brings what several cores load";
  let description = [{
    In an `npu.on_cores` with `npu.share_loads`, a copy from dram is the same on all
    cores that differ only in those dimensions of the grid on which nothing of it
    depends: neither its source and its window nor any bound of the loops around it.
    Such cores execute it equally often and find the same tensor, so that the first
    of them loads it for all, by a multicast over the links between the cores, and
    dram is read once.

    The copy becomes `shared`: each core's queue waits as before until its place is
    free, then says so to the core before it; the first one, when it has heard of
    all, copies and tells everybody. An `npu.receive` behind the copy, on the queue
    of whoever uses the tensor first, waits for that: the queue of the copies itself
    goes on, and asks for the next tile ahead of time.
    Deadlock cannot occur: a queue waits only for entries of other cores that stand at
    or before its own place in the one text, and all of them come there equally often.

    Left alone: copies that spare dram less time than the cores take to agree
    (`isWorthSharing`), that stand in a branch, whose target is no buffer of the body
    or has more dimensions than one instruction, inputs that may be on chip already
    (`npu.request_input`), and what the scalar unit reads.

    Before: `npu.on_cores (%i, %j) in (2, 4) attributes {npu.share_loads} { ...
    npu.copy %tile_of_i to %t on <dma0> ... }`. After: `npu.copy %tile_of_i to %t on
    <dma0> shared(%j) <4 by 1>; npu.receive %t on <mxu>`.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect", "::mlir::arith::ArithDialect"];
}

def PlaceResidents : Pass<"npu-place-residents", "::mlir::ModuleOp"> {
  let summary = "gives globals in the scratchpad their places";
  let description = [{
    A global in `#npu.space<sram>` lives as long as the session, so its place is
    nobody else's: globals lie one after the other from the beginning of the
    scratchpad, and `npu-plan-memory` plans what is behind them. Sets `npu.offset`,
    bytes from the beginning.

    Before: `memref.global "private" @w : memref<64xi8, #npu.space<sram>> = uninitialized`
    After: the same with `{npu.offset = 0}`.
  }];
}

def PlanMemory : Pass<"npu-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "gives every buffer its place";
  let description = [{
    Live ranges are counted in program order: a buffer lives from its first to
    its last use in the block of its allocation (a loop that uses it counts
    whole), a ring as long as the outermost loop around it. On chip the ranges are
    extended on both sides as far as memory allows, so that engines that run
    ahead do not wait for each other's places. Scratchpad,
    accumulators and dram's arena are planned apart by the planner library. If
    the scratchpad or the accumulators do not suffice, rings lose their extra
    slots, the largest first; what does not fit even then is an error that names
    the buffers alive at the peak. The module gets `npu.does_not_fit` then.
    The arena has what inputs, outputs, states and the module's constants leave of
    dram; if these alone do not fit, the error names the largest of them.

    Sets `offset` and `slot_bytes` of `npu.alloc`, `npu.offset` of the entry's
    arguments (bytes in their region) and, on the function, `npu.plan`: peaks
    and lower bounds in bytes. What globals take at the beginning of the scratchpad
    counts with the peak. A kilobyte at the end of the scratchpad is left to
    the scalar unit's spilled registers.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

def InsertBarriers : Pass<"npu-insert-barriers", "::mlir::func::FuncOp"> {
  let summary = "orders the cores where one needs what another one did";
  let description = [{
    For each `npu.on_cores`, and each core of its grid, finds the part of every
    buffer in dram that the core reads or writes, as a box of elements. Where it
    meets, in bytes, what another core did since the last barrier, and one of the
    two wrote, an `npu.barrier` with the buffers in question goes in front. Cores
    that only read what they wrote themselves do not meet. On-chip buffers outside
    `npu.on_cores` exist once per core; that no core reads there what another one
    wrote to its own is checked.

    Expects placed buffers.

    Before: `npu.on_cores (%i) in (8) { ...store to %x... }; npu.on_cores (%i) in (8)
    { ...load all of %x... }`. After: an `npu.barrier %x` between the two.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

def LowerCores : Pass<"npu-lower-cores", "::mlir::func::FuncOp"> {
  let summary = "shares of work by the number of the core";
  let description = [{
    An `npu.on_cores` becomes its body, with the point of the grid computed from
    `npu.core_id`; within an `scf.if` if the machine has more cores than the grid.
    The function then is one text for all cores.

    Before: `npu.on_cores (%i, %j) in (4, 2) { ... }`. After: `%id = npu.core_id;
    %j = arith.remui %id, %c2; %i = arith.divui %id, %c2; ...`.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect", "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect"];
}

def LeaveOutputs : Pass<"npu-leave-outputs", "::mlir::func::FuncOp"> {
  let summary = "lets outputs leave while the request that is queued behind runs";
  let description = [{
    The last copies of a run into its outputs go on in the next one, if another
    request is queued: the end of the run does not wait for the queue that does
    them (`npu.request_leave`), and at the beginning what the run before has left
    reads the same bytes of the scratchpad (`npu.request_left`). `npu-insert-sync` then
    makes who overwrites them first wait, and nobody else; where memory has room,
    `npu-plan-memory` has given them a place of their own, and that is the very work
    that computes the next output. A request that comes alone does as before.

    What the queue may still have to do is what comes behind its last work that
    another queue waits for. That has to be nothing but copies from planned buffers
    in the scratchpad into outputs, and no other core may write there (`multicast`).
    It is done if the scheduler expects the departure of these outputs to take at
    least 2 % of the run (`npu.expected_cycles`). Expects placed buffers and
    programs of one core.

    Before: `npu.copy %tile to %y on <dma3>; return`. After: `npu.request_left %place on
    <dma3>; ...; npu.copy %tile to %y on <dma3>; npu.request_leave <dma3>; return`.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

def InsertSync : Pass<"npu-insert-sync", "::mlir::func::FuncOp"> {
  let summary = "makes program order between engines explicit with semaphores";
  let description = [{
    Two accesses of overlapping bytes by different queues, one of them a write,
    keep their order: the first queue signals after the item (in the innermost
    block that has both) that does the one, the second waits before the item
    that does the other. What other tokens imply is left out, also those in loops
    that always run: a queue that begins its work in a loop behind another one's need
    not wait for that one before the loop, and whoever waits for the last queue to
    leave a loop waits for all that it has waited for there. Dependences that a
    loop carries get a token that circulates: signalled once before the loop,
    taken before the later access, given back after the earlier one, taken back
    after the loop. Rings circulate as many tokens as they have slots around the
    outermost loop. Half of the semaphores serve one outermost loop each, whose
    tokens need not be taken back: the next loop's copies do not wait then, nor does
    the end of the program.

    Tokens of one pair of queues are taken in the order in which they are given,
    so that all edges of a block share one semaphore per pair. Expects placed
    buffers; `wait` and `signal` of the program itself are not expected. The last
    semaphore is the one of `npu.barrier`, if there are any. Shared copies of one
    queue to the same groups of cores have one for credits and, by the queue that
    receives, one for arrivals; who has received needs no token of this core's own
    queue. Should they need more than half of the semaphores, each core copies for
    itself again.

    Before: `npu.copy ...; npu.vector ...` on the copied tile. After: `npu.copy;
    npu.signal <dma0> semaphore 0; npu.wait <vec> semaphore 0; npu.vector`.
  }];
  let options = [Option<"target", "target", "std::string", "\"\"",
                        "machine: a preset or a file (default: npu.target)">,
                 Option<"semaphores", "semaphores", "int64_t", "256",
                        "use at most so many (and no more than the machine has)">];
  let dependentDialects = ["::ashlar::npu::NPUDialect"];
}

#endif // ASHLAR_TILE_PASSES
