#include "sonde/replay/datasets_split.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace sonde::replay {
namespace {

TEST(DatasetsSplit, DividesAsDatasetsDoes) {
  for (const auto& want : golden()["datasets"]) {
    const TrainTest split = datasets_train_test_split(want["n"], 0.2, want["seed"]);
    EXPECT_EQ(split.train, want["train"].get<Integers>());
    EXPECT_EQ(split.test, want["test"].get<Integers>());
  }
}

}  // namespace
}  // namespace sonde::replay
