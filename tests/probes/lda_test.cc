#include <gmock/gmock.h>

#include "recorded_forms.h"
#include "toy.h"

namespace sonde::probes {
namespace {

TEST(Lda, GivesTheProbabilitiesOfScikitLearn) {
  const nlohmann::json cases = closed_forms("lda");
  ASSERT_EQ(cases.size(), 7u);
  for (const nlohmann::json& given : cases) {
    const RecordedRows rows(given);
    const auto y = given["y"].get<std::vector<std::int32_t>>();
    std::vector<std::string> classes;
    for (int c = 0; c < given["classes"]; ++c) classes.push_back(std::to_string(c));
    const auto fitted = make_probe("lda", {{"shrinkage", given["shrinkage"]}})
                            ->fit({rows.first(), std::span(y).first(rows.train), classes}, {});
    const Matrix scores = fitted->scores(rows.rest());
    for (std::int64_t i = 0; i < scores.rows(); ++i) {
      for (std::size_t c = 0; c < classes.size(); ++c) {
        // Saved weights are float32: 2^-24 of terms of up to about 50 in a margin.
        EXPECT_NEAR(scores.row(i)[c], given["probabilities"][i][c].get<double>(), 5e-6) << given["shrinkage"];
      }
    }
  }
}

TEST(Lda, SaysHowMuchItShrankEachClass) {
  const Toy toy = make_toy(60, 3, 1);
  const auto saved = make_probe("lda")->fit(toy.labelled(), {})->save();
  const std::vector<double> shrinkage = saved.metadata["options"]["shrinkage_of_classes"];
  ASSERT_EQ(shrinkage.size(), 3u);
  for (const double share : shrinkage) {
    EXPECT_GT(share, 0);
    EXPECT_LE(share, 1);
  }
}

// Fully shrunk, the covariance is a multiple of 1 and the direction that of mass-mean.
TEST(Lda, FullyShrunkPointsAlongTheMeans) {
  const Toy toy = make_toy(90, 2, 1);
  const auto lda = make_probe("lda", {{"shrinkage", 1}})->fit(toy.labelled(), {});
  const auto mean = make_probe("mass_mean")->fit(toy.labelled(), {});
  const auto a = lda->linear()->weight.row(0), b = mean->linear()->weight.row(0);
  for (int j = 0; j < 6; ++j) EXPECT_NEAR(a[j] / a[0], b[j] / b[0], 1e-5);  // ratios of float32 weights
}

TEST(Lda, LearnsThePlantedClassAndPointsAtTheSecond) {
  Toy toy = make_toy(200, 2, 1);
  for (std::int64_t i = 0; i < 200; ++i)
    toy.features.row(i)[3] = static_cast<float>(toy.labels[i]) + 0.1f * (i % 3);
  const auto fitted = make_probe("lda")->fit(toy.labelled(), {});
  EXPECT_GT(fitted->linear()->weight.row(0)[3], 0);
  EXPECT_EQ(accuracy_of(*fitted, toy), 1);
}

TEST(Lda, LeavesOutDirectionsWithoutVariance) {
  Toy toy = make_toy(60, 2, 1);
  for (std::int64_t i = 0; i < 60; ++i) toy.features.row(i)[5] = 2;
  const auto fitted = make_probe("lda", {{"shrinkage", 0}})->fit(toy.labelled(), {});
  EXPECT_EQ(fitted->linear()->weight.row(0)[5], 0);
  EXPECT_EQ(fitted->report().details["rank"], 5);
}

TEST(Lda, RefusesOptionsThatMakeNoSense) {
  for (const nlohmann::json& shrinkage :
       {nlohmann::json(-0.1), nlohmann::json(1.5), nlohmann::json("some")}) {
    try {
      (void)make_probe("lda", {{"shrinkage", shrinkage}});
      ADD_FAILURE() << shrinkage.dump();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
    }
  }
}

}  // namespace
}  // namespace sonde::probes
