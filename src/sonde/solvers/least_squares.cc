// Everything is solved in z = (x − centre) / scale, which is never formed: with residuals r of the raw rows
// the gradient is (xᵀr − centre Σr) / scale. The centre is the mean where a bias is fitted or the units are
// standardized, else 0; the scale is the deviation or 1.
#include "sonde/solvers/least_squares.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/core/error.h"
#include "sonde/solvers/cholesky.h"
#include "sonde/solvers/column_scale.h"
#include "sonde/solvers/design.h"
#include "sonde/solvers/moment_sum.h"
#include "sonde/solvers/pseudo_inverse.h"
#include "sonde/solvers/sample_space.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kMostRefinements = 6;
// A correction of this size leaves an error of about its square.
constexpr double kSmallCorrection = 1e-5;
// A correction that is not this much smaller than the one before says that the factor is no guide.
constexpr double kShrinks = 0.5;
// Products of float32 strips are off by about 1e-7 of the columns' sizes; what is left of a column must be
// well above.
constexpr double kFloatShare = 1e-5;
// Rows whose gradient is one task's; at most kMostTasks of them, so that memory does not grow with n.
constexpr std::int64_t kLeastTaskRows = 1024;
constexpr std::int64_t kMostTasks = 64;
// Rows whose residuals and gradient are computed while they are in cache.
constexpr std::int64_t kCacheRows = 16;

struct Gradient {
  std::vector<double> of_weights;  // [targets, d] Σ r x
  std::vector<double> of_bias;     // [targets] Σ r
  double squares = 0;              // Σ r² over all targets
};

// Adds the gradient of some rows.
void add_rows(const RegressionRows& rows, const RegressionSolution& solution, RowRange range, Gradient& to) {
  const DenseDesign design(rows.x);
  const std::int64_t targets = rows.target_count;
  std::vector<double> residuals(kCacheRows * targets);
  for (std::int64_t first = range.first; first < range.last; first += kCacheRows) {
    const RowRange part{first, std::min(first + kCacheRows, range.last)};
    const auto own = std::span(residuals).first((part.last - part.first) * targets);
    design.margins(part, solution.weights, own);
    for (std::size_t at = 0; at < own.size(); ++at) {
      const std::size_t t = at % targets;
      own[at] = rows.targets[part.first * targets + at] - own[at] - solution.bias[t];
      to.of_bias[t] += own[at];
      to.squares += own[at] * own[at];
    }
    design.add_gradient(part, own, to.of_weights);
  }
}

// Σ r x and Σ r over all rows, in an order that follows from n.
Gradient gradient_of(const RegressionRows& rows, const RegressionSolution& solution,
                     const RunContext& context) {
  const std::int64_t n = rows.x.rows, size = std::max(kLeastTaskRows, (n + kMostTasks - 1) / kMostTasks);
  const std::int64_t tasks = (n + size - 1) / size;
  const Gradient zero{std::vector<double>(solution.weights.size()),
                      std::vector<double>(solution.bias.size())};
  std::vector<Gradient> parts(tasks, zero);
  run_queue(context, tasks, [&](int, std::int64_t task) {
    add_rows(rows, solution, {task * size, std::min((task + 1) * size, n)}, parts[task]);
  });
  for (std::int64_t task = 1; task < tasks; ++task) {
    for (std::size_t at = 0; at < zero.of_weights.size(); ++at)
      parts[0].of_weights[at] += parts[task].of_weights[at];
    for (std::size_t t = 0; t < zero.of_bias.size(); ++t) parts[0].of_bias[t] += parts[task].of_bias[t];
    parts[0].squares += parts[task].squares;
  }
  return tasks > 0 ? std::move(parts[0]) : zero;
}

// The same from moments: with d = x − mean, Σ r d is cross − gram · w, and Σ r is n times the mean residual.
Gradient gradient_of(const Moments& moments, const RegressionSolution& solution) {
  const std::int64_t d = moments.shape.columns, targets = moments.shape.targets;
  const auto n = static_cast<double>(moments.count);
  Gradient gradient{std::vector<double>(targets * d), std::vector<double>(targets)};
  for (std::int64_t t = 0; t < targets; ++t) {
    const auto w = std::span(solution.weights).subspan(t * d, d);
    const auto cross = std::span(moments.cross).subspan(t * d, d);
    double residual = moments.target_mean[t] - solution.bias[t],
           squares = moments.target_gram[t * targets + t];
    for (std::int64_t i = 0; i < d; ++i) residual -= w[i] * moments.mean[i];
    for (std::int64_t i = 0; i < d; ++i) {
      double explained = 0;
      for (std::int64_t j = 0; j < d; ++j) explained += moments.gram(i, j) * w[j];
      gradient.of_weights[t * d + i] = cross[i] - explained + moments.mean[i] * n * residual;
      squares += w[i] * (explained - 2 * cross[i]);
    }
    gradient.of_bias[t] = n * residual;
    gradient.squares += squares + n * residual * residual;
  }
  return gradient;
}

double largest(std::span<const double> values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

// Weights on z from weights on x.
std::vector<double> unfolded(const ColumnScale& columns, std::span<const double> weights) {
  std::vector<double> z(weights.begin(), weights.end());
  for (std::size_t at = 0; at < z.size(); ++at) z[at] *= columns.scale[at % columns.scale.size()];
  return z;
}

// Half the negative gradient of the objective by the weights on z.
std::vector<double> descent(const ColumnScale& columns, double alpha, const std::vector<double>& z,
                            const Gradient& gradient) {
  const std::size_t d = columns.scale.size();
  std::vector<double> result(z.size());
  for (std::size_t at = 0; at < z.size(); ++at) {
    const std::size_t j = at % d;
    if (columns.constant[j]) continue;
    const double about = columns.centre[j] * gradient.of_bias[at / d];
    result[at] = (gradient.of_weights[at] - about) / columns.scale[j] - alpha * z[at];
  }
  return result;
}

}  // namespace

const char* to_string(RegressionMethod method) {
  switch (method) {
    case RegressionMethod::cholesky:
      return "cholesky";
    case RegressionMethod::sample_space:
      return "sample_space";
    case RegressionMethod::minimum_norm:
      return "minimum_norm";
  }
  return "";
}

class NormalEquations::Work {
 public:
  Work(const Moments& moments, const RegressionOptions& options, const RunContext& context)
      : moments_(moments),
        options_(options),
        columns_(column_scale(moments, options.units, options.intercept)) {
    auto factor = std::make_unique<Cholesky>(products(Diagonal::filled, context), context);
    const bool coarse = moments.precision == MomentPrecision::float32_strips;
    const double needed = coarse ? kFloatShare : options.alpha > 0 ? 0 : PseudoInverse::kDependent;
    trustworthy_ = factor->positive() && factor->smallest_share() > needed;
    if (trustworthy_) cholesky_ = std::move(factor);
  }

  bool trustworthy() const { return trustworthy_; }

  RegressionSolution solve(const RunContext& context) {
    const std::int64_t d = moments_.shape.columns, targets = moments_.shape.targets;
    if (!cholesky_ && !pseudo_inverse_)
      pseudo_inverse_ = std::make_unique<PseudoInverse>(products(Diagonal::as_is, context), context);
    std::vector<double> z(moments_.cross);
    for (std::int64_t t = 0; t < targets; ++t) {
      for (std::int64_t j = 0; j < d; ++j) {
        double& value = z[t * d + j];
        if (!columns_.centred)
          value += static_cast<double>(moments_.count) * moments_.target_mean[t] * moments_.mean[j];
        value /= columns_.scale[j];
      }
      apply(std::span(z).subspan(t * d, d));
    }
    RegressionSolution solution{
        .method = cholesky_ ? RegressionMethod::cholesky : RegressionMethod::minimum_norm,
        .rank = cholesky_ ? columns_.varying() : pseudo_inverse_->rank()};
    set_weights(z, solution);
    return solution;
  }

  void refine(const RegressionRows& rows, RegressionSolution& solution, const RunContext& context) const {
    const std::int64_t d = moments_.shape.columns, targets = moments_.shape.targets;
    SONDE_ASSERT(rows.x.cols == d && rows.target_count == targets);
    const std::vector<double> z_before = unfolded(columns_, solution.weights);
    std::vector<double> step =
        descent(columns_, options_.alpha, z_before, gradient_of(rows, solution, context));
    for (std::int64_t t = 0; t < targets; ++t) apply(std::span(step).subspan(t * d, d));
    std::vector<double> z(z_before);
    for (std::size_t at = 0; at < z.size(); ++at) z[at] += step[at];
    const double size = largest(z);
    solution.correction = size > 0 ? largest(step) / size : 0;
    ++solution.refinements;
    set_weights(z, solution);
  }

 private:
  // What stands on the diagonal for a column that does not vary: 1, so that Cholesky gives it weight 0, or
  // the 0 it has.
  enum class Diagonal { filled, as_is };

  // zᵀz + alpha.
  SymmetricMatrix products(Diagonal diagonal, const RunContext& context) const {
    constexpr std::int64_t kRows = 256;  // of a task, which must be worth a thread
    SymmetricMatrix a = SymmetricMatrix::unfilled(moments_.gram.size());
    run_queue(context, (a.stride() + kRows - 1) / kRows, [&](int, std::int64_t task) {
      for (std::int64_t i = task * kRows; i < std::min((task + 1) * kRows, a.stride()); ++i) {
        a.copy_row(moments_.gram, i);
        if (i < a.size()) scale_products(i, diagonal, a);
      }
    });
    return a;
  }

  // Row i of xᵀx about the means becomes that of zᵀz + alpha.
  void scale_products(std::int64_t i, Diagonal diagonal, SymmetricMatrix& a) const {
    const double n = static_cast<double>(moments_.count);
    double* row = a.row(i);
    if (!columns_.centred) {
      for (std::int64_t j = i; j < a.size(); ++j) row[j] += n * moments_.mean[i] * moments_.mean[j];
    }
    for (std::int64_t j = i; j < a.size(); ++j) row[j] /= columns_.scale[i] * columns_.scale[j];
    if (columns_.constant[i]) std::fill(row + i, row + a.size(), 0.0);
    for (std::int64_t j = i + 1; j < a.size(); ++j) {
      if (columns_.constant[j]) row[j] = 0;
    }
    row[i] += options_.alpha;
    if (row[i] == 0 && diagonal == Diagonal::filled) row[i] = 1;
  }

  // A⁻¹ or A⁺; a column that does not vary gets nothing.
  void apply(std::span<double> vector) const {
    for (std::size_t j = 0; j < vector.size(); ++j) {
      if (columns_.constant[j]) vector[j] = 0;
    }
    cholesky_ ? cholesky_->solve(vector) : pseudo_inverse_->apply(vector);
  }

  void set_weights(const std::vector<double>& z, RegressionSolution& solution) const {
    const std::int64_t d = moments_.shape.columns, targets = moments_.shape.targets;
    solution.weights = z;
    fold_scale(columns_, solution.weights);
    solution.bias.resize(targets);
    for (std::int64_t t = 0; t < targets; ++t) {
      const double mean = options_.intercept == Intercept::fit ? moments_.target_mean[t] : 0;
      solution.bias[t] = bias_of(columns_, std::span(solution.weights).subspan(t * d, d), mean);
    }
  }

  const Moments& moments_;
  RegressionOptions options_;
  ColumnScale columns_;
  bool trustworthy_ = false;
  std::unique_ptr<Cholesky> cholesky_;
  std::unique_ptr<PseudoInverse> pseudo_inverse_;
};

NormalEquations::NormalEquations(const Moments& moments, const RegressionOptions& options,
                                 const RunContext& context)
    : work_(std::make_unique<Work>(moments, options, context)) {}
NormalEquations::~NormalEquations() = default;
bool NormalEquations::trustworthy() const { return work_->trustworthy(); }
RegressionSolution NormalEquations::solve(const RunContext& context) { return work_->solve(context); }
void NormalEquations::refine(const RegressionRows& rows, RegressionSolution& solution,
                             const RunContext& context) const {
  work_->refine(rows, solution, context);
}

namespace {

// Corrects until that changes nothing that matters; false when corrections do not shrink.
bool refined(const NormalEquations& equations, const RegressionRows& rows, RegressionSolution& solution,
             const RunContext& context) {
  double before = 1 / kShrinks;
  while (solution.refinements < kMostRefinements) {
    equations.refine(rows, solution, context);
    if (solution.correction <= kSmallCorrection) return true;
    if (!(solution.correction <= kShrinks * before)) return false;
    before = solution.correction;
  }
  return true;
}

// Measures a solution, given what the gradient is at any.
template <class GradientOf>
RegressionCheck checked(const ColumnScale& columns, const RegressionOptions& options,
                        const RegressionSolution& solution, const std::vector<double>& target_means,
                        const GradientOf& gradient_at) {
  const std::vector<double> z = unfolded(columns, solution.weights);
  RegressionSolution zero{.weights = std::vector<double>(z.size()),
                          .bias = std::vector<double>(target_means.size())};
  if (options.intercept == Intercept::fit) zero.bias = target_means;
  const double most = largest(descent(columns, options.alpha, zero.weights, gradient_at(zero)));
  const Gradient gradient = gradient_at(solution);
  RegressionCheck check{.objective = gradient.squares};
  for (const double weight : z) check.objective += options.alpha * weight * weight;
  const double left = largest(descent(columns, options.alpha, z, gradient));
  check.kkt = most > 0 ? left / most : left;
  return check;
}

}  // namespace

RegressionCheck check_regression(const RegressionRows& rows, const RegressionOptions& options,
                                 const RegressionSolution& solution, const RunContext& context) {
  std::vector<double> means(static_cast<std::size_t>(rows.target_count));
  for (std::size_t at = 0; at < rows.targets.size(); ++at)
    means[at % means.size()] += rows.targets[at] / static_cast<double>(rows.x.rows);
  return checked(column_scale(rows.x, options.units, options.intercept), options, solution, means,
                 [&](const RegressionSolution& at) { return gradient_of(rows, at, context); });
}

RegressionCheck check_regression(const Moments& moments, const RegressionOptions& options,
                                 const RegressionSolution& solution) {
  return checked(column_scale(moments, options.units, options.intercept), options, solution,
                 moments.target_mean, [&](const RegressionSolution& at) { return gradient_of(moments, at); });
}

std::vector<RegressionSolution> solve_regressions(const RegressionRows& rows, std::span<const double> alphas,
                                                  const RegressionOptions& options,
                                                  const RunContext& context) {
  const std::int64_t n = rows.x.rows, d = rows.x.cols;
  SONDE_ASSERT(n > 0 && static_cast<std::int64_t>(rows.targets.size()) == n * rows.target_count);
  if (n <= d) return solve_in_sample_space(rows, alphas, options, context);
  const MomentShape shape{.columns = d, .targets = rows.target_count};
  Moments moments = moments_of({rows.x, rows.targets, {}}, shape, affordable_precision(n, d), context);
  std::vector<RegressionSolution> solutions;
  while (solutions.size() < alphas.size()) {
    SONDE_ASSERT(alphas[solutions.size()] >= 0);
    RegressionOptions own(options);
    own.alpha = alphas[solutions.size()];
    NormalEquations equations(moments, own, context);
    const bool exact = moments.precision == MomentPrecision::float64;
    if (equations.trustworthy() || exact) {
      RegressionSolution solution = equations.solve(context);
      if (refined(equations, rows, solution, context) || exact) {
        solutions.push_back(std::move(solution));
        continue;
      }
    }
    moments = moments_of({rows.x, rows.targets, {}}, shape, MomentPrecision::float64, context);
  }
  return solutions;
}

RegressionSolution solve_regression(const RegressionRows& rows, const RegressionOptions& options,
                                    const RunContext& context) {
  return std::move(solve_regressions(rows, std::span(&options.alpha, 1), options, context)[0]);
}

}  // namespace sonde::solvers
