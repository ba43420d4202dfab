// Refits on resampled training rows, each with a seed of its own: how far the number depends on which rows
// were there to learn from and on how the fit began. The bootstrap interval of the test set says nothing of
// this; `total` counts both, as every refit is also judged on a resample of the test rows. `seed_only` is the
// spread of refits on the same rows with other seeds, 0 for a probe that reaches its optimum.
// Source: Efron and Tibshirani 1993, ch. 13; Field and Welsh 2007 (whole clusters).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "sonde/controls/control.h"
#include "sonde/controls/refit.h"
#include "sonde/controls/units.h"

namespace sonde::controls {
namespace {

double deviation(const std::vector<double>& values) {
  const double n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (n - 1));
}

// Values of refits on all rows with other seeds. Two that agree in every bit of every score stand for all.
std::vector<double> seeds_alone(const Subject& subject, const ControlOptions& options,
                                const RunContext& context) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(subject.train.rows()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<RowSet> sets;
  for (std::int64_t i = 0; i < options.seeds; ++i) sets.push_back({all, context.seed + 1 + i});
  std::vector<double> values(sets.size());
  std::vector<Matrix> first(2);
  const std::span<const RowSet> spans = sets;
  fit_row_sets(subject, spans.first(2), context, [&](std::int64_t set, const probes::FittedProbe& fitted) {
    values[set] = measure(fitted, subject.test.data, subject.metric);
    first[set] = fitted.scores(subject.test.data.input);
  });
  const std::int64_t size = first[0].rows() * first[0].cols();
  if (std::equal(first[0].data(), first[0].data() + size, first[1].data())) return {values[0], values[1]};
  fit_row_sets(subject, spans.subspan(2), context, [&](std::int64_t set, const probes::FittedProbe& fitted) {
    values[2 + set] = measure(fitted, subject.test.data, subject.metric);
  });
  return values;
}

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  const Part& train = subject.train;
  const Units units(train.rows(), train.groups), test_units(subject.test.rows(), subject.test.groups);
  const RandomStream stream(context.seed, "seeds"), test_stream(context.seed, "seeds test");
  const int classes = static_cast<int>(train.data.classes.size());
  std::vector<RowSet> sets;
  for (std::int64_t i = 0; i < options.seeds; ++i) {
    sets.push_back({units.resample(train.data.labels, classes, stream.substream(i)), context.seed + 1 + i});
  }
  const ProgressStage stage(context, "seeds", options.seeds + 2, "fits");
  // Several resamples of test for each refit, so that the bounds do not hang on a few draws.
  constexpr std::int64_t kJudgements = 50;
  std::vector<double> values(sets.size()), judged(sets.size() * kJudgements);
  fit_row_sets(subject, sets, context, [&](std::int64_t set, const probes::FittedProbe& fitted) {
    std::vector<std::vector<std::uint32_t>> weightings;
    for (std::int64_t j = 0; j < kJudgements; ++j)
      weightings.push_back(test_units.weights(test_stream.substream(set * kJudgements + j)));
    const std::vector<double> measured =
        measure_weighted(fitted, subject.test.data, subject.metric, weightings);
    values[set] = measured[0];
    std::copy(measured.begin() + 1, measured.end(), judged.begin() + set * kJudgements);
  });
  Findings findings{.draws = values};
  findings.numbers = {{"refits", summary_of(values, options.level)},
                      {"total", summary_of(judged, options.level)},
                      {"deviation", alone(deviation(values))},
                      {"seed_only", alone(deviation(seeds_alone(subject, options, context)))}};
  return findings;
}

}  // namespace

extern const ControlRecord seeds_entry;
const ControlRecord seeds_entry{
    .name = "seeds",
    .summary = "how far the number moves when the probe is fitted to resampled training rows",
    .source = "Efron and Tibshirani 1993, ch. 13",
    .run = run};

}  // namespace sonde::controls
