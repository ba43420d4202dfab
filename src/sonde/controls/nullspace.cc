// Iterative nullspace projection: a linear classifier is fitted to the training rows, the features are
// projected onto what its weights do not read, and the probe is fitted again; until it is no better than who
// reads nothing, or the rounds are over. How many directions that takes says how widely a label is spread:
// one direction can hold it, or many can each say it again. A logistic regression (C = 1, on standardised
// features) gives one direction a round, of more than two classes one less than there are; for numbers
// (derived) least squares gives one.
// Source: Ravfogel et al. 2020, "Null It Out: Guarding Protected Attributes by Iterative Nullspace
// Projection". "No better" is where the interval over resamples of the test rows reaches the floor.
#include "sonde/controls/floor.h"
#include "sonde/controls/linear_reading.h"

namespace sonde::controls {
namespace {

using solvers::Nullspace;

// Takes out what a linear classifier reads of what is left, and gives the features without it.
Matrix project(const Subject& subject, const Division& division, Nullspace& space,
               const RunContext& context) {
  Matrix features = feature_rows(subject);
  space.projection().apply(features.view(), context);
  for (const std::vector<double>& direction : linear_directions(subject, division, features.view(), context))
    space.add(direction);
  space.projection().apply(features.view(), context);
  return features;
}

double mean_rank(std::span<const Nullspace> spaces) {
  double sum = 0;
  for (const Nullspace& space : spaces) sum += static_cast<double>(space.rank());
  return sum / static_cast<double>(spaces.size());
}

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  Findings findings;
  if (!reads_features(subject)) {
    findings.numbers = {{"directions", alone(kNaN)}};
    findings.note = "the probe reads no activations to project";
    return findings;
  }
  const ProgressStage stage(context, "nullspace", options.nullspace_rounds * std::ssize(subject.divisions),
                            "fits");
  const Floor floor(subject, options.level, context);
  const Judge judge(subject);
  std::vector<Nullspace> spaces(subject.divisions.size(), Nullspace(subject.rows.input.features.cols));
  Standing standing = floor.standing(judge.real_scores());
  const double real = standing.value.value;
  while (standing.is_above() && std::ssize(findings.draws) < options.nullspace_rounds) {
    standing = floor.standing(refit_to_changed(subject, context, [&](std::size_t d) {
      return project(subject, subject.divisions[d], spaces[d], context);
    }));
    findings.draws.push_back(standing.value.value);
  }
  findings.numbers = {{"directions", alone(mean_rank(spaces))},
                      {"left", standing.value},
                      {"over_floor", standing.over_floor},
                      {"real", alone(real)},
                      {"floor", alone(floor.value())}};
  if (standing.is_above()) findings.note = "still above the floor after the last round";
  return findings;
}

}  // namespace

extern const ControlRecord nullspace_entry;
const ControlRecord nullspace_entry{
    .name = "nullspace",
    .summary = "how many directions must go until the probe finds nothing more",
    .source = "Ravfogel et al. 2020",
    .run = run};

}  // namespace sonde::controls
