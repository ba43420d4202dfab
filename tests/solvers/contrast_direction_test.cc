#include "sonde/solvers/contrast_direction.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace sonde::solvers {
namespace {

TEST(ContrastDirection, EqualsTheEigenvectorOfTheMatrixItStandsFor) {
  std::ifstream file(SONDE_TEST_DATA "/probes/torch_contrast.json");
  const nlohmann::json cases = nlohmann::json::parse(file)["eigen"];
  ASSERT_EQ(cases.size(), 4u);
  for (const nlohmann::json& golden : cases) {
    const auto rows = golden["x"].get<std::vector<std::vector<float>>>();
    Matrix x(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()));
    for (std::int64_t i = 0; i < x.rows(); ++i) std::ranges::copy(rows[i], x.row(i).begin());
    ContrastSet set{.rows = x.view(), .prompts = golden["prompts"]};
    std::vector<ColumnStatistics> scalers;
    for (std::int64_t p = 0; p < set.prompts; ++p) {
      scalers.push_back(column_statistics(set.prompt(p)));
      if (!golden["scaled"]) std::ranges::fill(scalers.back().scale, 1.0);
    }
    set.scalers = scalers;
    const Eigenpair pair =
        contrast_direction(set, {golden["variance"], golden["invariance"], golden["covariance"]});
    EXPECT_TRUE(pair.converged);
    const double value = golden["eigenvalue"];
    EXPECT_NEAR(pair.value, value, 1e-12 * value);  // both in double
    double cosine = 0;
    for (std::size_t j = 0; j < pair.vector.size(); ++j)
      cosine += pair.vector[j] * double(golden["vector"][j]);
    EXPECT_NEAR(std::abs(cosine), 1, 1e-12);  // the next eigenvalue is at most a sixth
  }
}

// Two statements on a line of slope 2: the rows are ±(1, 2), taken off their means.
TEST(ContrastDirection, FollowsALine) {
  const std::vector<float> rows{1, 2, -1, -2, -1, -2, 1, 2, 2, 4, -2, -4, -2, -4, 2, 4};
  const ColumnStatistics as_they_are{{0, 0}, {1, 1}};
  const std::vector scalers(2, as_they_are);
  const ContrastSet set{{rows.data(), 4, 4, 4}, 2, scalers};
  const Eigenpair pair = contrast_direction(set, {});
  EXPECT_NEAR(pair.vector[1] / pair.vector[0], 2, 1e-12);
  // Differences are ±2 and ±4 times √5: their variance is (4 + 4 + 16 + 16) / 4 · 5.
  EXPECT_NEAR(pair.value, 50, 1e-10);
}

}  // namespace
}  // namespace sonde::solvers
