// The learning curve: the metric on test after fits to random parts of the training rows. A curve that still
// rises says that the number measures the size of the data as much as the features. The subsets of one draw
// are nested, and hold whole groups where rows of a group belong together. In folds every fold draws its own,
// and the rows are those of a fold on average.
// Source: derived.
#include <algorithm>
#include <cmath>

#include "sonde/controls/control.h"
#include "sonde/controls/refit.h"
#include "sonde/controls/units.h"

namespace sonde::controls {
namespace {

// Random parts of the training rows of every division, of one share.
RowSet parts_of(const Subject& subject, double share, std::int64_t draw, const ControlOptions& options,
                const RunContext& context) {
  const RandomStream stream(context.seed, "learning_curve");
  RowSet set{.seed = context.seed};
  for (std::size_t d = 0; d < subject.divisions.size(); ++d) {
    const std::vector<std::int64_t>& train = subject.divisions[d].train;
    const Units units(std::ssize(train), gathered(subject.groups, train));
    const auto least = std::max<std::int64_t>(1, std::llround(share * static_cast<double>(train.size())));
    const auto key = static_cast<std::uint64_t>(static_cast<std::int64_t>(d) * options.subsets + draw);
    set.rows.push_back(gathered(train, units.subset(least, gathered(subject.rows.labels, train),
                                                    subject.classes(), stream.substream(key))));
  }
  return set;
}

// Mean rows of a division.
double rows_in(const RowSet& set) {
  double rows = 0;
  for (const std::vector<std::int64_t>& own : set.rows) rows += static_cast<double>(own.size());
  return rows / static_cast<double>(set.rows.size());
}

// The fits to all rows are the subject's own.
Point whole_point(const Subject& subject) {
  RowSet all;
  for (const Division& division : subject.divisions) all.rows.push_back(division.train);
  return {std::llround(rows_in(all)), alone(measure_real(subject, {.metric = subject.metric}).judged)};
}

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  const std::vector<double> sizes = parse_sizes(options.sizes);
  std::vector<RowSet> sets;
  for (const double size : sizes) {
    for (std::int64_t i = 0; i < options.subsets && size < 1; ++i)
      sets.push_back(parts_of(subject, size, i, options, context));
  }
  const ProgressStage stage(context, "learning curve", std::ssize(sets), "fits");
  std::vector<double> values(sets.size());
  const Judge judge(subject);
  refit_to_rows(subject, sets, context, [&](std::int64_t set, Matrix scores) {
    values[set] = judge.measure(std::move(scores)).front();
  });
  Findings findings{.draws = values};
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    if (sizes[s] == 1) {
      findings.points.push_back(whole_point(subject));
      continue;
    }
    const auto first = static_cast<std::ptrdiff_t>(s) * options.subsets;
    const std::span<const double> own = std::span(values).subspan(first, options.subsets);
    double rows = 0;
    for (std::int64_t i = 0; i < options.subsets; ++i) rows += rows_in(sets[first + i]);
    findings.points.push_back(
        {std::llround(rows / static_cast<double>(options.subsets)), summary_of(own, options.level)});
  }
  const double last = findings.points.back().value.value;
  const double before = findings.points.size() < 2 ? kNaN : findings.points.end()[-2].value.value;
  findings.numbers = {{"last_step", alone(last - before)},
                      {"first", findings.points.front().value},
                      {"last", findings.points.back().value}};
  return findings;
}

}  // namespace

extern const ControlRecord learning_curve_entry;
const ControlRecord learning_curve_entry{
    .name = "learning_curve",
    .summary = "what the last step of the learning curve still adds; a rising curve has not ended",
    .source = "derived",
    .run = run};

}  // namespace sonde::controls
