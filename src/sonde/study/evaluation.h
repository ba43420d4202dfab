// Fitting and judging: every probe at every address, the baselines, metrics with paired intervals, and the
// choice of the best on data it was not scored on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/fitting/fold_fits.h"
#include "sonde/probes/probe.h"
#include "sonde/result/result.h"
#include "sonde/study/division.h"
#include "sonde/study/spec.h"

namespace sonde::study {

/// The features of one address, rows laid out as the examples are.
struct FeatureSet {
  std::string at;
  std::string module;        ///< full module path, where it differs from `at`
  MatrixView values;         ///< [n, d]; contrast sets [n, prompts · d]; token rows [sum of tokens, d]
  std::int64_t prompts = 1;  ///< of a contrast set, whose rows lie side by side
  std::span<const std::int64_t> offsets;  ///< [n + 1] first row of each example of token rows; else empty
  std::string read = {};                  ///< how a contrast set became these plain rows; else empty
  std::int64_t first_row = 0;  ///< example of the first row of `values`; those before it were not kept
};

/// A probe that was fitted while the activations were made.
struct LearnedProbe {
  std::unique_ptr<probes::FittedProbe> probe;  ///< null where it learned in folds
  double seconds = 0;
  Matrix scores = {};  ///< of validation and test rows, where their activations were not kept
  std::optional<fitting::FoldFits> folds = {};
};

/// What is fitted and judged. Shapes: labels [n] or empty where no probe predicts classes; targets [n] or
/// empty where none predicts numbers; texts, lengths, groups [n] or empty.
struct EvaluationInput {
  std::span<const FeatureSet> features;
  std::span<const std::int32_t> labels;
  std::span<const std::string> classes;
  std::span<const double> targets;
  RowRange train, valid, test;
  std::span<const data::Fold> folds;  ///< each row tested once; empty when the rows were divided once
  std::span<const std::string_view> texts;
  std::span<const std::int64_t> lengths;  ///< tokens of each text
  std::span<const std::int64_t> tokens;   ///< [n] id of the token that each row stands for, or empty
  std::span<const std::int64_t> groups;
  std::span<const std::int64_t> data_rows;  ///< 1-based row of the file
  std::span<const std::string> group_names;
  std::span<const std::int64_t> leaking;  ///< rows that also stand in an earlier part
  /// In the order of results, taken in place of fits, where all sets hold one row per example but none of the
  /// training part, or none at all; or empty.
  std::span<LearnedProbe> learned;
};

/// How it is judged.
struct EvaluationOptions {
  EvaluateSpec evaluate;
  std::vector<ProbeChoice> probes;
  std::string pooling;
};

/// A fitted probe with its entry in Result::results.
struct FittedEntry {
  std::size_t result = 0;
  std::unique_ptr<probes::FittedProbe> probe;
  std::size_t choice = 0;  ///< place in EvaluationOptions::probes
  std::size_t set = 0;     ///< place in EvaluationInput::features
};

/// Fit all probes and baselines, score the test part (with folds: every row by the probe of the fold that
/// tests it, and the headline by what each fold chose), and fill task, metric, results, baselines, best,
/// probes and warnings of `result`. A probe is fitted at the addresses whose form it reads. Gives the fitted
/// probes in the order of result.results. Errors: input for a probe that can read no address; otherwise as
/// the probes say.
std::vector<FittedEntry> evaluate(const EvaluationInput& input, const EvaluationOptions& options,
                                  const RunContext& context, result::Result& result);

}  // namespace sonde::study
