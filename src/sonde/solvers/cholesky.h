// Cholesky factor of a symmetric positive definite float64 matrix, A = UᵀU, blocked over the panels of
// kernels::add_gram. It does not pivot: a matrix that may be singular belongs to pseudo_inverse.h.
#pragma once

#include <cstdint>
#include <span>

#include "sonde/core/run_context.h"
#include "sonde/solvers/symmetric.h"

namespace sonde::solvers {

/// A matrix factored in place.
class Cholesky {
 public:
  /// Factor `a`. The same bits for any number of threads.
  /// Source: Golub and Van Loan, Matrix Computations, 4.2.9 (outer-product form by blocks).
  /// Cost: size³ / 3.
  Cholesky(SymmetricMatrix a, const RunContext& context);
  /// Factor a matrix [size, size] row-major, of which the half on and below the diagonal is read, on the
  /// calling thread.
  Cholesky(std::span<const double> lower_half, std::int64_t size);

  std::int64_t size() const { return u_.size(); }
  /// Tell whether every pivot was positive and finite; if not, nothing else may be called.
  bool positive() const { return positive_; }
  /// Give the smallest share of a diagonal element that the columns before it leave: 1 − R² of the column
  /// that they explain best.
  double smallest_share() const { return smallest_share_; }
  /// Solve A x = b in place. Shapes: b [size].
  void solve(std::span<double> b) const;
  /// Solve Uᵀ x = b in place, the first half of solve().
  void solve_lower(std::span<double> b) const;
  /// Solve U x = b in place, the second half.
  void solve_upper(std::span<double> b) const;

 private:
  std::span<const double> right_of_diagonal(std::int64_t i) const {
    return {u_.row(i) + i + 1, static_cast<std::size_t>(size() - i - 1)};
  }

  SymmetricMatrix u_;
  bool positive_ = true;
  double smallest_share_ = 1;
};

}  // namespace sonde::solvers
