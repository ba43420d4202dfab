// What the leaves that predict numbers share: transforms of the target with their inverses, the fit, and the
// fitted probe that holds linear weights.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/probes/linear_fit.h"
#include "sonde/solvers/least_squares.h"

namespace sonde::probes {

/// What a regression is fitted to instead of the number itself.
enum class TargetTransform {
  identity,
  log1p,           ///< ln(1 + y), undone by exp(·) − 1
  log1p_plus_one,  ///< ln(1 + y), undone by exp(·) + 1: a published slip, always 2 higher
};

/// Give the words for the transforms, in order.
std::vector<std::string> target_transform_words();

/// Give the transform that a word stands for. Errors: input for another word, as a saved probe may hold.
TargetTransform target_transform(std::string_view word);

/// Transform the targets of rows that `kind` is fitted to.
/// Errors: input for a logarithm of a target of −1 or less (first row named).
std::vector<double> transformed_targets(std::string_view kind, TargetTransform transform,
                                        std::span<const double> targets);

/// Undo a transform.
double undone(TargetTransform transform, double value);

/// Fit a regression to checked rows and report how: `details` name the method, the rank, the passes that
/// corrected it and the size of the last correction.
LinearFit fit_numbers(MatrixView x, std::span<const double> targets,
                      const solvers::RegressionOptions& options, const RunContext& context);

/// The same from moments of rows with transformed targets, as exact as those are.
LinearFit fit_numbers(const solvers::Moments& moments, const solvers::RegressionOptions& options);

/// A fitted probe that predicts a number by linear weights. Its options name the transform in `target`.
class FittedNumbers final : public FittedProbe {
 public:
  /// `kind` must be the leaf's name, which lives as long as the program.
  FittedNumbers(std::string_view kind, LinearFit fit, nlohmann::ordered_json options);

  Matrix scores(const ProbeInput& input) const override;
  SavedProbe save() const override;
  /// Give the weights whose margin is the transformed number.
  const LinearWeights* linear() const override { return &fit_.linear; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const FitReport& report() const override { return fit_.report; }
  InputKind input_kind() const override { return InputKind::features; }

 private:
  std::string_view kind_;
  LinearFit fit_;
  nlohmann::ordered_json options_;
  TargetTransform transform_;
  std::vector<std::string> classes_;  // none
};

/// Open a saved FittedNumbers. Errors: input when a tensor or a metadata key is missing or misshapen.
std::unique_ptr<FittedProbe> open_numbers(std::string_view kind, const SavedProbe& saved);

}  // namespace sonde::probes
