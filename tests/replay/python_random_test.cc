#include "sonde/replay/python_random.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace sonde::replay {
namespace {

TEST(PythonRandom, DrawsWhatPythonDraws) {
  for (const auto& want : golden()["python_random"]) {
    PythonRandom random(want["seed"]);
    EXPECT_EQ(drawn(8, [&] { return random.random(); }), want["random"].get<Doubles>());
    EXPECT_EQ(drawn(8, [&] { return random.getrandbits(7); }),
              want["bits7"].get<std::vector<std::uint64_t>>());
    EXPECT_EQ(random.getrandbits(32), want["bits32"]);
    EXPECT_EQ(drawn(4, [&] { return random.getrandbits(48); }),
              want["bits48"].get<std::vector<std::uint64_t>>());
    EXPECT_EQ(random.getrandbits(64), want["bits64"]);
    for (const auto& below : want["below"]) EXPECT_EQ(random.randrange(below[0]), below[1]) << below;
    EXPECT_EQ(drawn(8, [&] { return random.randrange(-5, 10); }), want["between"].get<Integers>());
    EXPECT_EQ(random.shuffled(40), want["shuffled"].get<Integers>());
    for (const auto& sample : want["samples"]) {
      EXPECT_EQ(random.sample(sample[0], sample[1]), sample[2].get<Integers>()) << sample;
    }
  }
}

}  // namespace
}  // namespace sonde::replay
