#include "sonde/progress_display.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace sonde::app {
namespace {

using Clock = std::chrono::steady_clock;

// Where a stage stands.
struct Reading {
  std::string stage;
  std::string unit;
  std::int64_t done = 0;
  std::int64_t total = 0;
  double seconds = 0;

  double rate() const { return seconds > 0 ? static_cast<double>(done) / seconds : 0; }
  double seconds_left() const { return rate() > 0 ? static_cast<double>(total - done) / rate() : 0; }
};

// Counts, and draws no more often than asked.
class Display : public Progress {
 public:
  explicit Display(double interval) : interval_(interval) {}

  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override {
    const std::lock_guard lock(mutex_);
    reading_ = {std::string(stage), std::string(unit), 0, total, 0};
    start_ = last_ = Clock::now();
    draw(reading_);
  }

  void advance(std::int64_t units) override {
    const std::lock_guard lock(mutex_);
    reading_.done += units;
    const auto now = Clock::now();
    if (std::chrono::duration<double>(now - last_).count() < interval_) return;
    last_ = now;
    reading_.seconds = std::chrono::duration<double>(now - start_).count();
    draw(reading_);
  }

  void end() override {
    const std::lock_guard lock(mutex_);
    reading_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    finish(reading_);
  }

 private:
  virtual void draw(const Reading& reading) = 0;
  virtual void finish(const Reading& reading) = 0;

  const double interval_;
  std::mutex mutex_;
  Reading reading_;
  Clock::time_point start_;
  Clock::time_point last_;
};

std::string time_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  return whole < 60 ? fmt::format("{} s", whole) : fmt::format("{} min {:02} s", whole / 60, whole % 60);
}

class LineDisplay final : public Display {
 public:
  LineDisplay() : Display(0.1) {}

 private:
  void draw(const Reading& r) override {
    constexpr int kWidth = 24;
    const double share =
        r.total > 0 ? std::min(1.0, static_cast<double>(r.done) / static_cast<double>(r.total)) : 0;
    const int filled = static_cast<int>(share * kWidth);
    std::string bar;
    for (int i = 0; i < kWidth; ++i) bar += i < filled ? "━" : "─";
    fmt::print(stderr, "\r\x1b[2K{:<9} {} {:3.0f} %  {:.0f} {}/s  {} left", r.stage, bar, share * 100,
               r.rate(), r.unit, time_text(r.seconds_left()));
    std::fflush(stderr);
  }

  void finish(const Reading& r) override {
    fmt::print(stderr, "\r\x1b[2K{:<9} {} {} in {:.1f} s ({:.0f}/s)\n", r.stage, r.total, r.unit, r.seconds,
               r.seconds > 0 ? static_cast<double>(r.total) / r.seconds : 0.0);
  }
};

class JsonDisplay final : public Display {
 public:
  JsonDisplay() : Display(1.0) {}

 private:
  void draw(const Reading& r) override {
    const nlohmann::ordered_json line = {{"stage", r.stage},       {"done", r.done},
                                         {"total", r.total},       {"unit", r.unit},
                                         {"per_second", r.rate()}, {"seconds_left", r.seconds_left()}};
    fmt::print(stderr, "{}\n", line.dump());
  }

  void finish(const Reading& r) override {
    Reading done = r;
    done.done = done.total;
    draw(done);
  }
};

}  // namespace

std::unique_ptr<Progress> make_line_progress() { return std::make_unique<LineDisplay>(); }
std::unique_ptr<Progress> make_json_progress() { return std::make_unique<JsonDisplay>(); }

}  // namespace sonde::app
