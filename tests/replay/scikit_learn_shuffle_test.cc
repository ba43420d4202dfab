#include "sonde/replay/scikit_learn_shuffle.h"

#include <gmock/gmock.h>

#include "golden.h"
#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

void expect_same(const TrainTest& ours, const nlohmann::json& theirs) {
  EXPECT_EQ(ours.train, theirs[0].get<Integers>());
  EXPECT_EQ(ours.test, theirs[1].get<Integers>());
}

TEST(ScikitLearnShuffle, DividesAsScikitLearnDoes) {
  for (const auto& want : golden()["scikit_learn"]) {
    const double test = want["test"];
    const std::int64_t seed = want["seed"];
    expect_same(train_test_split(want["n"], test, seed), want["plain"]);
    const auto labels = want["labels"].get<std::vector<std::int32_t>>();
    expect_same(stratified_train_test_split(labels, test, seed), want["stratified"]);
    expect_same(group_shuffle_split(want["groups"].get<Integers>(), test, seed), want["grouped"]);
  }
}

TEST(ScikitLearnShuffle, DividesAHundredPairsAtSeed42) {
  const auto& want = golden()["document_0"];
  const TrainTest split = train_test_split(100, 0.25, 42);
  EXPECT_EQ(split.train, want["train"].get<Integers>());
  EXPECT_EQ(split.test, want["test"].get<Integers>());
}

TEST(ScikitLearnShuffle, RefusesWhatScikitLearnRefuses) {
  EXPECT_THROW(train_test_split(10, 0, 1), Error);
  EXPECT_THROW(train_test_split(10, 0.95, 1), Error);
  const std::vector<std::int32_t> lonely{0, 0, 0, 1}, many{0, 1, 2, 0, 1, 2};
  EXPECT_THROW(stratified_train_test_split(lonely, 0.5, 1), Error);
  EXPECT_THROW(stratified_train_test_split(many, 0.25, 1), Error);
}

}  // namespace
}  // namespace sonde::replay
