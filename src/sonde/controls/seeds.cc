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
  std::vector<RowSet> sets(static_cast<std::size_t>(options.seeds));
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (const Division& division : subject.divisions) sets[i].rows.push_back(division.train);
    sets[i].seed = context.seed + 1 + i;
  }
  const Judge judge(subject);
  std::vector<double> values(sets.size());
  std::vector<std::vector<float>> first(2);
  const std::span<const RowSet> spans = sets;
  refit_to_rows(subject, spans.first(2), context, [&](std::int64_t set, Matrix scores) {
    first[set].assign(scores.data(), scores.data() + scores.rows() * scores.cols());
    values[set] = judge.measure(std::move(scores)).front();
  });
  if (first[0] == first[1]) return {values[0], values[1]};
  refit_to_rows(subject, spans.subspan(2), context, [&](std::int64_t set, Matrix scores) {
    values[2 + set] = judge.measure(std::move(scores)).front();
  });
  return values;
}

// Training rows of every division drawn with replacement, and a seed of their own.
RowSet resampled(const Subject& subject, std::int64_t draw, const ControlOptions& options,
                 const RunContext& context) {
  const RandomStream stream(context.seed, "seeds");
  RowSet set{.seed = context.seed + 1 + draw};
  for (std::size_t d = 0; d < subject.divisions.size(); ++d) {
    const std::vector<std::int64_t>& train = subject.divisions[d].train;
    const Units units(std::ssize(train), gathered(subject.groups, train));
    const auto key = static_cast<std::uint64_t>(static_cast<std::int64_t>(d) * options.seeds + draw);
    set.rows.push_back(gathered(train, units.resample(gathered(subject.rows.labels, train), subject.classes(),
                                                      stream.substream(key))));
  }
  return set;
}

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  const Judge judge(subject);
  const Units units(judge.rows(), judge.groups());
  const RandomStream stream(context.seed, "seeds test");
  std::vector<RowSet> sets;
  for (std::int64_t i = 0; i < options.seeds; ++i) sets.push_back(resampled(subject, i, options, context));
  const ProgressStage stage(context, "seeds", options.seeds + 2, "fits");
  // Several resamples of test for each refit, so that the bounds do not hang on a few draws.
  constexpr std::int64_t kJudgements = 50;
  std::vector<double> values(sets.size()), judged(sets.size() * kJudgements);
  refit_to_rows(subject, sets, context, [&](std::int64_t set, Matrix scores) {
    std::vector<std::vector<std::uint32_t>> weightings;
    for (std::int64_t j = 0; j < kJudgements; ++j)
      weightings.push_back(units.weights(stream.substream(set * kJudgements + j)));
    const std::vector<double> measured = judge.measure(std::move(scores), weightings);
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
