// A published study that divides numbers with torch's generator and shuffles pairs of them with Python's:
// both streams together must give its counts, its batches and its test values.
#include <gmock/gmock.h>

#include <array>

#include "golden.h"
#include "sonde/replay/python_random.h"
#include "sonde/replay/torch_generator.h"

namespace sonde::replay {
namespace {

using testing::ElementsAre;
using Pair = std::array<std::int64_t, 2>;

class NumberPairs : public testing::Test {
 protected:
  NumberPairs() {
    uniforms_.resize(1000);
    TorchGenerator(0).uniform(std::span(uniforms_));
    for (std::int64_t value = 0; value < 1000; ++value) {
      // Compared as Python compares them: the float as a double.
      const double u = uniforms_[value];
      const int part = u < 0.9 ? 0 : u < 0.95 ? 1 : 2;
      values_[part].push_back(value);
      part_[value] = part;
    }
    for (std::int64_t a = 0; a < 1000; ++a) {
      for (std::int64_t b = 0; a + b < 1000; ++b) pairs_[part_[b]].push_back({a, b});
    }
  }

  Floats uniforms_;
  std::array<int, 1000> part_{};
  std::array<Integers, 3> values_;
  std::array<std::vector<Pair>, 3> pairs_;
};

TEST_F(NumberPairs, AreDividedAsPublished) {
  EXPECT_EQ(fnv(uniforms_), golden()["document_2"]["uniforms_fnv"]);
  EXPECT_EQ(values_[0].size(), 888u);
  EXPECT_EQ(values_[1].size(), 57u);
  EXPECT_THAT(values_[2], ElementsAre(26, 51, 69, 100, 113, 140, 142, 172, 221, 325, 332, 337, 365, 385, 403,
                                      406, 419, 452, 471, 499, 526, 530, 531, 549, 552, 565, 579, 593, 597,
                                      598, 599, 603, 621, 645, 657, 665, 693, 714, 726, 763, 776, 778, 792,
                                      806, 820, 861, 864, 877, 883, 889, 901, 902, 930, 962, 972));
  EXPECT_EQ(pairs_[0].size(), 446569u);
  EXPECT_EQ(pairs_[1].size(), 29678u);
  EXPECT_EQ(pairs_[2].size(), 24253u);
  EXPECT_EQ(pairs_[0].size() + pairs_[1].size() + pairs_[2].size(), 500500u);
}

TEST_F(NumberPairs, AreShuffledAsPublished) {
  const auto& want = golden()["document_2"];
  PythonRandom random(0);
  const std::array<std::size_t, 3> kept{100000, 4096, pairs_[2].size()}, batches{98, 4, 24};
  for (int part = 0; part < 3; ++part) {
    random.shuffle(std::span(pairs_[part]));
    pairs_[part].resize(kept[part]);
    EXPECT_EQ(fnv(pairs_[part]), want["kept_fnv"][part]) << part;
    EXPECT_EQ((kept[part] + 1023) / 1024, batches[part]);
  }
}

}  // namespace
}  // namespace sonde::replay
