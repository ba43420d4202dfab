#include "sonde/probes/discriminant_fit.h"

#include <algorithm>

#include "sonde/solvers/moment_sum.h"

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

}  // namespace sonde::probes
