// What a smooth minimiser needs to know of a function. No constraints, no non-smooth terms.
#pragma once

#include <cstdint>
#include <span>

namespace sonde::solvers {

/// A smooth function of a vector, with its gradient. Not thread-safe: an instance belongs to one solve.
class Objective {
 public:
  virtual ~Objective() = default;
  /// Give the number of parameters.
  virtual std::int64_t size() const = 0;
  /// Return the value at x and write the gradient there.
  virtual double evaluate(std::span<const double> x, std::span<double> gradient) = 0;
  /// Apply a positive definite approximation of the inverse Hessian in place; the default is the identity.
  virtual void precondition(std::span<double> direction) { (void)direction; }
};

}  // namespace sonde::solvers
