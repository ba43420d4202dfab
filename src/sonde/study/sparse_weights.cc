#include "sonde/study/sparse_weights.h"

#include <algorithm>
#include <cmath>

namespace sonde::study {
namespace {

constexpr std::size_t kMostCoefficients = 4096;
constexpr std::size_t kMostSelected = 40;
constexpr std::size_t kMostValues = 100;  // of a class and column
constexpr std::size_t kWeightBins = 30;
constexpr std::size_t kActivationBins = 100;

// Keeps the coefficients of the largest weights, in the order of their columns.
std::vector<result::Coefficient> largest(std::vector<result::Coefficient> all, std::size_t count) {
  if (all.size() <= count) return all;
  std::ranges::stable_sort(all, [](const result::Coefficient& a, const result::Coefficient& b) {
    return std::abs(a.weight) > std::abs(b.weight);
  });
  all.resize(count);
  std::ranges::sort(all, {}, &result::Coefficient::column);
  return all;
}

// Rows of one class, evenly spaced where there are many.
std::vector<std::int64_t> rows_of_class(std::span<const std::int32_t> labels, std::int32_t label,
                                        std::size_t most) {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] == label) all.push_back(static_cast<std::int64_t>(i));
  }
  if (all.size() <= most) return all;
  std::vector<std::int64_t> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(all[i * all.size() / most]);
  return some;
}

}  // namespace

result::ValueHistogram histogram_of(std::span<const double> values, std::size_t bins) {
  result::ValueHistogram histogram{.counts = std::vector<std::int64_t>(bins)};
  if (values.empty()) return histogram;
  const auto [least, most] = std::ranges::minmax_element(values);
  histogram.low = *least == *most ? *least - 0.5 : *least;
  histogram.high = *least == *most ? *most + 0.5 : *most;
  const double scale = static_cast<double>(bins) / (histogram.high - histogram.low);
  for (const double value : values) {
    const auto bin = static_cast<std::size_t>((value - histogram.low) * scale);
    ++histogram.counts[std::min(bin, bins - 1)];
  }
  return histogram;
}

result::SparseWeights describe_sparse(const probes::FittedProbe& probe, MatrixView rows,
                                      std::span<const std::int32_t> labels,
                                      std::span<const std::string> classes) {
  const probes::LinearWeights* const linear = probe.linear();
  if (linear == nullptr || linear->weight.rows() != 1 || classes.size() != 2 ||
      linear->weight.cols() != rows.cols) {
    return {};
  }
  std::vector<result::Coefficient> kept;
  std::vector<double> weights;
  for (std::int64_t j = 0; j < rows.cols; ++j) {
    const double weight = linear->weight.row(0)[j];
    if (weight == 0) continue;
    kept.push_back({j, weight});
    weights.push_back(weight);
  }
  if (static_cast<std::int64_t>(kept.size()) == rows.cols) return {};
  result::SparseWeights sparse{.width = rows.cols,
                               .nonzero = static_cast<std::int64_t>(kept.size()),
                               .coefficients = largest(kept, kMostCoefficients),
                               .histogram = histogram_of(weights, kWeightBins)};
  std::vector<std::vector<std::int64_t>> shown;
  for (std::int32_t c = 0; c < 2; ++c) {
    std::vector<double> all;
    for (const std::int64_t i : rows_of_class(labels, c, labels.size())) {
      const auto row = rows.row(i);
      all.insert(all.end(), row.begin(), row.end());
    }
    sparse.activations.push_back(histogram_of(all, kActivationBins));
    sparse.activations.back().name = classes[c];
    shown.push_back(rows_of_class(labels, c, kMostValues));
  }
  for (const result::Coefficient& coefficient : largest(std::move(kept), kMostSelected)) {
    result::SelectedColumn column{coefficient.column, coefficient.weight, {}};
    for (std::size_t c = 0; c < 2; ++c) {
      result::ClassValues values{classes[c], {}};
      for (const std::int64_t i : shown[c]) values.values.push_back(rows.row(i)[coefficient.column]);
      column.classes.push_back(std::move(values));
    }
    sparse.selected.push_back(std::move(column));
  }
  return sparse;
}

}  // namespace sonde::study
