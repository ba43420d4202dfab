#include "sonde/solvers/optimality.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sonde/core/error.h"
#include "sonde/solvers/logistic_loss.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// The loss times C with its gradient.
struct Slopes {
  double loss = 0;
  std::vector<double> weights;  // [vectors, d]
  std::vector<double> bias;     // [vectors], zero without an intercept
};

Slopes slopes_at(const LogisticProblem& problem, std::span<const double> weights,
                 std::span<const double> bias) {
  const std::int64_t n = problem.x->rows(), vectors = static_cast<std::int64_t>(bias.size());
  Slopes slopes{0, std::vector<double>(weights.size()), std::vector<double>(bias.size())};
  std::vector<double> residuals(n * vectors);
  problem.x->margins({0, n}, weights, residuals);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto row = std::span(residuals).subspan(i * vectors, vectors);
    for (std::int64_t v = 0; v < vectors; ++v) row[v] += bias[v];
    const double weight = problem.c * (problem.sample_weights.empty() ? 1.0 : problem.sample_weights[i]);
    slopes.loss += weight * logistic_loss(row, problem.labels[i]);
    for (std::int64_t v = 0; v < vectors; ++v) {
      row[v] *= weight;
      if (problem.intercept == Intercept::fit) slopes.bias[v] += row[v];
    }
  }
  problem.x->add_gradient({0, n}, residuals, slopes.weights);
  return slopes;
}

}  // namespace

Optimality measure_optimality(const LogisticProblem& problem, std::span<const double> weights,
                              std::span<const double> bias) {
  SONDE_ASSERT(problem.scaler == nullptr);
  const Slopes here = slopes_at(problem, weights, bias);
  const std::vector<double> none(weights.size()), no_bias(bias.size());
  const Slopes at_zero = slopes_at(problem, none, no_bias);
  const double l1 = problem.l1_ratio, l2 = 1 - l1;
  Optimality found{.objective = here.loss + 0.5 * l2 * dot(weights, weights)};
  double most = largest(here.bias);
  for (std::size_t j = 0; j < weights.size(); ++j) {
    const double w = weights[j], slope = here.weights[j] + l2 * w;
    found.objective += l1 * std::abs(w);
    found.nonzero += w != 0 ? 1 : 0;
    most = std::max(most, w != 0 ? std::abs(slope + std::copysign(l1, w)) : std::abs(slope) - l1);
  }
  const double reference = std::max(largest(at_zero.weights), largest(at_zero.bias));
  found.kkt = most / (reference > 0 ? reference : 1.0);
  return found;
}

}  // namespace sonde::solvers
