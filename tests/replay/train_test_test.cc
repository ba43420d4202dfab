#include "sonde/replay/train_test.h"

#include <gmock/gmock.h>

#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

TEST(TrainTest, RoundsTheTestSideUp) {
  EXPECT_EQ(train_test_sizes(10, 0.25).test, 3);
  EXPECT_EQ(train_test_sizes(10, 0.25).train, 7);
  EXPECT_EQ(train_test_sizes(100, 0.25).test, 25);
  EXPECT_THROW(train_test_sizes(10, 0.95), Error);
  EXPECT_THROW(train_test_sizes(10, 0), Error);
}

TEST(TrainTest, TestsTheFirstOfTheOrder) {
  const TrainTest split = cut_train_test({4, 2, 0, 3, 1}, {.train = 3, .test = 2});
  EXPECT_THAT(split.test, testing::ElementsAre(4, 2));
  EXPECT_THAT(split.train, testing::ElementsAre(0, 3, 1));
}

}  // namespace
}  // namespace sonde::replay
