#include "sonde/solvers/lbfgs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sonde::solvers {
namespace {

using Numbers = std::vector<double>;

// Gives the value at x and writes the gradient there, which comes as zeros.
using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;

// Where a minimisation ended, and where it stood after each step.
struct Descent {
  LbfgsResult result;
  std::vector<Numbers> points;
};

Descent minimise(const Objective& objective, Numbers start, const LbfgsOptions& options,
                 const Precondition& precondition = nullptr) {
  Lbfgs lbfgs(std::move(start), options);
  Descent descent;
  while (!lbfgs.done()) {
    Numbers gradient(lbfgs.point().size());
    const double value = objective(lbfgs.point(), gradient);
    lbfgs.tell(value, gradient, precondition);
    if (lbfgs.result().iterations > static_cast<std::int64_t>(descent.points.size()))
      descent.points.push_back(lbfgs.result().x);
  }
  descent.result = lbfgs.result();
  return descent;
}

// Σ 100 (x_{i+1} − x_i²)² + (1 − x_i)²: a curved valley whose floor ends at 1.
double rosenbrock(std::span<const double> x, std::span<double> gradient) {
  double value = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    value += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return value;
}

// Σ ½ h_i x_i² − x_i with h_i = (i + 1)².
double curvature(std::size_t i) { return static_cast<double>((i + 1) * (i + 1)); }
double bowl(std::span<const double> x, std::span<double> gradient) {
  double value = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    value += 0.5 * curvature(i) * x[i] * x[i] - x[i];
    gradient[i] = curvature(i) * x[i] - 1;
  }
  return value;
}

// Σ √(1 + (x_i / 4^{i+1})²): a plain around a pit, where a step of length 1 is far too short.
double plain(std::span<const double> x, std::span<double> gradient) {
  double value = 0, scale = 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    scale *= 4;
    const double height = std::sqrt(1 + x[i] / scale * (x[i] / scale));
    value += height;
    gradient[i] = x[i] / (scale * scale * height);
  }
  return value;
}

// Σ ½ x_i² + height · cos(frequency · x_i): many pits in a bowl.
struct Waves {
  double height, frequency;

  double operator()(std::span<const double> x, std::span<double> gradient) const {
    double value = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      value += 0.5 * x[i] * x[i] + height * std::cos(frequency * x[i]);
      gradient[i] = x[i] - height * frequency * std::sin(frequency * x[i]);
    }
    return value;
  }
};

// ½|w|² + C·Σ log(1 + exp(−y·x·w)).
struct Logistic {
  std::vector<Numbers> x;
  Numbers y;
  double c;

  double operator()(std::span<const double> w, std::span<double> gradient) const {
    double value = 0;
    for (std::size_t j = 0; j < w.size(); ++j) {
      value += 0.5 * w[j] * w[j];
      gradient[j] = w[j];
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      double margin = 0;
      for (std::size_t j = 0; j < w.size(); ++j) margin += y[i] * x[i][j] * w[j];
      value += c * std::log1p(std::exp(-margin));
      for (std::size_t j = 0; j < w.size(); ++j) gradient[j] -= c * y[i] * x[i][j] / (1 + std::exp(margin));
    }
    return value;
  }
};

TEST(Lbfgs, FindsTheEndOfRosenbrocksValley) {
  const LbfgsResult result = minimise(rosenbrock, Numbers(20, -1.0), {.tol = 1e-12}).result;
  EXPECT_TRUE(result.converged());
  for (const double x : result.x) EXPECT_NEAR(x, 1, 1e-9);
  EXPECT_LT(result.iterations, 300);
}

TEST(Lbfgs, SolvesABadlyScaledBowl) {
  const LbfgsResult result = minimise(bowl, Numbers(50), {.tol = 1e-10}).result;
  EXPECT_TRUE(result.converged());
  for (std::size_t i = 0; i < 50; ++i) EXPECT_NEAR(result.x[i], 1 / curvature(i), 1e-9);
}

TEST(Lbfgs, NeedsOneStepWithTheExactInverseHessian) {
  const Precondition exact = [](std::span<double> direction) {
    for (std::size_t i = 0; i < direction.size(); ++i) direction[i] /= curvature(i);
  };
  EXPECT_EQ(minimise(bowl, Numbers(50), {.tol = 1e-10}, exact).result.iterations, 1);
}

TEST(Lbfgs, SaysWhenItRanOutOfSteps) {
  const LbfgsResult result = minimise(rosenbrock, Numbers(20, -1.0), {.tol = 1e-12, .max_iter = 3}).result;
  EXPECT_EQ(result.stop, Stop::max_iter);
  EXPECT_EQ(result.iterations, 3);
  EXPECT_GT(result.relative_gradient, 1e-12);
}

TEST(Lbfgs, StopsAtOnceAtTheOptimum) {
  const LbfgsResult result = minimise(rosenbrock, Numbers(5, 1.0), {}).result;
  EXPECT_TRUE(result.converged());
  EXPECT_EQ(result.iterations, 0);
}

// A value that is no number lies beyond every good step.
TEST(Lbfgs, TurnsBackFromWhereTheValueIsNotANumber) {
  const Objective barrier = [](std::span<const double> x, std::span<double> gradient) {
    gradient[0] = 1 - 1 / x[0];
    return x[0] - std::log(x[0]);
  };
  const LbfgsResult result = minimise(barrier, {0.001}, {.tol = 1e-12}).result;
  EXPECT_TRUE(result.converged());
  EXPECT_NEAR(result.x[0], 1, 1e-9);
}

// The objective of a recorded path.
Objective objective_of(const nlohmann::json& path, const nlohmann::json& golden) {
  const std::string name = path["name"];
  if (name == "rosenbrock") return rosenbrock;
  if (name == "bowl") return bowl;
  if (name == "plain") return plain;
  if (name == "waves") return Waves{path["height"], path["frequency"]};
  return Logistic{golden["x"], golden["y"], golden["c"]};
}

// From the same start through the same points, also where the line search has to go on or to turn back.
TEST(Lbfgs, FollowsTorchFromTheSameStart) {
  std::ifstream file(SONDE_TEST_DATA "/solvers/torch.json");
  const nlohmann::json golden = nlohmann::json::parse(file)["lbfgs"];
  for (const nlohmann::json& path : golden["paths"]) {
    SCOPED_TRACE(path["name"].get<std::string>() + " from " + path["start"].dump());
    const auto points = path["points"].get<std::vector<Numbers>>();
    const Descent descent = minimise(objective_of(path, golden), path["start"].get<Numbers>(),
                                     {.tol = 0,
                                      .max_iter = static_cast<std::int64_t>(points.size()),
                                      .memory = path["memory"].get<std::int64_t>()});
    ASSERT_EQ(descent.points.size(), points.size());
    for (std::size_t step = 0; step < points.size(); ++step) {
      for (std::size_t j = 0; j < points[step].size(); ++j) {
        EXPECT_NEAR(descent.points[step][j], points[step][j], 1e-5)
            << "step " << step + 1 << ", coordinate " << j;
      }
    }
    EXPECT_EQ(descent.result.evaluations, path["evaluations"]);
  }
}

}  // namespace
}  // namespace sonde::solvers
