#include "sonde/replay/torch_random_split.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace sonde::replay {
namespace {

TEST(TorchRandomSplit, DividesAsTorchDoes) {
  for (const auto& want : golden()["random_split"]) {
    const auto parts = torch_random_split(want["n"], want["fractions"].get<Doubles>(), want["seed"]);
    EXPECT_EQ(parts, want["parts"].get<std::vector<Integers>>());
  }
}

}  // namespace
}  // namespace sonde::replay
