#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "toy.h"

namespace sonde::probes {
namespace {

// Fits `options` to a toy and gives the features it chose.
std::vector<std::int64_t> chosen(const nlohmann::json& options, const Toy& toy) {
  return make_probe("k_sparse", options)->fit(toy.labelled(), {})->report().details["features"];
}

// Feature 2 differs most between the classes, feature 5 next; 4 differs little but hardly varies.
Toy planted() {
  const RandomStream stream(4, "planted");
  Toy toy = make_toy(120, 2, 1);
  for (std::int64_t i = 0; i < 120; ++i) {
    const int label = toy.labels[i];
    for (std::int64_t j = 0; j < 6; ++j)
      toy.features.row(i)[j] = static_cast<float>(stream.uniform(i * 6 + j) - 0.5);
    toy.features.row(i)[2] = 4 * toy.features.row(i)[2] + 2.0f * label;
    toy.features.row(i)[5] = 2 * toy.features.row(i)[5] + 1.0f * label;
    toy.features.row(i)[4] = toy.features.row(i)[4] / 10 + 0.3f * label;
  }
  return toy;
}

TEST(KSparse, RanksByTheDifferenceOfTheMeans) {
  const Toy toy = planted();
  EXPECT_EQ(chosen({{"k", 1}, {"standardize", false}}, toy), (std::vector<std::int64_t>{2}));
  EXPECT_EQ(chosen({{"k", 2}, {"standardize", false}}, toy), (std::vector<std::int64_t>{2, 5}));
  EXPECT_EQ(chosen({{"k", 1}}, toy), (std::vector<std::int64_t>{4}));  // in units of the deviation
}

// Both other criteria see that feature 4 tells the classes apart best.
TEST(KSparse, RanksByFAndByThePath) {
  const Toy toy = planted();
  EXPECT_EQ(chosen({{"k", 1}, {"rank_by", "f_statistic"}, {"standardize", false}}, toy),
            (std::vector<std::int64_t>{4}));
  EXPECT_EQ(chosen({{"k", 1}, {"rank_by", "l1_path"}}, toy), (std::vector<std::int64_t>{4}));
}

TEST(KSparse, OrdersFeaturesAsScikitLearnsFClassif) {
  std::ifstream file(SONDE_TEST_DATA "/probes/sparse.json");
  const nlohmann::json golden = nlohmann::json::parse(file)["f_classif"];
  const std::int64_t n = golden["x"].size(), d = golden["x"][0].size();
  Toy toy = make_toy(n, 3, 1);
  toy.features = Matrix(n, d);
  for (std::int64_t i = 0; i < n; ++i)
    std::ranges::copy(golden["x"][i].get<std::vector<float>>(), toy.features.row(i).begin());
  toy.labels = golden["y"].get<std::vector<std::int32_t>>();
  const auto order = golden["order"].get<std::vector<std::int64_t>>();
  for (std::int64_t k = 1; k <= d; ++k) {
    std::vector<std::int64_t> expected(order.begin(), order.begin() + k);
    std::ranges::sort(expected);
    EXPECT_EQ(chosen({{"k", k}, {"rank_by", "f_statistic"}}, toy), expected);
  }
}

// On the chosen features it is the logistic probe, and elsewhere its weights are zero.
TEST(KSparse, EqualsLogisticOnTheChosenFeatures) {
  for (const int classes : {2, 3}) {
    const Toy toy = make_toy(90, classes, 3);
    const auto fitted = make_probe("k_sparse", {{"k", 2}, {"c", 0.7}})->fit(toy.labelled(), {});
    const std::vector<std::int64_t> features = fitted->report().details["features"];
    ASSERT_EQ(features.size(), 2u);
    Matrix part(90, 2);
    for (std::int64_t i = 0; i < 90; ++i) {
      for (int f = 0; f < 2; ++f) part.row(i)[f] = toy.features.row(i)[features[f]];
    }
    const auto alone = make_probe("logistic", {{"c", 0.7}})
                           ->fit({ProbeInput::of_features(part.view()), toy.labels, toy.classes}, {});
    for (std::int64_t c = 0; c < fitted->linear()->weight.rows(); ++c) {
      for (std::int64_t j = 0; j < 6; ++j) {
        const auto at = std::ranges::find(features, j) - features.begin();
        EXPECT_EQ(fitted->linear()->weight.row(c)[j], at < 2 ? alone->linear()->weight.row(c)[at] : 0.0f);
      }
    }
    EXPECT_EQ(values_of(fitted->scores(toy.input())),
              values_of(alone->scores(ProbeInput::of_features(part.view()))));
  }
}

TEST(KSparse, TakesAllFeaturesWhenKIsLarger) {
  EXPECT_EQ(chosen({{"k", 50}}, make_toy(60, 2, 1)), (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST(KSparse, RefusesOptionsThatMakeNoSense) {
  for (const nlohmann::json& options : {nlohmann::json{{"k", 0}}, nlohmann::json{{"rank_by", "luck"}}})
    EXPECT_THROW((void)make_probe("k_sparse", options), Error) << options.dump();
}

}  // namespace
}  // namespace sonde::probes
