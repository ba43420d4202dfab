// One probe fitted in every fold: each row is scored by a probe that saw neither it nor, where groups stay
// whole, its group.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/data/folds.h"
#include "sonde/probes/probe.h"

namespace sonde::fitting {

/// Scores of some of the rows. Shapes: rows [m], scores [m, k].
struct ScoredRows {
  std::vector<std::int64_t> rows;
  Matrix scores;
};

/// Pick some rows of the scores of all. Shapes: all [n, k].
ScoredRows rows_picked(const Matrix& all, std::vector<std::int64_t> rows);

/// What the folds' probes say.
struct FoldFits {
  /// The probe to keep, of no fold: fitted on all rows, less the first fold's validation part, which it
  /// chooses its own options on.
  std::unique_ptr<probes::FittedProbe> whole;
  Matrix tested;                     ///< [n, k] each row by the probe of the fold that tests it
  std::vector<ScoredRows> choosing;  ///< by fold: rows held out for choosing; those trained on when none are
  std::vector<ScoredRows> training;  ///< by fold: rows trained on
  std::int64_t n_iter = 0;           ///< most of any fold
  bool converged = true;             ///< in every fold
};

/// Fit and score a probe in every fold. With nested folds the rows for choosing are scored by probes of the
/// inner folds, and the outer probe is then fitted on all of them.
/// Shapes: all: n rows, as many as each fold divides. Errors: as the probe says.
/// Cost: folds + 1 fits; nested folds · (inner + 1) + 1.
FoldFits fit_in_folds(const probes::Probe& probe, const probes::LabelledInput& all,
                      std::span<const data::Fold> folds, const RunContext& context);

}  // namespace sonde::fitting
