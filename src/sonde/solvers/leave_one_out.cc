// With z = U S Wᵀ, q_i = row i of U S and c = qᵀy: the prediction is ŷ_i = mean + Σ_j q_ij c_j / (s_j² +
// alpha), row i's own say in it is h_i = 1/n + Σ_j q_ij² / (s_j² + alpha) (1/n only with a bias), and the
// error without row i is (y_i − ŷ_i) / (1 − h_i). Feature space finds W and s² from zᵀz, sample space U and
// s² from zzᵀ.
#include "sonde/solvers/leave_one_out.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "sonde/core/error.h"
#include "sonde/solvers/moment_sum.h"
#include "sonde/solvers/sample_space.h"

namespace sonde::solvers {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::int64_t kRows = 256;  // rows that are turned together

struct Spectrum {
  Eigen::VectorXd squares;  // s²
  RowMajor vectors;         // their columns: W, or U
};

Spectrum spectrum_of(const SymmetricMatrix& a) {
  Eigen::MatrixXd full(a.size(), a.size());
  for (std::int64_t i = 0; i < a.size(); ++i) {
    for (std::int64_t j = 0; j < a.size(); ++j) full(i, j) = a(i, j);
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(full);
  return {solver.eigenvalues().cwiseMax(0), solver.eigenvectors()};
}

// zᵀz from the moments of the rows.
SymmetricMatrix column_products(const RegressionRows& rows, const ColumnScale& columns,
                                const RunContext& context) {
  const Moments moments =
      moments_of({.x = rows.x}, {.columns = rows.x.cols}, MomentPrecision::float64, context);
  SymmetricMatrix a(rows.x.cols);
  for (std::int64_t i = 0; i < a.size(); ++i) {
    for (std::int64_t j = i; j < a.size(); ++j) {
      if (columns.constant[i] || columns.constant[j]) continue;
      const double about_zero =
          columns.centred ? 0 : static_cast<double>(moments.count) * moments.mean[i] * moments.mean[j];
      a.at(i, j) = (moments.gram(i, j) + about_zero) / (columns.scale[i] * columns.scale[j]);
    }
  }
  return a;
}

// Rows turned into the directions of the spectrum: q [n, m].
class TurnedRows {
 public:
  TurnedRows(const RegressionRows& rows, const ColumnScale& columns, const RunContext& context)
      : q_(rows.x.rows, std::min(rows.x.rows, rows.x.cols)) {
    const std::int64_t n = rows.x.rows, d = rows.x.cols;
    if (n <= d) {
      Spectrum spectrum = spectrum_of(row_products(rows.x, columns, context));
      squares_ = spectrum.squares;
      q_ = spectrum.vectors * squares_.cwiseSqrt().asDiagonal();
      return;
    }
    const Spectrum spectrum = spectrum_of(column_products(rows, columns, context));
    squares_ = spectrum.squares;
    run_queue(context, (n + kRows - 1) / kRows, [&](int, std::int64_t task) {
      const std::int64_t first = task * kRows, count = std::min(kRows, n - first);
      RowMajor z(count, d);
      for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t j = 0; j < d; ++j) {
          z(i, j) =
              columns.constant[j] ? 0 : (rows.x.row(first + i)[j] - columns.centre[j]) / columns.scale[j];
        }
      }
      q_.middleRows(first, count).noalias() = z * spectrum.vectors;
    });
  }

  const RowMajor& rows() const { return q_; }
  // 1 / (s² + alpha).
  Eigen::VectorXd shrinkage(double alpha) const { return (squares_.array() + alpha).inverse(); }

 private:
  RowMajor q_;
  Eigen::VectorXd squares_;
};

}  // namespace

std::vector<double> leave_one_out_errors(const RegressionRows& rows, std::span<const double> alphas,
                                         const RegressionOptions& options, const RunContext& context) {
  const std::int64_t n = rows.x.rows, targets = rows.target_count;
  SONDE_ASSERT(n > 1 && static_cast<std::int64_t>(rows.targets.size()) == n * targets);
  const ColumnScale columns = column_scale(rows.x, options.units, options.intercept);
  const TurnedRows turned(rows, columns, context);
  const double own = options.intercept == Intercept::fit ? 1 / static_cast<double>(n) : 0;
  RowMajor y = Eigen::Map<const RowMajor>(rows.targets.data(), n, targets);
  if (own > 0) y.rowwise() -= y.colwise().mean();
  const Eigen::MatrixXd along = turned.rows().transpose() * y;  // [m, targets]
  std::vector<double> errors(alphas.size() * n * targets);
  run_queue(context, static_cast<std::int64_t>(alphas.size()), [&](int, std::int64_t a) {
    SONDE_ASSERT(alphas[a] > 0);
    const Eigen::VectorXd shrinkage = turned.shrinkage(alphas[a]);
    const Eigen::MatrixXd weights = shrinkage.asDiagonal() * along;
    for (std::int64_t i = 0; i < n; ++i) {
      const auto q = turned.rows().row(i);
      const double left = 1 - own - q.cwiseAbs2().dot(shrinkage.transpose());
      for (std::int64_t t = 0; t < targets; ++t)
        errors[(a * n + i) * targets + t] = (y(i, t) - q.dot(weights.col(t))) / left;
    }
  });
  return errors;
}

double best_alpha(const RegressionRows& rows, std::span<const double> alphas,
                  const RegressionOptions& options, const RunContext& context) {
  const std::vector<double> errors = leave_one_out_errors(rows, alphas, options, context);
  const std::size_t size = errors.size() / alphas.size();
  double best = 0, least = 0;
  for (std::size_t a = 0; a < alphas.size(); ++a) {
    double square = 0;
    for (std::size_t i = a * size; i < (a + 1) * size; ++i) square += errors[i] * errors[i];
    const bool better = a == 0 || square < least || (square == least && alphas[a] > best);
    if (!better) continue;
    best = alphas[a];
    least = square;
  }
  return best;
}

}  // namespace sonde::solvers
