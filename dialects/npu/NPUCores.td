//===- NPUCores.td - Work of several cores ------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NPU_CORES
#define ASHLAR_NPU_CORES

def NPU_OnCoresOp : NPU_Op<"on_cores", [
    HasParent<"::mlir::func::FuncOp">, SingleBlockImplicitTerminator<"YieldOp">,
    RecursiveMemoryEffects]> {
  let summary = "work that a grid of cores shares";
  let description = [{
    The body runs once for each point of `grid`, on a core of its own: the core
    whose number is the point's row-major position. The arguments are the point.
    Without a grid the body runs on core 0 alone. Cores do not wait for each other
    inside; what one of them writes to dram, no other one may touch there. Buffers
    that the body allocates exist once per core.

    Between two of these operations program order holds as if all of the first
    came before all of the second; `npu-insert-barriers` says where that takes a
    barrier.

    ```mlir
    npu.on_cores (%i, %j) in (4, 2) {
      %row = arith.muli %i, %c64 : index
      ...
    }
    npu.on_cores {
      ...
    }
    ```
  }];
  let arguments = (ins DenseI64ArrayAttr:$grid);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::ArrayRef<int64_t>":$grid)>];
  let extraClassDeclaration = [{
    /// How many cores work.
    int64_t getNumCores() {
      int64_t cores = 1;
      for (int64_t size : getGrid())
        cores *= size;
      return cores;
    }
    ::mlir::Block *getBlock() { return &getBody().front(); }
  }];
}

def NPU_CoreIdOp : NPU_Op<"core_id", [Pure]> {
  let summary = "the number of the core that executes this";
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def NPU_BarrierOp : NPU_EngineOp<"barrier", [HasParent<"::mlir::func::FuncOp">]> {
  let summary = "orders the cores' accesses to some buffers";
  let description = [{
    Every core's accesses to `buffers` (their bytes, under whatever name) that come
    before are complete before any core's accesses that come behind begin. It is
    work of one copy queue, the same for all barriers of a function: each core's
    queue tells all cores that it is there, on `semaphore`, and waits for all of
    them; `npu-insert-sync` orders the core's other queues around it.

    ```mlir
    npu.barrier %x, %y on <dma3> semaphore 255 : memref<64xf32, #npu.space<dram>>, ...
    ```
  }];
  let arguments = (ins Variadic<AnyMemRef>:$buffers, NPU_QueueAttr:$queue,
    OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative, IntMaxValue<255>]>>:$semaphore);
  let assemblyFormat = [{
    $buffers `on` $queue (`semaphore` $semaphore^)? attr-dict `:` type($buffers)
  }];
}

def NPU_ReceiveOp : NPU_EngineOp<"receive"> {
  let summary = "waits for what a shared copy brings to this core";
  let description = [{
    Stands directly behind an `npu.copy` with `shared`, with the same target. What
    the queue does behind it finds the tensor there: it waits on the semaphore that
    the copy of rank 0 signals on every member of the group. To other queues it is
    the write of the target.

    ```mlir
    npu.receive %tile on <mxu> semaphore 254 : memref<64x64xi8, #npu.space<sram>>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "destination", []>:$target, NPU_QueueAttr:$queue,
    OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative, IntMaxValue<255>]>>:$semaphore);
  let assemblyFormat = [{
    $target `on` $queue (`semaphore` $semaphore^)? attr-dict `:` type($target)
  }];
}

#endif // ASHLAR_NPU_CORES
