// Refits on shuffled labels: what the probe reaches when there is nothing to find. The real number is
// compared with these; p is the share of shuffles that reach it, the real one counted in. Divided once, the
// training labels are shuffled; validation and test keep theirs: given those, a training part whose labels
// mean nothing is as likely in any order, so p is exact whatever the probe does with the validation part.
// Where rows are both fitted to and judged, as in folds, and for probes that learn without labels, all labels
// are shuffled. An address that was chosen among several is as lucky as the luckiest; the maximum over
// addresses accounts for that, this p alone does not. Source: Phipson and Smyth 2010, "Permutation p-values
// should never be zero", eq. 2; exchange.h says which labels are exchanged; folds as scikit-learn 1.9
// permutation_test_score.
#include <algorithm>
#include <numeric>

#include "sonde/controls/control.h"
#include "sonde/controls/exchange.h"
#include "sonde/controls/refit.h"

namespace sonde::controls {
namespace {

// Whose labels are exchanged.
struct Exchanged {
  std::vector<std::int64_t> rows;
  const char* note = "";  // why those of judged rows are among them
};

Exchanged exchanged(const Subject& subject) {
  const bool tied = subject.judges_what_it_fits();
  if (!tied && subject.probe->input_kind() != probes::InputKind::contrast) return {subject.trained(), ""};
  Exchanged all{std::vector<std::int64_t>(static_cast<std::size_t>(subject.rows.input.rows)),
                tied ? "; those of judged rows too, as they are also fitted to"
                     : "; those of judged rows too, as the probe learns without labels"};
  std::iota(all.rows.begin(), all.rows.end(), 0);
  return all;
}

const char* note_of(Exchange exchange) {
  switch (exchange) {
    case Exchange::rows:
      return "labels were exchanged between any rows";
    case Exchange::groups:
      return "labels were exchanged between whole groups, as each holds one label";
    case Exchange::both:
      return "labels were exchanged within groups, and between groups of the same size";
  }
  return "";
}

// Labels, or places of numbers in their order: equal where those are.
std::vector<std::int32_t> labels_of(const Truth& truth) {
  if (truth.targets.empty()) return truth.labels;
  std::vector<double> values(truth.targets);
  std::ranges::sort(values);
  std::vector<std::int32_t> labels;
  for (const double target : truth.targets)
    labels.push_back(static_cast<std::int32_t>(std::ranges::lower_bound(values, target) - values.begin()));
  return labels;
}

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  const Truth real = subject.truth();
  const auto [rows, why] = exchanged(subject);
  const std::vector<std::int32_t> labels = gathered(labels_of(real), rows);
  const std::vector<std::int64_t> groups = gathered(subject.groups, rows);
  const RandomStream stream(context.seed, "shuffled_labels");
  std::vector<Truth> truths(static_cast<std::size_t>(options.permutations), real);
  double moved = 0;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    const std::vector<std::int64_t> from = exchanged_rows(labels, groups, stream.substream(i));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (!real.labels.empty()) truths[i].labels[rows[r]] = real.labels[rows[from[r]]];
      if (!real.targets.empty()) truths[i].targets[rows[r]] = real.targets[rows[from[r]]];
      moved += labels[r] != labels[from[r]] ? 1 : 0;
    }
  }
  const Measure measure{.metric = subject.metric};
  const auto fits = static_cast<std::int64_t>(truths.size() * subject.divisions.size());
  const ProgressStage stage(context, "shuffled labels", fits, "fits");
  const double value = measure_real(subject, measure).judged;
  Findings findings;
  double as_good = 0;
  for (const Measured& measured : refit_to_truths(subject, truths, measure, context)) {
    findings.draws.push_back(measured.judged);
    as_good += at_least_as_good(measured.judged, value, subject.metric) ? 1 : 0;
  }
  const double n = static_cast<double>(options.permutations);
  findings.numbers = {{"p", alone((1 + as_good) / (1 + n))},
                      {"value", alone(value)},
                      {"shuffled", summary_of(findings.draws, options.level)},
                      {"moved", alone(moved / (n * static_cast<double>(rows.size())))}};
  findings.note = std::string(note_of(exchange_of(labels, groups))) + why;
  return findings;
}

}  // namespace

extern const ControlRecord shuffled_labels_entry;
const ControlRecord shuffled_labels_entry{
    .name = "shuffled_labels",
    .summary = "how often a probe fitted to shuffled labels reaches the real result",
    .source = "Phipson and Smyth 2010",
    .run = run};

}  // namespace sonde::controls
