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
// dealt to the training types in the shares that the labels have there, so that every class occurs.
#include <algorithm>
#include <map>

#include "sonde/controls/control.h"
#include "sonde/controls/refit.h"
#include "sonde/core/random.h"

namespace sonde::controls {
namespace {

// Types of all parts, counted from 0 in order of first appearance: those of training come first.
struct TypeTable {
  std::vector<std::size_t> train, valid, test;  // of each row
  std::size_t in_train = 0, count = 0;
};

TypeTable types_of(const Subject& subject) {
  TypeTable table;
  std::map<std::int64_t, std::size_t> ids;
  std::size_t own = 0;
  const auto add = [&](const Part& part, std::vector<std::size_t>& rows) {
    for (std::int64_t row = 0; row < part.rows(); ++row) {
      rows.push_back(part.types.empty() ? own++ : ids.emplace(part.types[row], ids.size()).first->second);
    }
    table.count = std::max(own, ids.size());
  };
  add(subject.train, table.train);
  table.in_train = table.count;
  add(subject.valid, table.valid);
  add(subject.test, table.test);
  return table;
}

// The shares of the classes among training rows.
std::vector<double> class_shares(const Subject& subject) {
  std::vector<double> shares(subject.train.data.classes.size());
  for (const std::int32_t label : subject.train.data.labels) ++shares[label];
  for (double& share : shares) share /= static_cast<double>(subject.train.rows());
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
  const std::vector<std::int32_t> hand = deal(types.in_train, shares);
  std::vector<std::int32_t> labels;
  for (const std::int64_t i : stream.substream(0).permutation(static_cast<std::int64_t>(types.in_train)))
    labels.push_back(hand[i]);
  const RandomStream rest = stream.substream(1);
  for (std::size_t t = types.in_train; t < types.count; ++t) labels.push_back(draw(shares, rest.uniform(t)));
  return labels;
}

std::vector<std::int32_t> labels_of(const std::vector<std::size_t>& rows,
                                    const std::vector<std::int32_t>& of_type) {
  std::vector<std::int32_t> labels;
  for (const std::size_t type : rows) labels.push_back(of_type[type]);
  return labels;
}

double accuracy(const probes::FittedProbe& fitted, probes::LabelledInput rows,
                std::span<const std::int32_t> labels) {
  rows.labels = labels;
  return measure(fitted, rows, "accuracy");
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
  const std::vector<double> shares = class_shares(subject);
  Findings findings;
  if (types.in_train < shares.size()) {
    findings.numbers = {{"selectivity", alone(kNaN)}};
    findings.note = "fewer types in training than classes: no control task can be made";
    return findings;
  }
  const double seen = static_cast<double>(std::ranges::count_if(
                          types.test, [&](std::size_t type) { return type < types.in_train; })) /
                      static_cast<double>(types.test.size());
  const RandomStream stream(context.seed, "control_task");
  std::vector<LabelSet> sets;
  std::vector<std::vector<std::int32_t>> test_labels;
  for (std::int64_t i = 0; i < options.control_tasks; ++i) {
    const auto of_type = label_types(types, shares, stream.substream(static_cast<std::uint64_t>(i)));
    sets.push_back({labels_of(types.train, of_type), labels_of(types.valid, of_type)});
    test_labels.push_back(labels_of(types.test, of_type));
  }
  const ProgressStage stage(context, "control task", options.control_tasks, "fits");
  const double task = measure(*subject.fitted, subject.test.data, "accuracy");
  std::vector<double> on_train, gaps;
  const auto fitted = fit_label_sets(subject, sets, context);
  for (std::size_t i = 0; i < fitted.size(); ++i) {
    findings.draws.push_back(accuracy(*fitted[i], subject.test.data, test_labels[i]));
    on_train.push_back(accuracy(*fitted[i], subject.train.data, sets[i].train));
    gaps.push_back(task - findings.draws.back());
  }
  const double guess = *std::ranges::max_element(shares);
  findings.numbers = {
      {"selectivity", summary_of(gaps, options.level)},
      {"task_accuracy", alone(task)},
      {"control_accuracy", summary_of(findings.draws, options.level)},
      {"ceiling", alone(seen + (1 - seen) * guess)},
      {"task_train_accuracy", alone(measure(*subject.fitted, subject.train.data, "accuracy"))},
      {"control_train_accuracy", summary_of(on_train, options.level)},
      {"seen", alone(seen)},
      {"types", alone(static_cast<double>(types.in_train))}};
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
