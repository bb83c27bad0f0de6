//===- Run.cpp - ashlar run -----------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "Tensors.h"

#include "API/Session.h"
#include "Image/Image.h"
#include "ashlar/Machine/Machine.h"

#include <chrono>
#include <cstdio>
#include <memory>

using namespace ashlar;
using namespace ashlar::tool;
using runtime::Outcome;
using runtime::Session;
using runtime::Status;

namespace {
struct RunFlags {
  std::string image, entry, target, outputs, stats, trace;
  InputSpec inputs;
  std::vector<std::string> dims; // NAME=3
  bool timed = false, profile = false, sanitize = false, print = false;
  uint64_t repeat = 1;
  uint64_t stepBudget = 0; // 0: the emulator's default
};
} // namespace

/// Queues `repeat` requests with the same inputs; each starts when the one
/// behind it is there. States are set once, before the first.
static Outcome runRequests(Session &session, const RunFlags &flags,
                           std::vector<NamedTensor> inputs) {
  auto firstState = inputs.begin() + session.entry().inputs.size();
  if (std::string error = bindInputs(session, {firstState, inputs.end()});
      !error.empty())
    return {Status::InvalidArgument, error};
  inputs.erase(firstState, inputs.end());
  auto prepare = [&]() -> Outcome {
    std::string error = bindInputs(session, inputs);
    if (error.empty())
      return {};
    return {Status::InvalidArgument, error};
  };
  if (flags.repeat == 1) {
    Outcome outcome = prepare();
    return outcome.ok() ? session.run() : outcome;
  }
  uint64_t previous = 0;
  for (uint64_t i = 0; i < flags.repeat; ++i) {
    showProgress("running request " + std::to_string(i + 1) + " of " +
                 std::to_string(flags.repeat));
    uint64_t ticket = 0;
    Outcome outcome = prepare();
    if (outcome.ok())
      outcome = session.submit(ticket);
    if (outcome.ok() && previous != 0)
      outcome = session.wait(previous);
    if (!outcome.ok())
      return outcome;
    previous = ticket;
  }
  return session.wait(previous);
}

static void printTimes(const Session &session, const RunFlags &flags,
                       double hostSeconds) {
  runtime::Statistics s;
  double utilization = 0;
  if (!session.copyStatistics(s, utilization).ok())
    return;
  if (s.timed)
    printf("%s: %llu cycles, %.6g us, matrix unit used %.1f%%, dram %llu bytes "
           "read, %llu written\n",
           session.machine().name.c_str(),
           static_cast<unsigned long long>(s.cycles), s.timeUs,
           100 * utilization, static_cast<unsigned long long>(s.dramReadBytes),
           static_cast<unsigned long long>(s.dramWriteBytes));
  if (s.timed && !session.entry().opening.empty())
    printf("opening the session took %llu cycles\n",
           static_cast<unsigned long long>(session.openingStatistics().cycles));
  runtime::QueueStatistics queue = session.queueStatistics();
  if (s.timed && queue.requests > 0)
    printf("queued: %.0f cycles per request, matrix unit used %.1f%%; %llu of "
           "%llu found their inputs on chip\n",
           queue.cyclesPerRequest(),
           100 * utilization * double(s.cycles) / queue.cyclesPerRequest(),
           static_cast<unsigned long long>(queue.arrived),
           static_cast<unsigned long long>(queue.requests));
  if (flags.repeat > 1)
    printf("%llu requests in %.3f s on the host\n",
           static_cast<unsigned long long>(flags.repeat), hostSeconds);
}

/// Everything that is written after a run, traps included.
static std::string writeReports(const Session &session, const RunFlags &flags) {
  if (!flags.stats.empty()) {
    std::string json;
    if (Outcome outcome = session.statisticsJson(json); !outcome.ok())
      return outcome.message;
    if (std::string error = writeText(flags.stats, json); !error.empty())
      return error;
  }
  if (flags.profile)
    return writeText("-", runtime::profileTable(session.machine(),
                                                session.result().statistics));
  return {};
}

/// Values of run-time dimensions, as the flags say.
static std::string readDims(RunFlags &flags) {
  for (const std::string &text : flags.dims) {
    auto [name, value] = llvm::StringRef(text).rsplit('=');
    int64_t size = 0;
    if (name.empty() || value.getAsInteger(10, size))
      return "--dim '" + text + "': expected NAME=3";
    flags.inputs.dims[name.str()] = size;
  }
  return {};
}

static int runImage(RunFlags flags) {
  std::string error = readDims(flags);
  if (!error.empty())
    return fail(error);
  std::shared_ptr<const runtime::Image> image =
      runtime::Image::open(flags.image, error);
  if (!image)
    return fail(error);
  runtime::SessionOptions options;
  options.entry = flags.entry;
  // A profile or a trace without times would be empty.
  options.timed = flags.timed || flags.profile || !flags.trace.empty();
  options.sanitize = flags.sanitize;
  options.stream = flags.repeat > 1;
  options.tracePath = flags.trace;
  options.stepBudget = flags.stepBudget;
  if (!flags.target.empty()) {
    llvm::Expected<runtime::Machine> machine = loadMachine(flags.target);
    if (!machine)
      return fail(llvm::toString(machine.takeError()));
    options.machine = *machine;
  }
  Outcome outcome;
  std::unique_ptr<Session> session = Session::create(image, options, outcome);
  if (!session)
    return fail(outcome);
  std::vector<NamedTensor> inputs;
  error = prepareInputs(flags.inputs, session->entry(), inputs);
  if (!error.empty())
    return fail(error);

  showProgress("running");
  auto begin = std::chrono::steady_clock::now();
  outcome = runRequests(*session, flags, inputs);
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  showProgress("");
  if (!outcome.ok() && outcome.status != Status::Trap)
    return fail(outcome);
  std::vector<NamedTensor> outputs;
  if (outcome.ok()) {
    outputs = collectOutputs(*session);
    for (NamedTensor &state : collectStates(*session))
      outputs.push_back(std::move(state));
    for (const NamedTensor &tensor : outputs)
      printf("%s\n", summarizeTensor(tensor, flags.print).c_str());
    printTimes(*session, flags, seconds);
    fflush(stdout);
  }
  error = writeReports(*session, flags);
  if (error.empty() && outcome.ok() && !flags.outputs.empty())
    error = writeTensors(flags.outputs, outputs);
  if (!error.empty())
    return fail(error);
  return outcome.ok() ? Done : fail(outcome);
}

void ashlar::tool::addRun(CLI::App &app, Action &action) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App *command = app.add_subcommand("run", "Run an image on the emulator");
  command->add_option("IMAGE", flags->image, "The compiled model")->required();
  command->add_option(
      "--inputs", flags->inputs.files,
      "name=file.npy, file.npz, or .npy and .pb files in order");
  command->add_flag("--random-inputs", flags->inputs.random,
                    "Fill the inputs that are not given with random values");
  command->add_option("--seed", flags->inputs.seed, "For --random-inputs");
  command->add_option("--dim", flags->dims,
                      "NAME=3: a run-time dimension of random inputs "
                      "(repeatable); files bring their own");
  command->add_option("--outputs", flags->outputs,
                      "Folder for the outputs as .npy");
  command->add_flag("--print", flags->print, "Print all elements of outputs");
  command->add_option("--entry", flags->entry,
                      "Entry point (default: the first)");
  command->add_flag("--timed", flags->timed, "Run the timing model");
  command->add_option("--stats", flags->stats, "Statistics as JSON");
  command->add_option("--trace", flags->trace,
                      "Chrome trace for Perfetto (implies --timed)");
  command->add_flag("--profile", flags->profile,
                    "Table per operator (implies --timed)");
  command->add_flag("--sanitize", flags->sanitize,
                    "Check uninitialised reads and races between engines");
  command->add_option("--repeat", flags->repeat, "Number of queued requests")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 32));
  command->add_option("--steps", flags->stepBudget,
                      "Trap after so many steps (default: 2^33)");
  command->add_option("--target", flags->target,
                      "Time the image on another machine of its geometry");
  command->callback(
      [=, &action] { action = [flags] { return runImage(*flags); }; });
}
