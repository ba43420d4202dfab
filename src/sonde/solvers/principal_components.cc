#include "sonde/solvers/principal_components.h"

#include <algorithm>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/team.h"
#include "sonde/kernels/row_products.h"
#include "sonde/solvers/lanczos.h"
#include "sonde/solvers/moment_sum.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// Rows that one task multiplies: sums of tasks are added in order, so that bits do not depend on threads.
constexpr std::int64_t kTaskRows = 512;

MatrixView rows_of_task(MatrixView x, std::int64_t task) {
  const std::int64_t first = task * kTaskRows;
  return {x.data + first * x.stride, std::min(kTaskRows, x.rows - first), x.cols, x.stride};
}

// Both halves of a symmetric matrix, so that a product reads rows in order.
class FullMatrix {
 public:
  explicit FullMatrix(const SymmetricMatrix& half) : size_(half.size()), values_(size_ * size_) {
    for (std::int64_t i = 0; i < size_; ++i) {
      for (std::int64_t j = i; j < size_; ++j)
        values_[i * size_ + j] = values_[j * size_ + i] = half.row(i)[j];
    }
  }
  void multiply(std::span<const double> v, std::span<double> out, Team& team) const {
    constexpr std::int64_t kRows = 64;
    team.run((size_ + kRows - 1) / kRows, [&](int, std::int64_t task) {
      const std::int64_t first = task * kRows, rows = std::min(kRows, size_ - first);
      kernels::row_products(kernels::DoubleView{values_.data() + first * size_, rows, size_, size_},
                            kernels::DoubleView{v.data(), 1, size_, size_}, {out.data() + first, rows, 1, 1});
    });
  }

 private:
  std::int64_t size_;
  std::vector<double> values_;
};

// Σ (x − mean)((x − mean) · v) without the matrix of products, for fewer rows than columns.
class CentredRows {
 public:
  explicit CentredRows(MatrixView x) : x_(x), mean_(x.cols), along_(x.rows) {
    const std::vector<double> ones(x.rows, 1.0 / static_cast<double>(x.rows));
    kernels::add_weighted_rows(x, {ones.data(), x.rows, 1, 1}, {mean_.data(), 1, x.cols, x.cols});
  }
  const std::vector<double>& mean() const { return mean_; }
  void multiply(std::span<const double> v, std::span<double> out, Team& team) {
    const std::int64_t d = x_.cols, tasks = (x_.rows + kTaskRows - 1) / kTaskRows;
    sums_.assign(tasks * d, 0);
    const double shift = dot(mean_, v);
    team.run(tasks, [&](int, std::int64_t task) {
      const MatrixView rows = rows_of_task(x_, task);
      double* along = along_.data() + task * kTaskRows;
      kernels::row_products(rows, kernels::DoubleView{v.data(), 1, d, d}, {along, rows.rows, 1, 1});
      for (std::int64_t i = 0; i < rows.rows; ++i) along[i] -= shift;
      kernels::add_weighted_rows(rows, {along, rows.rows, 1, 1}, {sums_.data() + task * d, 1, d, d});
    });
    const double weight = std::accumulate(along_.begin(), along_.end(), 0.0);
    std::fill(out.begin(), out.end(), 0.0);
    for (std::int64_t task = 0; task < tasks; ++task)
      add_scaled(out, 1, {sums_.data() + task * d, static_cast<std::size_t>(d)});
    add_scaled(out, -weight, mean_);
  }
  double squares() const {
    double sum = 0;
    for (std::int64_t i = 0; i < x_.rows; ++i) {
      for (std::int64_t j = 0; j < x_.cols; ++j) {
        const double apart = x_.row(i)[j] - mean_[j];
        sum += apart * apart;
      }
    }
    return sum;
  }

 private:
  MatrixView x_;
  std::vector<double> mean_, along_, sums_;
};

void keep(const std::vector<Eigenpair>& pairs, double rows, PrincipalComponents& found) {
  for (const Eigenpair& pair : pairs) {
    found.directions.insert(found.directions.end(), pair.vector.begin(), pair.vector.end());
    found.variances.push_back(std::max(0.0, pair.value) / (rows - 1));
  }
  found.total /= rows - 1;
}

}  // namespace

PrincipalComponents principal_components(MatrixView x, std::int64_t count, const RunContext& context) {
  SONDE_ASSERT(x.rows >= 2 && count >= 1 && count <= std::min(x.rows, x.cols));
  if (x.rows < x.cols) {
    PrincipalComponents found;
    Team team(context);
    CentredRows rows(x);
    found.mean = rows.mean();
    found.total = rows.squares();
    const auto product = [&](std::span<const double> v, std::span<double> out) {
      rows.multiply(v, out, team);
    };
    keep(largest_eigenpairs(product, x.cols, {.count = count}), static_cast<double>(x.rows), found);
    return found;
  }
  const Moments moments =
      moments_of({.x = x}, {.columns = x.cols}, affordable_precision(x.rows, x.cols), context);
  return principal_components(moments, count, context);
}

PrincipalComponents principal_components(const Moments& moments, std::int64_t count,
                                         const RunContext& context) {
  const std::int64_t d = moments.shape.columns;
  SONDE_ASSERT(moments.count >= 2 && count >= 1 && count <= std::min(moments.count, d));
  PrincipalComponents found;
  found.mean = moments.mean;
  for (std::int64_t j = 0; j < d; ++j) found.total += moments.gram(j, j);
  Team team(context);
  const FullMatrix gram(moments.gram);
  const auto product = [&](std::span<const double> v, std::span<double> out) { gram.multiply(v, out, team); };
  keep(largest_eigenpairs(product, d, {.count = count}), static_cast<double>(moments.count), found);
  return found;
}

std::vector<double> along_components(MatrixView x, const PrincipalComponents& components,
                                     const RunContext& context) {
  const std::int64_t k = components.count(), d = x.cols;
  const kernels::DoubleView directions{components.directions.data(), k, d, d};
  std::vector<double> shift(k), points(x.rows * k);
  kernels::row_products(kernels::DoubleView{components.mean.data(), 1, d, d}, directions,
                        {shift.data(), 1, k, k});
  Team team(context);
  team.run((x.rows + kTaskRows - 1) / kTaskRows, [&](int, std::int64_t task) {
    const MatrixView rows = rows_of_task(x, task);
    double* out = points.data() + task * kTaskRows * k;
    kernels::row_products(rows, directions, {out, rows.rows, k, k});
    for (std::int64_t i = 0; i < rows.rows * k; ++i) out[i] -= shift[i % k];
  });
  return points;
}

}  // namespace sonde::solvers
