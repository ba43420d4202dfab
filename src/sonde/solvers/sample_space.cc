#include "sonde/solvers/sample_space.h"

#include <algorithm>
#include <memory>

#include "sonde/solvers/cholesky.h"
#include "sonde/solvers/design.h"
#include "sonde/solvers/pseudo_inverse.h"

namespace sonde::solvers {
namespace {

// Columns that are packed together: they are the "rows" of add_gram here.
constexpr std::int64_t kColumns = 1024;
constexpr std::int64_t kPanel = kernels::kGramPanel;

// z of the rows of a panel, in the columns [first, last).
void pack(MatrixView x, const ColumnScale& columns, RowRange range, std::int64_t panel,
          kernels::GramRows<double>& packed) {
  for (std::int64_t i = 0; i < kPanel; ++i) {
    const std::int64_t row = panel * kPanel + i;
    for (std::int64_t j = range.first; j < range.last; ++j) {
      const std::int64_t at = j - range.first;
      double* to = packed.panel(at / kernels::kGramStrip, panel) + at % kernels::kGramStrip * kPanel + i;
      *to = row < x.rows && !columns.constant[j] ? (x.row(row)[j] - columns.centre[j]) / columns.scale[j] : 0;
    }
  }
}

// Solves (zzᵀ + alpha) a = b: by Cholesky where a penalty keeps it definite, else by pseudo-inverse.
class RowEquations {
 public:
  RowEquations(SymmetricMatrix products, double alpha, const RunContext& context) {
    for (std::int64_t i = 0; i < products.size(); ++i) products.at(i, i) += alpha;
    if (alpha > 0) cholesky_ = std::make_unique<Cholesky>(products, context);
    if (cholesky_ && cholesky_->positive()) return;
    cholesky_.reset();
    pseudo_inverse_ = std::make_unique<PseudoInverse>(products, context);
  }
  void solve(std::span<double> b) const { cholesky_ ? cholesky_->solve(b) : pseudo_inverse_->apply(b); }
  std::int64_t rank() const { return cholesky_ ? cholesky_->size() : pseudo_inverse_->rank(); }

 private:
  std::unique_ptr<Cholesky> cholesky_;
  std::unique_ptr<PseudoInverse> pseudo_inverse_;
};

RegressionSolution solve_with(const RowEquations& equations, const RegressionRows& rows,
                              const ColumnScale& columns, Intercept intercept) {
  const std::int64_t n = rows.x.rows, d = rows.x.cols, targets = rows.target_count;
  RegressionSolution solution{.weights = std::vector<double>(targets * d),
                              .bias = std::vector<double>(targets),
                              .method = RegressionMethod::sample_space,
                              .rank = equations.rank()};
  std::vector<double> y(n);
  for (std::int64_t t = 0; t < targets; ++t) {
    double mean = 0;
    for (std::int64_t i = 0; i < n; ++i) mean += (y[i] = rows.targets[i * targets + t]);
    mean = intercept == Intercept::fit ? mean / static_cast<double>(n) : 0;
    for (double& value : y) value -= mean;
    equations.solve(y);
    const auto weights = std::span(solution.weights).subspan(t * d, d);
    DenseDesign(rows.x).add_gradient({0, n}, y, weights);
    double sum = 0;
    for (const double value : y) sum += value;
    for (std::int64_t j = 0; j < d; ++j) {
      weights[j] = columns.constant[j] ? 0 : (weights[j] - columns.centre[j] * sum) / columns.scale[j];
    }
    fold_scale(columns, weights);
    solution.bias[t] = bias_of(columns, weights, mean);
  }
  return solution;
}

}  // namespace

SymmetricMatrix row_products(MatrixView x, const ColumnScale& columns, const RunContext& context) {
  SymmetricMatrix products(x.rows);
  kernels::GramRows<double> packed(std::min(kColumns, x.cols), x.rows);
  const auto tiles = kernels::gram_tiles(packed.panels());
  for (std::int64_t first = 0; first < x.cols; first += kColumns) {
    const RowRange range{first, std::min(first + kColumns, x.cols)};
    packed.set_rows(range.last - range.first);
    run_queue(context, packed.panels(),
              [&](int, std::int64_t panel) { pack(x, columns, range, panel, packed); });
    run_queue(context, static_cast<std::int64_t>(tiles.size()), [&](int, std::int64_t task) {
      kernels::add_gram(packed, tiles[task], kernels::GramSign::plus, products.sum());
    });
  }
  return products;
}

std::vector<RegressionSolution> solve_in_sample_space(const RegressionRows& rows,
                                                      std::span<const double> alphas,
                                                      const RegressionOptions& options,
                                                      const RunContext& context) {
  const ColumnScale columns = column_scale(rows.x, options.units, options.intercept);
  const SymmetricMatrix products = row_products(rows.x, columns, context);
  std::vector<RegressionSolution> solutions;
  for (const double alpha : alphas) {
    const RowEquations equations(products, alpha, context);
    solutions.push_back(solve_with(equations, rows, columns, options.intercept));
  }
  return solutions;
}

}  // namespace sonde::solvers
