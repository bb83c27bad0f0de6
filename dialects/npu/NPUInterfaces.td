//===- NPUInterfaces.td - What every engine's operation can say ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_NPU_INTERFACES
#define ASHLAR_NPU_INTERFACES

include "mlir/IR/Interfaces.td"

def NPU_EngineOpInterface : OpInterface<"EngineOpInterface"> {
  let cppNamespace = "::ashlar::npu";
  let description = [{
    Work that one engine does on memrefs. Its memory effects name the memrefs
    that are read and written.
  }];
  let methods = [
    InterfaceMethod<"The queue whose engine does the work.",
                    "::ashlar::npu::Queue", "getEngineQueue">
  ];
}

#endif // ASHLAR_NPU_INTERFACES
