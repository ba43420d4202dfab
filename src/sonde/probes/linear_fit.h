// What the logistic leaves share: their options, the fit of a design, and the scores of linear weights.
#pragma once

#include "sonde/probes/probe.h"
#include "sonde/solvers/logistic.h"

namespace sonde::probes {

/// Fitted linear weights with the report of the fit.
struct LinearFit {
  LinearWeights linear;
  FitReport report;
};

/// How a logistic regression is fitted.
struct LinearFitOptions {
  double c = 1.0;
  std::string class_weight = "none";
  solvers::Intercept intercept = solvers::Intercept::fit;
  double tol = 1e-8;
  std::int64_t max_iter = 1000;
};

/// Fit logistic regression on a design; `scaler` null leaves the features as they are.
LinearFit fit_linear(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                     const LabelledInput& train, const LinearFitOptions& options);

/// Score rows of a design: probabilities [n, k], each row on its own, so no row's bits depend on its
/// neighbours.
Matrix linear_scores(const solvers::Design& x, const LinearWeights& linear);

}  // namespace sonde::probes
