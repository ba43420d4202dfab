#include "sonde/study/evaluation.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "sonde/metrics/bootstrap.h"
#include "sonde/metrics/metric.h"
#include "sonde/study/best_probe.h"
#include "sonde/study/fold_choice.h"

namespace sonde::study {
namespace {

using Clock = std::chrono::steady_clock;

template <class T>
std::span<const T> slice(std::span<const T> all, RowRange range) {
  return all.empty() ? all : all.subspan(range.first, range.count);
}

MatrixView slice(MatrixView all, RowRange range) {
  return {all.data + range.first * all.stride, range.count, all.cols, all.stride};
}

// A predictor: scores of the test rows, with what its probe is.
struct Predictor {
  std::unique_ptr<probes::FittedProbe> probe;
  std::vector<Matrix> scores = std::vector<Matrix>(3);  // train, valid, test
  std::vector<std::vector<std::int32_t>> predicted = std::vector<std::vector<std::int32_t>>(3);
  std::vector<result::Values> choosing;  // by fold: metrics on the rows held out for choosing
};

class Evaluation {
 public:
  Evaluation(const EvaluationInput& input, const EvaluationOptions& options, const RunContext& context,
             result::Result& result)
      : in_(input),
        options_(options),
        context_(context),
        result_(result),
        ranges_{in_.train, in_.valid, in_.test} {
    result_.metric = options.evaluate.metric;
    result_.resamples = options.evaluate.resamples;
    result_.level = options.evaluate.level;
  }

  std::vector<FittedEntry> run() {
    fit_probes();
    fit_baselines();
    in_.folds.empty() ? choose_best() : choose_in_folds();
    fill_intervals();
    fill_best(best_inputs(), result_);
    warn_of_convergence();
    std::vector<FittedEntry> fitted;
    for (std::size_t i = 0; i < result_.results.size(); ++i)
      fitted.push_back({i, std::move(predictors_[i].probe)});
    return fitted;
  }

 private:
  std::span<const std::int32_t> labels(std::size_t part) const { return slice(in_.labels, ranges_[part]); }

  probes::ProbeInput input_of(probes::InputKind kind, MatrixView features, RowRange range) const {
    switch (kind) {
      case probes::InputKind::features:
        return probes::ProbeInput::of_features(slice(features, range));
      case probes::InputKind::text:
        return probes::ProbeInput::of_texts(slice(in_.texts, range));
      case probes::InputKind::length:
        return probes::ProbeInput::of_lengths(slice(in_.lengths, range));
      case probes::InputKind::none:
        return probes::ProbeInput::of_count(range.count);
    }
    return {};
  }

  void fit_probes() {
    for (const ProbeChoice& choice : options_.probes) {
      const std::unique_ptr<probes::Probe> probe = probes::make_probe(choice.kind, choice.options);
      result_.probes.push_back({choice.kind, probe->options()});
      const std::size_t first = result_.results.size(), count = in_.features.size();
      for (const FeatureSet& set : in_.features) result_.results.push_back(describe(set, choice.kind));
      predictors_.resize(first + count);
      const ProgressStage stage(context_, "probes", static_cast<std::int64_t>(count), "probes");
      run_queue(context_, static_cast<std::int64_t>(count), [&](int, std::int64_t i) {
        fit_one(*probe, in_.features[i].values, first + i);
        context_.advance(1);
      });
    }
  }

  result::AddressResult describe(const FeatureSet& set, const std::string& probe) const {
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
            .width = set.values.cols,
            .probe = probe,
            .pooling = options_.pooling};
  }

  void fit_one(const probes::Probe& probe, MatrixView features, std::size_t at) {
    // One thread inside: the queue is over probes.
    const RunContext inner{.threads = 1, .seed = context_.seed, .cancel = context_.cancel};
    const auto start = Clock::now();
    const probes::LabelledInput train{input_of(probe.input_kind(), features, in_.train), labels(0),
                                      in_.classes};
    const probes::LabelledInput valid{input_of(probe.input_kind(), features, in_.valid), labels(1),
                                      in_.classes};
    Predictor& predictor = predictors_[at];
    result::AddressResult& entry = result_.results[at];
    if (!in_.folds.empty()) {
      const FoldFits fits = fit_folds(probe, features, predictor, inner);
      entry.n_iter = fits.n_iter;
      entry.converged = fits.converged;
      entry.train_metrics = mean_over_folds(fits.training);
      entry.valid_metrics = mean_values(predictor.choosing);
    } else {
      predictor.probe = in_.valid.count > 0 ? probe.fit(train, valid, inner) : probe.fit(train, inner);
      score(predictor, probe.input_kind(), features);
      entry.n_iter = predictor.probe->report().n_iter;
      entry.converged = predictor.probe->report().converged;
      entry.train_metrics = values_on(predictor, 0);
      entry.valid_metrics = values_on(predictor, 1);
    }
    entry.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const auto& certificate = predictor.probe->report().certificate;
    if (!certificate) return;
    entry.objective = certificate->objective;
    entry.kkt = certificate->kkt;
    entry.nonzero = certificate->nonzero;
  }

  // In folds all rows are the test part; what is kept of the fits is what the predictor says of them.
  FoldFits fit_folds(const probes::Probe& probe, MatrixView features, Predictor& predictor,
                     const RunContext& context) const {
    const probes::LabelledInput all{input_of(probe.input_kind(), features, in_.test), labels(2), in_.classes};
    FoldFits fits = fit_in_folds(probe, all, in_.folds, context);
    predictor.probe = std::move(fits.whole);
    predictor.predicted[2] = probes::predicted_classes(fits.tested.view());
    predictor.scores[2] = std::move(fits.tested);
    for (const ScoredRows& scored : fits.choosing) {
      predictor.choosing.push_back(values_of(scored, labels(2), static_cast<int>(in_.classes.size())));
    }
    return fits;
  }

  result::Values mean_over_folds(const std::vector<ScoredRows>& scored) const {
    std::vector<result::Values> folds;
    for (const ScoredRows& fold : scored)
      folds.push_back(values_of(fold, labels(2), static_cast<int>(in_.classes.size())));
    return mean_values(folds);
  }

  void score(Predictor& predictor, probes::InputKind kind, MatrixView features) const {
    for (std::size_t part = 0; part < 3; ++part) {
      if (ranges_[part].count == 0) continue;
      predictor.scores[part] = predictor.probe->scores(input_of(kind, features, ranges_[part]));
      predictor.predicted[part] = probes::predicted_classes(predictor.scores[part].view());
    }
  }

  metrics::Predictions predictions(const Predictor& predictor, std::size_t part) const {
    return {static_cast<int>(in_.classes.size()), labels(part), predictor.predicted[part],
            predictor.scores[part].view()};
  }

  result::Values values_on(const Predictor& predictor, std::size_t part) const {
    if (ranges_[part].count == 0) return {};
    const std::vector<double> numbers = metrics::MetricSet(predictions(predictor, part)).evaluate();
    result::Values values;
    for (std::size_t m = 0; m < numbers.size(); ++m)
      values.emplace_back(metrics::metric_names()[m].name, numbers[m]);
    return values;
  }

  void fit_baselines() {
    for (const std::string_view kind : {"bag_of_words", "length", "majority"}) {
      const std::unique_ptr<probes::Probe> probe = probes::make_probe(kind);
      const bool possible = (probe->input_kind() != probes::InputKind::text || !in_.texts.empty()) &&
                            (probe->input_kind() != probes::InputKind::length || !in_.lengths.empty());
      if (!possible) continue;
      Predictor predictor;
      if (in_.folds.empty()) {
        predictor.probe =
            probe->fit({input_of(probe->input_kind(), {}, in_.train), labels(0), in_.classes}, context_);
        score(predictor, probe->input_kind(), {});
      } else {
        (void)fit_folds(*probe, {}, predictor, context_);
      }
      result_.baselines.push_back({.name = std::string(kind), .note = note_of(kind, predictor)});
      predictors_.push_back(std::move(predictor));
    }
  }

  std::string note_of(std::string_view kind, const Predictor& predictor) const {
    if (kind == "majority") {
      const std::int32_t always = predictor.predicted[2].front();
      return fmt::format("always “{}”", in_.classes[always]);
    }
    if (kind == "length") return "logistic on the number of tokens";
    return fmt::format("logistic on {} word counts", predictor.probe->save().metadata["vocabulary"].size());
  }

  // On validation, else on train; the first of equals, so the shallowest.
  void choose_best() {
    const bool by_valid = in_.valid.count > 0;
    const metrics::MetricName& metric = metrics::metric_names()[metrics::metric_index(result_.metric)];
    for (std::size_t i = 1; i < result_.results.size(); ++i) {
      const auto value = [&](std::size_t r) {
        const result::AddressResult& entry = result_.results[r];
        const double raw = result::find(by_valid ? entry.valid_metrics : entry.train_metrics, result_.metric);
        if (std::isnan(raw)) return -std::numeric_limits<double>::infinity();
        return metric.better == metrics::Direction::higher ? raw : -raw;
      };
      if (value(i) > value(best_)) best_ = i;
    }
    result_.best.at = result_.results[best_].at;
    result_.best.probe = result_.results[best_].probe;
    result_.best.chosen_on = result_.results.size() == 1 ? "only" : by_valid ? "valid" : "train";
    result_.best.chosen_by = result_.metric;
  }

  // Every fold takes the result that did best on its own rows for choosing. The headline scores each row by
  // what its fold took; the address named best is the one that most folds took.
  void choose_in_folds() {
    std::vector<std::size_t> chosen;
    for (std::size_t f = 0; f < in_.folds.size(); ++f) {
      std::vector<result::Values> values;
      for (std::size_t i = 0; i < result_.results.size(); ++i) values.push_back(predictors_[i].choosing[f]);
      chosen.push_back(best_of(values, result_.metric));
      const data::Fold& fold = in_.folds[f];
      const auto rows = [&](data::Part part) { return static_cast<std::int64_t>(fold.rows_of(part).size()); };
      result_.folds.push_back({.at = result_.results[chosen[f]].at,
                               .probe = result_.results[chosen[f]].probe,
                               .value = result::find(values[chosen[f]], result_.metric),
                               .train = rows(data::Part::train),
                               .valid = rows(data::Part::valid),
                               .test = rows(data::Part::test)});
    }
    std::vector<result::Values> means;
    for (const result::AddressResult& entry : result_.results) means.push_back(entry.valid_metrics);
    best_ = most_chosen(chosen, means, result_.metric);
    result_.best.at = result_.results[best_].at;
    result_.best.probe = result_.results[best_].probe;
    result_.best.chosen_on = result_.results.size() == 1 ? "only"
                             : has_rows_for_choosing()   ? "valid"
                                                         : "train";
    result_.best.chosen_by = result_.metric;
    add_headline(chosen);
  }

  bool has_rows_for_choosing() const {
    return !in_.folds[0].inner.empty() || !in_.folds[0].rows_of(data::Part::valid).empty();
  }

  void add_headline(const std::vector<std::size_t>& chosen) {
    if (std::ranges::all_of(chosen, [&](std::size_t i) { return i == best_; })) return;
    Predictor headline;
    headline.scores[2] = Matrix(in_.test.count, static_cast<std::int64_t>(in_.classes.size()));
    for (std::size_t f = 0; f < in_.folds.size(); ++f) {
      for (const std::int64_t row : in_.folds[f].rows_of(data::Part::test)) {
        std::ranges::copy(predictors_[chosen[f]].scores[2].row(row), headline.scores[2].row(row).begin());
      }
    }
    headline.predicted[2] = probes::predicted_classes(headline.scores[2].view());
    headline_ = predictors_.size();
    predictors_.push_back(std::move(headline));
    result_.warnings.push_back({.code = "folds",
                                .message =
                                    "folds chose different addresses; the headline scores every row by the "
                                    "address that its fold chose",
                                .hint = "see folds in result.json"});
  }

  std::size_t headline() const { return headline_ == 0 ? best_ : headline_; }

  void fill_intervals() {
    std::vector<metrics::Predictions> all;
    for (const Predictor& predictor : predictors_) all.push_back(predictions(predictor, 2));
    metrics::BootstrapOptions options = options_.evaluate;
    const std::span<const std::int64_t> groups = slice(in_.groups, in_.test);
    options.groups = groups;
    options.unit = groups.empty() ? metrics::ResampleUnit::row : metrics::ResampleUnit::group;
    const metrics::BootstrapResult bootstrap = metrics::bootstrap(all, options, context_);
    const auto intervals = [&](auto&& interval_of) {
      result::Metrics metrics;
      for (const metrics::MetricName& m : metrics::metric_names())
        metrics.emplace_back(m.name, interval_of(m.name));
      return metrics;
    };
    const std::size_t results = result_.results.size();
    for (std::size_t i = 0; i < results; ++i) {
      result::AddressResult& entry = result_.results[i];
      entry.metrics = intervals([&](std::string_view m) { return bootstrap.interval(i, m); });
      for (std::size_t b = 0; b < result_.baselines.size(); ++b) {
        entry.differences.push_back({result_.baselines[b].name, intervals([&](std::string_view m) {
                                       return bootstrap.difference(i, results + b, m);
                                     })});
      }
      if (i == best_) continue;
      entry.minus_best = intervals([&](std::string_view m) { return bootstrap.difference(i, best_, m); });
      entry.indistinguishable_from_best =
          !metrics::leaves_out_zero(bootstrap.difference(i, best_, result_.metric));
    }
    for (std::size_t b = 0; b < result_.baselines.size(); ++b) {
      result::Baseline& baseline = result_.baselines[b];
      baseline.metrics = intervals([&](std::string_view m) { return bootstrap.interval(results + b, m); });
      baseline.best_minus_this =
          intervals([&](std::string_view m) { return bootstrap.difference(headline(), results + b, m); });
    }
    result_.best.metrics = intervals([&](std::string_view m) { return bootstrap.interval(headline(), m); });
  }

  BestInputs best_inputs() const {
    return {.predictions = predictions(predictors_[headline()], 2),
            .classes = in_.classes,
            .texts = slice(in_.texts, in_.test),
            .groups = slice(in_.groups, in_.test),
            .group_names = in_.group_names,
            .data_rows = slice(in_.data_rows, in_.test),
            .leaking = in_.leaking,
            .first_row = in_.test.first};
  }

  void warn_of_convergence() {
    for (const result::AddressResult& entry : result_.results) {
      if (entry.converged) continue;
      result_.warnings.push_back({.code = "convergence",
                                  .message = fmt::format("{} at {} did not converge in {} steps", entry.probe,
                                                         entry.at, entry.n_iter),
                                  .hint = "raise max_iter",
                                  .affects_numbers = true});
    }
  }

  const EvaluationInput& in_;
  const EvaluationOptions& options_;
  const RunContext& context_;
  result::Result& result_;
  const RowRange ranges_[3];
  std::vector<Predictor> predictors_;  // of result_.results, of result_.baselines, then what folds chose
  std::size_t best_ = 0;
  std::size_t headline_ = 0;  // what folds chose, where they differ; else 0
};

}  // namespace

std::vector<FittedEntry> evaluate(const EvaluationInput& input, const EvaluationOptions& options,
                                  const RunContext& context, result::Result& result) {
  return Evaluation(input, options, context, result).run();
}

}  // namespace sonde::study
