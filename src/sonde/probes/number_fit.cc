#include "sonde/probes/number_fit.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sonde/probes/checks.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {
namespace {

constexpr std::array<std::string_view, 3> kWords{"identity", "log1p", "log1p_plus_one"};

LinearFit linear_fit(const solvers::RegressionSolution& solution, const solvers::RegressionCheck& check) {
  LinearFit fit{.linear = {Matrix(1, static_cast<std::int64_t>(solution.weights.size())),
                           {static_cast<float>(solution.bias[0])}}};
  std::ranges::transform(solution.weights, fit.linear.weight.data(),
                         [](double w) { return static_cast<float>(w); });
  fit.report.n_iter = solution.refinements;
  fit.report.certificate =
      Certificate{.objective = check.objective,
                  .kkt = check.kkt,
                  .nonzero = std::ranges::count_if(solution.weights, [](double w) { return w != 0; })};
  fit.report.details = {{"method", solvers::to_string(solution.method)},
                        {"rank", solution.rank},
                        {"correction", solution.correction}};
  return fit;
}

}  // namespace

std::vector<std::string> target_transform_words() { return {kWords.begin(), kWords.end()}; }

TargetTransform target_transform(std::string_view word) {
  const auto found = std::ranges::find(kWords, word);
  if (found == kWords.end()) {
    throw Error(ErrorCode::input, {.where = "option 'target'",
                                   .what = "unknown transform",
                                   .got = std::string(word),
                                   .expected = fmt::format("one of {}", fmt::join(kWords, ", "))});
  }
  return static_cast<TargetTransform>(found - kWords.begin());
}

std::vector<double> transformed_targets(std::string_view kind, TargetTransform transform,
                                        std::span<const double> targets) {
  std::vector<double> result(targets.begin(), targets.end());
  if (transform == TargetTransform::identity) return result;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!(result[i] > -1)) {
      throw Error(ErrorCode::input, {.where = fmt::format("probe {}, row {}", kind, i),
                                     .what = "the target has no logarithm of 1 + target",
                                     .got = fmt::format("{}", result[i]),
                                     .expected = "more than -1",
                                     .hint = "use target=identity"});
    }
    result[i] = std::log1p(result[i]);
  }
  return result;
}

double undone(TargetTransform transform, double value) {
  switch (transform) {
    case TargetTransform::identity:
      return value;
    case TargetTransform::log1p:
      return std::expm1(value);
    case TargetTransform::log1p_plus_one:
      return std::exp(value) + 1;
  }
  return value;
}

LinearFit fit_numbers(MatrixView x, std::span<const double> targets,
                      const solvers::RegressionOptions& options, const RunContext& context) {
  const solvers::RegressionRows rows{x, targets};
  const solvers::RegressionSolution solution = solvers::solve_regression(rows, options, context);
  return linear_fit(solution, solvers::check_regression(rows, options, solution, context));
}

LinearFit fit_numbers(const solvers::Moments& moments, const solvers::RegressionOptions& options) {
  const RunContext context;
  const solvers::RegressionSolution solution =
      solvers::NormalEquations(moments, options, context).solve(context);
  return linear_fit(solution, solvers::check_regression(moments, options, solution));
}

FittedNumbers::FittedNumbers(std::string_view kind, LinearFit fit, nlohmann::ordered_json options)
    : kind_(kind),
      fit_(std::move(fit)),
      options_(std::move(options)),
      transform_(target_transform(options_.at("target").get<std::string>())) {}

Matrix FittedNumbers::scores(const ProbeInput& input) const {
  check_features(kind_, input, fit_.linear.weight.cols());
  const solvers::DenseDesign design(input.features);
  const std::vector<double> weights(fit_.linear.weight.data(),
                                    fit_.linear.weight.data() + fit_.linear.weight.cols());
  std::vector<double> margins(design.rows());
  design.margins({0, design.rows()}, weights, margins);
  Matrix scores(design.rows(), 1);
  // What no float can hold becomes the largest that one can.
  constexpr double kMost = std::numeric_limits<float>::max();
  for (std::int64_t i = 0; i < design.rows(); ++i) {
    const double number = undone(transform_, margins[i] + fit_.linear.bias[0]);
    scores.row(i)[0] = static_cast<float>(std::clamp(number, -kMost, kMost));
  }
  return scores;
}

SavedProbe FittedNumbers::save() const {
  return {linear_tensors(fit_.linear), saved_metadata(kind_, options_, classes_, fit_.report)};
}

std::unique_ptr<FittedProbe> open_numbers(std::string_view kind, const SavedProbe& saved) {
  const nlohmann::ordered_json options = saved.metadata.value("options", nlohmann::ordered_json::object());
  if (!options.contains("target") || !options["target"].is_string()) {
    throw Error(ErrorCode::input, {.where = "saved probe",
                                   .what = "its options do not say which 'target' it was fitted to",
                                   .expected = fmt::format("one of {}", fmt::join(kWords, ", "))});
  }
  // One weight vector, as two classes have.
  LinearFit fit{saved_linear(saved, 2), saved_report(saved)};
  return std::make_unique<FittedNumbers>(kind, std::move(fit), options);
}

}  // namespace sonde::probes
