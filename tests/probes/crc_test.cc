#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "contrast_toy.h"
#include "toy.h"

namespace sonde::probes {
namespace {

// The projection on the eigenvector that numpy found, in units of its spread, through the logistic function.
TEST(Crc, ScoresByTheTopComponentThatNumpyFinds) {
  std::ifstream file(SONDE_TEST_DATA "/probes/torch_contrast.json");
  const nlohmann::json recorded = nlohmann::json::parse(file)["eigen"];
  int cases = 0;
  for (const nlohmann::json& golden : recorded) {
    if (golden["prompts"] != 2) continue;
    ++cases;
    const auto rows = golden["x"].get<std::vector<std::vector<float>>>();
    const auto vector = golden["vector"].get<std::vector<double>>();
    const std::size_t n = rows.size(), d = vector.size();
    ContrastToy toy{.rows = Matrix(static_cast<std::int64_t>(n), static_cast<std::int64_t>(2 * d))};
    for (std::size_t i = 0; i < n; ++i) {
      std::ranges::copy(rows[i], toy.rows.row(static_cast<std::int64_t>(i)).begin());
      toy.labels.push_back(i % 2 == 0);
    }
    std::vector<double> margins(n);
    for (std::size_t j = 0; j < 2 * d; ++j) {
      double mean = 0, variance = 0;
      for (const auto& row : rows) mean += row[j] / static_cast<double>(n);
      for (const auto& row : rows) variance += (row[j] - mean) * (row[j] - mean) / static_cast<double>(n);
      const double weight = (j < d ? -1 : 1) * vector[j % d] / (golden["scaled"] ? std::sqrt(variance) : 1);
      for (std::size_t i = 0; i < n; ++i) margins[i] += weight * (rows[i][j] - mean);
    }
    double squares = 0;
    for (const double m : margins) squares += m * m / static_cast<double>(n);
    const nlohmann::json options = {{"normalize", golden["scaled"] ? "mean_std" : "mean"}, {"sign", "none"}};
    const Matrix scores = make_probe("crc", options)->fit(toy.labelled(), {})->scores(toy.input());
    // An eigenvector has no sign: one factor for all rows.
    const double side = (scores.row(0)[1] > 0.5) == (margins[0] > 0) ? 1 : -1;
    for (std::size_t i = 0; i < n; ++i) {
      const double expected = 1 / (1 + std::exp(-side * margins[i] / std::sqrt(squares)));
      EXPECT_NEAR(scores.row(static_cast<std::int64_t>(i))[1], expected,
                  2e-6);  // weights are saved as floats
    }
  }
  EXPECT_EQ(cases, 2);
}

TEST(Crc, RecoversAPlantedDirection) {
  const ContrastToy toy = make_contrast(80, 20, 1, 9);
  const auto fitted = make_probe("crc")->fit(toy.labelled(), {});
  EXPECT_EQ(contrast_accuracy(*fitted, toy), 1);
  const float* weight = fitted->linear()->weight.data();
  EXPECT_LT(cosine_with(toy.direction, weight), -0.99);  // prompt 0 true speaks against the second class
  EXPECT_GT(cosine_with(toy.direction, weight + 20), 0.99);
}

TEST(Crc, TurnsItselfByTheTrainingLabelsOrNot) {
  ContrastToy toy = make_contrast(30, 6, 1, 9);
  for (const char* sign : {"none", "flattering"}) {
    const auto probe = make_probe("crc", {{"sign", sign}});
    const double a = contrast_accuracy(*probe->fit(toy.labelled(), {}), toy);
    for (std::int32_t& label : toy.labels) label = 1 - label;
    const auto turned = probe->fit(toy.labelled(), {});
    EXPECT_EQ(contrast_accuracy(*turned, toy), 1 - a);
    EXPECT_EQ(turned->report().details.contains("accuracy_shown"), std::string(sign) == "flattering");
  }
}

TEST(Crc, RefusesOtherNumbersOfPrompts) {
  EXPECT_THROW((void)make_probe("crc")->fit(make_contrast(12, 3, 1, 1, 4).labelled(), {}), Error);
}

}  // namespace
}  // namespace sonde::probes
