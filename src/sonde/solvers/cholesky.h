// The factor L Lᵀ of a symmetric positive definite matrix in double precision, for systems of up to a few
// thousand unknowns. Nothing here pivots: a matrix that is not positive definite is reported, not repaired.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sonde::solvers {

/// A Cholesky factor.
class Cholesky {
 public:
  /// Factor a symmetric matrix of which the lower triangle is read.
  /// Shapes: matrix [n, n] row-major. Cost: n³ / 3 multiply-adds.
  Cholesky(std::vector<double> matrix, std::int64_t n);

  /// Say whether every pivot was positive and finite; solve() needs that.
  bool usable() const { return usable_; }
  /// Replace v by the solution of L Lᵀ x = v.
  void solve(std::span<double> v) const;
  /// Replace v by the solution of L x = v.
  void solve_lower(std::span<double> v) const;
  /// Replace v by the solution of Lᵀ x = v.
  void solve_upper(std::span<double> v) const;

 private:
  bool factor_diagonal(std::int64_t first, std::int64_t width);
  void solve_panel(std::int64_t first, std::int64_t width);

  std::int64_t n_;
  std::vector<double> l_;  // [n, n]; above the diagonal: what was given
  bool usable_ = true;
};

}  // namespace sonde::solvers
