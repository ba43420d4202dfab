#include "sonde/solvers/lanczos.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "sonde/core/random.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// The Krylov basis with A's projection onto it, a tridiagonal matrix.
class Lanczos {
 public:
  Lanczos(const SymmetricProduct& product, std::int64_t size) : product_(product), next_(size) { begin(); }

  std::int64_t steps() const { return static_cast<std::int64_t>(basis_.size()); }

  void step() {
    if (exhausted()) begin();
    basis_.push_back(next_);
    product_(basis_.back(), next_);
    alpha_.push_back(dot(basis_.back(), next_));
    leave_basis();
    beta_.push_back(std::sqrt(dot(next_, next_)));
    size_ = std::max({size_, std::abs(alpha_.back()), beta_.back()});
    if (exhausted()) return;
    for (double& value : next_) value /= beta_.back();
  }

  // Whether the basis spans all that A can reach from the starts, up to rounding.
  bool exhausted() const {
    return !beta_.empty() && beta_.back() <= 1e-15 * size_ * static_cast<double>(next_.size());
  }
  // Each start reaches one eigenvector of every eigenvalue.
  std::int64_t starts() const { return starts_; }

  // The best pairs in the basis, falling.
  std::vector<Eigenpair> best(const EigenpairOptions& options) const {
    using Vector = Eigen::VectorXd;
    const auto k = static_cast<Eigen::Index>(alpha_.size());
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(Eigen::Map<const Vector>(alpha_.data(), k),
                                  Eigen::Map<const Vector>(beta_.data(), k - 1));
    const auto& values = solver.eigenvalues();
    const double largest = std::max(std::abs(values[0]), std::abs(values[k - 1]));
    std::vector<Eigenpair> pairs;
    for (Eigen::Index c = k - 1; c >= 0 && k - c <= options.count; --c) {
      const auto coefficients = solver.eigenvectors().col(c);
      Eigenpair pair{.value = values[c], .vector = std::vector<double>(next_.size()), .steps = steps()};
      pair.residual = largest > 0 ? beta_.back() * std::abs(coefficients[k - 1]) / largest : 0;
      pair.converged = exhausted() || pair.residual <= options.tolerance;
      for (Eigen::Index i = 0; i < k; ++i) add_scaled(pair.vector, coefficients[i], basis_[i]);
      pairs.push_back(std::move(pair));
    }
    return pairs;
  }

 private:
  // A random vector that the basis does not hold.
  void begin() {
    const RandomStream stream = RandomStream(0, "lanczos");
    const auto size = static_cast<std::int64_t>(next_.size());
    for (std::int64_t i = 0; i < size; ++i) next_[i] = stream.uniform(starts_ * size + i) - 0.5;
    ++starts_;
    if (!beta_.empty()) beta_.back() = 0;
    leave_basis();
    const double length = std::sqrt(dot(next_, next_));
    for (double& value : next_) value /= length;
  }

  void leave_basis() {
    for (int pass = 0; pass < 2; ++pass) {
      for (const std::vector<double>& known : basis_) add_scaled(next_, -dot(known, next_), known);
    }
  }

  const SymmetricProduct& product_;
  std::vector<double> next_;
  std::vector<std::vector<double>> basis_;
  std::vector<double> alpha_, beta_;
  double size_ = 0;
  std::int64_t starts_ = 0;
};

void fix_sign(std::vector<double>& vector) {
  const auto largest = std::ranges::max_element(vector, {}, [](double v) { return std::abs(v); });
  const double factor = std::copysign(1 / std::sqrt(dot(vector, vector)), *largest);
  for (double& value : vector) value *= factor;
}

}  // namespace

std::vector<Eigenpair> largest_eigenpairs(const SymmetricProduct& product, std::int64_t size,
                                          const EigenpairOptions& options) {
  Lanczos lanczos(product, size);
  const std::int64_t most = std::min(size, options.most_steps);
  std::int64_t look_at = 10;
  while (true) {
    lanczos.step();
    const bool last = lanczos.steps() == most || (lanczos.exhausted() && lanczos.starts() >= options.count);
    if (!last && lanczos.steps() < look_at) continue;
    std::vector<Eigenpair> pairs = lanczos.best(options);
    const auto is_done = [](const Eigenpair& pair) { return pair.converged; };
    const bool found =
        !lanczos.exhausted() && std::ssize(pairs) == options.count && std::ranges::all_of(pairs, is_done);
    if (last || found) {
      for (Eigenpair& pair : pairs) {
        pair.converged |= lanczos.steps() == size;  // the basis is complete: what is left is rounding
        fix_sign(pair.vector);
      }
      return pairs;
    }
    look_at += std::max<std::int64_t>(5, look_at / 4);
  }
}

Eigenpair largest_eigenpair(const SymmetricProduct& product, std::int64_t size) {
  return std::move(largest_eigenpairs(product, size, {}).front());
}

}  // namespace sonde::solvers
