#include "sonde/replay/scikit_learn_folds.h"

#include <gmock/gmock.h>

#include "golden.h"
#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

TEST(ScikitLearnFolds, FoldsAsScikitLearnDoes) {
  using Folds = std::vector<int>;
  for (const auto& want : golden()["scikit_learn"]) {
    const std::int64_t seed = want["seed"];
    EXPECT_EQ(k_fold(want["n"], 5, seed), want["k_fold"].get<Folds>());
    const auto labels = want["labels"].get<std::vector<std::int32_t>>();
    EXPECT_EQ(stratified_k_fold(labels, 5, seed), want["stratified_k_fold"].get<Folds>());
    EXPECT_EQ(group_k_fold(want["groups"].get<Integers>(), 5), want["group_k_fold"].get<Folds>());
  }
}

TEST(ScikitLearnFolds, RefusesWhatScikitLearnRefuses) {
  EXPECT_THROW(k_fold(4, 5, 0), Error);
  EXPECT_THROW(k_fold(4, 1, 0), Error);
  const std::vector<std::int32_t> labels{0, 0, 1, 1, 1};
  EXPECT_THROW(stratified_k_fold(labels, 4, 0), Error);
  EXPECT_NO_THROW(stratified_k_fold(labels, 3, 0));
  const Integers groups{0, 1, 1, 0};
  EXPECT_THROW(group_k_fold(groups, 3), Error);
}

}  // namespace
}  // namespace sonde::replay
