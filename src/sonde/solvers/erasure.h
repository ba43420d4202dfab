// Taking directions out of rows, so that no linear model reads a label or a number from them. Which rows they
// are fitted to and what is left is for the caller to ask.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/run_context.h"
#include "sonde/solvers/least_squares.h"

namespace sonde::solvers {

/// An affine map of rows: x − Σ_i (read_i · (x − mean)) write_i. Shapes: mean [d], read and write [rank, d].
struct Erasure {
  std::vector<double> mean, read, write;

  /// Give the number of directions that are read.
  std::int64_t rank() const;
  /// Erase in place; what is less than the rounding of what was taken away becomes 0. Shapes: rows [any, d].
  /// Cost: 2 · rank · d a row.
  void apply(MutableMatrixView rows, const RunContext& context) const;
};

/// Give the erasure after which the rows are uncorrelated with every target, and which of all such affine
/// maps moves them least: with one-hot classes as targets the class means coincide, and no linear classifier
/// does better than a constant. With Σxz the covariance of rows and targets it reads
/// (Σzx Σxx⁺ Σxz)⁺ Σzx Σxx⁺ and writes Σxz; Σxx⁺ Σxz are the weights of a regression of the targets.
/// Errors: as solve_regression(). Source: Belrose et al. 2023, "LEACE: Perfect linear concept erasure in
/// closed form", theorem 4.3. Cost: one regression.
Erasure least_squares_erasure(const RegressionRows& rows, const RunContext& context);

/// Directions that an orthogonal projection takes out of rows, found one after the other.
class Nullspace {
 public:
  explicit Nullspace(std::int64_t width) : width_(width) {}

  /// Take out one direction more; false where it lies among those taken out, which changes nothing.
  bool add(std::span<const double> direction);
  /// Give the number of directions taken out.
  std::int64_t rank() const;
  /// Give the projection onto what is left.
  Erasure projection() const;

 private:
  std::int64_t width_;
  std::vector<double> basis_;  // [rank, d] orthonormal
};

}  // namespace sonde::solvers
