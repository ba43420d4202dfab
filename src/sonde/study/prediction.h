// Scores new texts with a trained run: its model, pooling, scaler and probe, all as they were.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/hub/settings.h"
#include "sonde/result/result.h"

namespace sonde::study {

/// Which probe of a run scores.
struct PredictionRequest {
  std::filesystem::path run;
  std::string at;          ///< address; empty: the one the run chose
  std::string probe;       ///< kind, where an address has several; empty: the run's choice
  std::string model_path;  ///< where the model lies now, or its hub id; empty: where it lay
  hub::Settings hub;       ///< where models come from that are on a hub
};

/// Scores of texts.
struct PredictionReport {
  std::string at;
  std::string probe;
  std::vector<std::string> classes;     ///< empty for a probe of numbers
  std::vector<std::int32_t> predicted;  ///< [n] or empty
  Matrix scores;                        ///< [n, k] probabilities, or [n, 1] numbers
  std::int64_t truncated = 0;
  std::vector<result::Warning> warnings;
};

/// Score texts.
/// Errors: input when the run, its model or its probe is missing or changed; usage for an address it did not
/// probe.
PredictionReport predict(const PredictionRequest& request, std::span<const std::string_view> texts,
                         const RunContext& context);

}  // namespace sonde::study
