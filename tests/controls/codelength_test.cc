// Online codelength against bits worked out by hand, and the two ends: nothing to find, and a planted label.
#include "planted.h"

namespace sonde::controls {
namespace {

TEST(Codelength, ShuffledBalancedLabelsCostAboutABitEach) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const Planted planted = plant({.rows = 2000, .width = 5}, seed);
    const Findings found = question("codelength", planted, {}, {.seed = seed});
    EXPECT_DOUBLE_EQ(found.at("uniform_codelength").value, 2000);
    EXPECT_GE(found.at("codelength").value, 1990) << "a luck of 10 bits has odds of 1 to 1000";
    EXPECT_LE(found.at("compression").value, 1.005);
    EXPECT_GT(found.at("compression").value, 0.85)
        << "learning noise costs something, mostly in small blocks";
  }
}

TEST(Codelength, APlantedLabelCompresses) {
  const Planted planted = plant({.rows = 2000, .width = 5, .distance = 6}, 1);
  const Findings found = question("codelength", planted, {}, {.seed = 1});
  EXPECT_GT(found.at("compression").value, 20);
}

// A probe that looks at nothing predicts class shares, so that every block can be worked out by counting.
TEST(Codelength, BlocksAddUpToWhatCountingGives) {
  Planted planted;
  planted.classes = {"a", "b"};
  planted.train.features = Matrix(16, 1);
  for (int i = 0; i < 16; ++i) planted.train.labels.push_back(i % 4 == 0 ? 1 : 0);
  planted.test.features = Matrix(2, 1);
  planted.test.labels = {0, 1};
  planted.probe = probes::make_probe("majority");
  const Findings found = question("codelength", planted, {}, {.seed = 9});
  // Ends of blocks of 16 rows: 1, 2, 4, 8, 16. The order is that of the stream's permutation.
  const auto order = RandomStream(9, "codelength").permutation(16);
  double bits = 1;
  for (const int end : {1, 2, 4, 8}) {
    double count[2] = {0, 0};
    for (int i = 0; i < end; ++i) ++count[planted.train.labels[order[i]]];
    for (int i = end; i < 2 * end; ++i) {
      const bool both = count[0] > 0 && count[1] > 0;
      bits -= both ? std::log2(count[planted.train.labels[order[i]]] / end) : -1;
    }
  }
  // Shares are float32 and mixed with 2^-20 of the uniform: below 1e-5 bits a row.
  EXPECT_NEAR(found.at("codelength").value, bits, 16e-5);
  EXPECT_NEAR(found.at("compression").value, 16 / bits, 1e-4);
  ASSERT_EQ(found.points.size(), 5u);
  EXPECT_EQ(found.points[0].rows, 0);
  EXPECT_EQ(found.points[4].rows, 8);
}

TEST(Codelength, RowsOfAGroupDoNotCheapenEachOther) {
  // Features that say which group a row is of, and groups of one label: across groups there is nothing to
  // find.
  const Planting how{.rows = 1200, .width = 30, .group_size = 4, .label_by_group = true};
  Planted planted = plant(how, 3);
  const double whole = question("codelength", planted, {}, {}).at("compression").value;
  EXPECT_LE(whole, 1.02) << "0.02 · 1200 bits would be a luck of e^-16";
  planted.train.groups.clear();
  const double torn = question("codelength", planted, {}, {}).at("compression").value;
  EXPECT_GT(torn, whole + 0.05) << "with rows torn from their groups the same data seems to compress";
}

}  // namespace
}  // namespace sonde::controls
