#include "sonde/solvers/logistic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

Matrix matrix_of(const nlohmann::json& rows) {
  Matrix x(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()));
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    const auto row = rows[i].get<std::vector<float>>();
    std::copy(row.begin(), row.end(), x.row(i).begin());
  }
  return x;
}

// One recorded problem with everything a LogisticProblem points to.
struct Recorded {
  nlohmann::json golden;
  Matrix x;
  std::vector<std::int32_t> y;
  ColumnStatistics scaler;
  std::vector<double> weights;
  DenseDesign design;

  explicit Recorded(const nlohmann::json& given)
      : golden(given),
        x(matrix_of(given["x"])),
        y(given["y"]),
        scaler(column_statistics(x.view())),
        design(x.view()) {
    if (!given["balanced"]) return;
    const std::vector<double> per_class = balanced_class_weights(y, given["classes"]);
    for (const std::int32_t label : y) weights.push_back(per_class[label]);
  }

  LogisticProblem problem() const {
    return {.x = &design,
            .labels = y,
            .classes = golden["classes"],
            .sample_weights = weights,
            .scaler = golden["standardize"] ? &scaler : nullptr,
            .c = golden["c"],
            .intercept = golden["intercept"] ? Intercept::fit : Intercept::none};
  }
};

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
