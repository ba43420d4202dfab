#include "sonde/study/fold_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sonde/core/gather.h"
#include "sonde/metrics/metric.h"

namespace sonde::study {
namespace {

using data::Part;

// Larger is better; what is undefined is worst.
double merit(const result::Values& values, const std::string& metric) {
  const double raw = result::find(values, metric);
  if (std::isnan(raw)) return -std::numeric_limits<double>::infinity();
  const metrics::Task task = metrics::metric_task(metric);
  const metrics::MetricName name = metrics::metric_names(task)[metrics::metric_index(metric, task)];
  return name.better == metrics::Direction::higher ? raw : -raw;
}

result::Values values_of(const fitting::ScoredRows& scored, const PartTruth& truth, metrics::Task task) {
  const std::vector<std::int32_t> labels = gathered(truth.labels, scored.rows);
  const std::vector<double> targets = gathered(truth.targets, scored.rows);
  Matrix scores(scored.scores.rows(), scored.scores.cols());
  std::copy_n(scored.scores.data(), scores.rows() * scores.cols(), scores.data());
  Answers answers(task);
  answers.set(0, std::move(scores));
  return metric_values(answers.predictions(0, {labels, targets, truth.classes}));
}

std::int64_t count_of(const data::Fold& fold, Part part) { return std::ranges::count(fold.parts, part); }

}  // namespace

FoldJudgement judge_folds(const fitting::FoldFits& fits, const PartTruth& truth, metrics::Task task) {
  FoldJudgement judgement{.n_iter = fits.n_iter, .converged = fits.converged};
  for (const fitting::ScoredRows& rows : fits.choosing)
    judgement.choosing.push_back(values_of(rows, truth, task));
  for (const fitting::ScoredRows& rows : fits.training)
    judgement.training.push_back(values_of(rows, truth, task));
  return judgement;
}

result::Values mean_values(std::span<const result::Values> folds) {
  result::Values mean = folds.front();
  for (std::size_t m = 0; m < mean.size(); ++m) {
    double sum = 0;
    for (const result::Values& fold : folds) sum += fold[m].second;
    mean[m].second = sum / static_cast<double>(folds.size());
  }
  return mean;
}

std::size_t best_of(std::span<const result::Values> candidates, const std::string& metric) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    if (merit(candidates[i], metric) > merit(candidates[best], metric)) best = i;
  }
  return best;
}

std::size_t most_chosen(std::span<const std::size_t> chosen, std::span<const std::size_t> rivals,
                        const result::Result& result) {
  const auto count = [&](std::size_t i) { return std::ranges::count(chosen, i); };
  const auto merit_of = [&](std::size_t i) { return merit(result.results[i].valid_metrics, result.metric); };
  std::size_t most = rivals.front();
  for (const std::size_t i : rivals) {
    const bool better = count(i) == count(most) && merit_of(i) > merit_of(most);
    if (count(i) > count(most) || better) most = i;
  }
  return most;
}

result::FoldChoice describe_choice(const data::Fold& fold, const result::AddressResult& chosen,
                                   double value) {
  return {.at = chosen.at,
          .probe = chosen.probe,
          .variant = chosen.variant,
          .value = value,
          .train = count_of(fold, Part::train),
          .valid = count_of(fold, Part::valid),
          .test = count_of(fold, Part::test)};
}

bool holds_out(const data::Fold& fold) { return !fold.inner.empty() || count_of(fold, Part::valid) > 0; }

Matrix compose(std::span<const data::Fold> folds, std::span<const MatrixView> scores) {
  Matrix composed(scores.front().rows, scores.front().cols);
  for (std::size_t f = 0; f < folds.size(); ++f) {
    for (const std::int64_t row : folds[f].rows_of(Part::test)) {
      std::ranges::copy(scores[f].row(row), composed.row(row).begin());
    }
  }
  return composed;
}

}  // namespace sonde::study
