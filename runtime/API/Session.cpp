//===- Session.cpp - One user of an image ---------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include "Timing/MachineFields.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

using namespace ashlar::runtime;

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

static std::shared_ptr<const Program> makeProgram(const Image &image) {
  auto program = std::make_shared<Program>();
  program->text = image.text();
  for (const DebugMap::Range &range : image.meta().debug.ranges)
    program->ranges.push_back(
        {range.core, range.first, range.count, range.node});
  for (const DebugMap::Node &node : image.meta().debug.nodes)
    program->nodes.push_back({node.name, node.op, node.macs});
  return program;
}

Session::Session(std::shared_ptr<const Image> image,
                 const SessionOptions &theOptions, const EntryPoint &entry,
                 uint32_t index)
    : source(std::move(image)), options(theOptions), entryPoint(entry),
      entryIndex(index),
      target(options.machine ? *options.machine : source->meta().machine),
      slots(options.stream ? 3 : 2) {
  // A dimension that nobody sets has the size that was compiled for.
  for (const std::string &name : entry.dynamicDims) {
    int64_t bound = 1;
    for (const auto *tensors : {&entry.inputs, &entry.outputs, &entry.states})
      for (const TensorInfo &tensor : *tensors)
        for (size_t d = 0; d < tensor.dynamic.size(); ++d)
          if (tensor.dynamic[d] == name)
            bound = tensor.shape[d];
    dims.push_back(bound);
  }
}

Outcome Session::allocate() {
  for (uint64_t bytes : {entryPoint.ioBytes, entryPoint.arenaBytes,
                         entryPoint.stateBytes, source->weightsBytes()})
    if (bytes >> kRegionBits)
      return {Status::Incompatible,
              "entry point '" + entryPoint.name + "' has a region of " +
                  std::to_string(bytes) + " bytes; this runtime has room for " +
                  std::to_string((uint64_t(1) << kRegionBits) - 1)};
  bool enough = arena.allocate(entryPoint.arenaBytes) &&
                state.allocate(entryPoint.stateBytes);
  for (Slot &slot : slots)
    enough = enough && slot.io.allocate(entryPoint.ioBytes);
  if (!enough)
    return {Status::OutOfMemory,
            "the host has no " +
                std::to_string(entryPoint.arenaBytes + entryPoint.stateBytes +
                               slots.size() * entryPoint.ioBytes) +
                " bytes for the session's dram"};
  EmulatorOptions settings;
  settings.timed = options.timed;
  settings.sanitize = options.sanitize;
  settings.trace =
      options.timed && (options.trace || !options.tracePath.empty());
  if (options.stepBudget != 0)
    settings.stepBudget = options.stepBudget;
  settings.threads = options.threads;
  program = makeProgram(*source);
  emulator = std::make_unique<Emulator>(target, program, settings);
  emulator->bindRegion(Region::Weights,
                       const_cast<uint8_t *>(source->weights()),
                       source->weightsBytes());
  emulator->bindRegion(Region::Arena, arena.data(), arena.bytes());
  emulator->bindRegion(Region::State, state.data(), state.bytes());
  for (const PlannedBuffer &buffer : source->meta().plan.buffers)
    if (buffer.resident)
      emulator->markResident(buffer.offset, buffer.bytes);
  return {};
}

/// Loads what stays in the scratchpads, unless it is there.
Outcome Session::open() {
  if (isOpen || entryPoint.opening.empty())
    return {};
  const EntryPoint &opening = *source->findEntry(entryPoint.opening);
  RunRequest request;
  request.entry =
      static_cast<uint32_t>(&opening - source->meta().entries.data());
  request.coreStart = opening.coreStart;
  request.opening = true;
  openingRun = emulator->run(request);
  if (!openingRun.ok())
    return {Status::Trap,
            "the session cannot be opened: " + openingRun.trap.message(),
            openingRun.trap.kind};
  isOpen = true;
  return {};
}

std::unique_ptr<Session> Session::create(std::shared_ptr<const Image> image,
                                         const SessionOptions &options,
                                         Outcome &outcome) {
  const EntryPoint *entry = image->findEntry(options.entry);
  if (!entry) {
    std::string names;
    for (const EntryPoint &known : image->meta().entries)
      names += (names.empty() ? "'" : ", '") + known.name + "'";
    outcome = {Status::NotFound, "no entry point '" + options.entry +
                                     "'; the image has " + names};
    return nullptr;
  }
  if (options.machine) {
    if (std::optional<MachineError> bad = checkMachine(*options.machine)) {
      outcome = {Status::InvalidArgument, "machine field '" +
                                              std::string(bad->field) + "' " +
                                              bad->reason};
      return nullptr;
    }
    if (functionalFingerprint(*options.machine) !=
        image->functionalFingerprint()) {
      outcome = {Status::Incompatible,
                 describeDifference(image->meta().machine, *options.machine)};
      return nullptr;
    }
  }
  if ((options.trace || !options.tracePath.empty()) && !options.timed) {
    outcome = {Status::InvalidArgument, "a trace needs the timed mode"};
    return nullptr;
  }
  uint32_t index = static_cast<uint32_t>(entry - image->meta().entries.data());
  try {
    std::unique_ptr<Session> session(
        new Session(std::move(image), options, *entry, index));
    outcome = session->allocate();
    if (outcome.ok())
      outcome = session->open();
    return outcome.ok() ? std::move(session) : nullptr;
  } catch (const std::bad_alloc &) {
    outcome = {Status::OutOfMemory, "the host has not enough memory for the "
                                    "scratchpads of the machine"};
    return nullptr;
  }
}

Session::~Session() {
  {
    std::unique_lock lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  if (worker.joinable())
    worker.join();
}

std::string ashlar::runtime::describeDifference(const Machine &compiledFor,
                                                const Machine &other) {
  std::string text = "the image was compiled for another machine:";
  const char *separator = " ";
  for (const MachineField &field : machineFields()) {
    if (field.timing || field.get(compiledFor) == field.get(other))
      continue;
    char values[160];
    snprintf(values, sizeof values, "%s%.*s is %.17g, expected %.17g",
             separator, static_cast<int>(field.name.size()), field.name.data(),
             field.get(other), field.get(compiledFor));
    text += values;
    separator = ", ";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

const TensorInfo *Session::find(std::string_view name, bool output) const {
  const std::vector<TensorInfo> &own =
      output ? entryPoint.outputs : entryPoint.inputs;
  for (const auto *tensors : {&own, &entryPoint.states})
    for (const TensorInfo &tensor : *tensors)
      if (tensor.name == name)
        return &tensor;
  return nullptr;
}

const uint8_t *Session::locate(const TensorInfo &tensor,
                               const Slot &slot) const {
  switch (tensor.region) {
  case TensorRegion::IO:
    return slot.io.data() + tensor.offset;
  case TensorRegion::Weights:
    return source->weights() + tensor.offset;
  case TensorRegion::Arena:
    return arena.data() + tensor.offset;
  case TensorRegion::State:
    return state.data() + tensor.offset;
  }
  return nullptr;
}

uint8_t *Session::inputData(std::string_view name, const TensorInfo **info) {
  std::unique_lock lock(mutex);
  const TensorInfo *tensor = find(name, false);
  if (info)
    *info = tensor;
  // Inputs lie in the IO region and states in theirs, both writable.
  return tensor ? const_cast<uint8_t *>(locate(*tensor, slots[preparing]))
                : nullptr;
}

const uint8_t *Session::outputData(std::string_view name,
                                   const TensorInfo **info) {
  std::unique_lock lock(mutex);
  const TensorInfo *tensor = find(name, true);
  if (info)
    *info = tensor;
  return tensor ? locate(*tensor, slots[finished]) : nullptr;
}

Outcome Session::setDim(std::string_view name, int64_t size) {
  std::unique_lock lock(mutex);
  for (size_t i = 0; i < entryPoint.dynamicDims.size(); ++i) {
    if (entryPoint.dynamicDims[i] != name)
      continue;
    int64_t lowest =
        entryPoint.dynamicLowest.empty() ? 0 : entryPoint.dynamicLowest[i];
    for (const auto *tensors :
         {&entryPoint.inputs, &entryPoint.outputs, &entryPoint.states})
      for (const TensorInfo &tensor : *tensors)
        for (size_t d = 0; d < tensor.dynamic.size(); ++d)
          if (tensor.dynamic[d] == name &&
              (size < lowest || size > tensor.shape[d]))
            return {Status::InvalidArgument,
                    "dimension '" + std::string(name) + "' is " +
                        std::to_string(size) + ", expected " +
                        std::to_string(lowest) + " to " +
                        std::to_string(tensor.shape[d])};
    dims[i] = size;
    return {};
  }
  return {Status::NotFound,
          "there is no run-time dimension '" + std::string(name) + "'"};
}

std::vector<int64_t>
Session::shapeWith(const TensorInfo &tensor,
                   const std::vector<int64_t> &values) const {
  std::vector<int64_t> shape = tensor.shape;
  for (size_t d = 0; d < tensor.dynamic.size(); ++d)
    for (size_t i = 0; i < entryPoint.dynamicDims.size(); ++i)
      if (tensor.dynamic[d] == entryPoint.dynamicDims[i])
        shape[d] = values[i];
  return shape;
}

std::vector<int64_t> Session::actualShape(const TensorInfo &tensor) const {
  std::unique_lock lock(mutex);
  return shapeWith(tensor, dims);
}

void Session::resetState() {
  std::unique_lock lock(mutex);
  demand(nextTicket - 1);
  changed.wait(lock, [&] { return !isAnyPending(); });
  state.clear();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

/// The sanitiser has to know what the caller has provided: inputs, nothing
/// else.
void Session::bindIo(Region region, const Slot &slot) {
  emulator->bindRegion(region, slot.io.data(), slot.io.bytes());
  if (!options.sanitize)
    return;
  emulator->markInitialized(region, 0, slot.io.bytes(), false);
  // Dense in the actual shape: what lies behind it is nobody's.
  for (const TensorInfo &tensor : entryPoint.inputs) {
    std::vector<int64_t> shape = shapeWith(tensor, slot.dims);
    uint64_t bytes = tensor.bytes;
    if (tensorBytes(tensor.type, shape, bytes))
      emulator->markInitialized(region, tensor.offset, bytes, true);
  }
}

/// Runs a slot's request, with `next`, if not null, queued behind it. The
/// caller sees to it that nobody else touches the two.
void Session::execute(Slot &slot, const Slot *next) {
  uint64_t expected = std::exchange(announced, 0);
  try {
    bindIo(Region::Io, slot);
    if (next)
      bindIo(Region::NextIo, *next);
    RunRequest request;
    request.hasNext = next != nullptr;
    request.arrived = expected != 0 && expected == slot.ticket;
    request.entry = entryIndex;
    request.coreStart = entryPoint.coreStart;
    request.dims = slot.dims;
    slot.outcome = open();
    if (!slot.outcome.ok()) {
      slot.result = openingRun;
      return;
    }
    slot.result = emulator->run(request);
    if (!slot.result.ok()) {
      slot.outcome = {Status::Trap, slot.result.trap.message(),
                      slot.result.trap.kind};
      // Nobody knows what it has overwritten.
      isOpen = false;
    } else if (next) {
      announced = next->ticket;
    }
    // The end of a queue shows less than the request before it.
    if (!options.tracePath.empty() && (next || !request.arrived))
      if (Outcome written = writeTrace(slot);
          !written.ok() && slot.outcome.ok())
        slot.outcome = std::move(written);
  } catch (const std::bad_alloc &) {
    slot.outcome = {Status::OutOfMemory, "the host is out of memory"};
  } catch (const std::exception &error) {
    slot.outcome = {Status::Internal,
                    std::string("internal error: ") + error.what()};
  }
}

bool Session::isAnyPending() const {
  return std::any_of(slots.begin(), slots.end(),
                     [](const Slot &slot) { return slot.pending; });
}

/// Requests up to this one need not wait for others behind them any more.
void Session::demand(uint64_t ticket) {
  demanded = std::max(demanded, ticket);
  changed.notify_all();
}

Outcome Session::run() {
  std::unique_lock lock(mutex);
  demand(nextTicket - 1);
  changed.wait(lock, [&] { return !isAnyPending(); });
  Slot &slot = slots[preparing];
  slot.ticket = 0;
  slot.dims = dims;
  execute(slot, nullptr);
  finished = preparing;
  return slot.outcome;
}

Outcome Session::submit(uint64_t &ticket) {
  std::unique_lock lock(mutex);
  if (!worker.joinable())
    worker = std::thread([this] { work(); });
  Slot &slot = slots[preparing];
  slot.ticket = ticket = nextTicket++;
  slot.dims = dims;
  slot.pending = true;
  changed.notify_all();
  // The caller prepares the next request in the next slot: it has to be free.
  preparing = (preparing + 1) % slots.size();
  changed.wait(lock, [&] { return !slots[preparing].pending; });
  return {};
}

Outcome Session::wait(uint64_t ticket) {
  std::unique_lock lock(mutex);
  for (unsigned i = 0; i < slots.size(); ++i) {
    if (ticket == 0 || slots[i].ticket != ticket)
      continue;
    demand(ticket);
    changed.wait(
        lock, [&] { return slots[i].ticket != ticket || !slots[i].pending; });
    if (slots[i].ticket != ticket)
      break;
    finished = i;
    return slots[i].outcome;
  }
  return {Status::Expired,
          "request " + std::to_string(ticket) +
              (ticket == 0 || ticket >= nextTicket
                   ? " was never submitted"
                   : " is no longer kept: later ones use its buffers")};
}

void Session::count(const Slot &slot, bool isAnnounced, bool hasNext) {
  if (!slot.outcome.ok())
    return;
  uint64_t cycles = slot.result.statistics.cycles;
  ++queue.requests;
  queue.arrived += isAnnounced && entryPoint.fetchesNext;
  queue.cycles += cycles;
  if (!isAnnounced || !hasNext)
    return;
  ++queue.steady;
  queue.steadyCycles += cycles;
}

/// The pending slot with the oldest request.
Session::Slot *Session::firstPending() {
  Slot *first = nullptr;
  for (Slot &slot : slots)
    if (slot.pending && (!first || slot.ticket < first->ticket))
      first = &slot;
  return first;
}

/// The worker: runs pending slots, the oldest request first.
void Session::work() {
  std::unique_lock lock(mutex);
  // The request behind, whose inputs the run may fetch, and whose run may find
  // copies of outputs still going on. Only a session that waits for it tells of
  // it: what a run costs must not depend on how fast the host is.
  auto behind = [&](const Slot &first) -> const Slot * {
    for (const Slot &slot : slots)
      if (slot.pending && slot.ticket == first.ticket + 1)
        return &slot;
    return nullptr;
  };
  bool streams =
      options.stream && (entryPoint.fetchesNext || entryPoint.leavesOutputs);
  while (true) {
    Slot *first = nullptr;
    changed.wait(lock, [&] {
      first = firstPending();
      bool isDue = first && (!streams || stopping ||
                             first->ticket <= demanded || behind(*first));
      return isDue || (!first && stopping);
    });
    if (!first)
      return; // stopping, and nothing is left
    const Slot *next = streams ? behind(*first) : nullptr;
    bool isAnnounced = announced == first->ticket;
    // Only `pending` slots are touched here and nobody else touches those.
    lock.unlock();
    execute(*first, next);
    lock.lock();
    count(*first, isAnnounced, next != nullptr);
    first->pending = false;
    changed.notify_all();
  }
}

Outcome Session::writeTrace(const Slot &slot) const {
  std::string json = traceToJson(target, *program, slot.result.trace,
                                 slot.result.traceTruncated);
  FILE *file = fopen(options.tracePath.c_str(), "wb");
  bool good = file && fwrite(json.data(), 1, json.size(), file) == json.size();
  int saved = errno;
  if (file && fclose(file) != 0) {
    good = false;
    saved = errno;
  }
  if (good)
    return {};
  return {Status::InvalidArgument, "cannot write the trace '" +
                                       options.tracePath +
                                       "': " + strerror(saved)};
}
