#include "sonde/solvers/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sonde::solvers {
namespace {

// Σ 100 (x_{i+1} − x_i²)² + (1 − x_i)²: a curved valley whose floor ends at 1.
class Rosenbrock : public Objective {
 public:
  explicit Rosenbrock(std::int64_t n) : n_(n) {}
  std::int64_t size() const override { return n_; }
  double evaluate(std::span<const double> x, std::span<double> gradient) override {
    double value = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::int64_t i = 0; i + 1 < n_; ++i) {
      const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
      value += 100 * a * a + b * b;
      gradient[i] += -400 * a * x[i] - 2 * b;
      gradient[i + 1] += 200 * a;
    }
    return value;
  }

 private:
  std::int64_t n_;
};

// ½ Σ i² x_i² − x_i, with an optional exact preconditioner.
class Bowl : public Objective {
 public:
  explicit Bowl(bool exact) : exact_(exact) {}
  std::int64_t size() const override { return 50; }
  double evaluate(std::span<const double> x, std::span<double> gradient) override {
    double value = 0;
    for (int i = 0; i < 50; ++i) {
      const double h = curvature(i);
      value += 0.5 * h * x[i] * x[i] - x[i];
      gradient[i] = h * x[i] - 1;
    }
    return value;
  }
  void precondition(std::span<double> direction) override {
    for (int i = 0; exact_ && i < 50; ++i) direction[i] /= curvature(i);
  }
  static double curvature(int i) { return (i + 1.0) * (i + 1.0); }

 private:
  bool exact_;
};

TEST(Lbfgs, FindsTheEndOfRosenbrocksValley) {
  Rosenbrock objective(20);
  const LbfgsResult result = minimise(objective, std::vector<double>(20, -1.0), {.tol = 1e-12});
  EXPECT_TRUE(result.converged());
  for (const double x : result.x) EXPECT_NEAR(x, 1, 1e-9);
  EXPECT_LT(result.iterations, 300);
}

TEST(Lbfgs, SolvesABadlyScaledBowl) {
  Bowl objective(false);
  const LbfgsResult result = minimise(objective, std::vector<double>(50), {.tol = 1e-10});
  EXPECT_TRUE(result.converged());
  for (int i = 0; i < 50; ++i) EXPECT_NEAR(result.x[i], 1 / Bowl::curvature(i), 1e-9);
}

TEST(Lbfgs, NeedsOneStepWithTheExactInverseHessian) {
  Bowl objective(true);
  EXPECT_EQ(minimise(objective, std::vector<double>(50), {.tol = 1e-10}).iterations, 1);
}

TEST(Lbfgs, SaysWhenItRanOutOfSteps) {
  Rosenbrock objective(20);
  const LbfgsResult result =
      minimise(objective, std::vector<double>(20, -1.0), {.tol = 1e-12, .max_iter = 3});
  EXPECT_EQ(result.stop, Stop::max_iter);
  EXPECT_EQ(result.iterations, 3);
  EXPECT_GT(result.relative_gradient, 1e-12);
}

TEST(Lbfgs, StopsAtOnceAtTheOptimum) {
  Rosenbrock objective(5);
  const LbfgsResult result = minimise(objective, std::vector<double>(5, 1.0), {});
  EXPECT_TRUE(result.converged());
  EXPECT_EQ(result.iterations, 0);
}

// ½|w|² + C·Σ log(1 + exp(−y·x·w)).
class Logistic : public Objective {
 public:
  explicit Logistic(const nlohmann::json& golden) : x_(golden["x"]), y_(golden["y"]), c_(golden["c"]) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(x_[0].size()); }
  double evaluate(std::span<const double> w, std::span<double> gradient) override {
    double value = 0;
    for (std::size_t j = 0; j < w.size(); ++j) {
      value += 0.5 * w[j] * w[j];
      gradient[j] = w[j];
    }
    for (std::size_t i = 0; i < x_.size(); ++i) {
      double margin = 0;
      for (std::size_t j = 0; j < w.size(); ++j) margin += y_[i] * x_[i][j] * w[j];
      value += c_ * std::log1p(std::exp(-margin));
      for (std::size_t j = 0; j < w.size(); ++j)
        gradient[j] -= c_ * y_[i] * x_[i][j] / (1 + std::exp(margin));
    }
    return value;
  }

 private:
  std::vector<std::vector<double>> x_;
  std::vector<double> y_;
  double c_;
};

// From the same start to the same optimum. The paths there differ: torch's first step has length 1 in the sum
// of sizes, ours is the whole gradient, and the line searches interpolate differently.
TEST(Lbfgs, EndsWhereTorchEnds) {
  std::ifstream file(SONDE_TEST_DATA "/solvers/torch.json");
  const nlohmann::json golden = nlohmann::json::parse(file)["lbfgs"];
  Logistic objective(golden);
  const LbfgsResult result = minimise(objective, golden["start"].get<std::vector<double>>(), {.tol = 1e-11});
  EXPECT_TRUE(result.converged());
  // torch stopped at a gradient below 1e-6; the curvature is at least 1, so its w is that near the optimum.
  ASSERT_LT(golden["gradient"], 1e-6);
  for (std::size_t j = 0; j < result.x.size(); ++j) EXPECT_NEAR(result.x[j], golden["end"][j], 2e-6);
  EXPECT_NEAR(result.value, golden["value"], 1e-11 * result.value);
  EXPECT_LE(result.evaluations, 2 * golden["evaluations"].get<std::int64_t>());
}

}  // namespace
}  // namespace sonde::solvers
