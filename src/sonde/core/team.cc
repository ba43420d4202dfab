#include "sonde/core/team.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "sonde/core/error.h"

namespace sonde {
namespace {

// One word holds the round (upper half) and the next index of it, so that an index can only be taken in the
// round a worker has looked at. The round changes before its task does (to one without indices) and after.
using Ticket = std::uint64_t;
constexpr Ticket kRound = Ticket{1} << 32;
constexpr Ticket kNoIndex = kRound - 1;

constexpr int kSpins = 4000;  // some tens of microseconds before a worker goes to sleep

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

struct Team::State {
  std::atomic<Ticket> ticket{kNoIndex};
  std::atomic<std::int64_t> count{0};
  std::atomic<const void*> task{nullptr};
  std::atomic<void (*)(const void*, int, std::int64_t)> invoke{nullptr};
  std::atomic<std::int64_t> finished{0};
  std::atomic<bool> stopping{false};
  std::atomic<bool>* cancel = nullptr;
  std::mutex mutex;
  std::exception_ptr failure;
  std::int64_t failed_index = 0;
  std::vector<std::jthread> threads;

  // Take indices of the round now open until there are none; give the ticket last seen.
  Ticket drain(int worker) {
    Ticket seen = ticket.load(std::memory_order_acquire);
    for (;;) {
      const auto index = static_cast<std::int64_t>(seen % kRound);
      const std::int64_t last = count.load(std::memory_order_acquire);
      const void* const what = task.load(std::memory_order_acquire);
      const auto how = invoke.load(std::memory_order_acquire);
      if (index >= last) return seen;
      // What was read above belongs to the round of `seen` if that round is still the one of the ticket.
      if (!ticket.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) continue;
      call(how, what, worker, index);
      finished.fetch_add(1, std::memory_order_acq_rel);
      seen = ticket.load(std::memory_order_acquire);
    }
  }

  void call(void (*how)(const void*, int, std::int64_t), const void* what, int worker, std::int64_t index) {
    try {
      how(what, worker, index);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (failure && failed_index < index) return;
      failure = std::current_exception();
      failed_index = index;
    }
  }

  void serve(int worker) {
    for (;;) {
      const Ticket seen = drain(worker);
      if (stopping) return;  // set before the last round is opened, so whoever has seen that round sees this
      int spins = 0;
      while (ticket.load(std::memory_order_acquire) == seen && spins < kSpins) {
        pause();
        ++spins;
      }
      if (spins == kSpins) ticket.wait(seen, std::memory_order_acquire);
    }
  }

  void open(std::int64_t pieces, const void* what, void (*how)(const void*, int, std::int64_t)) {
    const Ticket round = ticket.load() / kRound * kRound;
    ticket = round + kRound + kNoIndex;
    count = pieces;
    task = what;
    invoke = how;
    finished = 0;
    ticket = round + 2 * kRound;
    ticket.notify_all();
  }

  void await(std::int64_t pieces) const {
    for (int spins = 0; finished.load(std::memory_order_acquire) < pieces; ++spins) {
      if (spins < kSpins) {
        pause();
      } else {
        std::this_thread::yield();
      }
    }
  }
};

Team::Team(const RunContext& context) : state_(std::make_unique<State>()) {
  state_->cancel = context.cancel;
  for (int worker = 1; worker < context.threads; ++worker) {
    state_->threads.emplace_back([state = state_.get(), worker] { state->serve(worker); });
  }
}

Team::~Team() {
  state_->stopping = true;
  state_->open(0, nullptr, nullptr);
}

int Team::size() const { return 1 + static_cast<int>(state_->threads.size()); }

void Team::run_erased(std::int64_t count, Call call) {
  SONDE_ASSERT(count < static_cast<std::int64_t>(kNoIndex));
  if (state_->cancel != nullptr && *state_->cancel) {
    throw Error(ErrorCode::partial, {.what = "stopped on request", .hint = "run the same command again"});
  }
  if (state_->threads.empty()) {
    for (std::int64_t i = 0; i < count; ++i) state_->call(call.invoke, call.task, 0, i);
  } else {
    state_->open(count, call.task, call.invoke);
    state_->drain(0);
    state_->await(count);
  }
  if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, nullptr));
}

}  // namespace sonde
