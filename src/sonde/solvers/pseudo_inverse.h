// Moore–Penrose inverse of a symmetric positive semi-definite matrix whose rank is found on the way: the
// minimum-norm answer where columns depend on each other.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sonde/core/run_context.h"
#include "sonde/solvers/cholesky.h"

namespace sonde::solvers {

/// A⁺ in factored form. With a pivoted Cholesky factor A = M Mᵀ of r columns, A⁺ = M (MᵀM)⁻² Mᵀ.
class PseudoInverse {
 public:
  /// What is left of a diagonal element, as a share of it, below which its column depends on the chosen ones:
  /// deviations of 1e-5, which rows stored as float32 do not hold apart from rounding, and far above the
  /// rounding of float64 sums.
  static constexpr double kDependent = 1e-10;

  /// Factor `a`; the order of the pivots follows from shares, so that it does not depend on units.
  /// Source: Higham 1990, "Analysis of the Cholesky decomposition of a semi-definite matrix"; Courrieu 2005,
  /// "Fast computation of Moore–Penrose inverse matrices". Cost: rank² · size.
  PseudoInverse(const SymmetricMatrix& a, const RunContext& context);

  std::int64_t rank() const { return rank_; }
  /// Replace b by A⁺ b. Shapes: b [size].
  void apply(std::span<double> b) const;

 private:
  std::vector<double> applied(std::span<const double> b) const;
  std::vector<double> times_transposed(std::span<const double> x) const;  // Mᵀx
  std::vector<double> times_factor(std::span<const double> x) const;      // M x

  std::int64_t size_;
  std::int64_t rank_ = 0;
  std::vector<double> columns_;      // [rank, size]: Mᵀ
  std::unique_ptr<Cholesky> inner_;  // MᵀM
};

}  // namespace sonde::solvers
