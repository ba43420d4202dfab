#include "sonde/study/online.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "sonde/probes/checks.h"

namespace sonde::study {
namespace {

std::int64_t nodes_of(const graph::Schedule& schedule) {
  std::size_t nodes = 0;
  for (const graph::Segment& segment : schedule.segments) nodes += segment.nodes.size();
  return static_cast<std::int64_t>(nodes);
}

// What is known of some rows; nothing where nothing is known.
template <class T>
std::span<const T> some(const std::vector<T>& all, std::int64_t first, std::int64_t count) {
  return all.empty() ? std::span<const T>() : std::span(all).subspan(first, count);
}

MatrixView rows_of(const Matrix& all, std::int64_t first, std::int64_t count) {
  return {all.data() + first * all.cols(), count, all.cols(), all.cols()};
}

// Gives the pooled rows of a group of texts, for the addresses that are still wanted.
class Stream {
 public:
  Stream(const capture::Capture& capture, const OnlineTexts& texts, const RunContext& context)
      : texts_(texts), context_(context), capture_(capture), place_(capture.addresses().size()) {
    std::iota(place_.begin(), place_.end(), 0);
    capture::check_texts(*texts.batch, *checked_pooling(texts.pooling), texts.rows);
    context_.progress = nullptr;  // a group is not a stage
  }

  // Run a group. Errors: input for a row that is not finite.
  void run(std::span<const std::int64_t> group) {
    rows_ = capture_.run(texts_.batch->pick(group), texts_.pooling, context_, texts_.executor);
    for (const capture::Activations& at : rows_) {
      for (std::size_t i = 0; i < group.size(); ++i) check_finite(at, static_cast<std::int64_t>(i), group[i]);
    }
  }

  // Give the rows of an address, in the order of the last group.
  const Matrix& rows(std::size_t address) const { return rows_[place_[address]].values; }

  // Compute only what some addresses need from now on.
  void narrow(const std::vector<std::size_t>& wanted) {
    std::vector<std::size_t> kept;
    for (const std::size_t address : wanted) kept.push_back(place_[address]);
    capture_ = capture_.narrowed(kept);
    for (std::size_t i = 0; i < wanted.size(); ++i) place_[wanted[i]] = i;
  }

  const graph::Schedule& schedule() const { return capture_.schedule(); }

  // Count the texts from the front that run together: whole batches, until they have enough tokens.
  std::int64_t group_of(std::span<const std::int64_t> order, std::int64_t batch) const {
    const auto n = static_cast<std::int64_t>(order.size());
    std::int64_t tokens = 0, count = 0;
    while (count < n && (count == 0 || count % batch != 0 || tokens < texts_.group_tokens))
      tokens += texts_.batch->length(order[count++]);
    return count;
  }

 private:
  static std::unique_ptr<capture::Pooling> checked_pooling(std::string_view name) {
    std::unique_ptr<capture::Pooling> pooling = capture::make_pooling(name);
    if (!pooling->keeps_every_token()) return pooling;
    throw Error(ErrorCode::usage, {.where = fmt::format("pooling '{}'", name),
                                   .what = "a probe that learns online needs one vector per text",
                                   .hint = "use --tokens mean"});
  }

  void check_finite(const capture::Activations& at, std::int64_t i, std::int64_t text) const {
    for (const float value : at.values.row(i)) {
      if (std::isfinite(value)) continue;
      const std::int64_t row = texts_.rows.empty() ? text + 1 : texts_.rows[text];
      throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", at.at, row),
                                     .what = "features that are NaN or infinite",
                                     .expected = "finite numbers",
                                     .hint = "look for NaN weights or an overflow in the model"});
    }
  }

  const OnlineTexts& texts_;
  RunContext context_;
  capture::Capture capture_;
  std::vector<std::size_t> place_;  // by address of the whole capture; of those still wanted
  std::vector<capture::Activations> rows_;
};

// The passes that probes of one plan share.
class SharedPass {
 public:
  SharedPass(const capture::Capture& capture, const OnlineTexts& texts, const probes::LabelledInput& labelled,
             const RunContext& context)
      : texts_(texts), labelled_(labelled), context_(context), stream_(capture, texts, context) {}

  void add(std::size_t task, std::size_t address, const probes::OnlineProbe& probe, std::int64_t width) {
    plan_ = probe.plan();
    learners_.push_back({task, address, probe.begin(width, labelled_.classes, context_)});
  }

  void run(OnlineOutcome& outcome) {
    const std::int64_t n = texts_.batch->size();
    const ProgressStage stage(context_, "online", n * plan_.epochs, "texts");
    narrow(outcome);
    for (std::int64_t epoch = 0; epoch < plan_.epochs && !wanted_.empty(); ++epoch) {
      const std::vector<std::int64_t> order = probes::epoch_order(plan_, n, epoch, context_);
      for (std::int64_t first = 0; first < n && !wanted_.empty();) {
        const std::span<const std::int64_t> rest = std::span(order).subspan(first);
        const auto group = rest.first(stream_.group_of(rest, plan_.batch));
        stream_.run(group);
        learn(group);
        OnlineStretch& stretch = outcome.stretches.back();
        stretch.texts += static_cast<std::int64_t>(group.size());
        for (const std::int64_t text : group) stretch.tokens += texts_.batch->real(text).count();
        context_.advance(static_cast<std::int64_t>(group.size()));
        first += static_cast<std::int64_t>(group.size());
        narrow(outcome);
      }
    }
    for (const Learner& learner : learners_) {
      outcome.fitted[learner.task] = learner.fit->finish();
      outcome.seconds[learner.task] = learner.seconds;
    }
  }

 private:
  struct Learner {
    std::size_t task, address;
    std::unique_ptr<probes::OnlineFit> fit;
    double seconds = 0;  // spent in steps
  };

  // Every probe takes its steps over the group's batches.
  void learn(std::span<const std::int64_t> group) {
    std::vector<std::int32_t> labels;
    std::vector<double> targets;
    for (const std::int64_t text : group) {
      if (!labelled_.labels.empty()) labels.push_back(labelled_.labels[text]);
      if (!labelled_.targets.empty()) targets.push_back(labelled_.targets[text]);
    }
    RunContext quiet = context_;
    quiet.progress = nullptr;
    const auto n = static_cast<std::int64_t>(group.size());
    run_queue(quiet, static_cast<std::int64_t>(learners_.size()), [&](int, std::int64_t i) {
      Learner& learner = learners_[i];
      const auto start = std::chrono::steady_clock::now();
      for (std::int64_t first = 0; first < n && !learner.fit->done(); first += plan_.batch) {
        const std::int64_t count = std::min(plan_.batch, n - first);
        learner.fit->step({.rows = rows_of(stream_.rows(learner.address), first, count),
                           .labels = some(labels, first, count),
                           .targets = some(targets, first, count)});
      }
      learner.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    });
  }

  // Looks which addresses are still wanted, and slices the pass when that has changed.
  void narrow(OnlineOutcome& outcome) {
    std::vector<std::size_t> wanted;
    for (const Learner& learner : learners_) {
      if (!learner.fit->done()) wanted.push_back(learner.address);
    }
    std::ranges::sort(wanted);
    wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
    if (wanted == wanted_) return;
    wanted_ = std::move(wanted);
    if (wanted_.empty()) return;
    stream_.narrow(wanted_);
    outcome.stretches.push_back(
        {.addresses = static_cast<std::int64_t>(wanted_.size()), .nodes = nodes_of(stream_.schedule())});
  }

  const OnlineTexts& texts_;
  const probes::LabelledInput& labelled_;
  const RunContext& context_;
  Stream stream_;
  probes::OnlinePlan plan_;
  std::vector<Learner> learners_;
  std::vector<std::size_t> wanted_;  // addresses, ascending
};

void check_labels(const probes::Probe& probe, std::int64_t texts, const probes::LabelledInput& labelled) {
  probes::LabelledInput train(labelled);
  train.input = probes::ProbeInput::of_count(texts);
  const probes::ProbeRecord& record = probes::probe_record(probe.kind());
  if (record.target == probes::TargetKind::numbers) {
    probes::check_targets(probe.kind(), train);
    return;
  }
  probes::check_training(probe.kind(), train);
  if (record.class_limit == probes::ClassLimit::two) probes::check_two_classes(probe.kind(), train);
}

}  // namespace

OnlineOutcome fit_online(const capture::Capture& capture, std::span<const OnlineTask> tasks,
                         const OnlineTexts& texts, const probes::LabelledInput& labelled,
                         const RunContext& context) {
  OnlineOutcome outcome;
  outcome.fitted.resize(tasks.size());
  outcome.seconds.resize(tasks.size());
  std::vector<probes::OnlinePlan> plans;
  for (const OnlineTask& task : tasks) {
    SONDE_ASSERT(task.probe->online() != nullptr);
    check_labels(*task.probe, texts.batch->size(), labelled);
    const probes::OnlinePlan plan = task.probe->online()->plan();
    if (std::ranges::find(plans, plan) == plans.end()) plans.push_back(plan);
  }
  for (const probes::OnlinePlan& plan : plans) {
    SharedPass pass(capture, texts, labelled, context);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const probes::OnlineProbe& probe = *tasks[i].probe->online();
      if (probe.plan() == plan) pass.add(i, tasks[i].address, probe, capture.width(tasks[i].address));
    }
    pass.run(outcome);
  }
  return outcome;
}

std::vector<Matrix> score_online(const capture::Capture& capture, std::span<const FittedTask> tasks,
                                 const OnlineTexts& texts, const RunContext& context) {
  const std::int64_t n = texts.batch->size();
  std::vector<Matrix> scores;
  for (const FittedTask& task : tasks)
    scores.emplace_back(n, static_cast<std::int64_t>(task.probe->classes().size()));
  Stream stream(capture, texts, context);
  const ProgressStage stage(context, "scores", n, "texts");
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t first = 0; first < n;) {
    const std::span<const std::int64_t> rest = std::span(order).subspan(first);
    const auto group = rest.first(stream.group_of(rest, 1));
    stream.run(group);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const Matrix some =
          tasks[i].probe->scores(probes::ProbeInput::of_features(stream.rows(tasks[i].address).view()));
      std::copy_n(some.data(), some.rows() * some.cols(), scores[i].row(first).data());
    }
    first += static_cast<std::int64_t>(group.size());
    context.advance(static_cast<std::int64_t>(group.size()));
  }
  return scores;
}

}  // namespace sonde::study
