// How a run ends: its result as a table for people or JSON for programs, and where its files are.
#pragma once

#include "sonde/result/result.h"
#include "sonde/session.h"
#include "sonde/study/run.h"
#include "sonde/study_options.h"

namespace sonde::app {

/// Print a result: one object under --json, else addresses, baselines, the best and the warnings.
void print_result(const Session& session, const result::Result& result);

/// Give what a run needs to know besides its study.
study::RunOptions run_options(const Session& session, const OutputOptions& output);

/// Print a result and where its report is.
void finish_run(const Session& session, const result::Result& result, const OutputOptions& output);

}  // namespace sonde::app
