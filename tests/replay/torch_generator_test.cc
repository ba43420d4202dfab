#include "sonde/replay/torch_generator.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace sonde::replay {
namespace {

using testing::FloatNear;

template <class T>
std::vector<T> uniform(TorchGenerator& random, std::size_t count, T from = 0, T to = 1) {
  std::vector<T> values(count);
  random.uniform(std::span(values), from, to);
  return values;
}

template <class T>
std::vector<T> normal(TorchGenerator& random, std::size_t count, double mean = 0, double deviation = 1) {
  std::vector<T> values(count);
  random.normal(std::span(values), mean, deviation);
  return values;
}

TEST(TorchGenerator, DrawsTheUniformsOfSeedZero) {
  TorchGenerator random(0);
  const Floats six = uniform<float>(random, 6);
  // As torch prints them, to four places.
  const float printed[] = {.4963f, .7682f, .0885f, .1320f, .3074f, .6341f};
  for (int i = 0; i < 6; ++i) EXPECT_THAT(six[i], FloatNear(printed[i], 5e-5f));
}

TEST(TorchGenerator, DrawsWhatTorchDraws) {
  for (const auto& want : golden()["torch"]) {
    TorchGenerator random(want["seed"].get<std::uint64_t>());
    EXPECT_EQ(uniform<float>(random, 8), want["rand"].get<Floats>());
    EXPECT_EQ(uniform<double>(random, 5), want["rand_double"].get<Doubles>());
    EXPECT_EQ(uniform<float>(random, 40, -3, 5.5), want["uniform"].get<Floats>());
    EXPECT_EQ(uniform<double>(random, 20, -3, 5.5), want["uniform_double"].get<Doubles>());
    EXPECT_EQ(random.randperm(30), want["randperm"].get<Integers>());
    for (const auto& range : want["integers"]) {
      EXPECT_EQ(random.randint(range[0], range[1], 5), range[2].get<Integers>()) << range;
    }
    EXPECT_EQ(normal<float>(random, 3), want["normal_3"].get<Floats>());
    EXPECT_EQ(normal<double>(random, 4), want["normal_4_double"].get<Doubles>());
    EXPECT_EQ(normal<float>(random, 15, 2, 3), want["normal_15"].get<Floats>());
    EXPECT_EQ(normal<float>(random, 16), want["normal_16"].get<Floats>());
    EXPECT_EQ(normal<float>(random, 37, 2, 3), want["normal_37"].get<Floats>());
    EXPECT_EQ(normal<double>(random, 37, 2, 3), want["normal_37_double"].get<Doubles>());
    EXPECT_EQ(normal<float>(random, 1), want["normal_1_after"].get<Floats>());
    const auto draws = random.bernoulli(want["probabilities"].get<Floats>());
    EXPECT_EQ(Integers(draws.begin(), draws.end()), want["bernoulli"].get<Integers>());
    const auto& normals = want["normal_long"];
    EXPECT_EQ(fnv(normal<float>(random, normals["count"])), normals["fnv"]);
    const auto& uniforms = want["uniform_long"];
    EXPECT_EQ(fnv(uniform<float>(random, uniforms["count"], -0.3f, 0.7f)), uniforms["fnv"]);
  }
}

}  // namespace
}  // namespace sonde::replay
