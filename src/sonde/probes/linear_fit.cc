#include "sonde/probes/linear_fit.h"

#include <algorithm>

#include "sonde/probes/checks.h"
#include "sonde/probes/saved.h"
#include "sonde/solvers/saga.h"

namespace sonde::probes {

namespace {

// A problem with the weights of its rows.
struct Problem {
  std::vector<double> weights;
  solvers::LogisticProblem problem;
};

Problem problem_for(const solvers::Design& x, const solvers::ColumnStatistics* scaler, const LabelSet& set,
                    const LinearFitOptions& options) {
  const int classes = static_cast<int>(set.classes.size());
  Problem made;
  if (options.class_weight == "balanced") {
    const std::vector<double> per_class = solvers::balanced_class_weights(set.labels, classes);
    for (const std::int32_t label : set.labels) made.weights.push_back(per_class[label]);
  }
  made.problem = {.x = &x,
                  .labels = set.labels,
                  .classes = classes,
                  .sample_weights = made.weights,
                  .scaler = scaler,
                  .c = options.c,
                  .l1_ratio = options.l1_ratio,
                  .intercept = options.intercept,
                  .tol = options.tol,
                  .max_iter = options.max_iter};
  return made;
}

LinearFit fit_from(const solvers::LogisticSolution& solution, std::int64_t d) {
  const auto vectors = static_cast<std::int64_t>(solution.bias.size());
  LinearFit fit{.linear = {Matrix(vectors, d), {solution.bias.begin(), solution.bias.end()}},
                .report = {.n_iter = solution.iterations,
                           .converged = solution.converged,
                           .certificate = Certificate{solution.objective, solution.kkt, solution.nonzero}}};
  std::transform(solution.weights.begin(), solution.weights.end(), fit.linear.weight.data(),
                 [](double w) { return static_cast<float>(w); });
  return fit;
}

std::vector<solvers::LogisticSolution> solve_grid(const solvers::LogisticProblem& problem,
                                                  const LinearFitOptions& options,
                                                  std::span<const double> grid) {
  if (!options.saga_seed) return solvers::solve_path(problem, grid, {});
  std::vector<solvers::LogisticProblem> problems(grid.size(), problem);
  for (std::size_t i = 0; i < grid.size(); ++i) problems[i].c = grid[i];
  return solvers::solve_saga(problems, *options.saga_seed, {});
}

}  // namespace

LinearFit fit_linear(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                     const LabelledInput& train, const LinearFitOptions& options) {
  const LabelSet set{train.labels, train.classes, {}};
  return std::move(fit_linear_all(x, scaler, std::span(&set, 1), options, {}).front());
}

std::vector<LinearFit> fit_linear_all(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                                      std::span<const LabelSet> sets, const LinearFitOptions& options,
                                      const RunContext& context) {
  std::vector<Problem> owned;
  std::vector<solvers::LogisticProblem> problems;
  for (const LabelSet& set : sets) owned.push_back(problem_for(x, scaler, set, options));
  for (const Problem& problem : owned) problems.push_back(problem.problem);
  std::vector<LinearFit> fits;
  const std::vector<solvers::LogisticSolution> solutions =
      options.saga_seed ? solvers::solve_saga(problems, *options.saga_seed, context)
                        : solvers::solve_logistic(problems, context);
  for (const solvers::LogisticSolution& solution : solutions) fits.push_back(fit_from(solution, x.cols()));
  return fits;
}

std::vector<LinearFit> fit_linear_path(const solvers::Design& x, const solvers::ColumnStatistics* scaler,
                                       const LabelSet& set, const LinearFitOptions& options,
                                       std::span<const double> grid) {
  const Problem problem = problem_for(x, scaler, set, options);
  std::vector<LinearFit> fits;
  for (const solvers::LogisticSolution& solution : solve_grid(problem.problem, options, grid))
    fits.push_back(fit_from(solution, x.cols()));
  return fits;
}

double largest_empty_c(const solvers::Design& x, const solvers::ColumnStatistics* scaler, const LabelSet& set,
                       const LinearFitOptions& options) {
  const Problem problem = problem_for(x, scaler, set, options);
  return solvers::largest_empty_c(problem.problem);
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
