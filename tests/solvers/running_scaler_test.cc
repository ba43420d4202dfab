#include "sonde/solvers/running_scaler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sonde/solvers/design.h"

namespace sonde::solvers {
namespace {

nlohmann::json recorded() {
  std::ifstream file(SONDE_TEST_DATA "/solvers/scikit_learn_sgd.json");
  return nlohmann::json::parse(file)["scaler"];
}

Matrix matrix_of(const nlohmann::json& rows) {
  Matrix x(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()));
  for (std::int64_t i = 0; i < x.rows(); ++i)
    std::ranges::copy(rows[i].get<std::vector<float>>(), x.row(i).begin());
  return x;
}

std::vector<std::int64_t> range(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> rows(count);
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

// Ten roundings of the largest number that enters, the square of a mean of 1e4 for the variances.
constexpr double kRounding = 10 * 0x1p-53;

TEST(RunningScaler, EqualsScikitLearnBatchByBatch) {
  const nlohmann::json golden = recorded();
  const Matrix x = matrix_of(golden["x"]);
  RunningScaler scaler(x.cols());
  std::int64_t first = 0;
  for (const nlohmann::json& step : golden["steps"]) {
    const std::int64_t rows = step["rows"];
    scaler.update(x.view(), range(first, rows));
    first += rows;
    EXPECT_EQ(scaler.rows(), first);
    std::vector<double> out(x.cols());
    scaler.transform(x.row(first - 1), out);
    for (std::int64_t j = 0; j < x.cols(); ++j) {
      const double mean = step["mean"][j], variance = step["variance"][j], scale = step["scale"][j];
      const double largest = mean * mean + variance;
      EXPECT_NEAR(scaler.mean()[j], mean, kRounding * std::sqrt(largest)) << j;
      EXPECT_NEAR(scaler.variance()[j], variance, kRounding * largest) << j;
      EXPECT_NEAR(scaler.scale()[j], scale, kRounding * largest / scale) << j;
      EXPECT_NEAR(out[j], step["transformed"][j].get<double>(), 10 * kRounding * (1 + largest) / scale) << j;
    }
  }
  EXPECT_EQ(first, x.rows());
}

TEST(RunningScaler, AColumnThatNeverChangesKeepsScaleOne) {
  const Matrix x = matrix_of(recorded()["x"]);
  RunningScaler scaler(x.cols());
  for (std::int64_t i = 0; i < x.rows(); ++i) scaler.update(x.view(), range(i, 1));
  EXPECT_EQ(scaler.scale()[3], 1.0);
  EXPECT_EQ(scaler.scale()[4], 1.0);
}

TEST(RunningScaler, BatchesInAnySizesEndAtTheColumnStatistics) {
  const Matrix x = matrix_of(recorded()["x"]);
  const ColumnStatistics whole = column_statistics(x.view());
  for (const std::int64_t size : {1, 4, 23}) {
    RunningScaler scaler(x.cols());
    for (std::int64_t first = 0; first < x.rows(); first += size)
      scaler.update(x.view(), range(first, std::min(size, x.rows() - first)));
    for (std::int64_t j = 0; j < x.cols(); ++j) {
      const double largest = whole.mean[j] * whole.mean[j] + whole.scale[j] * whole.scale[j];
      EXPECT_NEAR(scaler.mean()[j], whole.mean[j], kRounding * std::sqrt(largest));
      EXPECT_NEAR(scaler.scale()[j], whole.scale[j], kRounding * largest / whole.scale[j]);
    }
  }
}

TEST(RunningScaler, TakesOnlyThePickedRows) {
  const Matrix x = matrix_of(recorded()["x"]);
  const std::vector<std::int64_t> picked = {2, 9, 4};
  RunningScaler scaler(x.cols());
  scaler.update(x.view(), picked);
  scaler.update(x.view(), {});
  EXPECT_EQ(scaler.rows(), 3);
  const double mean = (double(x.row(2)[0]) + x.row(9)[0] + x.row(4)[0]) / 3;
  EXPECT_DOUBLE_EQ(scaler.mean()[0], mean);
}

}  // namespace
}  // namespace sonde::solvers
