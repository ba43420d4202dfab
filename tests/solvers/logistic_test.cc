#include "sonde/solvers/logistic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "recorded.h"
#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

std::vector<nlohmann::json> recorded_cases() {
  std::ifstream file(SONDE_TEST_DATA "/solvers/scikit_learn.json");
  return nlohmann::json::parse(file)["cases"];
}

TEST(Logistic, EqualsScikitLearn) {
  const auto cases = recorded_cases();
  ASSERT_EQ(cases.size(), 9u);
  for (const nlohmann::json& given : cases) {
    const Recorded recorded(given);
    const LogisticSolution solution = solve_logistic(recorded.problem());
    const std::string name = given["name"];
    EXPECT_TRUE(solution.converged) << name;
    EXPECT_LE(solution.kkt, 1e-8) << name;
    const double objective = given["objective"];
    // Both stop at a tiny gradient; the objective is flat there, the weights agree to the root of that.
    EXPECT_NEAR(solution.objective, objective, 1e-9 * objective) << name;
    const std::int64_t d = recorded.x.cols();
    for (std::size_t c = 0; c < solution.bias.size(); ++c) {
      double bias = given["bias"].size() == 1 ? given["bias"][0] : given["bias"][c];
      for (std::int64_t j = 0; j < d; ++j) {
        const bool scaled = given["standardize"];
        const double folded = given["coef"][c][j].get<double>() / (scaled ? recorded.scaler.scale[j] : 1.0);
        EXPECT_NEAR(solution.weights[c * d + j], folded, 2e-6 * std::max(1.0, std::abs(folded))) << name;
        if (scaled) bias -= recorded.scaler.mean[j] * folded;
      }
      EXPECT_NEAR(solution.bias[c], bias, 1e-5 * std::max(1.0, std::abs(bias))) << name;
    }
  }
}

TEST(Logistic, BalancedWeightsEqualADuplicatedMinority) {
  const RandomStream stream(8, "balanced");
  Matrix once(9, 2), twice(12, 2);
  std::vector<std::int32_t> y_once, y_twice;
  for (std::int64_t i = 0; i < 9; ++i) {
    const std::int32_t label = i < 6 ? 0 : 1;
    for (int j = 0; j < 2; ++j) once.row(i)[j] = static_cast<float>(stream.uniform(2 * i + j) + 0.3 * label);
    y_once.push_back(label);
  }
  for (std::int64_t i = 0; i < 12; ++i) {
    const std::int64_t from = i < 9 ? i : i - 3;
    std::copy(once.row(from).begin(), once.row(from).end(), twice.row(i).begin());
    y_twice.push_back(y_once[from]);
  }
  // 9/(2·6) = 0.75 and 9/(2·3) = 1.5: 0.75 times the duplicated problem.
  const std::vector<double> per_class = balanced_class_weights(y_once, 2);
  EXPECT_EQ(per_class, (std::vector<double>{0.75, 1.5}));
  std::vector<double> weights;
  for (const std::int32_t label : y_once) weights.push_back(per_class[label]);
  const DenseDesign a(once.view()), b(twice.view());
  const auto weighted = solve_logistic({.x = &a, .labels = y_once, .sample_weights = weights, .c = 4});
  const auto written = solve_logistic({.x = &b, .labels = y_twice, .c = 3});
  EXPECT_NEAR(weighted.objective, written.objective, 1e-10);
  for (int j = 0; j < 2; ++j) EXPECT_NEAR(weighted.weights[j], written.weights[j], 1e-7);
}

TEST(Logistic, SparseRowsGiveTheSameOptimumAsDense) {
  const RandomStream stream(2, "sparse");
  Matrix dense(60, 30);
  SparseRows sparse{.cols = 30};
  std::vector<std::int32_t> y;
  for (std::int64_t i = 0; i < 60; ++i) {
    for (std::int64_t j = 0; j < 30; ++j) {
      if (stream.below(5, i * 30 + j) != 0) continue;
      dense.row(i)[j] = static_cast<float>(1 + stream.below(3, 5000 + i * 30 + j));
      sparse.columns.push_back(static_cast<std::int32_t>(j));
      sparse.values.push_back(dense.row(i)[j]);
    }
    sparse.offsets.push_back(static_cast<std::int64_t>(sparse.values.size()));
    y.push_back(static_cast<std::int32_t>(stream.below(3, 9000 + i)));
  }
  const DenseDesign a(dense.view());
  const SparseDesign b(sparse);
  const auto from_dense = solve_logistic({.x = &a, .labels = y, .classes = 3});
  const auto from_sparse = solve_logistic({.x = &b, .labels = y, .classes = 3});
  EXPECT_TRUE(from_sparse.converged);
  EXPECT_NEAR(from_dense.objective, from_sparse.objective, 1e-9 * from_dense.objective);
  for (std::size_t i = 0; i < from_dense.weights.size(); ++i) {
    EXPECT_NEAR(from_dense.weights[i], from_sparse.weights[i], 1e-6);
  }
}

TEST(Logistic, LeavesConstantColumnsAtZero) {
  const Recorded recorded(recorded_cases()[0]);
  Matrix x(recorded.x.rows(), recorded.x.cols() + 1);
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    std::copy(recorded.x.row(i).begin(), recorded.x.row(i).end(), x.row(i).begin());
    x.row(i)[x.cols() - 1] = 7.3f;
  }
  const ColumnStatistics scaler = column_statistics(x.view());
  const DenseDesign design(x.view());
  const auto solution = solve_logistic({.x = &design, .labels = recorded.y, .scaler = &scaler});
  EXPECT_NEAR(solution.weights.back(), 0, 1e-12);
  EXPECT_NEAR(solution.objective, recorded.golden["objective"].get<double>(), 1e-9);
}

TEST(Logistic, SolvesManyWithTheSameBitsOnAnyNumberOfThreads) {
  std::vector<Recorded> recorded;
  for (const nlohmann::json& given : recorded_cases()) recorded.emplace_back(given);
  for (Recorded& r : recorded) r.design = DenseDesign(r.x.view());
  std::vector<LogisticProblem> problems;
  for (const Recorded& r : recorded) problems.push_back(r.problem());
  const auto one = solve_logistic(problems, {.threads = 1});
  const auto three = solve_logistic(problems, {.threads = 3});
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].weights, three[i].weights);
    EXPECT_EQ(one[i].bias, three[i].bias);
    EXPECT_EQ(solve_logistic(problems[i]).weights, one[i].weights);
  }
}

// Problems on the same rows are solved in one pass; each keeps the bits it has alone. Few rows go to the
// solver in sample space, many to the one that walks over features.
TEST(Logistic, AProblemHasTheSameBitsAloneAndInCompany) {
  for (const auto& [n, d] : {std::pair{30, 45}, std::pair{700, 11}}) {
    const RandomStream stream(9, "company");
    Matrix x(n, d);
    for (std::int64_t i = 0; i < n * d; ++i) x.data()[i] = static_cast<float>(stream.uniform(i) - 0.5);
    const ColumnStatistics scaler = column_statistics(x.view());
    const DenseDesign design(x.view());
    std::vector<std::vector<std::int32_t>> labels(6);
    std::vector<double> weights(n);
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::size_t m = 0; m < labels.size(); ++m)
        labels[m].push_back(static_cast<std::int32_t>(stream.below(m < 4 ? 2 : 3, 1000000 + 6 * i + m)));
      weights[i] = 0.5 + stream.uniform(2000000 + i);
    }
    std::vector<LogisticProblem> problems;
    for (std::size_t m = 0; m < labels.size(); ++m) {
      problems.push_back({.x = &design, .labels = labels[m], .classes = m < 4 ? 2 : 3, .scaler = &scaler});
      problems.back().c = m % 2 == 0 ? 1.0 : 3.0;
      if (m == 2) problems.back().sample_weights = weights;
      if (m == 3) problems.back().intercept = Intercept::none;
    }
    problems[5].l1_ratio = 1;
    const auto together = solve_logistic(problems, {.threads = 2});
    for (std::size_t m = 0; m < problems.size(); ++m) {
      const LogisticSolution alone = solve_logistic(problems[m]);
      EXPECT_TRUE(alone.converged) << m;
      EXPECT_EQ(together[m].weights, alone.weights) << n << " " << m;
      EXPECT_EQ(together[m].bias, alone.bias) << n << " " << m;
      EXPECT_EQ(together[m].objective, alone.objective) << n << " " << m;
    }
  }
}

// The gradient written out from the definition, on more rows than columns and on fewer.
TEST(Logistic, ItsGradientVanishes) {
  for (const auto& [n, d] : {std::pair{25, 60}, std::pair{300, 9}}) {
    const RandomStream stream(10, "gradient");
    Matrix x(n, d);
    std::vector<std::int32_t> y(n);
    for (std::int64_t i = 0; i < n * d; ++i) x.data()[i] = static_cast<float>(stream.uniform(i) - 0.3);
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<std::int32_t>(stream.below(3, 500000 + i) == 0);
    const DenseDesign design(x.view());
    const LogisticSolution solution = solve_logistic({.x = &design, .labels = y, .c = 2});
    std::vector<double> gradient(solution.weights);
    double bias = 0, objective = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      double margin = solution.bias[0];
      for (std::int64_t j = 0; j < d; ++j) margin += solution.weights[j] * x.row(i)[j];
      const double residual = 1 / (1 + std::exp(-margin)) - y[i];
      objective += 2 * std::log1p(std::exp(y[i] == 1 ? -margin : margin));
      bias += 2 * residual;
      for (std::int64_t j = 0; j < d; ++j) gradient[j] += 2 * residual * x.row(i)[j];
    }
    // tol 1e-8 of a gradient at zero of at most n.
    for (const double slope : gradient) EXPECT_NEAR(slope, 0, 1e-8 * n);
    EXPECT_NEAR(bias, 0, 1e-8 * n);
    for (const double w : solution.weights) objective += 0.5 * w * w;
    EXPECT_NEAR(solution.objective, objective, 1e-12 * objective);
  }
}

TEST(Logistic, APathHoldsTheSolutionsOfItsGrid) {
  const Recorded recorded(recorded_cases()[0]);
  LogisticProblem problem = recorded.problem();
  const std::vector<double> grid{10, 0.1, 1};
  const auto path = solve_path(problem, grid, {});
  for (std::size_t i = 0; i < grid.size(); ++i) {
    problem.c = grid[i];
    EXPECT_EQ(path[i].weights, solve_logistic(problem).weights);
  }
}

TEST(Logistic, SaysWhenItDidNotConverge) {
  const Recorded recorded(recorded_cases()[0]);
  LogisticProblem problem = recorded.problem();
  problem.max_iter = 1;
  const auto solution = solve_logistic(problem);
  EXPECT_FALSE(solution.converged);
  EXPECT_GT(solution.kkt, problem.tol);
}

TEST(Logistic, ProbabilitiesSumToOneAndSurviveHugeMargins) {
  std::vector<double> two(2), three(3);
  probabilities(std::vector<double>{800}, two);
  EXPECT_EQ(two, (std::vector<double>{0, 1}));
  probabilities(std::vector<double>{1000, 1000, -1000}, three);
  EXPECT_EQ(three, (std::vector<double>{0.5, 0.5, 0}));
}

}  // namespace
}  // namespace sonde::solvers
