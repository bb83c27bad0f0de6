//===- VerifyQueued.cpp - A data set in the middle of a queue -------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyModel.h"

using namespace ashlar;
using namespace ashlar::tool;

/// The data set between two requests with other inputs: its inputs arrive while
/// the first one runs, and the last one's arrive while it runs itself.
runtime::Outcome
VerifiedModel::runQueued(runtime::Session &session, const DataSet &set,
                         const std::vector<NamedTensor> &inputs) {
  using runtime::Outcome;
  if (!session.entry().states.empty())
    return {runtime::Status::InvalidArgument,
            "--queued: the other requests would change the state buffers"};
  InputSpec spec;
  spec.random = true;
  spec.seed = set.inputs.seed + 1;
  spec.dims = dims;
  std::vector<NamedTensor> others;
  std::string error = prepareInputs(spec, session.entry(), others);
  uint64_t tickets[3] = {};
  Outcome outcome;
  for (unsigned i = 0; i < 3 && error.empty() && outcome.ok(); ++i) {
    error = bindInputs(session, i == 1 ? inputs : others);
    if (error.empty())
      outcome = session.submit(tickets[i]);
  }
  if (!error.empty())
    return {runtime::Status::InvalidArgument, error};
  // The one that counts comes last: its outputs are then the current ones.
  for (unsigned i : {0, 2, 1})
    if (outcome.ok())
      outcome = session.wait(tickets[i]);
  return outcome;
}
