// What the linear leaves share: the fit of a design, the scores of linear weights, and the fitted probe that
// holds them.
#pragma once

#include <optional>

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
  double l1_ratio = 0;
  std::string class_weight = "none";
  solvers::Intercept intercept = solvers::Intercept::fit;
  double tol = 1e-8;
  std::int64_t max_iter = 1000;
  std::optional<std::int64_t> saga_seed;  ///< solve as scikit-learn's SAGA does; dense designs only
};

/// Fit logistic regression on a design; `scaler` null leaves the features as they are.
LinearFit fit_linear(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                     const LabelledInput& train, const LinearFitOptions& options);

/// Fit one logistic regression per label set on the same design, each with the bits that it has alone.
std::vector<LinearFit> fit_linear_all(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                                      std::span<const LabelSet> sets, const LinearFitOptions& options,
                                      const RunContext& context);

/// Fit logistic regression for every C of a grid, as one path; the `c` of the options is not read.
std::vector<LinearFit> fit_linear_path(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                                       const LabelSet& set, const LinearFitOptions& options,
                                       std::span<const double> grid);

/// Give the largest C at which an L1 share leaves all weights zero.
double largest_empty_c(const solvers::Design& x, const solvers::ColumnStatistics* scaler, const LabelSet& set,
                       const LinearFitOptions& options);

/// Score rows of a design: probabilities [n, k], each row on its own, so no row's bits depend on its
/// neighbours.
Matrix linear_scores(const solvers::Design& x, const LinearWeights& linear);

/// A fitted probe that is nothing but linear weights on features.
class FittedLinear final : public FittedProbe {
 public:
  /// `kind` must be the leaf's name, which lives as long as the program.
  FittedLinear(std::string_view kind, LinearFit fit, std::vector<std::string> classes,
               nlohmann::ordered_json options);

  Matrix scores(const ProbeInput& input) const override;
  SavedProbe save() const override;
  const LinearWeights* linear() const override { return &fit_.linear; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return fit_.report; }
  InputKind input_kind() const override { return InputKind::features; }

 private:
  std::string_view kind_;
  LinearFit fit_;
  std::vector<std::string> classes_;
  nlohmann::ordered_json options_;
};

/// Open a saved FittedLinear. Errors: input when a tensor or a metadata key is missing or misshapen.
std::unique_ptr<FittedProbe> open_linear(std::string_view kind, const SavedProbe& saved);

}  // namespace sonde::probes
