#include "sonde/replay/numpy_random_state.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

#include "golden.h"
#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

TEST(NumpyRandomState, DrawsWhatNumpyDraws) {
  for (const auto& want : golden()["numpy_random_state"]) {
    NumpyRandomState random(want["seed"]);
    EXPECT_EQ(drawn(8, [&] { return random.random_sample(); }), want["random_sample"].get<Doubles>());
    EXPECT_EQ(drawn(9, [&] { return random.standard_normal(); }), want["normal"].get<Doubles>());
    for (const auto& range : want["integers"]) {
      EXPECT_EQ(random.randint(range[0], range[1], 6), range[2].get<Integers>()) << range;
    }
    EXPECT_EQ(drawn(2, [&] { return random.standard_normal(); }), want["normal_after"].get<Doubles>());
    EXPECT_EQ(random.permutation(30), want["permutation"].get<Integers>());
    EXPECT_EQ(random.randint(0, 50, 12), want["choice"].get<Integers>());
    Integers values(20);
    for (int i = 0; i < 20; ++i) values[i] = 100 + i;
    EXPECT_EQ(random.choose(values, 7), want["chosen"].get<Integers>());
    values.resize(17);
    for (int i = 0; i < 17; ++i) values[i] = i;
    random.shuffle(std::span(values));
    EXPECT_EQ(values, want["shuffled"].get<Integers>());
  }
}

// The draws of a study whose pictures consumed normals before it drew its reviews.
TEST(NumpyRandomState, DrawsReviewsAfterThePicturesNormals) {
  const auto& want = golden()["document_0"];
  NumpyRandomState pictures(42);
  const Doubles normals = drawn(3300, [&] { return pictures.standard_normal(); });
  EXPECT_EQ(normals.size(), want["normals"]["count"]);
  EXPECT_EQ(Doubles(normals.begin(), normals.begin() + 4), want["normals"]["first"].get<Doubles>());
  EXPECT_EQ(Doubles(normals.end() - 4, normals.end()), want["normals"]["last"].get<Doubles>());
  EXPECT_EQ(fnv(normals), want["normals"]["fnv"]);
  for (const auto& [rows, draws] : want["draws"].items()) {
    NumpyRandomState reviews = pictures;
    const Integers chosen = reviews.randint(0, std::stoll(rows), 100);
    EXPECT_EQ(chosen, draws.get<Integers>()) << rows;
    EXPECT_EQ(std::set<std::int64_t>(chosen.begin(), chosen.end()).size(), 100u) << "no review comes twice";
  }
}

TEST(NumpyRandomState, RefusesSeedsThatNumpyRefuses) {
  EXPECT_THROW(NumpyRandomState(-1), Error);
  EXPECT_THROW(NumpyRandomState(std::int64_t{1} << 32), Error);
}

}  // namespace
}  // namespace sonde::replay
