// Erasure: the probe is fitted again after the label was taken out of the features by the affine map, fitted
// to the training rows, after which no linear classifier does better than a constant on those rows, and which
// moves them least (LEACE). What a probe still finds on test is not linear; or the training rows are so few
// that what is true of them is not true of the test rows. Numbers are erased alike: no linear function of the
// features is correlated with them.
// Source: Belrose et al. 2023, "LEACE: Perfect linear concept erasure in closed form"; as a question to a
// probe, Elazar et al. 2021, "Amnesic Probing". The interval is over resamples of the test rows.
#include "sonde/controls/floor.h"
#include "sonde/controls/linear_reading.h"

namespace sonde::controls {
namespace {

Findings run(const Subject& subject, const ControlOptions& options, const RunContext& context) {
  Findings findings;
  if (!reads_features(subject)) {
    findings.numbers = {{"erased", alone(kNaN)}};
    findings.note = "the probe reads no activations to erase from";
    return findings;
  }
  const ProgressStage stage(context, "erasure", std::ssize(subject.divisions), "fits");
  const Floor floor(subject, options.level, context);
  Matrix scores = refit_to_changed(subject, context, [&](std::size_t d) {
    Matrix features = feature_rows(subject);
    fit_erasure(subject, subject.divisions[d], context).apply(features.view(), context);
    return features;
  });
  const Standing standing = floor.standing(std::move(scores));
  findings.draws = {standing.value.value};
  findings.numbers = {{"erased", standing.value},
                      {"over_floor", standing.over_floor},
                      {"real", alone(measure_real(subject, {.metric = subject.metric}).judged)},
                      {"floor", alone(floor.value())}};
  if (standing.is_above())
    findings.note = "still above the floor: what is left is not linear, or too few rows were erased from";
  return findings;
}

}  // namespace

extern const ControlRecord erasure_entry;
const ControlRecord erasure_entry{
    .name = "erasure",
    .summary = "what the probe still reaches after all that a linear classifier reads was taken out",
    .source = "Belrose et al. 2023",
    .run = run};

}  // namespace sonde::controls
