#include "sonde/fitting/online.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <numeric>

#include "sonde/core/gather.h"
#include "sonde/fitting/sum_sink.h"
#include "sonde/probes/checks.h"
#include "sonde/probes/contrast.h"

namespace sonde::fitting {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<std::int64_t> all_of(const PassTexts& texts) {
  std::vector<std::int64_t> order(texts.examples());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

template <class T>
std::span<const T> some(const std::vector<T>& all, std::int64_t first, std::int64_t count) {
  return all.empty() ? std::span<const T>() : std::span(all).subspan(first, count);
}

// A fit under way, batch by batch.
class Learner final : public RowSink {
 public:
  Learner(const probes::OnlineProbe& probe, std::int64_t width, const OnlineExamples& train,
          const RunContext& context)
      : train_(train),
        batch_(probe.plan().batch),
        fit_(probe.begin(width, train.labelled.classes, context)) {}

  void take(MatrixView rows, std::span<const std::int64_t> examples) override {
    const auto start = Clock::now();
    const std::vector<std::int32_t> labels = gathered(train_.labelled.labels, examples);
    const std::vector<double> targets = gathered(train_.labelled.targets, examples);
    for (std::int64_t first = 0; first < rows.rows && !fit_->done(); first += batch_) {
      const std::int64_t count = std::min(batch_, rows.rows - first);
      fit_->step({{rows.data + first * rows.stride, count, rows.cols, rows.stride},
                  some(labels, first, count),
                  some(targets, first, count)});
    }
    seconds_ += std::chrono::duration<double>(Clock::now() - start).count();
  }
  bool done() const override { return fit_->done(); }
  probes::OnlineFit& fit() { return *fit_; }
  double seconds() const { return seconds_; }

 private:
  const OnlineExamples& train_;
  std::int64_t batch_;
  std::unique_ptr<probes::OnlineFit> fit_;
  double seconds_ = 0;
};

class Scorer final : public RowSink {
 public:
  Scorer(const probes::FittedProbe& probe, const PassTexts& texts)
      : probe_(probe),
        prompts_(texts.prompts),
        scores_(texts.examples(), std::max<std::int64_t>(1, std::ssize(probe.classes()))) {}
  void take(MatrixView rows, std::span<const std::int64_t> examples) override {
    const Matrix some = probe_.scores(input_of(probe_.input_kind(), rows, prompts_));
    for (std::size_t i = 0; i < examples.size(); ++i)
      std::ranges::copy(some.row(static_cast<std::int64_t>(i)), scores_.row(examples[i]).begin());
  }
  Matrix& scores() { return scores_; }

 private:
  const probes::FittedProbe& probe_;
  std::int64_t prompts_;
  Matrix scores_;
};

// The plan of all closed forms.
constexpr probes::OnlinePlan kSummed{.batch = 256};

// Closed forms follow from sums, which those of equal needs share; all others learn batch by batch.
class OnlineFitting {
 public:
  OnlineFitting(const capture::Capture& capture, std::span<const OnlineTask> tasks,
                const OnlineExamples& train, const RunContext& context)
      : capture_(capture), tasks_(tasks), train_(train), context_(context), sums_(train, {}) {
    for (const OnlineTask& task : tasks_) {
      check_examples(*task.probe, train_);
      if (task.probe->closed_form() != nullptr) {
        place_.push_back(sums_.add(task, width(task)));
      } else {
        SONDE_ASSERT(task.probe->online() != nullptr);
        place_.push_back(learners_.size());
        learners_.emplace_back(*task.probe->online(), width(task), train_, context_);
      }
    }
  }

  OnlineOutcome run(const OnlineExamples* held) {
    std::span<const SinkPlace> besides = train_.besides;
    for (const probes::OnlinePlan& plan : plans()) {
      learn(plan, besides);
      besides = {};
    }
    sums_.finish();
    SharedSums chosen_on(held != nullptr ? *held : train_, {});
    if (held != nullptr) sum_held(*held, chosen_on);
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      tasks_[i].probe->closed_form() != nullptr ? solve(i, chosen_on) : finish(i);
    }
    return std::move(outcome_);
  }

 private:
  std::int64_t width(const OnlineTask& task) const {
    return row_width(capture_, {.address = task.address, .read = task.read}, train_.texts.prompts);
  }

  // Sums are taken in one pass, whatever its batches.
  static probes::OnlinePlan plan_of(const OnlineTask& task) {
    return task.probe->closed_form() != nullptr ? kSummed : task.probe->online()->plan();
  }

  std::vector<probes::OnlinePlan> plans() const {
    std::vector<probes::OnlinePlan> plans;
    for (const OnlineTask& task : tasks_) {
      const probes::OnlinePlan plan = plan_of(task);
      if (std::ranges::find(plans, plan) == plans.end()) plans.push_back(plan);
    }
    return plans;
  }

  // The passes that probes of one plan share; `besides` go along in the first epoch.
  void learn(const probes::OnlinePlan& plan, std::span<const SinkPlace> besides) {
    std::vector<SinkPlace> sinks;
    if (plan == kSummed) sinks = sums_.sinks();
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].probe->closed_form() == nullptr && plan_of(tasks_[i]) == plan)
        sinks.push_back({tasks_[i].address, tasks_[i].read, &learners_[place_[i]]});
    }
    const std::size_t own = sinks.size();
    sinks.insert(sinks.end(), besides.begin(), besides.end());
    const std::int64_t n = train_.texts.examples();
    const ProgressStage stage(context_, "online", n * plan.epochs, "texts");
    for (std::int64_t epoch = 0; epoch < plan.epochs; ++epoch) {
      const std::vector<std::int64_t> order = probes::epoch_order(plan, n, epoch, context_);
      pass(sinks, train_.texts, {order, plan.batch});
      sinks.resize(own);
    }
  }

  // A pass over the validation part for the forms that choose.
  void sum_held(const OnlineExamples& held, SharedSums& sums) {
    for (const OnlineTask& task : tasks_)
      held_place_.push_back(chooses(task) ? sums.add(task, width(task)) : 0);
    if (sums.sinks().empty()) return;
    const std::vector<std::int64_t> order = all_of(held.texts);
    const ProgressStage stage(context_, "choices", held.texts.examples(), "texts");
    pass(sums.sinks(), held.texts, {order});
    sums.finish();
  }

  static bool chooses(const OnlineTask& task) {
    return task.probe->closed_form() != nullptr && task.probe->closed_form()->chooses();
  }

  void solve(std::size_t i, const SharedSums& chosen_on) {
    const auto start = Clock::now();
    const SumSink& train = sums_.at(place_[i]);
    SONDE_ASSERT(!chooses(tasks_[i]) || !held_place_.empty());
    outcome_.fitted.push_back(tasks_[i].probe->closed_form()->solve(
        {train.sums()[0], chooses(tasks_[i]) ? &chosen_on.at(held_place_[i]).sums()[0] : nullptr,
         train_.labelled.classes}));
    outcome_.seconds.push_back(train.seconds() + std::chrono::duration<double>(Clock::now() - start).count());
  }

  void finish(std::size_t i) {
    Learner& learner = learners_[place_[i]];
    outcome_.fitted.push_back(learner.fit().finish());
    outcome_.seconds.push_back(learner.seconds());
  }

  void pass(std::span<const SinkPlace> sinks, const PassTexts& texts, const PassOrder& order) {
    const std::vector<PassStretch> stretches = run_pass(capture_, sinks, texts, order, context_);
    outcome_.stretches.insert(outcome_.stretches.end(), stretches.begin(), stretches.end());
  }

  const capture::Capture& capture_;
  std::span<const OnlineTask> tasks_;
  const OnlineExamples& train_;
  const RunContext& context_;
  std::deque<Learner> learners_;
  SharedSums sums_;
  std::vector<std::size_t> place_;       // of each task among the learners, or the sums
  std::vector<std::size_t> held_place_;  // among the sums of the validation part
  OnlineOutcome outcome_;
};

}  // namespace

void check_examples(const probes::Probe& probe, const OnlineExamples& examples) {
  probes::LabelledInput train(examples.labelled);
  train.input = probes::ProbeInput::of_count(examples.texts.examples());
  const probes::ProbeRecord& record = probes::probe_record(probe.kind());
  if (record.target == probes::TargetKind::numbers) {
    probes::check_targets(probe.kind(), train);
    return;
  }
  probes::check_training(probe.kind(), train);
  if (record.class_limit == probes::ClassLimit::two) probes::check_two_classes(probe.kind(), train);
  if (record.input == probes::InputKind::contrast)
    probes::check_prompts(probe.kind(), examples.texts.prompts, 2);
}

probes::ProbeInput input_of(probes::InputKind kind, MatrixView rows, std::int64_t prompts) {
  return kind == probes::InputKind::contrast ? probes::ProbeInput::of_contrast(rows, prompts)
                                             : probes::ProbeInput::of_features(rows);
}

OnlineOutcome fit_online(const capture::Capture& capture, std::span<const OnlineTask> tasks,
                         const OnlineExamples& train, const OnlineExamples* held, const RunContext& context) {
  return OnlineFitting(capture, tasks, train, context).run(held);
}

std::vector<Matrix> score_online(const capture::Capture& capture, std::span<const FittedTask> tasks,
                                 const OnlineExamples& examples, const RunContext& context) {
  std::deque<Scorer> scorers;
  std::vector<SinkPlace> sinks;
  for (const FittedTask& task : tasks) {
    scorers.emplace_back(*task.probe, examples.texts);
    sinks.push_back({task.address, task.read, &scorers.back()});
  }
  sinks.insert(sinks.end(), examples.besides.begin(), examples.besides.end());
  const std::vector<std::int64_t> order = all_of(examples.texts);
  const ProgressStage stage(context, "scores", examples.texts.examples(), "texts");
  run_pass(capture, sinks, examples.texts, {order}, context);
  std::vector<Matrix> scores;
  for (Scorer& scorer : scorers) scores.push_back(std::move(scorer.scores()));
  return scores;
}

}  // namespace sonde::fitting
