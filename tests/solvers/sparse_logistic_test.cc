#include "sonde/solvers/sparse_logistic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "recorded.h"
#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

nlohmann::json recorded_in(const char* name) {
  std::ifstream file(SONDE_TEST_DATA "/solvers/" + std::string(name));
  return nlohmann::json::parse(file);
}
nlohmann::json golden() { return recorded_in("sparse_logistic.json"); }

// Recorded wide data with two classes, scaled inside.
struct Wide {
  nlohmann::json golden_rows = golden()["rivals"];
  Matrix x = matrix_of(golden_rows["x"]);
  std::vector<std::int32_t> y = golden_rows["y"];
  ColumnStatistics scaler = column_statistics(x.view());
  DenseDesign design{x.view()};

  LogisticProblem problem(double c) const {
    return {.x = &design, .labels = y, .scaler = &scaler, .c = c, .l1_ratio = 1, .tol = 1e-10};
  }
  // Feature j of row i as the solver sees it.
  double scaled(std::int64_t i, std::int64_t j) const {
    return (x.row(i)[j] - scaler.mean[j]) / scaler.scale[j];
  }
  double margin(const LogisticSolution& solution, std::int64_t i) const {
    double sum = solution.bias[0];
    for (std::int64_t j = 0; j < x.cols(); ++j) sum += solution.weights[j] * x.row(i)[j];
    return sum;
  }
};

double l1_norm(const LogisticSolution& solution, const ColumnStatistics& scaler) {
  double sum = 0;
  for (std::size_t j = 0; j < solution.weights.size(); ++j)
    sum += std::abs(solution.weights[j] * scaler.scale[j]);
  return sum;
}

TEST(SparseLogistic, EqualsTheRecordedOptima) {
  const nlohmann::json cases = golden()["cases"];
  ASSERT_EQ(cases.size(), 13u);
  for (const nlohmann::json& given : cases) {
    const Recorded recorded(given);
    LogisticProblem problem = recorded.problem();
    problem.tol = 1e-10;
    const LogisticSolution solution = solve_logistic(problem);
    const std::string name = given["name"];
    EXPECT_TRUE(solution.converged) << name;
    EXPECT_LE(solution.kkt, 1e-10) << name;
    const double objective = given["objective"];
    // The recorded residuals are below 1e-12 and the objective is flat at its optimum.
    EXPECT_NEAR(solution.objective, objective, 1e-10 * objective) << name;
    const std::int64_t d = recorded.x.cols();
    for (std::int64_t at = 0; at < static_cast<std::int64_t>(solution.weights.size()); ++at) {
      const double scale = given["standardize"] ? recorded.scaler.scale[at % d] : 1.0;
      const double expected = given["coef"][at / d][at % d].get<double>() / scale;
      // Zero pattern: exact; values: both residuals over the smallest curvature met, about 1e-2.
      EXPECT_EQ(solution.weights[at] == 0, expected == 0) << name << " " << at;
      EXPECT_NEAR(solution.weights[at], expected, 1e-7 * std::max(1.0, std::abs(expected)))
          << name << " " << at;
    }
  }
}

TEST(SparseLogistic, IsNeverWorseThanSagaAndLiblinear) {
  const Wide wide;
  const nlohmann::json rows = wide.golden_rows["objectives"];
  ASSERT_EQ(rows.size(), 5u);
  for (const nlohmann::json& row : rows) {
    LogisticProblem problem = wide.problem(row["c"]);
    const double rounding = 1e-12;  // of the objective, computed in another order
    EXPECT_LE(solve_logistic(problem).objective, row["saga"].get<double>() * (1 + rounding)) << row["c"];
    problem.intercept = Intercept::none;
    EXPECT_LE(solve_logistic(problem).objective, row["liblinear"].get<double>() * (1 + rounding)) << row["c"];
  }
}

TEST(SparseLogistic, EqualsGlmnet) {
  const Wide wide;
  for (const nlohmann::json& row : recorded_in("glmnet.json")["glmnet_path"]) {
    const LogisticSolution solution = solve_logistic(wide.problem(row["c"]));
    EXPECT_NEAR(solution.bias[0], row["intercept"], 1e-6) << row["c"];
    for (std::int64_t j = 0; j < wide.x.cols(); ++j)
      EXPECT_NEAR(solution.weights[j], row["coef"][j], 1e-6) << row["c"] << " " << j;
  }
}

// Its intercept is the weight of a column of ones, penalised as any other.
TEST(SparseLogistic, EqualsLiblinearWithThePenalisedIntercept) {
  const Wide wide;
  const std::int64_t n = wide.x.rows(), d = wide.x.cols();
  Matrix with_ones(n, d + 1);
  for (std::int64_t i = 0; i < n; ++i) {
    std::ranges::copy(wide.x.row(i), with_ones.row(i).begin());
    with_ones.row(i)[d] = 1;
  }
  const DenseDesign design(with_ones.view());
  for (const nlohmann::json& row : recorded_in("glmnet.json")["liblinear"]) {
    LogisticProblem problem = wide.problem(row["c"]);
    problem.x = &design;
    problem.scaler = nullptr;
    problem.intercept = Intercept::none;
    const LogisticSolution solution = solve_logistic(problem);
    EXPECT_NEAR(solution.weights[d], row["intercept"], 1e-6) << row["c"];
    for (std::int64_t j = 0; j < d; ++j)
      EXPECT_NEAR(solution.weights[j], row["coef"][j], 1e-6) << row["c"] << " " << j;
  }
}

// The conditions are written out here from the definition: with p the probabilities, C · Σ (p − y) z_j is
// −sign(w) where a weight is not zero and at most 1 elsewhere; and as glmnet has it, the mean of (p − y) z_j
// against λ = 1 / (C n).
TEST(SparseLogistic, MeetsTheSubgradientConditions) {
  const Wide wide;
  const double c = 2, n = 40, lambda = 1 / (c * n);
  const LogisticSolution solution = solve_logistic(wide.problem(c));
  std::vector<double> residuals(40);
  double sum = 0;
  for (int i = 0; i < 40; ++i) {
    residuals[i] = 1 / (1 + std::exp(-wide.margin(solution, i))) - wide.y[i];
    sum += residuals[i];
  }
  const double allowed = 1e-9;  // tol 1e-10 times a gradient of about 10 at zero
  EXPECT_NEAR(sum, 0, allowed);
  EXPECT_GT(solution.nonzero, 5);
  for (std::int64_t j = 0; j < wide.x.cols(); ++j) {
    double mean = 0;
    for (int i = 0; i < 40; ++i) mean += residuals[i] * wide.scaled(i, j) / n;
    const double w = solution.weights[j];
    if (w == 0) {
      EXPECT_LE(std::abs(mean), lambda + allowed) << j;
    } else {
      EXPECT_NEAR(mean, std::copysign(lambda, -w), allowed) << j;
    }
  }
}

// With w = 0 the bias gives everyone the mean label, so the weights stay zero up to C = 1 / max_j |Σ (y − ȳ)
// z_j|.
TEST(SparseLogistic, IsEmptyExactlyUpToItsSmallestC) {
  const Wide wide;
  double mean = 0, most = 0;
  for (const std::int32_t label : wide.y) mean += label / 40.0;
  for (std::int64_t j = 0; j < wide.x.cols(); ++j) {
    double sum = 0;
    for (int i = 0; i < 40; ++i) sum += (wide.y[i] - mean) * wide.scaled(i, j);
    most = std::max(most, std::abs(sum));
  }
  EXPECT_NEAR(largest_empty_c(wide.problem(1)), 1 / most, 1e-12 / most);
  const LogisticSolution below = solve_logistic(wide.problem(0.999999 / most));
  EXPECT_EQ(below.weights, std::vector<double>(90));
  EXPECT_EQ(below.nonzero, 0);
  EXPECT_TRUE(below.converged);
  EXPECT_EQ(solve_logistic(wide.problem(1.000001 / most)).nonzero, 1);
}

TEST(SparseLogistic, PathIsMonotoneAndEqualsSingleSolutions) {
  const Wide wide;
  const std::vector<double> grid{30, 0.02, 0.1, 100, 0.5, 3};  // in no order
  const auto path = solve_path(wide.problem(1), grid, {});
  ASSERT_EQ(path.size(), grid.size());
  std::vector<std::size_t> order{1, 2, 4, 5, 0, 3};
  for (std::size_t i = 1; i < order.size(); ++i) {
    // min over w of C · loss + ‖w‖₁ grows with C, and so does the norm it is reached at.
    EXPECT_GT(path[order[i]].objective, path[order[i - 1]].objective);
    EXPECT_GT(l1_norm(path[order[i]], wide.scaler), l1_norm(path[order[i - 1]], wide.scaler));
  }
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const LogisticSolution alone = solve_logistic(wide.problem(grid[i]));
    EXPECT_TRUE(path[i].converged);
    EXPECT_EQ(path[i].nonzero, alone.nonzero);
    EXPECT_NEAR(path[i].objective, alone.objective, 1e-11 * alone.objective);
    EXPECT_LE(path[i].kkt, 1e-10);
  }
}

// Between L2 and L1 the optimum moves without a jump: at both ends it meets those of the other solvers.
TEST(SparseLogistic, ElasticNetInterpolates) {
  const Recorded recorded(golden()["cases"][0]);
  LogisticProblem problem = recorded.problem();
  problem.tol = 1e-11;
  const auto at = [&](double ratio) {
    problem.l1_ratio = ratio;
    return solve_logistic(problem);
  };
  const LogisticSolution smooth = at(0), nearly = at(1e-9), sparse = at(1);
  for (std::size_t j = 0; j < smooth.weights.size(); ++j)
    EXPECT_NEAR(nearly.weights[j], smooth.weights[j], 1e-7);
  double before = smooth.objective;
  std::int64_t nonzero = static_cast<std::int64_t>(smooth.weights.size());
  for (const double ratio : {0.25, 0.5, 0.75}) {
    const LogisticSolution between = at(ratio);
    // An optimum of a mixture lies above the mixture of the optima: the objective is concave in the ratio.
    EXPECT_GE(between.objective, (1 - ratio) * smooth.objective + ratio * sparse.objective - 1e-9);
    EXPECT_LE(between.nonzero, nonzero);
    EXPECT_NE(between.objective, before);
    before = between.objective;
    nonzero = between.nonzero;
  }
  EXPECT_LT(sparse.nonzero, static_cast<std::int64_t>(smooth.weights.size()));
}

TEST(SparseLogistic, SparseRowsGiveTheSameOptimumAsDense) {
  const RandomStream stream(2, "sparse");
  Matrix dense(50, 20);
  SparseRows sparse{.cols = 20};
  std::vector<std::int32_t> y;
  for (std::int64_t i = 0; i < 50; ++i) {
    for (std::int64_t j = 0; j < 20; ++j) {
      if (stream.below(4, i * 20 + j) != 0) continue;
      dense.row(i)[j] = static_cast<float>(1 + stream.below(3, 5000 + i * 20 + j));
      sparse.columns.push_back(static_cast<std::int32_t>(j));
      sparse.values.push_back(dense.row(i)[j]);
    }
    sparse.offsets.push_back(static_cast<std::int64_t>(sparse.values.size()));
    y.push_back(static_cast<std::int32_t>(stream.below(3, 9000 + i)));
  }
  const DenseDesign a(dense.view());
  const SparseDesign b(sparse);
  const auto from_dense = solve_logistic({.x = &a, .labels = y, .classes = 3, .l1_ratio = 1});
  const auto from_sparse = solve_logistic({.x = &b, .labels = y, .classes = 3, .l1_ratio = 1});
  EXPECT_TRUE(from_sparse.converged);
  EXPECT_GT(from_sparse.nonzero, 5);
  EXPECT_NEAR(from_dense.objective, from_sparse.objective, 1e-12 * from_dense.objective);
}

// Two equal columns: any split of the weight is an optimum, and the solver must still end.
TEST(SparseLogistic, EndsOnColumnsThatAreEqual) {
  const Recorded recorded(golden()["cases"][0]);
  const std::int64_t n = recorded.x.rows(), d = recorded.x.cols();
  Matrix twice(n, 2 * d);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < d; ++j) twice.row(i)[j] = twice.row(i)[d + j] = recorded.x.row(i)[j];
  }
  const ColumnStatistics scaler = column_statistics(twice.view());
  const DenseDesign design(twice.view());
  LogisticProblem problem = recorded.problem();
  problem.x = &design;
  problem.scaler = &scaler;
  const LogisticSolution solution = solve_logistic(problem);
  EXPECT_TRUE(solution.converged);
  const double objective = recorded.golden["objective"];
  EXPECT_NEAR(solution.objective, objective, 1e-8 * objective);
}

TEST(SparseLogistic, SaysWhenItDidNotConverge) {
  const Wide wide;
  LogisticProblem problem = wide.problem(10);
  problem.max_iter = 1;
  const LogisticSolution solution = solve_logistic(problem);
  EXPECT_FALSE(solution.converged);
  EXPECT_GT(solution.kkt, problem.tol);
}

}  // namespace
}  // namespace sonde::solvers
