// What a run is given besides its inputs: threads, seed, memory limit, cancellation and progress. No globals.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "sonde/core/progress.h"

namespace sonde {

/// The settings that every long-running call receives.
struct RunContext {
  int threads = 1;                      ///< workers; never changes a result
  std::uint64_t seed = 0;               ///< key of every random stream
  Progress* progress = nullptr;         ///< may be null
  std::atomic<bool>* cancel = nullptr;  ///< set by a signal handler; work stops at the next task

  /// Report finished units, if anybody listens.
  void advance(std::int64_t units) const {
    if (progress != nullptr) progress->advance(units);
  }
};

/// A stage that is begun on construction and ended on destruction, if anybody listens.
class ProgressStage {
 public:
  ProgressStage(const RunContext& context, std::string_view stage, std::int64_t total, std::string_view unit)
      : progress_(context.progress) {
    if (progress_ != nullptr) progress_->begin(stage, total, unit);
  }
  ~ProgressStage() {
    if (progress_ != nullptr) progress_->end();
  }
  ProgressStage(const ProgressStage&) = delete;
  ProgressStage& operator=(const ProgressStage&) = delete;

 private:
  Progress* progress_;
};

/// Run `task(worker, index)` for every index in [0, count) on context.threads workers that share one queue.
/// `worker` is in [0, threads) and lets a task own per-worker memory.
/// Errors: the exception of the lowest failing index is rethrown after all workers stopped; Error{partial}
/// when cancelled.
void run_queue(const RunContext& context, std::int64_t count,
               const std::function<void(int worker, std::int64_t index)>& task);

}  // namespace sonde
