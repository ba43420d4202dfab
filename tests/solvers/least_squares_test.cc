#include "sonde/solvers/least_squares.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sonde/core/random.h"
#include "sonde/solvers/moment_sum.h"

namespace sonde::solvers {
namespace {

// Rows with their targets, owned.
struct Problem {
  Matrix x;
  std::vector<double> y;
  std::int64_t targets = 1;

  RegressionRows rows() const { return {x.view(), y, targets}; }
};

Problem problem_of(const nlohmann::json& given) {
  Problem problem{.x = Matrix(given["x"].size(), given["x"][0].size()),
                  .targets = static_cast<std::int64_t>(given["y"][0].size())};
  for (std::int64_t i = 0; i < problem.x.rows(); ++i) {
    std::ranges::copy(given["x"][i].get<std::vector<float>>(), problem.x.row(i).begin());
    for (const double value : given["y"][i]) problem.y.push_back(value);
  }
  return problem;
}

RegressionOptions options_of(const nlohmann::json& given) {
  return {.alpha = given.value("alpha", 0.0),
          .intercept = given["intercept"] ? Intercept::fit : Intercept::none,
          .units = given["standardize"] ? WeightUnits::standardized : WeightUnits::raw};
}

nlohmann::json recorded() {
  std::ifstream file(SONDE_TEST_DATA "/solvers/least_squares.json");
  return nlohmann::json::parse(file);
}

// Random rows of d columns about means of up to 3, and a target that most columns have a part in.
Problem random_problem(std::int64_t n, std::int64_t d, std::uint64_t seed) {
  const RandomStream stream(seed, "least_squares");
  Problem problem{.x = Matrix(n, d)};
  for (std::int64_t i = 0; i < n; ++i) {
    double y = stream.uniform(i * 10000);
    for (std::int64_t j = 0; j < d; ++j) {
      const double value = stream.uniform(i * 10000 + j + 1) + static_cast<double>(j % 4);
      problem.x.row(i)[j] = static_cast<float>(value);
      y += (j % 3 - 1) * value;
    }
    problem.y.push_back(y);
  }
  return problem;
}

double predicted(const Problem& problem, const RegressionSolution& solution, std::int64_t i,
                 std::int64_t t = 0) {
  const std::int64_t d = problem.x.cols();
  double sum = solution.bias[t];
  for (std::int64_t j = 0; j < d; ++j) sum += problem.x.row(i)[j] * solution.weights[t * d + j];
  return sum;
}

double norm(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

double squared_error(const Problem& problem, const RegressionSolution& solution) {
  double sum = 0;
  for (std::int64_t i = 0; i < problem.x.rows(); ++i)
    sum += std::pow(problem.y[i] - predicted(problem, solution, i), 2);
  return sum;
}

TEST(LeastSquares, EqualsNumpyAndScikitLearn) {
  const nlohmann::json cases = recorded()["cases"];
  ASSERT_EQ(cases.size(), 17u);
  for (const nlohmann::json& given : cases) {
    const Problem problem = problem_of(given);
    const RegressionSolution solution = solve_regression(problem.rows(), options_of(given), {});
    const std::string name = given["name"];
    const std::int64_t d = problem.x.cols();
    for (std::int64_t t = 0; t < problem.targets; ++t) {
      std::vector<double> weights, expected = given["coef"][t];
      for (std::int64_t j = 0; j < d; ++j) {
        const ColumnStatistics scaler = column_statistics(problem.x.view());
        weights.push_back(solution.weights[t * d + j] * (given["standardize"] ? scaler.scale[j] : 1.0));
      }
      // Both work in float64 on problems of condition up to about 1e4, in units up to 1e6 apart.
      for (std::int64_t j = 0; j < d; ++j)
        EXPECT_NEAR(weights[j], expected[j], 1e-8 * norm(expected)) << name;
      for (std::int64_t i = 0; i < problem.x.rows(); ++i)
        EXPECT_NEAR(predicted(problem, solution, i, t), given["predictions"][i][t].get<double>(), 1e-7)
            << name;
    }
  }
}

TEST(LeastSquares, SaysWhichColumnsDependOnEachOther) {
  const nlohmann::json cases = recorded()["cases"];
  for (const nlohmann::json& given : cases) {
    const RegressionSolution solution = solve_regression(problem_of(given).rows(), options_of(given), {});
    const nlohmann::json& name = given["name"];
    // Of 9 columns one is another's copy, one a sum of two, and with a bias one is constant.
    if (name == "columns depend on each other") {
      EXPECT_EQ(solution.method, RegressionMethod::minimum_norm);
      EXPECT_EQ(solution.rank, 6);
    } else if (name == "columns depend on each other, no bias") {
      EXPECT_EQ(solution.rank, 7);
    } else if (name == "repeated rows") {
      EXPECT_EQ(solution.rank, 4);  // 5 rows about their mean
    } else if (name == "more columns than rows") {
      EXPECT_EQ(solution.method, RegressionMethod::sample_space);
      EXPECT_EQ(solution.rank, 11);
    } else if (name == "plain") {
      EXPECT_EQ(solution.method, RegressionMethod::cholesky);
    }
  }
}

TEST(LeastSquares, IsWhereRidgeGoesAsThePenaltyVanishes) {
  const nlohmann::json cases = recorded()["cases"];
  for (const nlohmann::json& given : cases) {
    if (given["alpha"] != 0.0 || given["name"] == "many units") continue;
    const Problem problem = problem_of(given);
    RegressionOptions options = options_of(given);
    options.alpha = 1e-6;
    const RegressionSolution small = solve_regression(problem.rows(), options, {});
    options.alpha = 0;
    const RegressionSolution none = solve_regression(problem.rows(), options, {});
    // Weights differ by alpha over the smallest eigenvalue of the products, which is above 0.01 here.
    for (std::size_t j = 0; j < none.weights.size(); ++j)
      EXPECT_NEAR(small.weights[j], none.weights[j], 1e-4 * norm(none.weights)) << given["name"];
  }
}

TEST(LeastSquares, LeavesAResidualOrthogonalToEveryColumn) {
  const Problem problem = random_problem(500, 20, 1);
  const RegressionSolution solution = solve_regression(problem.rows(), {}, {});
  std::vector<double> along(21);
  for (std::int64_t i = 0; i < 500; ++i) {
    const double residual = problem.y[i] - predicted(problem, solution, i);
    along[20] += residual;
    for (std::int64_t j = 0; j < 20; ++j) along[j] += residual * problem.x.row(i)[j];
  }
  // Sums of 500 products of at most about 4: 2⁻⁵³ of each, and what the solution's own rounding adds.
  for (const double value : along) EXPECT_NEAR(value, 0, 1e-9);
  const RegressionCheck check = check_regression(problem.rows(), {}, solution, {});
  EXPECT_LE(check.kkt, 1e-12);
  EXPECT_NEAR(check.objective, squared_error(problem, solution), 1e-9);
}

TEST(LeastSquares, NeverFitsWorseWithMoreColumns) {
  const Problem all = random_problem(60, 70, 2);
  double before = 1e300;
  for (std::int64_t d = 1; d <= 70; ++d) {
    Problem some{.x = Matrix(60, d), .y = all.y};
    for (std::int64_t i = 0; i < 60; ++i) std::ranges::copy(all.x.row(i).first(d), some.x.row(i).begin());
    const double error = squared_error(some, solve_regression(some.rows(), {}, {}));
    EXPECT_LE(error, before + 1e-9) << d;  // from 59 columns on every target is met, up to rounding
    before = error;
  }
  EXPECT_NEAR(before, 0, 1e-9);
}

// Above 4e9 products a block's rows are summed in float32; passes over the rows must give the digits back.
TEST(LeastSquares, CorrectsWhatFloat32ProductsLeftOut) {
  const Problem problem = random_problem(3000, 60, 3);
  const MomentShape shape{.columns = 60, .targets = 1};
  const Moments coarse =
      moments_of({problem.x.view(), problem.y, {}}, shape, MomentPrecision::float32_strips, {});
  NormalEquations equations(coarse, {}, {});
  ASSERT_TRUE(equations.trustworthy());
  RegressionSolution solution = equations.solve({});
  const RegressionSolution exact = solve_regression(problem.rows(), {}, {});
  const auto distance = [&] {
    double most = 0;
    for (int j = 0; j < 60; ++j) most = std::max(most, std::abs(solution.weights[j] - exact.weights[j]));
    return most;
  };
  // Weights are about 1: 1e-7 from the products, times a condition of about 10.
  EXPECT_LT(distance(), 1e-5);
  equations.refine(problem.rows(), solution, {});
  EXPECT_LT(distance(), 1e-10);
}

TEST(LeastSquares, DistrustsFloat32WhereColumnsAreNearlyAlike) {
  Problem problem = random_problem(3000, 20, 4);
  const RandomStream stream(4, "alike");
  for (std::int64_t i = 0; i < 3000; ++i)
    problem.x.row(i)[7] = problem.x.row(i)[3] + 1e-3f * static_cast<float>(stream.uniform(i));
  const MomentShape shape{.columns = 20, .targets = 1};
  const MomentRows rows{problem.x.view(), problem.y, {}};
  const Moments coarse = moments_of(rows, shape, MomentPrecision::float32_strips, {});
  const Moments fine = moments_of(rows, shape, MomentPrecision::float64, {});
  EXPECT_FALSE(NormalEquations(coarse, {}, {}).trustworthy());
  EXPECT_TRUE(NormalEquations(fine, {}, {}).trustworthy());
}

TEST(LeastSquares, GivesTheSameBitsOnAnyNumberOfThreads) {
  for (const std::int64_t d : {30, 3000}) {
    const Problem problem = random_problem(d == 30 ? 2500 : 40, d, 5);
    for (const double alpha : {0.0, 2.0}) {
      const auto one = solve_regression(problem.rows(), {.alpha = alpha}, {.threads = 1});
      const auto three = solve_regression(problem.rows(), {.alpha = alpha}, {.threads = 3});
      EXPECT_EQ(one.weights, three.weights);
      EXPECT_EQ(one.bias, three.bias);
    }
  }
}

TEST(LeastSquares, SolvesAGridAsEachPenaltyAlone) {
  for (const std::int64_t n : {15, 200}) {
    const Problem problem = random_problem(n, 20, 6);
    const std::vector<double> alphas = {10, 0, 0.5};
    const auto grid = solve_regressions(problem.rows(), alphas, {.units = WeightUnits::standardized}, {});
    ASSERT_EQ(grid.size(), 3u);
    for (std::size_t a = 0; a < 3; ++a) {
      const auto alone =
          solve_regression(problem.rows(), {.alpha = alphas[a], .units = WeightUnits::standardized}, {});
      EXPECT_EQ(grid[a].weights, alone.weights);
    }
    EXPECT_LT(norm(grid[0].weights), norm(grid[2].weights));
  }
}

// A held-out fold's moments taken out of all are as good as the other rows themselves.
TEST(LeastSquares, SolvesFoldsFromMomentsThatWereSubtracted) {
  const Problem all = random_problem(300, 12, 7);
  const MomentShape shape{.columns = 12, .targets = 1};
  const auto moments = [&](std::int64_t first, std::int64_t last) {
    return moments_of({{all.x.data() + first * 12, last - first, 12, 12},
                       std::span(all.y).subspan(first, last - first),
                       {}},
                      shape, MomentPrecision::float64, {});
  };
  Moments rest = moments(0, 300);
  rest.subtract(moments(0, 100));
  const RegressionSolution from_rest = NormalEquations(rest, {.alpha = 1}, {}).solve({});
  const RegressionRows others{{all.x.data() + 100 * 12, 200, 12, 12}, std::span(all.y).subspan(100)};
  const RegressionSolution direct = solve_regression(others, {.alpha = 1}, {});
  for (int j = 0; j < 12; ++j) EXPECT_NEAR(from_rest.weights[j], direct.weights[j], 1e-9);
}

TEST(LeastSquares, OfOneRowPredictsItsTarget) {
  const Problem problem = random_problem(1, 5, 8);
  for (const double alpha : {0.0, 1.0}) {
    const RegressionSolution solution = solve_regression(problem.rows(), {.alpha = alpha}, {});
    EXPECT_EQ(solution.weights, std::vector<double>(5));
    EXPECT_DOUBLE_EQ(solution.bias[0], problem.y[0]);
  }
}

}  // namespace
}  // namespace sonde::solvers
