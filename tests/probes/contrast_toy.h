// Contrast sets with a truth in them, and without.
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "sonde/core/random.h"
#include "sonde/probes/probe.h"

namespace sonde::probes {

/// A contrast set. Class 0 says that prompt 0 of every wording is the true statement.
struct ContrastToy {
  Matrix rows;
  std::int64_t prompts = 2;
  std::vector<std::int32_t> labels;
  std::vector<std::string> classes{"a", "b"};
  std::vector<double> direction;  ///< unit vector from false to true

  ProbeInput input() const { return ProbeInput::of_contrast(rows.view(), prompts); }
  LabelledInput labelled() const { return {input(), labels, classes, {}}; }
};

/// A number of a normal distribution at position `index`.
inline double normal(const RandomStream& stream, std::uint64_t index) {
  return std::sqrt(-2 * std::log(1 - stream.uniform(2 * index))) *
         std::cos(2 * std::numbers::pi * stream.uniform(2 * index + 1));
}

/// Draw n contrast sets of width d: what prompts of a row share, ± `contrast` along one direction, and noise
/// of deviation 0.1. Prompts have different means.
inline ContrastToy make_contrast(std::int64_t n, std::int64_t d, double contrast, std::uint64_t seed,
                                 std::int64_t prompts = 2) {
  const RandomStream stream(seed, "contrast"), labels(seed, "labels");
  ContrastToy toy{.rows = Matrix(n, prompts * d), .prompts = prompts};
  for (std::int64_t j = 0; j < d; ++j)
    toy.direction.push_back((stream.substream(1).below(2, j) == 0 ? 1 : -1) /
                            std::sqrt(static_cast<double>(d)));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = static_cast<std::int32_t>(labels.below(2, i));
    toy.labels.push_back(label);
    for (std::int64_t p = 0; p < prompts; ++p) {
      const double side = (p % 2 == label ? 1 : -1) * contrast;
      for (std::int64_t j = 0; j < d; ++j) {
        const double shared = 0.3 * normal(stream.substream(2), i * d + j);
        const double noise = 0.1 * normal(stream.substream(3), (i * prompts + p) * d + j);
        toy.rows.row(i)[p * d + j] =
            static_cast<float>(shared + noise + side * toy.direction[j] + (p + 1) * 2);
      }
    }
  }
  return toy;
}

inline double contrast_accuracy(const FittedProbe& fitted, const ContrastToy& toy) {
  const std::vector<std::int32_t> predicted = predicted_classes(fitted.scores(toy.input()).view());
  double right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == toy.labels[i];
  return right / static_cast<double>(predicted.size());
}

/// Cosine between a direction and d weights that begin at `weight`.
inline double cosine_with(const std::vector<double>& direction, const float* weight) {
  double along = 0, length = 0;
  for (std::size_t j = 0; j < direction.size(); ++j) {
    along += direction[j] * weight[j];
    length += double(weight[j]) * weight[j];
  }
  return along / std::sqrt(length);
}

}  // namespace sonde::probes
