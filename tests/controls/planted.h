// Labelled data whose truth is known, for tests of controls: a label planted in one feature, or in none.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "sonde/controls/control.h"
#include "sonde/core/random.h"
#include "sonde/metrics/metric.h"

namespace sonde::controls {

inline double normal(const RandomStream& stream, std::uint64_t index) {
  return std::sqrt(-2 * std::log(1 - stream.uniform(2 * index))) *
         std::cos(2 * std::numbers::pi * stream.uniform(2 * index + 1));
}

/// One part of a data set, owned.
struct PlantedPart {
  Matrix features;
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> groups, types;
};

/// A data set with its probe, fitted.
struct Planted {
  std::vector<std::string> classes;
  PlantedPart train, valid, test;
  std::unique_ptr<probes::Probe> probe;
  std::unique_ptr<probes::FittedProbe> fitted;

  probes::LabelledInput data(const PlantedPart& own) const {
    return {probes::ProbeInput::of_features(own.features.view()), own.labels, classes};
  }
  void fit(const std::string& kind = "logistic", const nlohmann::json& options = nlohmann::json::object()) {
    probe = probes::make_probe(kind, options);
    fitted = probe->fit(data(train), {});
  }
};

/// The rows of all parts one after the other, as a subject views them.
struct PlantedSubject {
  PlantedPart all;
  Subject subject;

  explicit PlantedSubject(const Planted& planted, std::string metric = "accuracy") {
    std::int64_t rows = 0, width = 0;
    std::vector<std::vector<std::int64_t>> parts;
    for (const PlantedPart* part : {&planted.train, &planted.valid, &planted.test}) {
      all.labels.insert(all.labels.end(), part->labels.begin(), part->labels.end());
      all.groups.insert(all.groups.end(), part->groups.begin(), part->groups.end());
      all.types.insert(all.types.end(), part->types.begin(), part->types.end());
      parts.emplace_back();
      for (std::int64_t i = 0; i < part->features.rows(); ++i) parts.back().push_back(rows++);
      width = std::max(width, part->features.cols());
    }
    all.features = Matrix(rows, width);
    float* to = all.features.data();
    for (const PlantedPart* part : {&planted.train, &planted.valid, &planted.test})
      to = std::copy_n(part->features.data(), part->features.rows() * part->features.cols(), to);
    if (std::ssize(all.groups) != rows) all.groups.clear();
    if (std::ssize(all.types) != rows) all.types.clear();
    subject = {
        .probe = planted.probe.get(),
        .rows = {probes::ProbeInput::of_features(all.features.view()), all.labels, planted.classes, {}},
        .groups = all.groups,
        .types = all.types,
        .divisions = {{parts[0], parts[1], parts[2]}},
        .fitted = {planted.fitted.get()},
        .metric = std::move(metric)};
  }
};

inline double measure(const probes::FittedProbe& fitted, const probes::LabelledInput& rows,
                      std::string_view metric) {
  const Matrix scores = fitted.scores(rows.input);
  const std::vector<std::int32_t> predicted = probes::predicted_classes(scores.view());
  const metrics::MetricSet set(
      {static_cast<int>(fitted.classes().size()), rows.labels, predicted, scores.view()});
  return set.evaluate()[metrics::metric_index(metric)];
}

/// How data is planted.
struct Planting {
  std::int64_t rows = 40, test_rows = 40, width = 3;
  int classes = 2;
  double distance = 0;          ///< of the classes in the first features, in deviations; 0: nothing to find
  std::int64_t group_size = 1;  ///< rows that share most of their features
  std::int64_t shared_width = 1000;  ///< first features that rows of a group share
  bool label_by_group = false;       ///< rows of a group share their label too
};

inline PlantedPart plant_part(const Planting& how, std::int64_t rows, const RandomStream& stream) {
  PlantedPart part{.features = Matrix(rows, how.width)};
  const RandomStream noise = stream.substream(0), shared = stream.substream(1);
  // Balanced labels in random order; of groups where a group has one label.
  const std::int64_t label_size = how.label_by_group ? how.group_size : 1;
  const std::vector<std::int64_t> order = stream.substream(2).permutation(rows / label_size);
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto label = static_cast<std::int32_t>(order[i / label_size] % how.classes);
    const std::int64_t group = i / how.group_size;
    part.labels.push_back(label);
    if (how.group_size > 1) part.groups.push_back(group);
    for (std::int64_t j = 0; j < how.width; ++j) {
      double value = normal(noise, i * how.width + j);
      if (how.group_size > 1 && j < how.shared_width)
        value = 0.3 * value + normal(shared, group * how.width + j);
      if (j % how.classes == label) value += how.distance;
      part.features.row(i)[j] = static_cast<float>(value);
    }
  }
  return part;
}

inline Planted plant(const Planting& how, std::uint64_t seed) {
  const RandomStream stream(seed, "planted");
  Planted planted;
  for (int c = 0; c < how.classes; ++c) planted.classes.push_back(std::string(1, static_cast<char>('a' + c)));
  planted.train = plant_part(how, how.rows, stream.substream(1));
  planted.test = plant_part(how, how.test_rows, stream.substream(2));
  planted.fit();
  return planted;
}

/// Run a control on planted data.
inline Findings question(std::string_view name, const Planted& planted, const ControlOptions& options,
                         const RunContext& context, const std::string& metric = "accuracy") {
  return control_record(name).run(PlantedSubject(planted, metric).subject, options, context);
}

}  // namespace sonde::controls
