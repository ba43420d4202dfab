#include "sonde/solvers/lanczos.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "sonde/core/random.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

// The Krylov basis with A's projection onto it, a tridiagonal matrix, beside eigenvectors that are known.
class Lanczos {
 public:
  Lanczos(const SymmetricProduct& product, std::int64_t size, std::span<const Eigenpair> known)
      : product_(product), known_(known), next_(size) {
    const RandomStream stream(0, "lanczos");
    for (std::int64_t i = 0; i < size; ++i) next_[i] = stream.uniform(std::ssize(known) * size + i) - 0.5;
    for (const Eigenpair& pair : known) size_ = std::max(size_, std::abs(pair.value));
    make_orthogonal();
    const double length = std::sqrt(dot(next_, next_));
    for (double& value : next_) value /= length;
  }

  std::int64_t steps() const { return static_cast<std::int64_t>(basis_.size()); }

  void step() {
    basis_.push_back(next_);
    product_(basis_.back(), next_);
    alpha_.push_back(dot(basis_.back(), next_));
    make_orthogonal();
    beta_.push_back(std::sqrt(dot(next_, next_)));
    size_ = std::max({size_, std::abs(alpha_.back()), beta_.back()});
    if (exhausted()) return;
    for (double& value : next_) value /= beta_.back();
  }

  // Whether the basis spans all that A can reach from the start, up to rounding.
  bool exhausted() const { return beta_.back() <= 1e-15 * size_ * static_cast<double>(next_.size()); }

  Eigenpair best(double tolerance) const {
    using Vector = Eigen::VectorXd;
    const auto k = static_cast<Eigen::Index>(alpha_.size());
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(Eigen::Map<const Vector>(alpha_.data(), k),
                                  Eigen::Map<const Vector>(beta_.data(), k - 1));
    const auto& values = solver.eigenvalues();
    const auto coefficients = solver.eigenvectors().col(k - 1);
    const double largest = std::max({size_, std::abs(values[0]), std::abs(values[k - 1])});
    Eigenpair pair{.value = values[k - 1], .vector = std::vector<double>(next_.size()), .steps = steps()};
    pair.residual = largest > 0 ? beta_.back() * std::abs(coefficients[k - 1]) / largest : 0;
    pair.converged = exhausted() || pair.residual <= tolerance;
    for (Eigen::Index i = 0; i < k; ++i) add_scaled(pair.vector, coefficients[i], basis_[i]);
    return pair;
  }

 private:
  void make_orthogonal() {
    for (int pass = 0; pass < 2; ++pass) {
      for (const Eigenpair& pair : known_) add_scaled(next_, -dot(pair.vector, next_), pair.vector);
      for (const std::vector<double>& vector : basis_) add_scaled(next_, -dot(vector, next_), vector);
    }
  }

  const SymmetricProduct& product_;
  std::span<const Eigenpair> known_;
  std::vector<double> next_;
  std::vector<std::vector<double>> basis_;
  std::vector<double> alpha_, beta_;
  double size_ = 0;  // of A: no less than any entry of the projection or eigenvalue met so far
};

void fix_sign(std::vector<double>& vector) {
  const auto largest = std::ranges::max_element(vector, {}, [](double v) { return std::abs(v); });
  const double factor = std::copysign(1 / std::sqrt(dot(vector, vector)), *largest);
  for (double& value : vector) value *= factor;
}

// The largest eigenvalue beside those that are known.
Eigenpair next_eigenpair(const SymmetricProduct& product, std::int64_t size, std::span<const Eigenpair> known,
                         const EigenpairOptions& options) {
  Lanczos lanczos(product, size, known);
  const std::int64_t all = size - std::ssize(known), most = std::min(all, options.most_steps);
  std::int64_t look_at = 10;
  while (true) {
    lanczos.step();
    const bool last = lanczos.steps() == most || lanczos.exhausted();
    if (!last && lanczos.steps() < look_at) continue;
    Eigenpair pair = lanczos.best(options.tolerance);
    if (last || pair.converged) {
      pair.converged |= lanczos.steps() == all;  // the basis is complete: what is left is rounding
      fix_sign(pair.vector);
      return pair;
    }
    look_at += std::max<std::int64_t>(5, look_at / 4);
  }
}

}  // namespace

std::vector<Eigenpair> largest_eigenpairs(const SymmetricProduct& product, std::int64_t size,
                                          const EigenpairOptions& options) {
  std::vector<Eigenpair> pairs;
  while (std::ssize(pairs) < std::min(options.count, size))
    pairs.push_back(next_eigenpair(product, size, pairs, options));
  return pairs;
}

Eigenpair largest_eigenpair(const SymmetricProduct& product, std::int64_t size) {
  return std::move(largest_eigenpairs(product, size, {}).front());
}

}  // namespace sonde::solvers
