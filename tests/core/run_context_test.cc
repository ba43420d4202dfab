// The work queue: every index once, the failure of the lowest index, stopping on request; and progress
// stages.
#include "sonde/core/run_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "../files/scratch_folder.h"

namespace sonde {
namespace {

using files::error_of;

TEST(RunQueueTest, EveryIndexRunsOnceOnAWorkerInRange) {
  for (const int threads : {-1, 0, 1, 2, 5, 64}) {
    for (const std::int64_t count : {0, 1, 3, 1000}) {
      std::vector<std::atomic<int>> runs(count);
      std::atomic<bool> in_range = true;
      run_queue({.threads = threads}, count, [&](int worker, std::int64_t index) {
        ++runs[index];
        if (worker < 0 || worker >= std::max(1, threads)) in_range = false;
      });
      for (std::int64_t i = 0; i < count; ++i) EXPECT_EQ(runs[i], 1) << i << " of " << count;
      EXPECT_TRUE(in_range);
    }
  }
}

TEST(RunQueueTest, AWorkerRunsOneTaskAtATime) {
  std::vector<std::atomic<int>> inside(4);
  std::atomic<bool> shared = false;
  run_queue({.threads = 4}, 2000, [&](int worker, std::int64_t) {
    if (++inside[worker] != 1) shared = true;
    --inside[worker];
  });
  EXPECT_FALSE(shared);
}

TEST(RunQueueTest, TheLowestFailingIndexIsReportedThoughItFailsLast) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    try {
      run_queue({.threads = 4}, 100, [&](int, std::int64_t index) {
        if (index == 10) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        if (index >= 10) throw std::runtime_error(std::to_string(index));
      });
      FAIL() << "no failure was reported";
    } catch (const std::runtime_error& failure) {
      EXPECT_STREQ(failure.what(), "10");
    }
  }
}

TEST(RunQueueTest, NothingStartsAfterAFailure) {
  std::vector<std::int64_t> ran;
  EXPECT_THROW(run_queue({.threads = 1}, 100,
                         [&](int, std::int64_t index) {
                           ran.push_back(index);
                           if (index == 3) throw std::runtime_error("stop");
                         }),
               std::runtime_error);
  EXPECT_THAT(ran, ::testing::ElementsAre(0, 1, 2, 3));
}

TEST(RunQueueTest, StoppingOnRequestLeavesPartialWork) {
  std::atomic<bool> cancel = false;
  std::vector<std::int64_t> ran;
  const Error error = error_of([&] {
    run_queue({.threads = 1, .cancel = &cancel}, 100, [&](int, std::int64_t index) {
      ran.push_back(index);
      if (index == 5) cancel = true;
    });
  });
  EXPECT_EQ(error.code(), ErrorCode::partial);
  EXPECT_THAT(ran, ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(RunQueueTest, AFailureCountsForMoreThanARequestToStop) {
  std::atomic<bool> cancel = false;
  const auto task = [&](int, std::int64_t) {
    cancel = true;
    throw std::runtime_error("broken");
  };
  EXPECT_THROW(run_queue({.threads = 2, .cancel = &cancel}, 8, task), std::runtime_error);
}

class RecordedProgress final : public Progress {
 public:
  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override {
    lines.push_back(std::string(stage) + " " + std::to_string(total) + " " + std::string(unit));
  }
  void advance(std::int64_t units) override { lines.push_back("+" + std::to_string(units)); }
  void end() override { lines.push_back("end"); }
  std::vector<std::string> lines;
};

TEST(ProgressStageTest, BeginsAndEndsEvenWhenWorkFails) {
  RecordedProgress progress;
  const RunContext context{.progress = &progress};
  try {
    const ProgressStage stage(context, "forward", 12, "tokens");
    context.advance(5);
    throw std::runtime_error("broken");
  } catch (const std::runtime_error&) {
  }
  EXPECT_THAT(progress.lines, ::testing::ElementsAre("forward 12 tokens", "+5", "end"));
}

TEST(ProgressStageTest, NobodyNeedsToListen) {
  const ProgressStage stage(RunContext{}, "forward", 12, "tokens");
  EXPECT_NO_THROW(RunContext{}.advance(3));
}

}  // namespace
}  // namespace sonde
