#include "sonde/probes/discriminant_fit.h"

#include <algorithm>

#include "sonde/probes/moment_fit.h"

namespace sonde::probes {

solvers::Moments class_moments(const LabelledInput& train, const RunContext& context) {
  const MatrixView& x = train.input.features;
  return solvers::moments_of({.x = x, .labels = train.labels},
                             {.columns = x.cols, .classes = static_cast<std::int64_t>(train.classes.size())},
                             solvers::affordable_precision(x.rows, x.cols), context);
}

std::unique_ptr<FittedProbe> fitted_discriminant(std::string_view kind, const solvers::Discriminant& found,
                                                 std::span<const std::string> classes,
                                                 nlohmann::ordered_json options) {
  const auto vectors = static_cast<std::int64_t>(found.bias.size());
  const std::int64_t width = static_cast<std::int64_t>(found.weights.size()) / vectors;
  LinearFit fit{.linear = {Matrix(vectors, width), {found.bias.begin(), found.bias.end()}},
                .report = {.details = {{"rank", found.rank}}}};
  std::ranges::transform(found.weights, fit.linear.weight.data(),
                         [](double w) { return static_cast<float>(w); });
  return std::make_unique<FittedLinear>(
      kind, std::move(fit), std::vector<std::string>(classes.begin(), classes.end()), std::move(options));
}

std::unique_ptr<OnlineFit> begin_discriminant(
    std::string_view kind, std::int64_t width, std::span<const std::string> classes,
    std::function<solvers::Discriminant(const solvers::Moments& moments)> solve,
    nlohmann::ordered_json options) {
  return begin_moments({.shape = {.columns = width, .classes = static_cast<std::int64_t>(classes.size())},
                        .transform = nullptr,
                        .solve = [=, names = std::vector<std::string>(classes.begin(), classes.end())](
                                     const solvers::Moments& moments) {
                          return fitted_discriminant(kind, solve(moments), names, options);
                        }});
}

}  // namespace sonde::probes
