// Small labelled sets for probe tests: separable enough to learn, noisy enough not to be perfect.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sonde/core/random.h"
#include "sonde/probes/probe.h"

namespace sonde::probes {

/// A labelled set in every form a probe may read. The number that stands for a label is 3 · label + 1 or + 2.
struct Toy {
  static constexpr std::int64_t kPrompts = 2;
  static constexpr std::int64_t kTokens = 2;  ///< of every example
  Matrix features;
  std::vector<std::int64_t> offsets;  ///< of token rows
  Matrix token_features;              ///< of each example its features, and a mirrored copy
  std::vector<double> targets;
  std::vector<std::string> owned_texts;
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> lengths;
  std::vector<std::int32_t> labels;
  std::vector<std::string> classes;

  ProbeInput input() const {
    return {.rows = features.rows(), .features = features.view(), .texts = texts, .lengths = lengths};
  }
  LabelledInput labelled() const { return {input(), labels, classes, targets}; }

  /// What a kind of probe reads: a contrast set takes the left and the right half of a row as two prompts.
  ProbeInput input(InputKind kind) const {
    ProbeInput input = this->input();
    if (kind == InputKind::contrast) input.prompts = kPrompts;
    if (kind == InputKind::tokens) {
      input.features = token_features.view();
      input.offsets = offsets;
    }
    return input;
  }
  LabelledInput labelled(InputKind kind) const { return {input(kind), labels, classes, targets}; }
};

/// Fill in what follows from features and labels.
inline void complete(Toy& toy) {
  const std::int64_t n = toy.features.rows(), d = toy.features.cols();
  toy.token_features = Matrix(n * Toy::kTokens, d);
  toy.offsets = {0};
  toy.targets.clear();
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t t = 0; t < Toy::kTokens; ++t) {
      const auto from = toy.features.row(i);
      const auto to = toy.token_features.row(i * Toy::kTokens + t);
      for (std::int64_t j = 0; j < d; ++j) to[j] = t == 0 ? from[j] : 5 - from[(j + 1) % d] / 2;
    }
    toy.offsets.push_back((i + 1) * Toy::kTokens);
    toy.targets.push_back(3 * toy.labels[i] + (toy.features.row(i)[0] > 5.5f ? 2 : 1));
  }
}

inline Toy make_toy(std::int64_t n, int classes, std::uint64_t seed) {
  const RandomStream stream(seed, "toy");
  Toy toy{.features = Matrix(n, 6)};
  for (int c = 0; c < classes; ++c) toy.classes.push_back(std::string(1, static_cast<char>('a' + c)));
  for (std::int64_t i = 0; i < n; ++i) {
    const auto label = static_cast<std::int32_t>(i % classes);
    toy.labels.push_back(label);
    for (std::int64_t j = 0; j < 6; ++j) {
      toy.features.row(i)[j] =
          static_cast<float>(4 + 3 * stream.uniform(i * 6 + j) + (j % classes == label ? 1 : 0));
    }
    std::string text = "some words";
    const bool telling = stream.below(4, 100000 + i) != 0;
    text += telling ? " word" + toy.classes[label] : " filler";
    text += " noise" + std::to_string(stream.below(7, 200000 + i));
    toy.owned_texts.push_back(text);
    toy.lengths.push_back(static_cast<std::int64_t>(5 + 3 * label + stream.below(9, 300000 + i)));
  }
  toy.texts.assign(toy.owned_texts.begin(), toy.owned_texts.end());
  complete(toy);
  return toy;
}

/// The toy with its rows in another order.
inline Toy reordered(const Toy& toy, std::span<const std::int64_t> order) {
  Toy result{.features = Matrix(toy.features.rows(), toy.features.cols()), .classes = toy.classes};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto from = toy.features.row(order[i]);
    std::copy(from.begin(), from.end(), result.features.row(static_cast<std::int64_t>(i)).begin());
    result.owned_texts.push_back(toy.owned_texts[order[i]]);
    result.lengths.push_back(toy.lengths[order[i]]);
    result.labels.push_back(toy.labels[order[i]]);
  }
  result.texts.assign(result.owned_texts.begin(), result.owned_texts.end());
  complete(result);
  return result;
}

inline double accuracy_of(const FittedProbe& fitted, const Toy& toy) {
  const Matrix scores = fitted.scores(toy.input());
  const std::vector<std::int32_t> predicted = predicted_classes(scores.view());
  double right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) right += predicted[i] == toy.labels[i];
  return right / static_cast<double>(predicted.size());
}

inline std::vector<float> values_of(const Matrix& matrix) {
  return {matrix.data(), matrix.data() + matrix.rows() * matrix.cols()};
}

}  // namespace sonde::probes
