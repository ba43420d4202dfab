// The control task: every type gets a random label, so that the only way to be right is to remember types.
// Selectivity is the real accuracy less the control accuracy: how much better the probe finds the label than
// it remembers by heart. A type is the token where rows are tokens; for a row that stands for a whole text it
// is the text, or its group where groups cross the split, or else the row itself. Where no type of the test
// part occurs in training, as with texts that all differ, nothing can be remembered across the split: the
// control falls to chance on test by construction, and selectivity says no more than the accuracy does. What
// the probe could remember then shows on the training part alone, which is why that is reported beside it,
// with the share of test rows whose type was seen and the ceiling: what remembering every seen type and
// guessing the rest would reach.
// Source: Hewitt and Liang 2019, "Designing and Interpreting Probes with Control Tasks". Random labels are
// dealt to the training types in the shares that the labels have there, so that every class occurs. For
// numbers (derived) a type gets the number of a random training row, and R² stands for accuracy. In folds
// every test part has a training part of its own: types are seen where theirs has them, and training numbers
// are means over folds.
#include <algorithm>
#include <map>

#include "sonde/controls/control.h"
#include "sonde/controls/refit.h"
#include "sonde/core/random.h"
#include "sonde/metrics/metric.h"

namespace sonde::controls {
namespace {

// Types of all rows, counted from 0: those that some division is fitted to come first.
struct TypeTable {
  std::vector<std::size_t> of_row;
  std::size_t in_training = 0, count = 0;
};

TypeTable types_of(const Subject& subject) {
  TypeTable table{.of_row = std::vector<std::size_t>(static_cast<std::size_t>(subject.rows.input.rows))};
  std::map<std::int64_t, std::size_t> ids;
  const auto add = [&](std::span<const std::int64_t> rows) {
    for (const std::int64_t row : rows)
      table.of_row[row] =
          ids.emplace(subject.types.empty() ? row : subject.types[row], ids.size()).first->second;
    table.count = ids.size();
  };
  add(subject.trained());
  table.in_training = table.count;
  for (const Division& division : subject.divisions) add(division.valid);
  add(subject.judged());
  return table;
}

// The share of judged rows whose type stands among the rows that their division is fitted to.
double share_seen(const Subject& subject, const TypeTable& types) {
  double seen = 0, judged = 0;
  for (const Division& division : subject.divisions) {
    std::vector<char> known(types.count);
    for (const std::int64_t row : division.train) known[types.of_row[row]] = 1;
    for (const std::int64_t row : division.test) seen += known[types.of_row[row]];
    judged += static_cast<double>(division.test.size());
  }
  return seen / judged;
}

// The shares of the classes among rows that are fitted to.
std::vector<double> class_shares(const Subject& subject, std::span<const std::int64_t> trained) {
  std::vector<double> shares(subject.rows.classes.size());
  for (const std::int64_t row : trained) ++shares[subject.rows.labels[row]];
  for (double& share : shares) share /= static_cast<double>(trained.size());
  return shares;
}

// Labels for `count` types in the shares of the classes; each class at least once.
std::vector<std::int32_t> deal(std::size_t count, const std::vector<double>& shares) {
  std::vector<std::int32_t> hand;
  for (std::size_t c = 0; c < shares.size(); ++c) hand.push_back(static_cast<std::int32_t>(c));
  double upto = 0;
  std::size_t dealt = 0;
  for (std::size_t c = 0; c < shares.size(); ++c) {
    upto += shares[c];
    const auto end = static_cast<std::size_t>(upto * static_cast<double>(count - shares.size()) + 0.5);
    for (; dealt < end && hand.size() < count; ++dealt) hand.push_back(static_cast<std::int32_t>(c));
  }
  while (hand.size() < count) hand.push_back(static_cast<std::int32_t>(shares.size() - 1));
  return hand;
}

std::int32_t draw(const std::vector<double>& shares, double uniform) {
  for (std::size_t c = 0; c + 1 < shares.size(); ++c) {
    uniform -= shares[c];
    if (uniform < 0) return static_cast<std::int32_t>(c);
  }
  return static_cast<std::int32_t>(shares.size() - 1);
}

std::vector<std::int32_t> label_types(const TypeTable& types, const std::vector<double>& shares,
                                      const RandomStream& stream) {
  const std::vector<std::int32_t> hand = deal(types.in_training, shares);
  std::vector<std::int32_t> labels;
  for (const std::int64_t i : stream.substream(0).permutation(static_cast<std::int64_t>(types.in_training)))
    labels.push_back(hand[i]);
  const RandomStream rest = stream.substream(1);
  for (std::size_t t = types.in_training; t < types.count; ++t)
    labels.push_back(draw(shares, rest.uniform(t)));
  return labels;
}

// A random label, or number, for every type.
Truth random_truth(const Subject& subject, const TypeTable& types, std::span<const std::int64_t> trained,
                   const RandomStream& stream) {
  Truth truth;
  if (subject.task() == metrics::Task::classes) {
    const std::vector<std::int32_t> labels = label_types(types, class_shares(subject, trained), stream);
    for (const std::size_t type : types.of_row) truth.labels.push_back(labels[type]);
    return truth;
  }
  for (const std::size_t type : types.of_row)
    truth.targets.push_back(subject.rows.targets[trained[stream.below(trained.size(), type)]]);
  return truth;
}

// What is right of the rows whose type was not seen, for who remembers all others: the commonest class, or
// the mean.
double share_guessed(const Subject& subject, std::span<const std::int64_t> trained) {
  return subject.task() == metrics::Task::classes ? std::ranges::max(class_shares(subject, trained)) : 0;
}

const char* note_of(const Subject& subject, double seen) {
  if (seen == 0) return "no type of the test part occurs in training: compare on the training part";
  switch (subject.type_kind) {
    case TypeKind::token:
      return "a type is a token";
    case TypeKind::text:
      return "a type is a text";
    case TypeKind::group:
      return "a type is a group";
    case TypeKind::row:
      return "every row is a type";
  }
  return "";
}

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  const TypeTable types = types_of(subject);
  const std::vector<std::int64_t> trained = subject.trained();
  Findings findings;
  if (types.in_training < subject.rows.classes.size()) {
    findings.numbers = {{"selectivity", alone(kNaN)}};
    findings.note = "fewer types in training than classes: no control task can be made";
    return findings;
  }
  const double seen = share_seen(subject, types), guess = share_guessed(subject, trained);
  const std::string metric(metrics::default_metric(subject.task()));
  const Measure measure{.metric = metric, .on_training = true};
  const RandomStream stream(context.seed, "control_task");
  std::vector<Truth> truths;
  for (std::int64_t i = 0; i < options.control_tasks; ++i)
    truths.push_back(random_truth(subject, types, trained, stream.substream(static_cast<std::uint64_t>(i))));
  const auto fits = static_cast<std::int64_t>(truths.size() * subject.divisions.size());
  const ProgressStage stage(context, "control task", fits, "fits");
  const Measured real = measure_real(subject, measure);
  std::vector<double> on_training, gaps;
  for (const Measured& measured : refit_to_truths(subject, truths, measure, context)) {
    findings.draws.push_back(measured.judged);
    on_training.push_back(measured.training);
    gaps.push_back(real.judged - measured.judged);
  }
  findings.numbers = {{"selectivity", summary_of(gaps, options.level)},
                      {"task_" + metric, alone(real.judged)},
                      {"control_" + metric, summary_of(findings.draws, options.level)},
                      {"ceiling", alone(seen + (1 - seen) * guess)},
                      {"task_train_" + metric, alone(real.training)},
                      {"control_train_" + metric, summary_of(on_training, options.level)},
                      {"seen", alone(seen)},
                      {"types", alone(static_cast<double>(types.in_training))}};
  findings.note = note_of(subject, seen);
  return findings;
}

}  // namespace

extern const ControlRecord control_task_entry;
const ControlRecord control_task_entry{
    .name = "control_task",
    .summary = "how much better the probe finds the label than it remembers a random one by heart",
    .source = "Hewitt and Liang 2019",
    .run = run};

}  // namespace sonde::controls
