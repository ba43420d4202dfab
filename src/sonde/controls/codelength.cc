// Online codelength: the bits it takes to send the training labels to somebody who has the features and fits
// the same probe to what has arrived. A probe that needs few rows to predict the rest needs few bits; one
// that only remembers needs as many as the uniform code. Rows go in a random order, whole groups together so
// that no row is cheap because its own group has arrived. The first block, and any whose beginning lacks a
// class, is sent in the uniform code.
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

// Where blocks end: at the fractions, moved on to the end of a group.
std::vector<std::int64_t> block_ends(const Part& train, std::span<const std::int64_t> order) {
  std::vector<std::int64_t> ends;
  const std::int64_t n = train.rows();
  for (const double percent : kPercents) {
    auto end = std::max<std::int64_t>(1, std::llround(percent / 100 * static_cast<double>(n)));
    while (!train.groups.empty() && end < n && train.groups[order[end]] == train.groups[order[end - 1]])
      ++end;
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

bool holds_every_class(const Part& train, std::span<const std::int64_t> rows) {
  std::vector<char> held(train.data.classes.size());
  for (const std::int64_t row : rows) held[train.data.labels[row]] = 1;
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

Findings run(const Subject& subject, const ControlOptions&, const RunContext& context) {
  const Part& train = subject.train;
  const std::vector<std::int64_t> order =
      Units(train.rows(), train.groups).shuffled(RandomStream(context.seed, "codelength"));
  const std::vector<std::int64_t> ends = block_ends(train, order);
  const std::span<const std::int64_t> all = order;
  const double per_row = std::log2(static_cast<double>(train.data.classes.size()));
  std::vector<double> bits = {per_row * static_cast<double>(ends.front())};
  std::vector<RowSet> sets;
  std::vector<std::size_t> block_of;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    bits.push_back(per_row * static_cast<double>(ends[i + 1] - ends[i]));
    if (!holds_every_class(train, all.first(ends[i]))) continue;
    sets.push_back({{order.begin(), order.begin() + ends[i]}, context.seed});
    block_of.push_back(i + 1);
  }
  const ProgressStage stage(context, "codelength", static_cast<std::int64_t>(sets.size()), "fits");
  fit_row_sets(subject, sets, context, [&](std::int64_t set, const probes::FittedProbe& fitted) {
    const std::size_t b = block_of[set];
    const probes::RowSubset block(train.data, all.subspan(ends[b - 1], ends[b] - ends[b - 1]));
    bits[b] = bits_of(fitted, block.data());
  });
  Findings findings;
  double total = 0;
  for (std::size_t b = 0; b < bits.size(); ++b) {
    total += bits[b];
    const std::int64_t before = b == 0 ? 0 : ends[b - 1];
    findings.points.push_back({before, alone(bits[b] / static_cast<double>(ends[b] - before))});
  }
  const double uniform = per_row * static_cast<double>(train.rows());
  findings.numbers = {{"compression", alone(uniform / total)},
                      {"codelength", alone(total)},
                      {"uniform_codelength", alone(uniform)},
                      {"bits_per_row", alone(total / static_cast<double>(train.rows()))}};
  return findings;
}

}  // namespace

extern const ControlRecord codelength_entry;
const ControlRecord codelength_entry{
    .name = "codelength",
    .summary = "how many times shorter the labels become for somebody who has the features",
    .source = "Voita and Titov 2020, online code",
    .run = run};

}  // namespace sonde::controls
