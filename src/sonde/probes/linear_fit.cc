#include "sonde/probes/linear_fit.h"

#include <algorithm>

#include "sonde/probes/checks.h"
#include "sonde/probes/saved.h"

namespace sonde::probes {

LinearFit fit_linear(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                     const LabelledInput& train, const LinearFitOptions& options) {
  const int classes = static_cast<int>(train.classes.size());
  std::vector<double> weights;
  if (options.class_weight == "balanced") {
    const std::vector<double> per_class = solvers::balanced_class_weights(train.labels, classes);
    for (const std::int32_t label : train.labels) weights.push_back(per_class[label]);
  }
  const solvers::LogisticSolution solution = solvers::solve_logistic({.x = &x,
                                                                      .labels = train.labels,
                                                                      .classes = classes,
                                                                      .sample_weights = weights,
                                                                      .scaler = scaler,
                                                                      .c = options.c,
                                                                      .intercept = options.intercept,
                                                                      .tol = options.tol,
                                                                      .max_iter = options.max_iter});
  const auto vectors = static_cast<std::int64_t>(solution.bias.size());
  LinearFit fit{.linear = {Matrix(vectors, x.cols()), {solution.bias.begin(), solution.bias.end()}},
                .report = {.n_iter = solution.iterations,
                           .converged = solution.converged,
                           .certificate = Certificate{solution.objective, solution.kkt, solution.nonzero}}};
  std::transform(solution.weights.begin(), solution.weights.end(), fit.linear.weight.data(),
                 [](double w) { return static_cast<float>(w); });
  return fit;
}

Matrix linear_scores(const solvers::Design& x, const LinearWeights& linear) {
  const std::int64_t vectors = linear.weight.rows(), classes = vectors == 1 ? 2 : vectors;
  const std::vector<double> weights(linear.weight.data(),
                                    linear.weight.data() + vectors * linear.weight.cols());
  std::vector<double> margins(vectors), row_scores(classes);
  Matrix scores(x.rows(), classes);
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    x.margins({i, i + 1}, weights, margins);
    for (std::int64_t c = 0; c < vectors; ++c) margins[c] += linear.bias[c];
    solvers::probabilities(margins, row_scores);
    std::copy(row_scores.begin(), row_scores.end(), scores.row(i).begin());
  }
  return scores;
}

FittedLinear::FittedLinear(std::string_view kind, LinearFit fit, std::vector<std::string> classes,
                           nlohmann::ordered_json options)
    : kind_(kind), fit_(std::move(fit)), classes_(std::move(classes)), options_(std::move(options)) {}

Matrix FittedLinear::scores(const ProbeInput& input) const {
  check_features(kind_, input, fit_.linear.weight.cols());
  return linear_scores(solvers::DenseDesign(input.features), fit_.linear);
}

SavedProbe FittedLinear::save() const {
  return {linear_tensors(fit_.linear), saved_metadata(kind_, options_, classes_, fit_.report)};
}

std::unique_ptr<FittedProbe> open_linear(std::string_view kind, const SavedProbe& saved) {
  std::vector<std::string> classes = saved_classes(saved);
  LinearFit fit{saved_linear(saved, classes.size()), saved_report(saved)};
  return std::make_unique<FittedLinear>(kind, std::move(fit), std::move(classes),
                                        saved.metadata.at("options"));
}

}  // namespace sonde::probes
