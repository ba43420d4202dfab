#include "sonde/solvers/optimality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "recorded.h"

namespace sonde::solvers {
namespace {

TEST(Optimality, AgreesWithTheSolverAboutItsSolution) {
  std::ifstream file(SONDE_TEST_DATA "/solvers/sparse_logistic.json");
  int tried = 0;
  const nlohmann::json cases = nlohmann::json::parse(file)["cases"];
  for (const nlohmann::json& given : cases) {
    const Recorded recorded(given);
    LogisticProblem problem = recorded.problem();
    problem.scaler = nullptr;
    problem.max_iter = 3;  // far from the optimum
    const LogisticSolution solution = solve_logistic(problem);
    const Optimality found = measure_optimality(problem, solution.weights, solution.bias);
    // Both sum n terms in float64.
    EXPECT_NEAR(found.objective, solution.objective, 1e-11 * solution.objective) << given["name"];
    EXPECT_NEAR(found.kkt, solution.kkt, 1e-11) << given["name"];
    EXPECT_EQ(found.nonzero, solution.nonzero) << given["name"];
    ++tried;
  }
  EXPECT_EQ(tried, 13);
}

TEST(Optimality, OfZeroWeightsIsTheSlopeThere) {
  Matrix x(2, 1);
  x.row(0)[0] = 1;
  x.row(1)[0] = -3;
  const DenseDesign design(x.view());
  const std::vector<std::int32_t> y{1, 0};
  const LogisticProblem problem{.x = &design, .labels = y, .c = 2, .l1_ratio = 1};
  const std::vector<double> weight{0.0}, bias{0.0};
  const Optimality found = measure_optimality(problem, weight, bias);
  EXPECT_DOUBLE_EQ(found.objective, 2 * 2 * std::log(2.0));
  // Slope 2 · (−½ · 1 + ½ · −3) = −4, of which the penalty takes 1.
  EXPECT_DOUBLE_EQ(found.kkt, 3.0 / 4.0);
  EXPECT_EQ(found.nonzero, 0);
}

}  // namespace
}  // namespace sonde::solvers
