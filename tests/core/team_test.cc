#include "sonde/core/team.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "sonde/core/error.h"

namespace sonde {
namespace {

TEST(TeamTest, EveryIndexRunsOnceInManyRounds) {
  for (const int threads : {-1, 0, 1, 2, 5}) {
    Team team({.threads = threads});
    EXPECT_EQ(team.size(), std::max(1, threads));
    for (int round = 0; round < 200; ++round) {
      const std::int64_t count = round % 17;
      std::vector<std::atomic<int>> runs(count);
      std::atomic<bool> in_range = true;
      team.run(count, [&](int worker, std::int64_t index) {
        ++runs[index];
        if (worker < 0 || worker >= team.size()) in_range = false;
      });
      for (std::int64_t i = 0; i < count; ++i) EXPECT_EQ(runs[i], 1) << i << " of " << count;
      EXPECT_TRUE(in_range);
    }
  }
}

// Plain memory written in one round is read in the next, by whichever worker takes the index.
TEST(TeamTest, ARoundSeesWhatTheRoundBeforeWrote) {
  Team team({.threads = 3});
  std::vector<std::int64_t> values(64), sums(64);
  for (std::int64_t round = 1; round <= 500; ++round) {
    team.run(64, [&](int, std::int64_t i) { values[i] = round * i; });
    team.run(64, [&](int, std::int64_t i) { sums[i] = values[63 - i] + values[i]; });
    for (const std::int64_t sum : sums) ASSERT_EQ(sum, 63 * round);
  }
}

TEST(TeamTest, AWorkerRunsOnePieceAtATime) {
  Team team({.threads = 4});
  std::vector<std::atomic<int>> inside(4);
  std::atomic<bool> shared = false;
  team.run(2000, [&](int worker, std::int64_t) {
    if (++inside[worker] != 1) shared = true;
    --inside[worker];
  });
  EXPECT_FALSE(shared);
}

TEST(TeamTest, GivesTheFailureOfTheLowestIndexAndGoesOn) {
  for (const int threads : {1, 4}) {
    Team team({.threads = threads});
    std::atomic<int> runs = 0;
    const auto fail = [&](int, std::int64_t index) {
      ++runs;
      if (index % 10 == 7) throw index;
    };
    try {
      team.run(100, fail);
      ADD_FAILURE() << "no failure came through";
    } catch (const std::int64_t index) {
      EXPECT_EQ(index, 7);
    }
    EXPECT_EQ(runs, 100);
    team.run(5, [&](int, std::int64_t) { ++runs; });
    EXPECT_EQ(runs, 105);
  }
}

TEST(TeamTest, StopsOnRequestBeforeTheNextRound) {
  std::atomic<bool> cancel = false;
  Team team({.threads = 2, .cancel = &cancel});
  team.run(3, [&](int, std::int64_t) { cancel = true; });
  try {
    team.run(3, [](int, std::int64_t) { ADD_FAILURE() << "ran although stopped"; });
    ADD_FAILURE() << "was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::partial);
  }
}

}  // namespace
}  // namespace sonde
