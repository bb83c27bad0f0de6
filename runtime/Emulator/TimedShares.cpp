//===- TimedShares.cpp - Who gets how much of what is shared --------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emulator/TimedShares.h"

#include "Timing/Timing.h"

#include <algorithm>
#include <bit>

using namespace ashlar::runtime;

TimedShares::TimedShares(const Machine &machine)
    : machine(machine), cores(machine.cores),
      capacity(1 + 3 * size_t(machine.cores)), users(capacity.size()) {
  capacity[dram()] = machine.dramBytesPerCycle;
  for (uint32_t core = 0; core < cores; ++core) {
    capacity[linkOut(core)] = machine.coreLinkBytesPerCycle;
    capacity[linkIn(core)] = machine.coreLinkBytesPerCycle;
    capacity[sram(core)] = sramLinesPerCycle(machine);
  }
}

void TimedShares::setNeeds(TimedJob &job, const Demand &demand,
                           uint32_t core) const {
  job.needs.clear();
  job.speedCap = 1;
  if (job.work <= 0)
    return;
  auto need = [&](uint32_t resource, double amount) {
    if (amount > 0 && capacity[resource] > 0)
      job.needs.push_back({resource, amount / job.work});
  };
  need(dram(), double(demand.dramReadBytes) + double(demand.dramWriteBytes));
  if (demand.linkFrom >= 0)
    need(linkOut(uint32_t(demand.linkFrom)), demand.linkBytes);
  if (demand.linkToCore >= 0)
    need(linkIn(uint32_t(demand.linkToCore)), demand.linkBytes);
  need(sram(core), demand.sramLines);
  // A read from afar takes the lines of one scratchpad, a write those of each.
  if (demand.remoteRead >= 0)
    need(sram(uint32_t(demand.remoteRead)), demand.remoteLines);
  for (uint64_t set = demand.linkToLow; set; set &= set - 1) {
    uint32_t to = uint32_t(std::countr_zero(set));
    if (to >= cores)
      break;
    need(linkIn(to), demand.linkBytes);
    if (to != core)
      need(sram(to), demand.remoteLines);
  }
  if (demand.bytes > 0) {
    double rate = copyInFlightRate(demand.latencyCycles, machine);
    job.speedCap = std::min(1.0, rate * job.work / demand.bytes);
  }
}

void TimedShares::setFillNeeds(TimedJob &job) const {
  job.needs = {{dram(), machine.dramBytesPerCycle}};
  job.speedCap = 1;
}

void TimedShares::add(TimedJob *job) {
  jobs.push_back(job);
  for (const TimedJob::Need &need : job->needs)
    users[need.resource].push_back({job, need.perCycle});
}

void TimedShares::remove(TimedJob *job) {
  std::erase(jobs, job);
  for (const TimedJob::Need &need : job->needs)
    std::erase_if(users[need.resource],
                  [&](const Use &use) { return use.job == job; });
}

/// The most that anyone gets of `capacity` when all ask for `wanted`.
static double fairLevel(std::vector<double> &wanted, double capacity) {
  std::sort(wanted.begin(), wanted.end());
  double left = capacity;
  size_t users = wanted.size();
  for (double amount : wanted) {
    double share = left / double(users);
    if (amount > share)
      return share;
    left -= amount;
    --users;
  }
  return left; // nobody is limited
}

void TimedShares::limitUsers(uint32_t resource) {
  const std::vector<Use> &sharing = users[resource];
  double sum = 0;
  for (const Use &use : sharing)
    sum += use.perCycle * use.job->newSpeed;
  if (sum <= capacity[resource])
    return;
  wanted.clear();
  for (const Use &use : sharing)
    wanted.push_back(use.perCycle * use.job->newSpeed);
  double level = fairLevel(wanted, capacity[resource]);
  StallCause cause = resource == dram()   ? StallCause::Dram
                     : resource < sram(0) ? StallCause::Link
                                          : StallCause::Sram;
  for (const Use &use : sharing) {
    if (use.perCycle * use.job->newSpeed <= level)
      continue;
    use.job->newSpeed = level / use.perCycle;
    use.job->newLimit = cause;
  }
}

void TimedShares::divide(uint32_t first, uint32_t last) {
  for (uint32_t resource = first; resource < last; ++resource)
    if (!users[resource].empty())
      limitUsers(resource);
}

void TimedShares::update() {
  for (TimedJob *job : jobs) {
    job->newSpeed = job->speedCap;
    job->newLimit = StallCause::Latency;
  }
  divide(0, sram(0));
  divide(sram(0), uint32_t(capacity.size()));
}
