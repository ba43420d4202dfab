#include "sonde/controls/floor.h"

#include <algorithm>

#include "sonde/controls/units.h"
#include "sonde/core/random.h"
#include "sonde/metrics/metric.h"
#include "sonde/probes/row_subset.h"

namespace sonde::controls {
namespace {

constexpr int kResamples = 200;

// What is said of the judged rows by who reads nothing.
Matrix unread_scores(const Subject& subject, std::int64_t judged) {
  const auto probe = probes::make_probe(subject.task() == metrics::Task::classes ? "majority" : "mean");
  probes::LabelledInput rows = subject.rows;
  rows.input = probes::ProbeInput::of_count(subject.rows.input.rows);
  Matrix scores;
  std::int64_t row = 0;
  for (const Division& division : subject.divisions) {
    const probes::RowSubset train(rows, division.train), test(rows, division.test);
    const Matrix own = probe->fit(train.data(), {})->scores(test.data().input);
    if (scores.rows() == 0) scores = Matrix(judged, own.cols());
    for (std::int64_t i = 0; i < own.rows(); ++i) std::ranges::copy(own.row(i), scores.row(row++).begin());
  }
  return scores;
}

// A value with the bounds that its resamples have.
Interval bounded(double value, std::span<const double> resampled, double level) {
  const Interval spread = summary_of(resampled, level);
  return {value, spread.low, spread.high};
}

}  // namespace

Floor::Floor(const Subject& subject, double level, const RunContext& context)
    : judge_(subject), level_(level), higher_is_better_(at_least_as_good(1, 0, subject.metric)) {
  const Units units(judge_.rows(), judge_.groups());
  const RandomStream stream(context.seed, "floor");
  for (std::uint64_t i = 0; i < kResamples; ++i) weightings_.push_back(units.weights(stream.substream(i)));
  floor_ = judge_.measure(unread_scores(subject, judge_.rows()), weightings_);
}

Standing Floor::standing(Matrix scores) const {
  const std::vector<double> values = judge_.measure(std::move(scores), weightings_);
  std::vector<double> over(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    over[i] = higher_is_better_ ? values[i] - floor_[i] : floor_[i] - values[i];
  return {bounded(values[0], std::span(values).subspan(1), level_),
          bounded(over[0], std::span(over).subspan(1), level_)};
}

}  // namespace sonde::controls
