#include "sonde/fitting/pass.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "sonde/fitting/prompts.h"

namespace sonde::fitting {
namespace {

std::int64_t nodes_of(const graph::Schedule& schedule) {
  std::size_t nodes = 0;
  for (const graph::Segment& segment : schedule.segments) nodes += segment.nodes.size();
  return static_cast<std::int64_t>(nodes);
}

void check_pooling(const PassTexts& texts) {
  const std::unique_ptr<capture::Pooling> pooling = capture::make_pooling(texts.pooling);
  if (pooling->keeps_every_token()) {
    throw Error(ErrorCode::usage, {.where = fmt::format("pooling '{}'", texts.pooling),
                                   .what = "a probe that learns online needs one vector per text",
                                   .hint = "use --tokens mean"});
  }
  std::vector<std::int64_t> rows;  // of every text
  for (const std::int64_t row : texts.rows) rows.insert(rows.end(), texts.prompts, row);
  capture::check_texts(*texts.batch, *pooling, rows);
}

class Pass {
 public:
  Pass(const capture::Capture& capture, std::span<const SinkPlace> sinks, const PassTexts& texts,
       const RunContext& context)
      : capture_(capture),
        sinks_(sinks),
        texts_(texts),
        context_(context),
        quiet_(context),
        place_(capture.addresses().size()) {
    std::iota(place_.begin(), place_.end(), 0);
    quiet_.progress = nullptr;  // a group is not a stage
  }

  std::vector<PassStretch> run(const PassOrder& order) {
    narrow();
    for (std::span<const std::int64_t> rest = order.examples; !rest.empty() && !wanted_.empty();) {
      const auto group = rest.first(group_of(rest, order.whole));
      run_group(group);
      rest = rest.subspan(group.size());
      context_.advance(static_cast<std::int64_t>(group.size()));
      narrow();
    }
    return std::move(stretches_);
  }

 private:
  // Count the examples from the front that run together: whole lots, until they have enough tokens.
  std::size_t group_of(std::span<const std::int64_t> rest, std::int64_t whole) const {
    std::int64_t tokens = 0, count = 0;
    const auto n = static_cast<std::int64_t>(rest.size());
    while (count < n && (count == 0 || count % whole != 0 || tokens < texts_.group_tokens)) {
      for (std::int64_t p = 0; p < texts_.prompts; ++p)
        tokens += texts_.batch->length(rest[count] * texts_.prompts + p);
      ++count;
    }
    return static_cast<std::size_t>(count);
  }

  void run_group(std::span<const std::int64_t> group) {
    std::vector<std::int64_t> texts;
    PassStretch& stretch = stretches_.back();
    for (const std::int64_t example : group) {
      for (std::int64_t p = 0; p < texts_.prompts; ++p) {
        texts.push_back(example * texts_.prompts + p);
        stretch.tokens += texts_.batch->real(texts.back()).count();
      }
    }
    stretch.examples += static_cast<std::int64_t>(group.size());
    rows_ = capture_.run(texts_.batch->pick(texts), texts_.pooling, quiet_, texts_.executor);
    for (const capture::Activations& at : rows_) check_finite(at, group);
    take_differences();
    run_queue(quiet_, std::ssize(sinks_), [&](int, std::int64_t i) {
      if (!sinks_[i].sink->done()) sinks_[i].sink->take(rows_for(sinks_[i]), group);
    });
  }

  void take_differences() {
    differences_.clear();
    for (const SinkPlace& sink : sinks_) {
      if (sink.read != kDifference || sink.sink->done() || differences_.contains(sink.address)) continue;
      differences_.emplace(sink.address, prompt_difference(together(sink.address), texts_.prompts));
    }
  }

  // All prompts of an example in one row.
  MatrixView together(std::size_t address) const {
    return side_by_side(rows_[place_[address]].values.view(), texts_.prompts);
  }

  MatrixView rows_for(const SinkPlace& sink) const {
    return sink.read == kDifference ? differences_.at(sink.address).view() : together(sink.address);
  }

  void check_finite(const capture::Activations& at, std::span<const std::int64_t> group) const {
    for (std::int64_t i = 0; i < at.values.rows(); ++i) {
      if (std::ranges::all_of(at.values.row(i), [](float value) { return std::isfinite(value); })) continue;
      const std::int64_t example = group[i / texts_.prompts];
      const std::int64_t row = texts_.rows.empty() ? example + 1 : texts_.rows[example];
      throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", at.at, row),
                                     .what = "features that are NaN or infinite",
                                     .expected = "finite numbers",
                                     .hint = "look for NaN weights or an overflow in the model"});
    }
  }

  // Looks which addresses are still wanted, and slices the pass when that has changed.
  void narrow() {
    std::vector<std::size_t> wanted;
    for (const SinkPlace& sink : sinks_) {
      if (!sink.sink->done()) wanted.push_back(sink.address);
    }
    std::ranges::sort(wanted);
    wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
    if (wanted == wanted_) return;
    wanted_ = std::move(wanted);
    if (wanted_.empty()) return;
    std::vector<std::size_t> kept;
    for (const std::size_t address : wanted_) kept.push_back(place_[address]);
    capture_ = capture_.narrowed(kept);
    for (std::size_t i = 0; i < wanted_.size(); ++i) place_[wanted_[i]] = i;
    stretches_.push_back({.addresses = std::ssize(wanted_), .nodes = nodes_of(capture_.schedule())});
  }

  capture::Capture capture_;
  std::span<const SinkPlace> sinks_;
  const PassTexts& texts_;
  const RunContext& context_;
  RunContext quiet_;
  std::vector<std::size_t> place_;   // by address of the whole capture; of those still wanted
  std::vector<std::size_t> wanted_;  // addresses, ascending
  std::vector<capture::Activations> rows_;
  std::map<std::size_t, Matrix> differences_;  // by address
  std::vector<PassStretch> stretches_;
};

}  // namespace

std::int64_t tokens_of(std::span<const PassStretch> stretches) {
  std::int64_t tokens = 0;
  for (const PassStretch& stretch : stretches) tokens += stretch.tokens;
  return tokens;
}

std::int64_t row_width(const capture::Capture& capture, const SinkPlace& place, std::int64_t prompts) {
  return capture.width(place.address) * (place.read == kDifference ? 1 : prompts);
}

std::vector<PassStretch> run_pass(const capture::Capture& capture, std::span<const SinkPlace> sinks,
                                  const PassTexts& texts, const PassOrder& order, const RunContext& context) {
  check_pooling(texts);
  return Pass(capture, sinks, texts, context).run(order);
}

}  // namespace sonde::fitting
