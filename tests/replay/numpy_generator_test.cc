#include "sonde/replay/numpy_generator.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace sonde::replay {
namespace {

TEST(NumpyGenerator, DrawsWhatNumpyDraws) {
  for (const auto& want : golden()["numpy_generator"]) {
    NumpyGenerator random(want["seed"].get<std::uint64_t>());
    EXPECT_EQ(drawn(5, [&] { return random.random(); }), want["random"].get<Doubles>());
    for (const auto& range : want["mixed"]) {
      EXPECT_EQ(random.integers(range[0], range[1], 5), range[2].get<Integers>()) << range;
    }
    EXPECT_EQ(drawn(2, [&] { return random.random(); }), want["random_after"].get<Doubles>());
    EXPECT_EQ(random.permutation(30), want["permutation"].get<Integers>());
    Integers values(17);
    for (int i = 0; i < 17; ++i) values[i] = i;
    random.shuffle(std::span(values));
    EXPECT_EQ(values, want["shuffled"].get<Integers>());
  }
}

// Dataset.shuffle(seed) of Hugging Face datasets.
TEST(NumpyGenerator, ShufflesAsDatasetsDoes) {
  for (const auto& want : golden()["datasets"]) {
    NumpyGenerator random(want["seed"].get<std::uint64_t>());
    EXPECT_EQ(random.permutation(want["n"]), want["shuffled"].get<Integers>());
  }
}

}  // namespace
}  // namespace sonde::replay
