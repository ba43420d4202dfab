// Corrections over addresses: recorded from statsmodels and scipy, and by hand.
#include "sonde/controls/correction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace sonde::controls {
namespace {

using testing::DoubleEq;
using testing::ElementsAre;

void expect_close(const std::vector<double>& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  // The same few products and quotients in another order: some units in the last place.
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-15 + 1e-14 * expected[i]);
}

TEST(Correction, AgreesWithStatsmodelsAndScipy) {
  std::ifstream in(SONDE_TEST_DATA "/controls/corrections.json");
  const auto cases = nlohmann::json::parse(in)["cases"];
  ASSERT_GE(cases.size(), 5u);
  for (const auto& one : cases) {
    const std::vector<double> p = one["p"];
    expect_close(holm(p), one["holm"]);
    expect_close(benjamini_hochberg(p), one["benjamini_hochberg"]);
  }
}

TEST(Correction, OneValueStaysAndNoneIsNone) {
  const std::vector<double> one = {0.3};
  EXPECT_THAT(holm(one), ElementsAre(0.3));
  EXPECT_THAT(benjamini_hochberg(one), ElementsAre(0.3));
  EXPECT_TRUE(holm({}).empty());
  EXPECT_TRUE(against_best_of_all({}, {}, "accuracy").empty());
}

TEST(Correction, TheBestOfEachShuffleIsWhatAnAddressMustBeat) {
  const std::vector<double> real = {0.9, 0.6};
  const std::vector<std::vector<double>> shuffled = {{0.5, 0.7, 0.4}, {0.6, 0.5, 0.5}};
  // Best of the shuffles: 0.6, 0.7, 0.5.
  EXPECT_THAT(against_best_of_all(real, shuffled, "accuracy"), ElementsAre(DoubleEq(0.25), DoubleEq(0.75)));
  // As losses lower is better; best: 0.5, 0.5, 0.4. None reaches 0.3, all three reach 0.6.
  const std::vector<double> losses = {0.3, 0.6};
  EXPECT_THAT(against_best_of_all(losses, shuffled, "log_loss"), ElementsAre(DoubleEq(0.25), DoubleEq(1)));
}

}  // namespace
}  // namespace sonde::controls
