#include "sonde/study/honesty.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string_view>

#include "sonde/controls/correction.h"
#include "sonde/metrics/bootstrap.h"
#include "sonde/metrics/metric.h"

namespace sonde::study {
namespace {

using Clock = std::chrono::steady_clock;
using controls::Findings;

template <class T>
std::span<const T> slice(std::span<const T> all, RowRange range) {
  return all.empty() ? all : all.subspan(range.first, range.count);
}

MatrixView slice(MatrixView all, RowRange range) {
  return {all.data + range.first * all.stride, range.count, all.cols, all.stride};
}

// A type of every row, and what rows of one type are alike in.
struct RowTypes {
  std::vector<std::int64_t> ids;
  controls::TypeKind kind = controls::TypeKind::row;
};

template <class Key>
std::vector<std::int64_t> numbered(std::int64_t rows, const Key& key_of) {
  std::map<decltype(key_of(0)), std::int64_t> seen;
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < rows; ++i)
    ids.push_back(seen.emplace(key_of(i), static_cast<std::int64_t>(seen.size())).first->second);
  return ids;
}

bool cross(const std::vector<std::int64_t>& ids, const EvaluationInput& in) {
  const auto train = ids.begin() + in.train.first, test = ids.begin() + in.test.first;
  const std::set<std::int64_t> known(train, train + in.train.count);
  return std::any_of(test, test + in.test.count, [&](std::int64_t id) { return known.contains(id); });
}

// The finest likeness that crosses the split, since only what crosses it can be remembered: the text, else
// the group, else the features themselves.
RowTypes types_of(const HonestyRequest& request, MatrixView features) {
  const EvaluationInput& in = request.input;
  const auto rows = static_cast<std::int64_t>(in.labels.size());
  RowTypes texts;
  if (!in.texts.empty()) {
    texts = {numbered(rows, [&](std::int64_t i) { return in.texts[i]; }), controls::TypeKind::text};
    if (cross(texts.ids, in)) return texts;
  }
  if (!request.groups.empty()) {
    RowTypes groups{{request.groups.begin(), request.groups.end()}, controls::TypeKind::group};
    if (cross(groups.ids, in)) return groups;
  }
  if (!texts.ids.empty()) return texts;
  const auto bytes_of = [&](std::int64_t i) {
    const std::span<const float> row = features.row(i);
    return std::string_view(reinterpret_cast<const char*>(row.data()), row.size_bytes());
  };
  return {numbered(rows, bytes_of), controls::TypeKind::row};
}

class Questioning {
 public:
  Questioning(const HonestyRequest& request, const RunContext& context, result::Result& result)
      : request_(request), in_(request.input), context_(context), result_(result) {
    options_ = request.spec;
    options_.level = result.level;
  }

  void run() {
    best_ = find_best();
    if (!can_question(best_)) return;
    result_.honesty.at = result_.best.at;
    result_.honesty.probe = result_.best.probe;
    result_.honesty.variant = result_.best.variant;
    result_.honesty.metric = result_.metric;
    result_.honesty.options = options_to_json(request_.spec);
    const controls::Subject subject = subject_of(best_);
    for (const controls::ControlRecord* record : controls::control_records()) {
      const auto start = Clock::now();
      const Findings findings = record->run(subject, options_, context_);
      if (record->name == "shuffled_labels") shuffled_[best_] = findings;
      add(std::string(record->name), std::string(record->summary), findings, start);
    }
    add_baseline_of_shuffles();
    if (request_.spec.random_weights && request_.random_features) question_weights();
    show_embeddings();
    if (request_.spec.addresses == "all") correct_over_addresses();
  }

 private:
  std::size_t find_best() const {
    const result::AddressResult* best = result::find_best(result_);
    SONDE_ASSERT(best != nullptr);
    return static_cast<std::size_t>(best - result_.results.data());
  }

  const ProbeChoice& choice_of(std::size_t i) const {
    return request_.judging.probes[request_.fitted[i].choice];
  }
  MatrixView features_of(std::size_t i) const { return in_.features[request_.fitted[i].set].values; }

  bool can_question(std::size_t i) {
    if (!in_.folds.empty()) {
      result_.warnings.push_back({.code = "controls",
                                  .message = "controls cannot question a study with folds yet",
                                  .hint = "divide the rows once: leave --folds out"});
      return false;
    }
    const probes::ProbeRecord& record = probes::probe_record(choice_of(i).kind);
    const bool reads_rows =
        record.input == probes::InputKind::features || record.input == probes::InputKind::text ||
        record.input == probes::InputKind::length || record.input == probes::InputKind::none;
    if (reads_rows && record.target == probes::TargetKind::classes) return true;
    result_.warnings.push_back(
        {.code = "controls",
         .message = fmt::format("controls cannot question a probe of the kind {} yet", record.name),
         .hint = "choose a probe that reads one vector per text and predicts classes"});
    return false;
  }

  probes::ProbeInput input_of(probes::InputKind kind, MatrixView features, RowRange range) const {
    switch (kind) {
      case probes::InputKind::features:
        return probes::ProbeInput::of_features(slice(features, range));
      case probes::InputKind::text:
        return probes::ProbeInput::of_texts(slice(in_.texts, range));
      case probes::InputKind::length:
        return probes::ProbeInput::of_lengths(slice(in_.lengths, range));
      default:
        return probes::ProbeInput::of_count(range.count);
    }
  }

  probes::LabelledInput labelled(probes::InputKind kind, MatrixView features, RowRange range) const {
    return {input_of(kind, features, range), slice(in_.labels, range), in_.classes};
  }

  controls::Subject subject_of(std::size_t i) {
    const ProbeChoice& choice = choice_of(i);
    probes_.push_back(probes::make_probe(choice.kind, choice.options));
    if (types_.ids.empty()) types_ = types_of(request_, features_of(i));
    const probes::InputKind kind = probes_.back()->input_kind();
    const auto part = [&](RowRange range) {
      return controls::Part{labelled(kind, features_of(i), range), slice(in_.groups, range),
                            slice(std::span<const std::int64_t>(types_.ids), range)};
    };
    return {.probe = probes_.back().get(),
            .fitted = request_.fitted[i].probe.get(),
            .train = part(in_.train),
            .valid = part(in_.valid),
            .test = part(in_.test),
            .type_kind = types_.kind,
            .metric = result_.metric};
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
         .metrics = {{result_.metric, findings.at("shuffled")}}});
  }

  void question_weights() {
    const auto start = Clock::now();
    const std::size_t set = request_.fitted[best_].set;
    const Matrix features = request_.random_features(in_.features[set]);
    const std::unique_ptr<probes::Probe> probe =
        probes::make_probe(choice_of(best_).kind, choice_of(best_).options);
    const probes::InputKind kind = probe->input_kind();
    if (kind != probes::InputKind::features) return;
    const probes::LabelledInput train = labelled(kind, features.view(), in_.train);
    const auto fitted = in_.valid.count > 0
                            ? probe->fit(train, labelled(kind, features.view(), in_.valid), context_)
                            : probe->fit(train, context_);
    const Matrix mine = fitted->scores(input_of(kind, features.view(), in_.test));
    const Matrix real = request_.fitted[best_].probe->scores(input_of(kind, features_of(best_), in_.test));
    const auto said = probes::predicted_classes(mine.view()),
               said_real = probes::predicted_classes(real.view());
    const int classes = static_cast<int>(in_.classes.size());
    const std::span<const std::int32_t> truth = slice(in_.labels, in_.test);
    const metrics::Predictions pair[] = {{classes, truth, said_real, real.view()},
                                         {classes, truth, said, mine.view()}};
    metrics::BootstrapOptions options = request_.judging.evaluate;
    options.groups = slice(in_.groups, in_.test);
    options.unit = options.groups.empty() ? metrics::ResampleUnit::row : metrics::ResampleUnit::group;
    add_random_baseline(metrics::bootstrap(pair, options, context_), start);
  }

  void add_random_baseline(const metrics::BootstrapResult& bootstrap, Clock::time_point start) {
    result::Baseline baseline{
        .name = "random_weights",
        .note = fmt::format("the same probe at {} of the same model, not trained", result_.best.at)};
    for (const metrics::MetricName& metric : metrics::metric_names()) {
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
      if (!can_question(i)) continue;
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
  const EvaluationInput& in_;
  const RunContext& context_;
  result::Result& result_;
  controls::ControlOptions options_;
  std::size_t best_ = 0;
  RowTypes types_;
  std::vector<std::unique_ptr<probes::Probe>> probes_;  // of the subjects made so far
  std::map<std::size_t, Findings> shuffled_;            // by result
};

}  // namespace

void question(const HonestyRequest& request, const RunContext& context, result::Result& result) {
  Questioning(request, context, result).run();
}

}  // namespace sonde::study
