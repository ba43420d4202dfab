#include "sonde/study/honesty.h"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <map>

#include "sonde/controls/correction.h"
#include "sonde/controls/refit.h"
#include "sonde/metrics/bootstrap.h"
#include "sonde/metrics/metric.h"
#include "sonde/probes/flattery.h"
#include "sonde/study/answers.h"
#include "sonde/study/subjects.h"

namespace sonde::study {
namespace {

using Clock = std::chrono::steady_clock;
using controls::Findings;

class Questioning {
 public:
  Questioning(const HonestyRequest& request, const RunContext& context, result::Result& result)
      : request_(request),
        context_(context),
        result_(result),
        subjects_(request.input, request.judging, request.groups, context) {
    options_ = request.spec;
    options_.level = result.level;
  }

  void run() {
    best_ = find_best();
    result_.honesty.at = result_.best.at;
    result_.honesty.probe = result_.best.probe;
    result_.honesty.variant = result_.best.variant;
    result_.honesty.metric = result_.metric;
    result_.honesty.options = options_to_json(request_.spec);
    const controls::Subject subject = subject_of(best_);
    for (const controls::ControlRecord* record : controls::control_records()) {
      if (subject.task() == metrics::Task::numbers && !record->of_numbers) continue;
      const auto start = Clock::now();
      const Findings findings = record->run(subject, options_, context_);
      if (record->name == "shuffled_labels") shuffled_[best_] = findings;
      add(std::string(record->name), std::string(record->summary), findings, start);
    }
    add_baseline_of_shuffles();
    if (request_.spec.random_weights && request_.random_features) question_weights(subject);
    show_embeddings();
    if (request_.spec.addresses == "all") correct_over_addresses();
  }

 private:
  std::size_t find_best() const {
    const result::AddressResult* best = result::find_best(result_);
    SONDE_ASSERT(best != nullptr);
    return static_cast<std::size_t>(best - result_.results.data());
  }

  controls::Subject subject_of(std::size_t i) {
    controls::Subject subject = subjects_.of(request_.fitted[i]);
    subject.metric = result_.metric;
    return subject;
  }

  void add(std::string name, std::string summary, const Findings& findings, Clock::time_point start) {
    result::Control control{.name = std::move(name),
                            .summary = std::move(summary),
                            .note = findings.note,
                            .numbers = findings.numbers,
                            .draws = findings.draws,
                            .seconds = std::chrono::duration<double>(Clock::now() - start).count()};
    for (const controls::Point& point : findings.points) control.points.push_back({point.rows, point.value});
    result_.honesty.controls.push_back(std::move(control));
  }

  void add_baseline_of_shuffles() {
    const Findings& findings = shuffled_[best_];
    result_.baselines.push_back(
        {.name = "shuffled_labels",
         .note = fmt::format("mean of {} fits to shuffled labels", findings.draws.size()),
         .metrics = {{result_.metric, findings.at("shuffled")}},
         .best_minus_this = {},
         .task = result_.task});
  }

  // The same probe on the same rows at the same address of a model that knows nothing.
  void question_weights(const controls::Subject& real) {
    const auto start = Clock::now();
    using probes::InputKind;
    const InputKind reads = real.probe->input_kind();
    if (reads == InputKind::text || reads == InputKind::length || reads == InputKind::none) return;
    FeatureSet set = request_.input.features[request_.fitted[best_].set];
    const Matrix features = request_.random_features(set);
    set.values = features.view();
    const controls::Subject random = subjects_.on(request_.fitted[best_], set);
    const controls::Judge judge(real);
    const PartTruth truth{judge.truth().labels, judge.truth().targets, real.classes()};
    std::array<Answers, 2> answers{Answers(real.task()), Answers(real.task())};
    answers[0].set(0, judge.real_scores());
    answers[1].set(0, controls::Judge(random).real_scores());
    std::vector<metrics::Predictions> pair;
    for (Answers& said : answers) {
      if (probes::is_flattered(*real.fitted.front())) said.flatter(0, truth.labels);
      pair.push_back(said.predictions(0, truth));
    }
    metrics::BootstrapOptions options = request_.judging.evaluate;
    options.groups = judge.groups();
    options.unit = judge.groups().empty() ? metrics::ResampleUnit::row : metrics::ResampleUnit::group;
    add_random_baseline(metrics::bootstrap(pair, options, context_), start);
  }

  void add_random_baseline(const metrics::BootstrapResult& bootstrap, Clock::time_point start) {
    result::Baseline baseline{
        .name = "random_weights",
        .note = fmt::format("the same probe at {} of the same model, not trained", result_.best.at),
        .metrics = {},
        .best_minus_this = {},
        .task = result_.task};
    for (const metrics::MetricName& metric : metrics::metric_names(metrics::metric_task(result_.metric))) {
      baseline.metrics.emplace_back(metric.name, bootstrap.interval(1, metric.name));
      baseline.best_minus_this.emplace_back(metric.name, bootstrap.difference(0, 1, metric.name));
    }
    add("random_weights",
        "what the same probe finds at the same address of the same model with random weights",
        {.numbers = {{"value", bootstrap.interval(1, result_.metric)},
                     {"best_minus_this", bootstrap.difference(0, 1, result_.metric)}}},
        start);
    result_.baselines.push_back(std::move(baseline));
  }

  // The embedding state knows tokens and positions, and nothing that a layer made of them.
  void show_embeddings() {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < result_.results.size(); ++i) {
      const result::AddressResult& entry = result_.results[i];
      if (entry.at != "hidden[0]" || !same_probe(entry, result_.results[best_])) continue;
      const metrics::Interval* value = result::find(entry.metrics, result_.metric);
      const metrics::Interval* gap = result::find(entry.minus_best, result_.metric);
      if (value == nullptr) return;
      Findings findings{.numbers = {{"value", *value}}};
      if (gap != nullptr)
        findings.numbers.push_back({"best_minus_this", {-gap->value, -gap->high, -gap->low}});
      if (i == best_) findings.note = "the best address is the embedding state itself";
      add("embeddings", "what the same probe finds in hidden[0], before any layer", findings, start);
      return;
    }
  }

  void correct_over_addresses() {
    std::vector<std::size_t> asked;
    for (std::size_t i = 0; i < result_.results.size(); ++i) {
      if (result_.results[i].task != result_.task) continue;
      asked.push_back(i);
      if (!shuffled_.contains(i))
        shuffled_[i] = controls::control_record("shuffled_labels").run(subject_of(i), options_, context_);
    }
    std::vector<double> p, real;
    std::vector<std::vector<double>> draws;
    for (const std::size_t i : asked) {
      p.push_back(shuffled_[i].at("p").value);
      real.push_back(shuffled_[i].at("value").value);
      draws.push_back(shuffled_[i].draws);
    }
    const std::vector<double> holm = controls::holm(p), bh = controls::benjamini_hochberg(p),
                              best = controls::against_best_of_all(real, draws, result_.metric);
    for (std::size_t k = 0; k < asked.size(); ++k) {
      const result::AddressResult& entry = result_.results[asked[k]];
      result_.honesty.addresses.push_back(
          {entry.at, entry.probe, entry.variant, p[k], holm[k], bh[k], best[k]});
    }
  }

  const HonestyRequest& request_;
  const RunContext& context_;
  result::Result& result_;
  Subjects subjects_;
  controls::ControlOptions options_;
  std::size_t best_ = 0;
  std::map<std::size_t, Findings> shuffled_;  // by result
};

}  // namespace

void question(const HonestyRequest& request, const RunContext& context, result::Result& result) {
  Questioning(request, context, result).run();
}

}  // namespace sonde::study
