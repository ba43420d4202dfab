#include "sonde/solvers/consistent_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sonde/core/error.h"
#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

Matrix matrix_of(const nlohmann::json& rows) {
  Matrix x(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()));
  for (std::int64_t i = 0; i < x.rows(); ++i)
    std::ranges::copy(rows[i].get<std::vector<float>>(), x.row(i).begin());
  return x;
}

// One recorded set of pairs with the layers at the start.
struct Recorded {
  nlohmann::json golden;
  Matrix first, second;
  std::vector<LinearLayer> starts;
  ConsistentSearchOptions options;

  explicit Recorded(const nlohmann::json& given)
      : golden(given),
        first(matrix_of(given["first"])),
        second(matrix_of(given["second"])),
        options{given["options"]["epochs"], given["options"]["lr"], given["options"]["weight_decay"]} {
    for (const nlohmann::json& run : golden["runs"])
      starts.push_back({run["start"]["weight"], run["start"]["bias"]});
  }
  ContrastPairs pairs() const { return {first.view(), second.view()}; }
  ContrastPairs swapped() const { return {second.view(), first.view()}; }
};

std::vector<nlohmann::json> recorded_cases() {
  std::ifstream file(SONDE_TEST_DATA "/probes/torch_contrast.json");
  return nlohmann::json::parse(file)["ccs"];
}

// Torch's own float32 run differs from its float64 run by float64_gap; two float32 runs differ by up to twice
// that.
TEST(ConsistentSearch, FollowsTorchFromTheSameStarts) {
  for (const nlohmann::json& golden : recorded_cases()) {
    ASSERT_LE(golden["float64_gap"], 5e-6);
    const Recorded recorded(golden);
    const auto layers = search_consistent(recorded.pairs(), recorded.starts, recorded.options, {});
    ASSERT_EQ(layers.size(), golden["runs"].size());
    for (std::size_t r = 0; r < layers.size(); ++r) {
      const nlohmann::json& end = golden["runs"][r]["end"];
      const auto losses = end["losses"].get<std::vector<double>>();
      for (std::size_t i = 0; i < losses.size(); ++i) {
        const std::int64_t epoch =
            std::min<std::int64_t>(static_cast<std::int64_t>(i) * 50, recorded.options.epochs);
        EXPECT_NEAR(layers[r].losses[epoch], losses[i], 1e-5) << "restart " << r << ", epoch " << epoch;
      }
      const auto weight = end["weight"].get<std::vector<float>>();
      for (std::size_t j = 0; j < weight.size(); ++j) EXPECT_NEAR(layers[r].layer.weight[j], weight[j], 1e-5);
      EXPECT_NEAR(layers[r].layer.bias, end["bias"], 1e-5);
    }
  }
}

// min(½, ½)² + (½ − ½)².
TEST(ConsistentSearch, CountsAQuarterForALayerThatAlwaysSaysHalf) {
  const Recorded recorded(recorded_cases()[0]);
  const LinearLayer zero{std::vector<float>(recorded.first.cols()), 0};
  const auto layers = search_consistent(recorded.pairs(), {&zero, 1}, {.epochs = 0}, {});
  ASSERT_EQ(layers[0].losses.size(), 1u);
  EXPECT_EQ(layers[0].losses[0], 0.25);
}

// The loss is symmetric in the two statements, but not when both probabilities are complemented: all rows on
// the same side are worse called true than called false.
TEST(ConsistentSearch, DoesNotMindWhichStatementComesFirst) {
  const Recorded recorded(recorded_cases()[0]);
  const auto layers = search_consistent(recorded.pairs(), recorded.starts, {.epochs = 40}, {});
  const auto swapped = search_consistent(recorded.swapped(), recorded.starts, {.epochs = 40}, {});
  for (std::size_t r = 0; r < layers.size(); ++r) {
    EXPECT_NEAR(layers[r].losses[0], swapped[r].losses[0], 1e-7);    // 1 − p is rounded, 1 − q is not
    EXPECT_NEAR(layers[r].losses[40], swapped[r].losses[40], 1e-6);  // the gradients add in another order
  }
  const LinearLayer yes{std::vector<float>(recorded.first.cols()), 2}, no{yes.weight, -2};
  const auto constant = search_consistent(recorded.pairs(), std::vector{yes, no}, {.epochs = 0}, {});
  const double p = 1 / (1 + std::exp(-2.0)), gap = (2 * p - 1) * (2 * p - 1);
  EXPECT_NEAR(constant[0].losses[0], p * p + gap, 1e-6);
  EXPECT_NEAR(constant[1].losses[0], (1 - p) * (1 - p) + gap, 1e-6);
}

TEST(ConsistentSearch, GivesALayerTheSameBitsAmongOthersAndOnAnyNumberOfThreads) {
  const Recorded recorded(recorded_cases()[1]);
  std::vector<LinearLayer> many;
  for (int i = 0; i < 20; ++i) many.push_back(recorded.starts[i % 2]);
  const auto alone = search_consistent(recorded.pairs(), {recorded.starts.data(), 1}, {.epochs = 60}, {});
  const auto together = search_consistent(recorded.pairs(), many, {.epochs = 60}, {.threads = 2});
  for (const std::size_t r : {0, 2, 18}) {
    EXPECT_EQ(together[r].layer.weight, alone[0].layer.weight);
    EXPECT_EQ(together[r].layer.bias, alone[0].layer.bias);
    EXPECT_EQ(together[r].losses, alone[0].losses);
  }
}

TEST(ConsistentSearch, StopsOnRequest) {
  const Recorded recorded(recorded_cases()[1]);
  std::atomic<bool> cancel = true;
  EXPECT_THROW((void)search_consistent(recorded.pairs(), recorded.starts, {}, {.cancel = &cancel}), Error);
}

}  // namespace
}  // namespace sonde::solvers
