#include "sonde/controls/refit.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "sonde/metrics/metric.h"
#include "sonde/probes/flattery.h"
#include "sonde/probes/row_subset.h"

namespace sonde::controls {
namespace {

using probes::FittedProbe;
using probes::LabelledInput;
using probes::RowSubset;
using Fits = std::vector<std::unique_ptr<FittedProbe>>;

// Refits of folds that are judged together: what they say of every row is kept until the last fold.
constexpr std::size_t kTogether = 32;

RunContext one_thread(const RunContext& context, std::uint64_t seed) {
  return {.threads = 1, .seed = seed, .cancel = context.cancel};
}

std::unique_ptr<FittedProbe> fit(const probes::Probe& probe, const LabelledInput& train,
                                 const LabelledInput& valid, const RunContext& context) {
  return valid.input.rows > 0 ? probe.fit(train, valid, context) : probe.fit(train, context);
}

Truth some_of(const Truth& all, std::span<const std::int64_t> rows) {
  return {gathered(all.labels, rows), gathered(all.targets, rows)};
}

LabelledInput with_truth(LabelledInput data, const Truth& truth) {
  data.labels = truth.labels;
  data.targets = truth.targets;
  return data;
}

std::vector<double> evaluate(const Subject& subject, Matrix scores, const Truth& truth,
                             std::string_view metric,
                             std::span<const std::vector<std::uint32_t>> weightings) {
  const std::size_t index = metrics::metric_index(metric, subject.task());
  std::vector<std::int32_t> predicted;
  std::vector<double> numbers;
  metrics::Predictions predictions;
  if (subject.task() == metrics::Task::numbers) {
    numbers.assign(scores.data(), scores.data() + scores.rows());
    predictions = metrics::Predictions::of_numbers(truth.targets, numbers);
  } else {
    if (probes::is_flattered(*subject.fitted.front()))
      scores = probes::flattered(std::move(scores), truth.labels);
    predicted = probes::predicted_classes(scores.view());
    predictions = {subject.classes(), truth.labels, predicted, scores.view()};
  }
  const metrics::MetricSet set(predictions);
  std::vector<double> values = {set.evaluate()[index]};
  for (const std::vector<std::uint32_t>& weights : weightings) values.push_back(set.evaluate(weights)[index]);
  return values;
}

// Scores of the judged rows, filled division by division.
void place(const Matrix& scores, std::int64_t first, std::int64_t judged, Matrix& all) {
  if (all.rows() == 0) all = Matrix(judged, scores.cols());
  std::copy_n(scores.data(), scores.rows() * scores.cols(), all.row(first).data());
}

// Refits to some truths in every division, one division after the other.
class TruthRefits {
 public:
  TruthRefits(const Subject& subject, std::span<const Truth> truths, const Measure& measure,
              const RunContext& context)
      : subject_(subject),
        truths_(truths),
        measure_(measure),
        context_(context),
        quiet_(context),
        judged_(subject.judged()),
        scores_(truths.size()),
        training_(truths.size()) {
    quiet_.progress = nullptr;
  }

  std::vector<Measured> run() {
    std::int64_t first = 0;
    for (const Division& division : subject_.divisions) {
      refit(division, first);
      first += static_cast<std::int64_t>(division.test.size());
    }
    std::vector<Measured> measured(truths_.size());
    run_queue(quiet_, static_cast<std::int64_t>(truths_.size()), [&](int, std::int64_t i) {
      measured[i].judged =
          evaluate(subject_, std::move(scores_[i]), some_of(truths_[i], judged_), measure_.metric, {})
              .front();
      if (measure_.on_training)
        measured[i].training = training_[i] / static_cast<double>(subject_.divisions.size());
    });
    return measured;
  }

 private:
  void refit(const Division& division, std::int64_t first) {
    const RowSubset train(subject_.rows, division.train), valid(subject_.rows, division.valid),
        test(subject_.rows, division.test);
    std::vector<Truth> of_train;
    for (const Truth& truth : truths_) of_train.push_back(some_of(truth, division.train));
    const Fits fits = fit_all(division, train.data(), valid.data(), of_train);
    run_queue(quiet_, static_cast<std::int64_t>(fits.size()), [&](int, std::int64_t i) {
      place(fits[i]->scores(test.data().input), first, static_cast<std::int64_t>(judged_.size()), scores_[i]);
      if (!measure_.on_training) return;
      training_[i] +=
          evaluate(subject_, fits[i]->scores(train.data().input), of_train[i], measure_.metric, {}).front();
    });
  }

  Fits fit_all(const Division& division, const LabelledInput& train, const LabelledInput& valid,
               std::span<const Truth> of_train) const {
    if (division.valid.empty()) {
      std::vector<probes::LabelSet> sets;
      for (const Truth& truth : of_train) sets.push_back({truth.labels, train.classes, truth.targets});
      return subject_.probe->fit_all(train.input, sets, context_);
    }
    Fits fits(of_train.size());
    run_queue(context_, static_cast<std::int64_t>(fits.size()), [&](int, std::int64_t i) {
      const Truth of_valid = some_of(truths_[i], division.valid);
      fits[i] = fit(*subject_.probe, with_truth(train, of_train[i]), with_truth(valid, of_valid),
                    one_thread(context_, context_.seed));
      context_.advance(1);
    });
    return fits;
  }

  const Subject& subject_;
  std::span<const Truth> truths_;
  const Measure& measure_;
  const RunContext& context_;
  RunContext quiet_;
  std::vector<std::int64_t> judged_;
  std::vector<Matrix> scores_;    // [truths] of the judged rows
  std::vector<double> training_;  // [truths] sum over divisions
};

}  // namespace

std::unique_ptr<FittedProbe> fit_to(const Subject& subject, std::span<const std::int64_t> train,
                                    std::span<const std::int64_t> valid, const RunContext& context) {
  const RowSubset trained(subject.rows, train), held(subject.rows, valid);
  return fit(*subject.probe, trained.data(), held.data(), context);
}

Fits fit_divisions(const Subject& subject, const RunContext& context) {
  Fits fits;
  for (const Division& division : subject.divisions)
    fits.push_back(fit_to(subject, division.train, division.valid, context));
  return fits;
}

std::vector<Measured> refit_to_truths(const Subject& subject, std::span<const Truth> truths,
                                      const Measure& measure, const RunContext& context) {
  const std::size_t together = subject.divisions.size() == 1 ? truths.size() : kTogether;
  std::vector<Measured> all;
  while (all.size() < truths.size()) {
    const auto some = truths.subspan(all.size(), std::min(together, truths.size() - all.size()));
    const std::vector<Measured> measured = TruthRefits(subject, some, measure, context).run();
    all.insert(all.end(), measured.begin(), measured.end());
  }
  return all;
}

Measured measure_real(const Subject& subject, const Measure& measure) {
  const Judge judge(subject);
  Measured measured{.judged =
                        evaluate(subject, judge.real_scores(), judge.truth(), measure.metric, {}).front()};
  if (!measure.on_training) return measured;
  measured.training = 0;
  for (std::size_t d = 0; d < subject.divisions.size(); ++d) {
    const std::vector<std::int64_t>& rows = subject.divisions[d].train;
    measured.training +=
        evaluate(subject, subject.fitted[d]->scores(RowSubset(subject.rows, rows).data().input),
                 some_of(subject.truth(), rows), measure.metric, {})
            .front() /
        static_cast<double>(subject.divisions.size());
  }
  return measured;
}

void refit_to_rows(const Subject& subject, std::span<const RowSet> sets, const RunContext& context,
                   const std::function<void(std::int64_t set, Matrix scores)>& use) {
  std::deque<RowSubset> valid, test;
  std::int64_t judged = 0;
  for (const Division& division : subject.divisions) {
    valid.emplace_back(subject.rows, division.valid);
    test.emplace_back(subject.rows, division.test);
    judged += static_cast<std::int64_t>(division.test.size());
  }
  run_queue(context, static_cast<std::int64_t>(sets.size()), [&](int, std::int64_t i) {
    Matrix scores;
    std::int64_t first = 0;
    for (std::size_t d = 0; d < subject.divisions.size(); ++d) {
      const RowSubset train(subject.rows, sets[i].rows[d]);
      const auto fitted =
          fit(*subject.probe, train.data(), valid[d].data(), one_thread(context, sets[i].seed));
      place(fitted->scores(test[d].data().input), first, judged, scores);
      first += static_cast<std::int64_t>(subject.divisions[d].test.size());
    }
    use(i, std::move(scores));
    context.advance(1);
  });
}

Matrix refit_to_changed(const Subject& subject, const RunContext& context,
                        const std::function<Matrix(std::size_t division)>& change) {
  Matrix scores;
  std::int64_t judged = 0, first = 0;
  for (const Division& division : subject.divisions)
    judged += static_cast<std::int64_t>(division.test.size());
  for (std::size_t d = 0; d < subject.divisions.size(); ++d) {
    const Division& division = subject.divisions[d];
    const Matrix features = change(d);
    LabelledInput rows = subject.rows;
    rows.input.features = features.view();
    const RowSubset train(rows, division.train), valid(rows, division.valid), test(rows, division.test);
    const auto fitted = fit(*subject.probe, train.data(), valid.data(), context);
    place(fitted->scores(test.data().input), first, judged, scores);
    first += static_cast<std::int64_t>(division.test.size());
    context.advance(1);
  }
  return scores;
}

Judge::Judge(const Subject& subject)
    : subject_(subject),
      rows_(subject.judged()),
      truth_(some_of(subject.truth(), rows_)),
      groups_(gathered(subject.groups, rows_)) {}

Matrix Judge::real_scores() const {
  Matrix scores;
  std::int64_t first = 0;
  for (std::size_t d = 0; d < subject_.divisions.size(); ++d) {
    const std::vector<std::int64_t>& test = subject_.divisions[d].test;
    place(subject_.fitted[d]->scores(RowSubset(subject_.rows, test).data().input), first, rows(), scores);
    first += static_cast<std::int64_t>(test.size());
  }
  return scores;
}

std::vector<double> Judge::measure(Matrix scores,
                                   std::span<const std::vector<std::uint32_t>> weightings) const {
  return evaluate(subject_, std::move(scores), truth_, subject_.metric, weightings);
}

bool at_least_as_good(double a, double b, std::string_view metric) {
  if (std::isnan(a)) return true;
  const metrics::Task task = metrics::metric_task(metric);
  const bool higher =
      metrics::metric_names(task)[metrics::metric_index(metric, task)].better == metrics::Direction::higher;
  return higher ? a >= b : a <= b;
}

}  // namespace sonde::controls
