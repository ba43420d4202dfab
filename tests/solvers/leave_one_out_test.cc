#include "sonde/solvers/leave_one_out.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sonde::solvers {
namespace {

nlohmann::json recorded() {
  std::ifstream file(SONDE_TEST_DATA "/solvers/least_squares.json");
  return nlohmann::json::parse(file)["left_out"];
}

Matrix matrix_of(const nlohmann::json& rows) {
  Matrix x(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()));
  for (std::int64_t i = 0; i < x.rows(); ++i)
    std::ranges::copy(rows[i].get<std::vector<float>>(), x.row(i).begin());
  return x;
}

RegressionOptions options_of(const nlohmann::json& given) {
  return {.intercept = given["intercept"] ? Intercept::fit : Intercept::none,
          .units = given["standardize"] ? WeightUnits::standardized : WeightUnits::raw};
}

TEST(LeaveOneOut, EqualsScikitLearn) {
  ASSERT_EQ(recorded().size(), 5u);
  for (const nlohmann::json& given : recorded()) {
    const Matrix x = matrix_of(given["x"]);
    const std::vector<double> y = given["y"], alphas = given["alphas"];
    const auto errors = leave_one_out_errors({x.view(), y}, alphas, options_of(given), {});
    for (std::size_t a = 0; a < alphas.size(); ++a) {
      for (std::size_t i = 0; i < y.size(); ++i) {
        const double expected = given["squared_errors"][a][i], error = errors[a * y.size() + i];
        // Float64 on both sides, errors of about 1 and a condition of at most 1e4.
        EXPECT_NEAR(error * error, expected, 1e-9 * std::max(1.0, expected)) << given["name"];
      }
    }
    EXPECT_EQ(best_alpha({x.view(), y}, alphas, options_of(given), {}), given["best"]) << given["name"];
  }
}

// In raw units nothing is taken from the row that is left out: the closed form is fitting again.
TEST(LeaveOneOut, EqualsFittingWithoutEachRow) {
  for (const nlohmann::json& given : recorded()) {
    if (given["standardize"]) continue;
    const Matrix x = matrix_of(given["x"]);
    const std::vector<double> y = given["y"], alphas = given["alphas"];
    const std::int64_t n = x.rows(), d = x.cols();
    const auto errors = leave_one_out_errors({x.view(), y}, alphas, options_of(given), {});
    for (std::size_t a = 0; a < alphas.size(); ++a) {
      RegressionOptions options = options_of(given);
      options.alpha = alphas[a];
      for (std::int64_t i = 0; i < n; ++i) {
        Matrix others(n - 1, d);
        std::vector<double> other_y(y);
        other_y.erase(other_y.begin() + i);
        for (std::int64_t r = 0; r < n - 1; ++r)
          std::ranges::copy(x.row(r < i ? r : r + 1), others.row(r).begin());
        const auto solution = solve_regression({others.view(), other_y}, options, {});
        double error = y[i] - solution.bias[0];
        for (std::int64_t j = 0; j < d; ++j) error -= solution.weights[j] * x.row(i)[j];
        EXPECT_NEAR(errors[a * n + i], error, 1e-9 * std::max(1.0, std::abs(error))) << given["name"];
      }
    }
  }
}

TEST(LeaveOneOut, GivesTheSameBitsOnAnyNumberOfThreads) {
  const nlohmann::json given = recorded()[0];
  const Matrix x = matrix_of(given["x"]);
  const std::vector<double> y = given["y"], alphas = given["alphas"];
  EXPECT_EQ(leave_one_out_errors({x.view(), y}, alphas, {}, {.threads = 1}),
            leave_one_out_errors({x.view(), y}, alphas, {}, {.threads = 3}));
}

TEST(LeaveOneOut, TheLargerPenaltyWinsATie) {
  Matrix x(4, 1);  // a column that tells nothing: every penalty predicts the mean of the others
  const std::vector<double> y = {1, 2, 3, 5}, alphas = {1, 100, 10};
  EXPECT_EQ(best_alpha({x.view(), y}, alphas, {}, {}), 100);
}

}  // namespace
}  // namespace sonde::solvers
