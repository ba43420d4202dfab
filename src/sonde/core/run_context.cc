#include "sonde/core/run_context.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "sonde/core/error.h"

namespace sonde {
namespace {

class Queue {
 public:
  Queue(const RunContext& context, std::int64_t count, const std::function<void(int, std::int64_t)>& task)
      : context_(context), count_(count), task_(task) {}

  void drain(int worker) {
    while (!stopped_) {
      if (context_.cancel != nullptr && *context_.cancel) return;
      const std::int64_t index = next_++;
      if (index >= count_) return;
      try {
        task_(worker, index);
        ++finished_;
      } catch (...) {
        keep_failure(index);
      }
    }
  }

  void finish() const {
    if (failure_) std::rethrow_exception(failure_);
    if (finished_ < count_) {
      throw Error(ErrorCode::partial, {.what = "stopped on request", .hint = "run the same command again"});
    }
  }

 private:
  void keep_failure(std::int64_t index) {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (!failure_ || index < failed_index_) {
      failure_ = std::current_exception();
      failed_index_ = index;
    }
  }

  const RunContext& context_;
  const std::int64_t count_;
  const std::function<void(int, std::int64_t)>& task_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> finished_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::int64_t failed_index_ = 0;
};

}  // namespace

void run_queue(const RunContext& context, std::int64_t count,
               const std::function<void(int, std::int64_t)>& task) {
  Queue queue(context, count, task);
  const int workers = static_cast<int>(std::clamp<std::int64_t>(count, 1, std::max(1, context.threads)));
  std::vector<std::jthread> threads;
  for (int worker = 1; worker < workers; ++worker)
    threads.emplace_back([&queue, worker] { queue.drain(worker); });
  queue.drain(0);
  threads.clear();
  queue.finish();
}

}  // namespace sonde
