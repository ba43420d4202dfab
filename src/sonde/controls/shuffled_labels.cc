// Refits on shuffled training labels: what the probe reaches when there is nothing to find. The real number
// is compared with these; p is the share of shuffles that reach it, the real one counted in. Validation and
// test keep their labels: given those, a training part whose labels mean nothing is as likely in any order,
// so p is exact whatever the probe does with the validation part. An address that was chosen among several is
// as lucky as the luckiest; the maximum over addresses accounts for that, this p alone does not.
// Source: Phipson and Smyth 2010, "Permutation p-values should never be zero", eq. 2; exchange.h says which
// labels are exchanged.
#include <fmt/core.h>

#include "sonde/controls/control.h"
#include "sonde/controls/exchange.h"
#include "sonde/controls/refit.h"

namespace sonde::controls {
namespace {

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

double share_moved(std::span<const LabelSet> sets, std::span<const std::int32_t> real) {
  double moved = 0;
  for (const LabelSet& set : sets) {
    for (std::size_t i = 0; i < real.size(); ++i) moved += set.train[i] != real[i] ? 1 : 0;
  }
  return moved / static_cast<double>(sets.size() * real.size());
}

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  const std::span<const std::int32_t> real = subject.train.data.labels;
  const RandomStream stream(context.seed, "shuffled_labels");
  std::vector<LabelSet> sets;
  for (std::int64_t i = 0; i < options.permutations; ++i) {
    sets.push_back(
        {exchanged_labels(real, subject.train.groups, stream.substream(static_cast<std::uint64_t>(i))), {}});
  }
  const ProgressStage stage(context, "shuffled labels", options.permutations, "fits");
  const double value = measure(*subject.fitted, subject.test.data, subject.metric);
  Findings findings;
  double as_good = 0;
  for (const auto& fitted : fit_label_sets(subject, sets, context)) {
    findings.draws.push_back(measure(*fitted, subject.test.data, subject.metric));
    as_good += at_least_as_good(findings.draws.back(), value, subject.metric) ? 1 : 0;
  }
  const double n = static_cast<double>(options.permutations);
  findings.numbers = {{"p", alone((1 + as_good) / (1 + n))},
                      {"value", alone(value)},
                      {"shuffled", summary_of(findings.draws, options.level)},
                      {"moved", alone(share_moved(sets, real))}};
  findings.note = note_of(exchange_of(real, subject.train.groups));
  return findings;
}

}  // namespace

extern const ControlRecord shuffled_labels_entry;
const ControlRecord shuffled_labels_entry{
    .name = "shuffled_labels",
    .summary = "how often a probe fitted to shuffled training labels reaches the real result",
    .source = "Phipson and Smyth 2010",
    .run = run};

}  // namespace sonde::controls
