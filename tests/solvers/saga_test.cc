#include "sonde/solvers/saga.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sonde/core/error.h"
#include "sonde/replay/numpy_random_state.h"
#include "sonde/solvers/optimality.h"

namespace sonde::solvers {
namespace {

nlohmann::json golden() {
  std::ifstream file(SONDE_TEST_DATA "/solvers/saga.json");
  return nlohmann::json::parse(file);
}

// The rows that tests/golden/solvers_saga.py draws for a case.
struct Rows {
  nlohmann::json given;
  std::vector<std::int32_t> y;
  Matrix x;
  std::vector<double> weights;
  DenseDesign design;

  explicit Rows(const nlohmann::json& of) : given(of), x(drawn(of, y)), design(x.view()) {
    if (!given["balanced"]) return;
    for (std::size_t i = 0; i < y.size(); i += 3) y[i] = 0;
    const std::vector<double> per_class = balanced_class_weights(y, given["classes"]);
    for (const std::int32_t label : y) weights.push_back(per_class[label]);
  }

  LogisticProblem problem() const {
    return {.x = &design,
            .labels = y,
            .classes = given["classes"],
            .sample_weights = weights,
            .c = given["c"],
            .l1_ratio = given["l1_ratio"],
            .intercept = given["intercept"] ? Intercept::fit : Intercept::none,
            .tol = given["tol"],
            .max_iter = given["max_iter"]};
  }

  static Matrix drawn(const nlohmann::json& of, std::vector<std::int32_t>& y) {
    replay::NumpyRandomState draws(of["data_seed"].get<std::int64_t>());
    Matrix x(of["n"], of["d"]);
    const bool positive = of["positive"];
    for (std::int64_t i = 0; i < x.rows(); ++i) {
      y.push_back(static_cast<std::int32_t>(i % of["classes"].get<std::int64_t>()));
      for (std::int64_t j = 0; j < x.cols(); ++j) {
        const double v = draws.random_sample() - 0.5;
        x.row(i)[j] = static_cast<float>((positive ? v * v : 8 * v * v * v) + 0.25 * (j % 37 == y.back()));
      }
    }
    return x;
  }
};

// The recorded float32 numbers are met bit for bit where exp() rounds as it did on the recording machine;
// another libm may be one unit off in a gradient, which moves a coefficient by far less than this.
constexpr double kLibm = 1e-6;

void expect_equal(const LogisticSolution& solution, const nlohmann::json& given) {
  const std::string name = given["name"];
  EXPECT_EQ(solution.iterations, given["n_iter"]) << name;
  EXPECT_EQ(solution.converged, given["n_iter"] < given["max_iter"]) << name;
  EXPECT_EQ(solution.nonzero, static_cast<std::int64_t>(given["coef"].size())) << name;
  for (std::size_t v = 0; v < solution.bias.size() && given["intercept"]; ++v)
    EXPECT_NEAR(solution.bias[v], given["bias"][v], kLibm * std::abs(given["bias"][v].get<double>())) << name;
  double most = 0;
  for (const nlohmann::json& entry : given["coef"]) most = std::max(most, std::abs(entry[2].get<double>()));
  for (const nlohmann::json& entry : given["coef"]) {
    const std::int64_t at =
        entry[0].get<std::int64_t>() * given["d"].get<std::int64_t>() + entry[1].get<std::int64_t>();
    EXPECT_NEAR(solution.weights[at], entry[2], kLibm * most) << name << " " << at;
  }
}

TEST(Saga, EqualsScikitLearn) {
  const nlohmann::json cases = golden()["cases"];
  ASSERT_EQ(cases.size(), 10u);
  for (const nlohmann::json& given : cases) {
    const Rows rows(given);
    const LogisticProblem problem = rows.problem();
    expect_equal(solve_saga(std::span(&problem, 1), given["seed"], {}).front(), given);
  }
}

TEST(Saga, SweepsOverCAsScikitLearnWould) {
  const nlohmann::json all = golden(), sweep = all["sweep"];
  nlohmann::json given = all["cases"][0];
  given["max_iter"] = 20;
  const Rows rows(given);
  std::vector<LogisticProblem> problems(sweep.size(), rows.problem());
  for (std::size_t i = 0; i < sweep.size(); ++i) problems[i].c = sweep[i]["c"];
  const std::vector<LogisticSolution> solutions = solve_saga(problems, 0, {.threads = 2});
  ASSERT_EQ(solutions.size(), 17u);
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    double l1 = 0;
    for (const double w : solutions[i].weights) l1 += std::abs(w);
    EXPECT_EQ(solutions[i].iterations, sweep[i]["n_iter"]) << i;
    EXPECT_EQ(solutions[i].nonzero, sweep[i]["nonzero"]) << i;
    EXPECT_NEAR(l1, sweep[i]["l1"], kLibm * l1) << i;
    EXPECT_NEAR(solutions[i].bias[0], sweep[i]["bias"][0], kLibm * std::abs(solutions[i].bias[0])) << i;
  }
}

TEST(Saga, LanesDoNotChangeBits) {
  const nlohmann::json cases = golden()["cases"];
  for (const std::size_t which : {3u, 4u, 8u}) {  // one vector with a scale of its own, and three vectors
    const Rows rows(cases[which]);
    std::vector<LogisticProblem> problems(7, rows.problem());
    for (std::size_t i = 0; i < problems.size(); ++i) problems[i].c = 0.1 * static_cast<double>(1 + i * i);
    const std::vector<LogisticSolution> together = solve_saga(problems, 9, {.threads = 2});
    for (std::size_t i = 0; i < problems.size(); ++i) {
      const LogisticSolution alone = solve_saga(std::span(&problems[i], 1), 9, {}).front();
      EXPECT_EQ(together[i].weights, alone.weights) << which << " " << i;
      EXPECT_EQ(together[i].bias, alone.bias) << which << " " << i;
      EXPECT_EQ(together[i].iterations, alone.iterations) << which << " " << i;
    }
  }
}

TEST(Saga, SaysHowFarItIsFromTheOptimum) {
  const nlohmann::json cases = golden()["cases"];
  const Rows rows(cases[0]);
  LogisticProblem problem = rows.problem();
  const LogisticSolution stopped = solve_saga(std::span(&problem, 1), 0, {}).front();
  problem.tol = 1e-10;
  const LogisticSolution exact = solve_logistic(problem);
  EXPECT_LT(exact.objective, stopped.objective);
  EXPECT_LT(exact.kkt, 1e-8);
  EXPECT_GT(stopped.kkt, 1e-6);
  EXPECT_NE(exact.nonzero, stopped.nonzero);
  // Given time and a strict rule it gets to the optimum of a small problem.
  const Rows few(cases[4]);
  LogisticProblem small = few.problem();
  small.tol = 1e-7;
  small.max_iter = 20000;
  const LogisticSolution patient = solve_saga(std::span(&small, 1), 0, {}).front();
  const LogisticSolution optimum = solve_logistic(small);
  EXPECT_TRUE(patient.converged);
  // float32 weights: their rounding times the largest slope.
  EXPECT_LT(patient.kkt, 1e-5);
  EXPECT_NEAR(patient.objective, optimum.objective, 1e-6 * optimum.objective);
}

TEST(Saga, FoldsAScalerIn) {
  const Rows rows(golden()["cases"][2]);
  const ColumnStatistics scaler = column_statistics(rows.x.view());
  LogisticProblem problem = rows.problem();
  problem.scaler = &scaler;
  problem.tol = 1e-7;
  problem.max_iter = 5000;
  const LogisticSolution solution = solve_saga(std::span(&problem, 1), 0, {}).front();
  problem.tol = 1e-9;
  const LogisticSolution optimum = solve_logistic(problem);
  for (std::size_t j = 0; j < optimum.weights.size(); ++j)
    EXPECT_NEAR(solution.weights[j], optimum.weights[j], 1e-3) << j;  // of weights up to 10: float32 rows
  EXPECT_NEAR(solution.bias[0], optimum.bias[0], 1e-3);
}

TEST(Saga, RefusesWhatItCannotDo) {
  const Rows rows(golden()["cases"][2]);
  const LogisticProblem problem = rows.problem();
  EXPECT_THROW((void)solve_saga(std::span(&problem, 1), -1, {}), Error);
  LogisticProblem outgrown = rows.problem();  // the step size does not know of weights
  const std::vector<double> weights(rows.y.size(), 3e38);
  outgrown.sample_weights = weights;
  EXPECT_THROW((void)solve_saga(std::span(&outgrown, 1), 0, {}), Error);
  EXPECT_TRUE(solve_saga({}, 0, {}).empty());
}

}  // namespace
}  // namespace sonde::solvers
