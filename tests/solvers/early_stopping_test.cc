#include "sonde/solvers/early_stopping.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace sonde::solvers {
namespace {

TEST(EarlyStopping, KeepsACopyOfTheBest) {
  EarlyStopping stopping(Better::higher, 2);
  EXPECT_FALSE(stopping.any());
  std::vector<float> parameters = {1};
  EXPECT_TRUE(stopping.observe(1, std::numeric_limits<double>::quiet_NaN(), parameters));
  EXPECT_FALSE(stopping.any());
  EXPECT_TRUE(stopping.observe(2, 0.5, parameters));
  parameters[0] = 2;
  EXPECT_TRUE(stopping.observe(3, 0.5, parameters));  // not strictly better
  EXPECT_EQ(stopping.best_step(), 2);
  EXPECT_EQ(stopping.parameters()[0], 1);
  EXPECT_TRUE(stopping.observe(4, 0.75, parameters));
  parameters[0] = 3;  // what is trained on goes on changing
  EXPECT_EQ(stopping.parameters()[0], 2);
  EXPECT_TRUE(stopping.observe(5, 0.7, parameters));
  EXPECT_FALSE(stopping.observe(6, 0.6, parameters));
  EXPECT_EQ(stopping.best(), 0.75);
  EXPECT_EQ(stopping.best_step(), 4);
}

TEST(EarlyStopping, WithoutPatienceNeverStops) {
  EarlyStopping stopping(Better::lower, 0);
  const std::vector<float> parameters = {1};
  for (int step = 0; step < 100; ++step) EXPECT_TRUE(stopping.observe(step, step, parameters));
  EXPECT_EQ(stopping.best_step(), 0);
}

}  // namespace
}  // namespace sonde::solvers
