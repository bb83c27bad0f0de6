//===- Report.h - A page about a compilation --------------------*- C++ -*-===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ASHLAR_TOOLS_ASHLAR_REPORT_H
#define ASHLAR_TOOLS_ASHLAR_REPORT_H

#include "ashlar/Pipeline/Compile.h"

#include <string>

namespace ashlar::tool {

/// What was compiled and how, as one HTML page without references to others:
/// figures, the scheduler's choices group by group, and the memory plan as a
/// picture. `model` is its title. Equal compilations give equal pages but for
/// the seconds that they took.
std::string makeReport(const std::string &model, const CompileResult &result);

} // namespace ashlar::tool

#endif // ASHLAR_TOOLS_ASHLAR_REPORT_H
