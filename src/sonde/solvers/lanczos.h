// The largest eigenvalues of a symmetric operator and their eigenvectors, by products alone: the matrix is
// never formed. A few eigenpairs, not a spectrum.
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
  bool converged = true;       ///< the residual is at most the tolerance
};

/// How many eigenpairs are wanted, and how well.
struct EigenpairOptions {
  std::int64_t count = 1;
  double tolerance = 1e-13;        ///< largest relative residual. Larger: fewer products, vectors less true
  std::int64_t most_steps = 1000;  ///< products for a pair, after which it is given as it is
};

/// Find the algebraically largest eigenvalue. The start is a fixed random vector, so that the same operator
/// gives the same bits. Source: Golub and Van Loan 2013, section 10.1, with every new vector made orthogonal
/// to all before, twice. Cost: up to 1,000 products, and steps² · size.
Eigenpair largest_eigenpair(const SymmetricProduct& product, std::int64_t size);

/// Find the algebraically largest eigenvalues, falling, one after the other among vectors orthogonal to those
/// before, so that an eigenvalue that occurs several times is given as often.
/// Shapes: min(count, size) pairs. Cost: as above, for each of them.
std::vector<Eigenpair> largest_eigenpairs(const SymmetricProduct& product, std::int64_t size,
                                          const EigenpairOptions& options);

}  // namespace sonde::solvers
