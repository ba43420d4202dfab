// The largest eigenvalue of a symmetric operator and its eigenvector, by products alone: the matrix is never
// formed. One eigenpair only.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace sonde::solvers {

/// Writes A · v. Shapes: v, out [size].
using SymmetricProduct = std::function<void(std::span<const double> v, std::span<double> out)>;

/// An eigenpair and how good it is.
struct Eigenpair {
  double value = 0;
  std::vector<double> vector;  ///< of length 1, its entry of largest size positive
  double residual = 0;         ///< estimate of ‖A·vector − value·vector‖ relative to the largest |eigenvalue|
  std::int64_t steps = 0;      ///< products taken
  bool converged = true;       ///< the residual is at most 1e-13
};

/// Find the algebraically largest eigenvalue. The start is a fixed random vector, so that the same operator
/// gives the same bits. Source: Golub and Van Loan 2013, section 10.1, with every new vector made orthogonal
/// to all before, twice. Cost: up to 1,000 products, and steps² · size.
Eigenpair largest_eigenpair(const SymmetricProduct& product, std::int64_t size);

}  // namespace sonde::solvers
