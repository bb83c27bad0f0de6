//===- NPURequests.td - Requests that are queued one behind another -----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NPU_REQUESTS
#define ASHLAR_NPU_REQUESTS

include "NPU.td"
include "mlir/Interfaces/ViewLikeInterface.td"

def NPU_RequestInputOp : NPU_Op<"request_input", [
    Pure, DeclareOpInterfaceMethods<ViewLikeOpInterface>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "an input of this request, wherever it is";
  let description = [{
    `input` is an input of the entry function. If the run before was told of this
    request (`npu.request_has_next`), it has put the input into `place`, a global in the
    scratchpad, and the result is that; else the result is `input`. With `parts`,
    each core's place has its part of the outermost dimension, and the core may see
    that part alone. The result is read only. It is a view of `place`, so that the
    next request's input goes there when this one's is no longer needed.

    ```mlir
    %x = npu.request_input %arg0 at %place parts 4
        : memref<16x8xi8, #npu.space<dram>>, memref<4x8xi8, #npu.space<sram>>
    ```
  }];
  let arguments = (ins AnyStaticShapeMemRef:$input, AnyStaticShapeMemRef:$place,
    DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">:$parts);
  let results = (outs AnyStaticShapeMemRef:$result);
  let assemblyFormat = [{
    $input `at` $place (`parts` $parts^)? attr-dict `:` type($input) `,` type($place)
  }];
  let hasVerifier = 1;
}

def NPU_RequestHasNextOp : NPU_Op<"request_has_next", [Pure]> {
  let summary = "whether another request is queued behind this one";
  let description = [{
    If it is, this run must put that request's inputs, as `npu.request_next_input` shows
    them, where `npu.request_input` will look for them. The same in all cores.
  }];
  let results = (outs I1:$result);
  let assemblyFormat = "attr-dict";
}

def NPU_RequestNextInputOp : NPU_Op<"request_next_input", [
    Pure, DeclareOpInterfaceMethods<ViewLikeOpInterface>,
    AllTypesMatch<["input", "result"]>]> {
  let summary = "the same input of the request that is queued behind this one";
  let description = [{
    In `dram`, read only. It has a value only where `npu.request_has_next` is true.

    ```mlir
    %queued = npu.request_has_next
    scf.if %queued {
      %next = npu.request_next_input %arg0 : memref<16x8xi8, #npu.space<dram>>
      npu.copy %next to %place : ...
    }
    ```
  }];
  let arguments = (ins AnyStaticShapeMemRef:$input);
  let results = (outs AnyStaticShapeMemRef:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def NPU_RequestLeaveOp : NPU_Op<"request_leave"> {
  let summary = "this run need not wait for a copy queue";
  let description = [{
    If another request is queued behind this one, the run may end while `queue` still
    has copies: they go on in the next run, in front of that run's own. What they read
    is named there by `npu.request_left`. Everybody else who has to see the queue's
    work done waits for it before.
  }];
  let arguments = (ins NPU_QueueAttr:$queue);
  let assemblyFormat = "$queue attr-dict";
  let hasVerifier = 1;
}

def NPU_RequestLeftOp : NPU_EngineOp<"request_left"> {
  let summary = "what the run before has left to a copy queue";
  let description = [{
    Copies that read `buffers`, ahead of this run's own on `queue`: who writes there
    first waits for them (`npu-insert-sync` sees to it, as for any other work). Takes no
    instruction, and no time if the run before has left nothing.

    ```mlir
    npu.request_left %y on <dma3> : memref<8192xi8, #npu.space<sram>>
    ...
    npu.request_leave <dma3>
    ```
  }];
  let arguments = (ins Variadic<AnyMemRef>:$buffers, NPU_QueueAttr:$queue);
  let assemblyFormat = "$buffers `on` $queue attr-dict `:` type($buffers)";
}

#endif // ASHLAR_NPU_REQUESTS
