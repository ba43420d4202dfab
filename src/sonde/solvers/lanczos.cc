#include "sonde/solvers/lanczos.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kMostSteps = 1000;
constexpr double kTolerance = 1e-13;

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void add(std::span<double> target, double factor, std::span<const double> values) {
  for (std::size_t i = 0; i < target.size(); ++i) target[i] += factor * values[i];
}

// The Krylov basis with A's projection onto it, a tridiagonal matrix.
class Lanczos {
 public:
  Lanczos(const SymmetricProduct& product, std::int64_t size) : product_(product), next_(size) {
    const RandomStream stream(0, "lanczos");
    for (std::int64_t i = 0; i < size; ++i) next_[i] = stream.uniform(i) - 0.5;
    const double length = std::sqrt(dot(next_, next_));
    for (double& value : next_) value /= length;
  }

  std::int64_t steps() const { return static_cast<std::int64_t>(basis_.size()); }
  double last_beta() const { return beta_.back(); }

  void step() {
    basis_.push_back(next_);
    product_(basis_.back(), next_);
    alpha_.push_back(dot(basis_.back(), next_));
    for (int pass = 0; pass < 2; ++pass) {
      for (const std::vector<double>& known : basis_) add(next_, -dot(known, next_), known);
    }
    beta_.push_back(std::sqrt(dot(next_, next_)));
    size_ = std::max({size_, std::abs(alpha_.back()), beta_.back()});
    if (exhausted()) return;
    for (double& value : next_) value /= beta_.back();
  }

  // Whether the basis spans all that A can reach from the start, up to rounding.
  bool exhausted() const { return beta_.back() <= 1e-15 * size_ * static_cast<double>(next_.size()); }

  Eigenpair best() const {
    using Vector = Eigen::VectorXd;
    const auto k = static_cast<Eigen::Index>(alpha_.size());
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(Eigen::Map<const Vector>(alpha_.data(), k),
                                  Eigen::Map<const Vector>(beta_.data(), k - 1));
    const auto& values = solver.eigenvalues();
    const Vector coefficients = solver.eigenvectors().col(k - 1);
    const double largest = std::max(std::abs(values[0]), std::abs(values[k - 1]));
    Eigenpair pair{.value = values[k - 1], .vector = std::vector<double>(next_.size()), .steps = steps()};
    for (Eigen::Index i = 0; i < k; ++i) add(pair.vector, coefficients[i], basis_[i]);
    pair.residual = largest > 0 ? last_beta() * std::abs(coefficients[k - 1]) / largest : 0;
    pair.converged = exhausted() || pair.residual <= kTolerance;
    return pair;
  }

 private:
  const SymmetricProduct& product_;
  std::vector<double> next_;
  std::vector<std::vector<double>> basis_;
  std::vector<double> alpha_, beta_;
  double size_ = 0;
};

void fix_sign(std::vector<double>& vector) {
  const auto largest = std::ranges::max_element(vector, {}, [](double v) { return std::abs(v); });
  const double factor = std::copysign(1 / std::sqrt(dot(vector, vector)), *largest);
  for (double& value : vector) value *= factor;
}

}  // namespace

Eigenpair largest_eigenpair(const SymmetricProduct& product, std::int64_t size) {
  Lanczos lanczos(product, size);
  const std::int64_t most = std::min(size, kMostSteps);
  Eigenpair pair;
  std::int64_t look_at = 10;
  while (true) {
    lanczos.step();
    const bool last = lanczos.steps() == most || lanczos.exhausted();
    if (!last && lanczos.steps() < look_at) continue;
    pair = lanczos.best();
    if (last || pair.converged) break;
    look_at += std::max<std::int64_t>(5, look_at / 4);
  }
  if (lanczos.steps() == size) pair.converged = true;  // the basis is complete: what is left is rounding
  fix_sign(pair.vector);
  return pair;
}

}  // namespace sonde::solvers
