#include "sonde/solvers/sgd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace sonde::solvers {
namespace {

// One recorded run of scikit-learn's partial_fit.
struct Recorded {
  nlohmann::json golden;
  std::int64_t n, d, batch;
  int classes;
  std::vector<double> x;
  std::vector<std::int32_t> y;

  explicit Recorded(const nlohmann::json& given)
      : golden(given),
        n(static_cast<std::int64_t>(given["x"].size())),
        d(static_cast<std::int64_t>(given["x"][0].size())),
        batch(given["batch"]),
        classes(given["classes"]),
        y(given["y"]) {
    for (const nlohmann::json& row : given["x"]) {
      for (const nlohmann::json& value : row) x.push_back(value.get<float>());
    }
  }

  SgdOptions options() const {
    const std::map<std::string, StepSchedule> schedules = {{"optimal", StepSchedule::optimal},
                                                           {"constant", StepSchedule::constant},
                                                           {"invscaling", StepSchedule::invscaling}};
    const nlohmann::json& o = golden["options"];
    return {.alpha = o["alpha"],
            .l1_ratio = o["l1_ratio"],
            .schedule = schedules.at(o["learning_rate"]),
            .eta0 = o["eta0"],
            .power_t = o["power_t"]};
  }
  std::span<const double> rows(std::int64_t first, std::int64_t count) const {
    return std::span(x).subspan(first * d, count * d);
  }
  std::span<const std::int32_t> labels(std::int64_t first, std::int64_t count) const {
    return std::span(y).subspan(first, count);
  }
};

std::vector<Recorded> recorded_cases() {
  std::ifstream file(SONDE_TEST_DATA "/solvers/scikit_learn_sgd.json");
  std::vector<Recorded> cases;
  const nlohmann::json golden = nlohmann::json::parse(file);
  for (const nlohmann::json& given : golden["cases"]) cases.emplace_back(given);
  return cases;
}

// Dot products are summed in another order: rounding of 2^-53 a step, which unstable steps of up to 1e3 times
// the slope may grow.
constexpr double kRelative = 1e-10;

void expect_close(std::span<const double> got, const nlohmann::json& expected, const std::string& what) {
  const auto numbers = expected.get<std::vector<double>>();
  double largest = 0;
  for (const double value : numbers) largest = std::max(largest, std::abs(value));
  ASSERT_EQ(got.size(), numbers.size()) << what;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    EXPECT_NEAR(got[i], numbers[i], kRelative * largest) << what << " " << i;
}

TEST(Sgd, EqualsScikitLearnAfterEveryStep) {
  const std::vector<Recorded> cases = recorded_cases();
  ASSERT_EQ(cases.size(), 9u);
  for (const Recorded& r : cases) {
    SgdClassifier model(r.d, r.classes, r.options());
    std::int64_t first = 0;
    for (const nlohmann::json& step : r.golden["steps"]) {
      const std::int64_t count = std::min(r.batch, r.n - first);
      std::vector<double> margins(count * model.vectors());
      model.partial_fit(r.rows(first, count), r.labels(first, count), margins);
      first += count;
      const std::string what = r.golden["options"].dump() + " after " + std::to_string(first);
      expect_close(model.weights(), step["weights"], "weights, " + what);
      expect_close(model.intercepts(), step["intercepts"], "intercepts, " + what);
      EXPECT_EQ(model.t(), step["t"].get<double>());
    }
    EXPECT_EQ(first, r.n);
  }
}

TEST(Sgd, GivesScikitLearnsProbabilitiesAndLogLoss) {
  for (const Recorded& r : recorded_cases()) {
    SgdClassifier model(r.d, r.classes, r.options());
    for (std::int64_t first = 0; first < r.n; first += r.batch) {
      const std::int64_t count = std::min(r.batch, r.n - first);
      std::vector<double> margins(count * model.vectors());
      model.partial_fit(r.rows(first, count), r.labels(first, count), margins);
    }
    std::vector<double> margins(model.vectors()), row(r.classes), all;
    double loss = 0;
    for (std::int64_t i = 0; i < r.n; ++i) {
      model.margins(r.rows(i, 1), margins);
      one_vs_rest_probabilities(margins, row);
      all.insert(all.end(), row.begin(), row.end());
      loss += clipped_log_loss(row, r.y[i]) / static_cast<double>(r.n);
    }
    expect_close(all, r.golden["probabilities"], "probabilities");
    const double expected = r.golden["log_loss"];
    // scikit-learn gives the first of two classes 1 − p, whose logarithm is coarse where p is almost 1.
    EXPECT_NEAR(loss, expected, 1e-6 * expected);
  }
}

TEST(Sgd, ABatchIsItsRowsOneByOne) {
  for (const Recorded& r : recorded_cases()) {
    if (r.options().l1_ratio > 0) continue;  // whose sums of penalties begin anew with each batch
    SgdClassifier whole(r.d, r.classes, r.options()), single(r.d, r.classes, r.options());
    std::vector<double> margins(r.n * whole.vectors()), before(whole.vectors()), one(whole.vectors());
    whole.partial_fit(r.x, r.y, margins);
    for (std::int64_t i = 0; i < r.n; ++i) {
      single.margins(r.rows(i, 1), before);
      single.partial_fit(r.rows(i, 1), r.labels(i, 1), one);
      EXPECT_EQ(one, before) << "a row's margins are those before its step";
    }
    for (std::size_t j = 0; j < whole.weights().size(); ++j)
      EXPECT_NEAR(whole.weights()[j], single.weights()[j], kRelative * (1 + std::abs(single.weights()[j])));
  }
}

TEST(Sgd, StrongL1LeavesExactZeros) {
  const Recorded r = recorded_cases()[2];
  SgdOptions options = r.options();
  options.alpha = 10;
  SgdClassifier model(r.d, r.classes, options);
  std::vector<double> margins(r.n);
  model.partial_fit(r.x, r.y, margins);
  EXPECT_THAT(model.weights(), testing::Each(0.0));
  EXPECT_NE(model.intercepts()[0], 0.0) << "the intercept is not penalised";
}

TEST(Sgd, LogLossStopsWhereDoublesDo) {
  EXPECT_DOUBLE_EQ(clipped_log_loss(std::vector{1.0, 0.0}, 1), 52 * std::log(2.0));
  EXPECT_DOUBLE_EQ(clipped_log_loss(std::vector{0.25, 0.75}, 1), -std::log(0.75));
}

TEST(Sgd, ProbabilitiesAreEqualWhereNoClassHasAny) {
  std::vector<double> out(3);
  one_vs_rest_probabilities(std::vector{-800.0, -800.0, -800.0}, out);
  EXPECT_THAT(out, testing::Each(testing::DoubleEq(1.0 / 3)));
}

}  // namespace
}  // namespace sonde::solvers
