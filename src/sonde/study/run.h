// Runs a study: read, divide, tokenise, one forward pass for all addresses, fit, judge, report.
#pragma once

#include <string>

#include "sonde/core/run_context.h"
#include "sonde/hub/settings.h"
#include "sonde/result/result.h"
#include "sonde/study/run_folder.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// What a run is given besides the study.
struct RunOptions {
  RunOutput output;
  std::string command;         ///< as typed, for the provenance
  std::string created;         ///< ISO 8601, UTC
  hub::Settings hub;           ///< where models and data come from that are on a hub
  result::Recipe recipe = {};  ///< that the study is an edition of, for the report
};

/// Run a study.
/// Errors: usage, input and limit as every stage says; nothing is left behind.
result::Result run_study(const Study& study, const RunOptions& options, const RunContext& context);

}  // namespace sonde::study
