//===- Pipeline.h - Pass pipelines that depend on a machine ---------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_MACHINE_PIPELINE_H
#define ASHLAR_MACHINE_PIPELINE_H

#include "ashlar/Machine/Machine.h"

#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

namespace ashlar {

struct TargetPipelineOptions
    : mlir::PassPipelineOptions<TargetPipelineOptions> {
  Option<std::string> target{*this, "target",
                             llvm::cl::desc("machine: a preset or a file"),
                             llvm::cl::init("edge")};
};

/// Registers a pipeline for the machine that the option `target` of `Options`
/// names. A machine that cannot be loaded is an error of the pipeline's text;
/// mlir::PassPipelineRegistration has no way to say so.
template <typename Options, typename Build>
void registerMachinePipeline(llvm::StringRef name, llvm::StringRef description,
                             Build build) {
  using namespace mlir;
  registerPassPipeline(
      name, description,
      [build](OpPassManager &manager, StringRef text,
              function_ref<LogicalResult(const Twine &)> fail) {
        std::unique_ptr<Options> options = Options::createFromString(text);
        if (!options)
          return failure();
        if constexpr (requires { options->optLevel; })
          if (options->optLevel > 3)
            return fail("opt-level is " + Twine(options->optLevel) +
                        ", expected 0 to 3");
        llvm::Expected<runtime::Machine> machine = loadMachine(options->target);
        if (!machine)
          return fail(llvm::toString(machine.takeError()));
        build(manager, *machine, *options);
        return success();
      },
      [](function_ref<void(const detail::PassOptions &)> handle) {
        handle(Options());
      });
}

} // namespace ashlar

#endif // ASHLAR_MACHINE_PIPELINE_H
