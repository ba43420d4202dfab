// The learning curve: the metric on test after fits to random parts of the training rows. A curve that still
// rises says that the number measures the size of the data as much as the features. The subsets of one draw
// are nested, and hold whole groups where rows of a group belong together.
// Source: derived.
#include <cmath>

#include "sonde/controls/control.h"
#include "sonde/controls/refit.h"
#include "sonde/controls/units.h"

namespace sonde::controls {
namespace {

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  const Part& train = subject.train;
  const std::vector<double> sizes = parse_sizes(options.sizes);
  const Units units(train.rows(), train.groups);
  const RandomStream stream(context.seed, "learning_curve");
  const int classes = static_cast<int>(train.data.classes.size());
  std::vector<RowSet> sets;
  std::vector<std::size_t> size_of;
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    if (sizes[s] == 1) continue;  // that fit is the subject's own
    const auto least = std::max<std::int64_t>(1, std::llround(sizes[s] * static_cast<double>(train.rows())));
    for (std::int64_t i = 0; i < options.subsets; ++i) {
      sets.push_back({units.subset(least, train.data.labels, classes, stream.substream(i)), context.seed});
      size_of.push_back(s);
    }
  }
  const ProgressStage stage(context, "learning curve", static_cast<std::int64_t>(sets.size()), "fits");
  std::vector<double> values(sets.size());
  fit_row_sets(subject, sets, context, [&](std::int64_t set, const probes::FittedProbe& fitted) {
    values[set] = measure(fitted, subject.test.data, subject.metric);
  });
  Findings findings{.draws = values};
  for (std::size_t s = 0; s < sizes.size(); ++s) {
    if (sizes[s] == 1) {
      findings.points.push_back(
          {train.rows(), alone(measure(*subject.fitted, subject.test.data, subject.metric))});
      continue;
    }
    std::vector<double> own;
    double rows = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (size_of[i] != s) continue;
      own.push_back(values[i]);
      rows += static_cast<double>(sets[i].rows.size());
    }
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
