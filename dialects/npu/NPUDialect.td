//===- NPUDialect.td - Tiles in named memories, and the work on them ----------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NPU_DIALECT
#define ASHLAR_NPU_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def NPU_Dialect : Dialect {
  let name = "npu";
  let cppNamespace = "::ashlar::npu";
  let summary = "tiles in named memories, and engines that work on them";
  let description = [{
    The level between loops on tiles and machine instructions. Operands are
    memrefs whose memory space says where they live (`#npu.space<sram>`); each
    operation is work for one engine. The meaning of a program is its program
    order; `npu-insert-sync` adds the semaphores that let the engines run apart.

    Attributes of other dialects' operations:
    - `npu.io` on an argument of the entry function: "input", "output" or "state";
    - `npu.name` on an argument: the tensor's name in the signature;
    - `npu.element_type` on an argument: its element type there, if that is an
      unsigned one (memrefs have signless integers);
    - `npu.dims` on an argument: names of its dimensions that are known only at run
      time, "" for the others; its elements are dense in the actual shape;
    - `npu.dim_ranges` on the entry function: the least and the largest value of
      each run-time dimension, `{N = array<i64: 1, 8>}`, in the order of their
      registers; types have the largest;
    - `npu.share_loads` on `npu.on_cores`: tiles that several of its cores load are
      worth bringing to all of them at once (`npu-share-loads`);
    - `npu.target` on the entry function: the machine, a preset's name or a file.
    - `npu.opening` on the entry function: the function that runs once, when a
      session opens. A `memref.global` in `sram` is a place in every core's
      scratchpad that lasts as long as the session; what the opening puts there, the
      entry finds in every run. `npu-place-residents` gives it its `npu.offset`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
}

def NPU_Space : I32Enum<"Space", "a memory of the machine", [
    I32EnumCase<"Dram", 1, "dram">, I32EnumCase<"Sram", 2, "sram">,
    I32EnumCase<"Acc", 3, "acc">]> {
  let cppNamespace = "::ashlar::npu";
}
def NPU_SpaceAttr : EnumAttr<NPU_Dialect, NPU_Space, "space"> {
  let summary = "the memory that a memref lives in";
  let description = [{
    `dram` is the chip's memory, `sram` the core's scratchpad, `acc` the
    accumulators of its matrix unit.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def NPU_Queue : I32Enum<"Queue", "a queue of the machine", [
    I32EnumCase<"Scalar", 0, "scalar">, I32EnumCase<"Mxu", 1, "mxu">,
    I32EnumCase<"Out", 2, "out">, I32EnumCase<"Vec", 3, "vec">,
    I32EnumCase<"Dma0", 4, "dma0">, I32EnumCase<"Dma1", 5, "dma1">,
    I32EnumCase<"Dma2", 6, "dma2">, I32EnumCase<"Dma3", 7, "dma3">]> {
  let cppNamespace = "::ashlar::npu";
}
def NPU_QueueAttr : EnumAttr<NPU_Dialect, NPU_Queue, "queue"> {
  let summary = "the queue that an operation is handed to";
  let assemblyFormat = "`<` $value `>`";
}

def NPU_WindowKind : I32Enum<"WindowKind", "what a window does with its elements", [
    I32EnumCase<"Mac", 0, "mac">, I32EnumCase<"Sum", 1, "sum">,
    I32EnumCase<"Max", 2, "max">, I32EnumCase<"Min", 3, "min">]> {
  let cppNamespace = "::ashlar::npu";
}
def NPU_WindowKindAttr : EnumAttr<NPU_Dialect, NPU_WindowKind, "window_kind"> {
  let summary = "how npu.window combines";
  let description = [{
    `mac` adds products with weights; `sum`, `max` and `min` take none.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def NPU_SharingAttr : AttrDef<NPU_Dialect, "Sharing"> {
  let mnemonic = "sharing";
  let summary = "the cores that one copy serves";
  let description = [{
    Core c belongs to a group of `members` cores whose numbers are `stride` apart;
    its rank there is (c / stride) mod members. `credits` and `arrivals` are the
    semaphores on which members say that they have room, and on which they hear
    that the tensor is there; `npu-insert-sync` chooses them.
  }];
  let parameters = (ins "int64_t":$members, "int64_t":$stride,
    OptionalParameter<"std::optional<int64_t>">:$credits,
    OptionalParameter<"std::optional<int64_t>">:$arrivals);
  let assemblyFormat =
      "`<` $members `by` $stride (`credits` $credits^)? (`arrivals` $arrivals^)? `>`";
  let genVerifyDecl = 1;
}

#endif // ASHLAR_NPU_DIALECT
