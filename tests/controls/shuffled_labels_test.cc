// p of shuffled labels: its formula by hand, uniform where there is nothing to find, also when rows of a
// group share features and label; small where a label is planted.
#include <algorithm>

#include "planted.h"
#include "sonde/controls/refit.h"

namespace sonde::controls {
namespace {

double p_of(const Planted& planted, const std::string& metric, std::int64_t permutations) {
  return question("shuffled_labels", planted, {.permutations = permutations}, {.seed = 77}, metric)
      .at("p")
      .value;
}

TEST(ShuffledLabels, PCountsTheRealFitAmongTheShuffledOnes) {
  const Planted planted = plant({.distance = 0.4}, 3);
  const Findings found = question("shuffled_labels", planted, {.permutations = 30}, {.seed = 5});
  const double real = measure(*planted.fitted, planted.data(planted.test), "accuracy");
  ASSERT_EQ(found.draws.size(), 30u);
  const auto as_good = std::ranges::count_if(found.draws, [&](double draw) { return draw >= real; });
  EXPECT_DOUBLE_EQ(found.at("p").value, (1.0 + static_cast<double>(as_good)) / 31);
  EXPECT_DOUBLE_EQ(found.at("value").value, real);
}

TEST(ShuffledLabels, PIsUniformWhereThereIsNothingToFind) {
  // 19 shuffles give p in {1, …, 20} / 20, each as likely; log loss has no ties.
  std::vector<int> fifths(5);
  constexpr int kSets = 300;
  for (int seed = 0; seed < kSets; ++seed) {
    const double p = p_of(plant({}, seed), "log_loss", 19);
    ++fifths[static_cast<int>(p * 20 + 0.5 - 1) / 4];
  }
  double chi_square = 0;
  for (const int n : fifths) chi_square += (n - kSets / 5.0) * (n - kSets / 5.0) / (kSets / 5.0);
  EXPECT_LT(chi_square, 13.28) << "the 99 % point of chi-square with 4 degrees of freedom";
}

TEST(ShuffledLabels, GroupsAreExchangedWholeSoThatPStaysHonest) {
  // 10 groups of 12 rows that share a label and two of 14 features, nothing planted. A fit to real labels
  // leans on the shared features, where few groups agree by accident; one to labels shuffled singly does not.
  const Planting how{.rows = 120,
                     .test_rows = 120,
                     .width = 14,
                     .group_size = 12,
                     .shared_width = 2,
                     .label_by_group = true};
  constexpr int kSets = 200;
  int whole = 0, single = 0;
  for (int seed = 0; seed < kSets; ++seed) {
    Planted planted = plant(how, seed);
    whole += p_of(planted, "auroc", 19) <= 0.101 ? 1 : 0;
    planted.train.groups.clear();
    single += p_of(planted, "auroc", 19) <= 0.101 ? 1 : 0;
  }
  // Binomial(200, 0.1): mean 20, deviation 4.24; within 3 deviations.
  EXPECT_NEAR(whole, 20, 12.7);
  // A ridge fit simulated with numpy calls 8 % and 25 % of such sets a find.
  EXPECT_GT(single, whole + 20) << "shuffling rows singly would have called accidents finds";
}

TEST(ShuffledLabels, ShufflingFindsWhatIsPlanted) {
  EXPECT_DOUBLE_EQ(p_of(plant({.distance = 3}, 1), "log_loss", 99), 0.01);
}

TEST(ShuffledLabels, ALowerMetricIsBetterWhereItIs) {
  const Planted planted = plant({.distance = 3}, 1);
  const Findings found = question("shuffled_labels", planted, {.permutations = 9}, {.seed = 5}, "log_loss");
  EXPECT_LT(found.at("value").value, found.at("shuffled").low);
  EXPECT_DOUBLE_EQ(found.at("p").value, 0.1);
}

TEST(ShuffledLabels, ThreadsChangeNothing) {
  const Planted planted = plant({.distance = 0.5}, 7);
  const auto draws = [&](int threads) {
    return question("shuffled_labels", planted, {.permutations = 12}, {.threads = threads, .seed = 2}).draws;
  };
  EXPECT_EQ(draws(1), draws(4));
}

}  // namespace
}  // namespace sonde::controls
