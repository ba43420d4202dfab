#include "sonde/study/evaluation.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <set>

#include "sonde/metrics/bootstrap.h"
#include "sonde/metrics/metric.h"
#include "sonde/probes/flattery.h"
#include "sonde/probes/online.h"
#include "sonde/study/answers.h"
#include "sonde/study/baselines.h"
#include "sonde/study/best_probe.h"
#include "sonde/study/fold_choice.h"
#include "sonde/study/places.h"
#include "sonde/study/predictor.h"
#include "sonde/study/probe_inputs.h"
#include "sonde/study/probe_variants.h"
#include "sonde/study/sparse_weights.h"
#include "sonde/study/tasks.h"

namespace sonde::study {
namespace {

using Clock = std::chrono::steady_clock;
using metrics::Task;

template <class T>
std::span<const T> slice(std::span<const T> all, RowRange range) {
  return all.empty() ? all : all.subspan(range.first, range.count);
}

// Where a result came from: places in EvaluationOptions::probes and EvaluationInput::features.
struct Origin {
  std::size_t choice = 0, set = 0;
};

class Evaluation {
 public:
  Evaluation(const EvaluationInput& input, const EvaluationOptions& options, const RunContext& context,
             result::Result& result)
      : in_(input),
        options_(options),
        context_(context),
        result_(result),
        maker_(in_),
        ranges_{in_.train, in_.valid, in_.test},
        tasks_(tasks_of(options.probes)) {
    result_.metric = chosen_metric(options.evaluate, tasks_);
    result_.task = metrics::to_string(metrics::metric_task(result_.metric));
    result_.resamples = options.evaluate.resamples;
    result_.level = options.evaluate.level;
  }

  std::vector<FittedEntry> run() {
    fit_probes();
    if (options_.evaluate.rows == "seen") keep_rows_seen();
    describe_classes();
    fit_baselines();
    in_.folds.empty() ? choose_best() : choose_in_folds();
    for (const Task task : tasks_) fill_intervals(task);
    if (!headline_) result_.best.metrics = result_.results[best_].metrics;
    fill_best(best_inputs(), result_);
    fill_sparse();
    warn_of_convergence();
    warn_of_flattery();
    if (options_.evaluate.predictions) keep_predictions();
    std::vector<FittedEntry> fitted;
    for (std::size_t i = 0; i < result_.results.size(); ++i)
      fitted.push_back({i, std::move(predictors_[i].probe), origins_[i].choice, origins_[i].set});
    return fitted;
  }

 private:
  PartTruth truth(std::size_t part) const {
    return {slice(in_.labels, ranges_[part]), slice(in_.targets, ranges_[part]),
            static_cast<std::int64_t>(in_.classes.size())};
  }

  metrics::Predictions predictions(const Predictor& predictor, std::size_t part) const {
    return predictor.answers.predictions(part, truth(part));
  }

  void fit_probes() {
    for (const ProbeChoice& choice : options_.probes) require_readable(in_, choice);
    std::vector<std::unique_ptr<probes::Probe>> made;
    for (const ProbeChoice& choice : options_.probes) {
      made.push_back(probes::make_probe(choice.kind, choice.options));
      result_.probes.push_back({choice.kind, made.back()->options()});
      if (!choice.read.empty()) result_.probes.back().options["read"] = choice.read;
    }
    const std::vector<std::string> variants = probe_variants(result_.probes);
    std::set<std::string_view> read;   // addresses
    std::vector<std::int64_t> places;  // of every result, among those of its probe
    for (std::size_t c = 0; c < options_.probes.size(); ++c) {
      const ProbeChoice& choice = options_.probes[c];
      std::int64_t place = 0;
      for (std::size_t i = 0; i < in_.features.size(); ++i) {
        const FeatureSet& set = in_.features[i];
        if (set.read != choice.read || !is_fitted_at(choice, set.at) ||
            !can_read(in_, made[c]->input_kind(), set))
          continue;
        origins_.push_back({c, i});
        places.push_back(place++);
        result_.results.push_back(describe(set, choice.kind, variants[c]));
        read.insert(set.at);
      }
    }
    for (const FeatureSet& set : in_.features) {
      if (!read.contains(set.at)) warn_unread(set);
    }
    fit_all(made, places);
  }

  void warn_unread(const FeatureSet& set) {
    result_.warnings.push_back(
        {.code = "address",
         .message = fmt::format("no probe reads the form of '{}'; it was left out", set.at)});
  }

  // One queue over every probe at every address; where there are fewer of them than threads, they share
  // those.
  void fit_all(std::span<const std::unique_ptr<probes::Probe>> made, std::span<const std::int64_t> places) {
    const auto count = static_cast<std::int64_t>(origins_.size());
    SONDE_ASSERT(count > 0);
    predictors_.resize(origins_.size());
    const RunContext inner{.threads = std::max(1, context_.threads / static_cast<int>(count)),
                           .seed = context_.seed,
                           .cancel = context_.cancel};
    const ProgressStage stage(context_, "probes", count, "probes");
    run_queue(context_, count, [&](int, std::int64_t i) {
      const probes::Probe& probe = *made[origins_[i].choice];
      const std::unique_ptr<probes::Probe> placed = probe.placed(places[i]);
      fit_one(placed ? *placed : probe, in_.features[origins_[i].set], i, inner);
      context_.advance(1);
    });
  }

  result::AddressResult describe(const FeatureSet& set, const std::string& probe,
                                 const std::string& variant) const {
    const auto kind = [&]() -> std::string {
      if (set.at.starts_with("hidden[")) return "hidden";
      if (set.module.find("attn") != std::string::npos || set.module.find("attention") != std::string::npos) {
        return "attention";
      }
      const bool mlp =
          set.module.find("mlp") != std::string::npos || set.module.find("intermediate") != std::string::npos;
      return mlp ? "mlp" : "other";
    };
    return {.at = set.at,
            .module = set.module.empty() ? set.at : set.module,
            .kind = kind(),
            .width = set.values.cols / set.prompts,
            .probe = probe,
            .variant = variant,
            .pooling = options_.pooling,
            .read = set.read,
            .task = metrics::to_string(task_of(probe))};
  }

  void fit_one(const probes::Probe& probe, const FeatureSet& set, std::size_t at, const RunContext& inner) {
    const auto start = Clock::now();
    Predictor& predictor = predictors_[at];
    result::AddressResult& entry = result_.results[at];
    if (in_.learned.empty()) {
      predictor = maker_.fit(probe, set, inner);
      entry.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    } else {  // every such probe reads every such set
      entry.seconds = in_.learned[at].seconds;
      predictor = maker_.take(std::move(in_.learned[at]), set, task_of(probe.kind()));
    }
    const probes::FitReport& report = predictor.probe->report();
    entry.n_iter = in_.folds.empty() ? report.n_iter : predictor.folds.n_iter;
    entry.converged = in_.folds.empty() ? report.converged : predictor.folds.converged;
    entry.details = report.details;
    if (report.certificate) {
      entry.objective = report.certificate->objective;
      entry.kkt = report.certificate->kkt;
      entry.nonzero = report.certificate->nonzero;
    }
    if (!in_.folds.empty()) {
      entry.train_metrics = mean_values(predictor.folds.training);
    } else if (set.first_row == 0) {
      entry.train_metrics = values_on(predictor, 0);
    }
    entry.valid_metrics = in_.folds.empty() ? values_on(predictor, 1) : mean_values(predictor.folds.choosing);
  }

  // Cuts the test part to as many rows as the probe that learned longest was shown.
  void keep_rows_seen() {
    std::int64_t seen = 0;
    for (std::size_t i = 0; i < origins_.size(); ++i) {
      const ProbeChoice& choice = options_.probes[origins_[i].choice];
      const std::unique_ptr<probes::Probe> probe = probes::make_probe(choice.kind, choice.options);
      if (probe->online() == nullptr || !in_.folds.empty()) {
        throw Error(ErrorCode::usage,
                    {.where = "[evaluate] rows",
                     .what = fmt::format(
                         "seen counts batches of one division of the rows; {} sees all at once", choice.kind),
                     .hint = "use rows=all, or probes such as sgd and no folds"});
      }
      seen = std::max(seen, result_.results[i].n_iter * probe->online()->plan().batch);
    }
    if (seen >= ranges_[2].count) return;
    result_.warnings.push_back(
        {.code = "rows",
         .message = fmt::format("only the first {} of {} test rows are judged: as many as the probe that "
                                "learned longest was shown",
                                seen, ranges_[2].count),
         .hint = "use rows=all",
         .affects_numbers = true});
    ranges_[2].count = seen;
    for (Predictor& predictor : predictors_) predictor.answers.keep_first(2, seen);
  }

  // Precision, recall and F1 of every class, for every probe of classes.
  void describe_classes() {
    for (std::size_t i = 0; i < origins_.size() && ranges_[2].count > 0; ++i) {
      if (predictors_[i].answers.task() == Task::classes)
        result_.results[i].per_class = per_class(predictions(predictors_[i], 2), in_.classes);
    }
  }

  result::Values values_on(const Predictor& predictor, std::size_t part) const {
    return ranges_[part].count == 0 ? result::Values() : metric_values(predictions(predictor, part));
  }

  void fit_baselines() {
    const FeatureSet none;
    for (const BaselineChoice& choice : baseline_choices()) {
      const std::unique_ptr<probes::Probe> probe = probes::make_probe(choice.kind);
      const bool wanted = std::find(tasks_.begin(), tasks_.end(), choice.task) != tasks_.end();
      if (!wanted || !can_read(in_, probe->input_kind(), none)) continue;
      Predictor predictor = maker_.fit(*probe, none, context_);
      predictor.answers.keep_first(2, ranges_[2].count);
      result_.baselines.push_back({.name = std::string(choice.name),
                                   .note = choice.note(*predictor.probe),
                                   .task = metrics::to_string(choice.task)});
      predictors_.push_back(std::move(predictor));
    }
  }

  void name_best() {
    const result::AddressResult& entry = result_.results[best_];
    result_.best.at = entry.at;
    result_.best.probe = entry.probe;
    result_.best.variant = entry.variant;
    result_.best.read = entry.read;
  }

  // On validation, else on train; the first of equals, so the shallowest.
  void choose_best() {
    const bool by_valid = in_.valid.count > 0;
    const Task task = metrics::metric_task(result_.metric);
    const metrics::MetricName metric =
        metrics::metric_names(task)[metrics::metric_index(result_.metric, task)];
    const auto value = [&](std::size_t r) {
      const result::AddressResult& entry = result_.results[r];
      const double raw = result::find(by_valid ? entry.valid_metrics : entry.train_metrics, result_.metric);
      if (std::isnan(raw)) return -std::numeric_limits<double>::infinity();
      return metric.better == metrics::Direction::higher ? raw : -raw;
    };
    const std::vector<std::size_t> rivals = results_of(task);
    best_ = rivals.front();
    for (const std::size_t i : rivals) {
      if (value(i) > value(best_)) best_ = i;
    }
    name_best();
    result_.best.chosen_on = rivals.size() == 1 ? "only" : by_valid ? "valid" : "train";
    result_.best.chosen_by = result_.metric;
  }

  // Every fold takes the result that did best on its own rows for choosing. The headline scores each row by
  // what its fold took; the address named best is the one that most folds took.
  void choose_in_folds() {
    const std::vector<std::size_t> rivals = results_of(metrics::metric_task(result_.metric));
    std::vector<std::size_t> chosen;
    for (std::size_t f = 0; f < in_.folds.size(); ++f) {
      std::vector<result::Values> values;
      for (const std::size_t i : rivals) values.push_back(predictors_[i].folds.choosing[f]);
      const std::size_t best = best_of(values, result_.metric);
      chosen.push_back(rivals[best]);
      const result::AddressResult& entry = result_.results[rivals[best]];
      result_.folds.push_back(
          describe_choice(in_.folds[f], entry, result::find(values[best], result_.metric)));
    }
    best_ = most_chosen(chosen, rivals, result_);
    name_best();
    result_.best.chosen_on = rivals.size() == 1 ? "only" : holds_out(in_.folds[0]) ? "valid" : "train";
    result_.best.chosen_by = result_.metric;
    if (std::ranges::all_of(chosen, [&](std::size_t i) { return i == best_; })) return;
    std::vector<MatrixView> scores;
    for (const std::size_t i : chosen) scores.push_back(predictors_[i].answers.scores(2));
    Predictor composed{nullptr, Answers(metrics::metric_task(result_.metric)), {}};
    composed.answers.set(2, compose(in_.folds, scores));
    headline_ = predictors_.size();
    predictors_.push_back(std::move(composed));
    result_.warnings.push_back(
        {.code = "folds",
         .message = "folds chose different addresses; the headline scores every row by what its fold chose",
         .hint = "see `folds` in result.json"});
  }

  const Predictor& headline() const { return predictors_[headline_.value_or(best_)]; }

  // Places in result.results of the probes of a task.
  std::vector<std::size_t> results_of(Task task) const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < result_.results.size(); ++i) {
      if (predictors_[i].answers.task() == task) places.push_back(i);
    }
    return places;
  }

  metrics::BootstrapResult resample(Task task) const {
    std::vector<metrics::Predictions> all;
    for (const Predictor& predictor : predictors_) {
      if (predictor.answers.task() == task) all.push_back(predictions(predictor, 2));
    }
    metrics::BootstrapOptions options = options_.evaluate;
    const std::span<const std::int64_t> groups = slice(in_.groups, ranges_[2]);
    options.groups = groups;
    options.unit = groups.empty() ? metrics::ResampleUnit::row : metrics::ResampleUnit::group;
    return metrics::bootstrap(all, options, context_);
  }

  // The bootstrap's predictors are those of the task in the order of results, then of baselines, then what
  // folds composed.
  void fill_intervals(Task task) {
    const metrics::BootstrapResult bootstrap = resample(task);
    const auto intervals = [&](auto&& interval_of) {
      result::Metrics metrics;
      for (const metrics::MetricName& m : metrics::metric_names(task))
        metrics.emplace_back(m.name, interval_of(m.name));
      return metrics;
    };
    const std::vector<std::size_t> places = results_of(task);
    std::vector<result::Baseline*> baselines;
    for (result::Baseline& baseline : result_.baselines) {
      if (baseline.task == metrics::to_string(task)) baselines.push_back(&baseline);
    }
    const auto best =
        static_cast<std::size_t>(std::find(places.begin(), places.end(), best_) - places.begin());
    const bool holds_best = best < places.size();
    const std::size_t head = headline_ ? places.size() + baselines.size() : best;
    if (holds_best && headline_)
      result_.best.metrics = intervals([&](std::string_view m) { return bootstrap.interval(head, m); });
    for (std::size_t i = 0; i < places.size(); ++i) {
      result::AddressResult& entry = result_.results[places[i]];
      entry.metrics = intervals([&](std::string_view m) { return bootstrap.interval(i, m); });
      for (std::size_t b = 0; b < baselines.size(); ++b) {
        entry.differences.push_back({baselines[b]->name, intervals([&](std::string_view m) {
                                       return bootstrap.difference(i, places.size() + b, m);
                                     })});
      }
      if (i == best || !holds_best) continue;
      entry.minus_best = intervals([&](std::string_view m) { return bootstrap.difference(i, best, m); });
      entry.indistinguishable_from_best =
          !metrics::leaves_out_zero(bootstrap.difference(i, best, result_.metric));
    }
    for (std::size_t b = 0; b < baselines.size(); ++b) {
      const std::size_t own = places.size() + b;
      baselines[b]->metrics = intervals([&](std::string_view m) { return bootstrap.interval(own, m); });
      if (!holds_best) continue;
      baselines[b]->best_minus_this =
          intervals([&](std::string_view m) { return bootstrap.difference(head, own, m); });
    }
  }

  void keep_predictions() {
    for (std::size_t i = 0; i < result_.results.size(); ++i) {
      nlohmann::ordered_json& kept = result_.results[i].predictions = nlohmann::ordered_json::array();
      const Answers& answers = predictors_[i].answers;
      if (answers.task() == Task::numbers) {
        for (std::int64_t row = 0; row < answers.scores(2).rows; ++row)
          kept.push_back(answers.scores(2).row(row)[0]);
      } else {
        for (const std::int32_t label : answers.predicted(2)) kept.push_back(in_.classes[label]);
      }
    }
  }

  // Which columns the best probe reads, where it is one that leaves some out.
  void fill_sparse() {
    const FeatureSet& set = in_.features[origins_[best_].set];
    if (set.first_row > 0 || set.prompts > 1 || !set.offsets.empty() || result_.task != "classes") return;
    result_.best.sparse = describe_sparse(*predictors_[best_].probe, set.values,
                                          in_.labels.first(set.values.rows), in_.classes);
  }

  BestInputs best_inputs() const {
    return {.predictions = predictions(headline(), 2),
            .classes = in_.classes,
            .texts = slice(in_.texts, ranges_[2]),
            .groups = slice(in_.groups, ranges_[2]),
            .group_names = in_.group_names,
            .data_rows = slice(in_.data_rows, ranges_[2]),
            .leaking = in_.leaking,
            .first_row = in_.test.first};
  }

  void warn_of_convergence() {
    for (std::size_t i = 0; i < result_.results.size(); ++i) {
      const result::AddressResult& entry = result_.results[i];
      if (entry.converged) continue;
      // A probe with several limits says which of them it met.
      const std::string limit = predictors_[i].probe->report().details.value("stopped", "max_iter");
      result_.warnings.push_back({.code = "convergence",
                                  .message = fmt::format("{} at {} did not converge in {} steps",
                                                         result::probe_name(entry), entry.at, entry.n_iter),
                                  .hint = fmt::format("raise {}", limit),
                                  .affects_numbers = true});
    }
  }

  void warn_of_flattery() {
    const auto flattered =
        std::count_if(predictors_.begin(), predictors_.begin() + origins_.size(),
                      [](const Predictor& predictor) { return probes::is_flattered(*predictor.probe); });
    if (flattered == 0) return;
    result_.warnings.push_back(
        {.code = "flattery",
         .message =
             fmt::format("{} results show max(a, 1 − a): which class is which was chosen with the very "
                         "labels that judge",
                         flattered),
         .hint = "use sign=train",
         .affects_numbers = true});
  }

  const EvaluationInput& in_;
  const EvaluationOptions& options_;
  const RunContext& context_;
  result::Result& result_;
  const PredictorMaker maker_;
  std::array<RowRange, 3> ranges_;  // whose last may be cut short
  const std::vector<Task> tasks_;
  std::vector<Origin> origins_;        // of result_.results
  std::vector<Predictor> predictors_;  // of result_.results, of result_.baselines, then what folds composed
  std::size_t best_ = 0;
  std::optional<std::size_t> headline_;  // what folds composed, where they chose differently
};

}  // namespace

std::vector<FittedEntry> evaluate(const EvaluationInput& input, const EvaluationOptions& options,
                                  const RunContext& context, result::Result& result) {
  return Evaluation(input, options, context, result).run();
}

}  // namespace sonde::study
