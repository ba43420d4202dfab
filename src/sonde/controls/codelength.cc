// Online codelength: the bits it takes to send the training labels to somebody who has the features and fits
// the same probe to what has arrived. A probe that needs few rows to predict the rest needs few bits; one
// that only remembers needs as many as the uniform code. Rows go in a random order, whole groups together so
// that no row is cheap because its own group has arrived. The first block, and any whose beginning lacks a
// class, is sent in the uniform code. Of folds all rows are sent. Numbers have no code without a precision.
// Source: Voita and Titov 2020, "Information-Theoretic Probing with Minimum Description Length", section 3.2
// and the fractions of section 4; compression is n log2 k over the bits.
#include <algorithm>
#include <cmath>

#include "sonde/controls/control.h"
#include "sonde/controls/refit.h"
#include "sonde/controls/units.h"
#include "sonde/probes/row_subset.h"

namespace sonde::controls {
namespace {

constexpr double kPercents[] = {0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5, 25, 50, 100};
// Probabilities are mixed with this much of the uniform ones, so that a sure mistake costs about 20 bits and
// not infinitely many; it adds at most 1.4e-6 bits to any row.
constexpr double kMixed = 0x1.0p-20;

// Where blocks end: at the fractions, moved on to the end of a group. `groups` is of the rows in their order.
std::vector<std::int64_t> block_ends(std::int64_t n, const std::vector<std::int64_t>& groups) {
  std::vector<std::int64_t> ends;
  for (const double percent : kPercents) {
    auto end = std::max<std::int64_t>(1, std::llround(percent / 100 * static_cast<double>(n)));
    while (!groups.empty() && end < n && groups[end] == groups[end - 1]) ++end;
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

bool holds_every_class(const Subject& subject, std::span<const std::int64_t> rows) {
  std::vector<char> held(subject.rows.classes.size());
  for (const std::int64_t row : rows) held[subject.rows.labels[row]] = 1;
  return std::ranges::find(held, 0) == held.end();
}

double bits_of(const probes::FittedProbe& fitted, const probes::LabelledInput& block) {
  const Matrix scores = fitted.scores(block.input);
  const double uniform = 1 / static_cast<double>(scores.cols());
  double bits = 0;
  for (std::int64_t row = 0; row < scores.rows(); ++row) {
    const double said = scores.row(row)[block.labels[row]];
    bits -= std::log2((1 - kMixed) * said + kMixed * uniform);
  }
  return bits;
}

// The rows to send, in a random order of units.
std::vector<std::int64_t> sending_order(const Subject& subject, const std::vector<std::int64_t>& train,
                                        const RunContext& context) {
  const Units units(std::ssize(train), gathered(subject.groups, train));
  return gathered(train, units.shuffled(RandomStream(context.seed, "codelength")));
}

Findings run(const Subject& subject, const ControlOptions&, const RunContext& context) {
  const Division whole = subject.whole();
  const std::vector<std::int64_t> order = sending_order(subject, whole.train, context);
  const std::vector<std::int64_t> ends = block_ends(std::ssize(order), gathered(subject.groups, order));
  const std::span<const std::int64_t> all = order;
  const double per_row = std::log2(static_cast<double>(subject.classes()));
  std::vector<double> bits = {per_row * static_cast<double>(ends.front())};
  std::vector<std::size_t> blocks;  // that are sent by a fit
  for (std::size_t b = 1; b < ends.size(); ++b) {
    bits.push_back(per_row * static_cast<double>(ends[b] - ends[b - 1]));
    if (holds_every_class(subject, all.first(ends[b - 1]))) blocks.push_back(b);
  }
  const ProgressStage stage(context, "codelength", std::ssize(blocks), "fits");
  const RunContext alone_in_thread{.threads = 1, .seed = context.seed, .cancel = context.cancel};
  run_queue(context, std::ssize(blocks), [&](int, std::int64_t i) {
    const std::size_t b = blocks[i];
    const probes::RowSubset block(subject.rows, all.subspan(ends[b - 1], ends[b] - ends[b - 1]));
    const auto fitted = fit_to(subject, all.first(ends[b - 1]), whole.valid, alone_in_thread);
    bits[b] = bits_of(*fitted, block.data());
    context.advance(1);
  });
  Findings findings;
  double total = 0;
  for (std::size_t b = 0; b < bits.size(); ++b) {
    total += bits[b];
    const std::int64_t before = b == 0 ? 0 : ends[b - 1];
    findings.points.push_back({before, alone(bits[b] / static_cast<double>(ends[b] - before))});
  }
  const double uniform = per_row * static_cast<double>(order.size());
  findings.numbers = {{"compression", alone(uniform / total)},
                      {"codelength", alone(total)},
                      {"uniform_codelength", alone(uniform)},
                      {"bits_per_row", alone(total / static_cast<double>(order.size()))}};
  return findings;
}

}  // namespace

extern const ControlRecord codelength_entry;
const ControlRecord codelength_entry{
    .name = "codelength",
    .summary = "how many times shorter the labels become for somebody who has the features",
    .source = "Voita and Titov 2020, online code",
    .of_numbers = false,
    .run = run};

}  // namespace sonde::controls
