// Scores new texts with a trained run: its model, pooling, scaler and probe, all as they were.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/hub/settings.h"
#include "sonde/result/result.h"
#include "sonde/study/data_spec.h"

namespace sonde::study {

/// Which probe of a run scores.
struct PredictionRequest {
  std::filesystem::path run;
  std::string at;                  ///< address; empty: the one the run chose
  std::string probe;               ///< kind, where an address has several; empty: the run's choice
  std::string model_path;          ///< where the model lies now, or its hub id; empty: where it lay
  hub::Settings hub;               ///< where models and data come from that are on a hub
  std::vector<std::string> texts;  ///< to score, one row each
  DataSpec data;  ///< or a table to score: its file, format and text column; others as templates name them
};

/// Scores of texts.
struct PredictionReport {
  std::string at;
  std::string probe;
  std::vector<std::string> classes;     ///< empty for a probe of numbers
  std::vector<std::int32_t> predicted;  ///< [n] or empty
  std::vector<std::string> texts;       ///< [n] scored, as given or as the text column holds them
  Matrix scores;                        ///< [n, k] probabilities, or [n, 1] numbers
  std::int64_t truncated = 0;
  std::vector<result::Warning> warnings;
};

/// Score texts. Where the run's study has templates, each text goes into them in place of the text column.
/// Errors: input when the run, its model or its probe is missing or changed; usage for an address it did not
/// probe, or texts alone where templates ask for other columns too.
PredictionReport predict(const PredictionRequest& request, const RunContext& context);

}  // namespace sonde::study
