#include "sonde/solvers/minibatches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace sonde::solvers {
namespace {

TEST(Minibatches, AnEpochHasEveryRowOnceInAnOrderOfItsOwn) {
  const RandomStream stream(1, "epochs");
  std::vector<std::vector<std::int64_t>> epochs;
  std::vector<std::size_t> sizes;
  const EpochOutcome outcome = run_epochs(
      {.rows = 50, .batch = 16, .epochs = 9}, stream,
      [&](std::span<const std::int64_t> rows) {
        if (epochs.empty() || epochs.back().size() == 50) epochs.emplace_back();
        epochs.back().insert(epochs.back().end(), rows.begin(), rows.end());
        sizes.push_back(rows.size());
        return static_cast<double>(sizes.size());
      },
      [](std::int64_t epoch) { return epoch < 3; });
  EXPECT_EQ(outcome.epochs, 3);
  EXPECT_EQ(outcome.training_loss, (9 + 10 + 11 + 12) / 4.0);
  EXPECT_EQ(std::vector(sizes.begin(), sizes.begin() + 4), (std::vector<std::size_t>{16, 16, 16, 2}));
  ASSERT_EQ(epochs.size(), 3u);
  EXPECT_NE(epochs[0], epochs[1]);
  for (const std::vector<std::int64_t>& epoch : epochs)
    EXPECT_EQ(std::set<std::int64_t>(epoch.begin(), epoch.end()).size(), 50u);
  EXPECT_EQ(epoch_rows(3, EpochOrder::as_given, stream, 1), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(Minibatches, DrawsAreOfTheStepAndInRange) {
  const RandomStream stream(1, "draws");
  std::vector<std::int64_t> a(1000), b(1000), again(1000);
  draw_rows(7, stream, 0, a);
  draw_rows(7, stream, 1, b);
  draw_rows(7, stream, 0, again);
  EXPECT_EQ(a, again);
  EXPECT_NE(a, b);
  for (std::int64_t row = 0; row < 7; ++row) {
    // 143 expected, with a deviation of 11.
    EXPECT_NEAR(static_cast<double>(std::count(a.begin(), a.end(), row)), 143, 55);
  }
  EXPECT_EQ(*std::ranges::max_element(a), 6);
}

TEST(Minibatches, GatherCopiesAndScales) {
  Matrix x(3, 2), out(2, 2);
  for (int i = 0; i < 6; ++i) x.data()[i] = static_cast<float>(i);
  const std::vector<std::int64_t> rows = {2, 0};
  gather(x.view(), rows, {}, out.view());
  EXPECT_EQ(std::vector(out.data(), out.data() + 4), (std::vector<float>{4, 5, 0, 1}));
  gather(x.view(), rows, RowScaler(ColumnStatistics{{2, 1}, {4, 0.5}}), out.view());
  EXPECT_EQ(std::vector(out.data(), out.data() + 4), (std::vector<float>{0.5f, 8, -0.5f, 0}));
}

}  // namespace
}  // namespace sonde::solvers
