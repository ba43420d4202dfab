// Workers that stay, for loops of many short steps: handing them a handful of pieces takes microseconds,
// where run_queue starts threads on every call. Long tasks belong to run_queue; nothing here reports
// progress.
#pragma once

#include <cstdint>
#include <memory>

#include "sonde/core/run_context.h"

namespace sonde {

/// A group of context.threads workers, the calling thread among them. They sleep when there is nothing to do.
/// One thread at a time may call run().
class Team {
 public:
  /// Start the workers; `context.cancel` must outlive the team.
  explicit Team(const RunContext& context);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// Give the number of workers.
  int size() const;

  /// Run `task(worker, index)` for every index in [0, count) and return when all are done. `worker` is in
  /// [0, size()) and lets a task own per-worker memory. Nothing is allocated. Which worker takes which index
  /// is not fixed, so a result must not depend on it.
  /// Errors: the exception of the lowest failing index, after all others were run; Error{partial} when
  /// cancelled, before anything is run.
  template <class Task>
  void run(std::int64_t count, const Task& task) {
    run_erased(count, {&task, [](const void* t, int worker, std::int64_t index) {
                         (*static_cast<const Task*>(t))(worker, index);
                       }});
  }

 private:
  struct Call {
    const void* task = nullptr;
    void (*invoke)(const void* task, int worker, std::int64_t index) = nullptr;
  };
  struct State;
  void run_erased(std::int64_t count, Call call);

  std::unique_ptr<State> state_;
};

}  // namespace sonde
