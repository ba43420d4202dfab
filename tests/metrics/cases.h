// The recorded prediction sets of scikit-learn, and the confusion matrices turned back into rows.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/metrics/metric.h"

namespace sonde::metrics {

/// A prediction set that owns its parts.
struct Case {
  std::string name;
  int classes = 2;
  std::vector<std::int32_t> truth, predicted;
  std::vector<std::uint32_t> weights;
  Matrix scores;
  nlohmann::json golden;

  Predictions predictions() const { return {classes, truth, predicted, scores.view()}; }
};

/// A set of predicted numbers that owns its parts.
struct NumberCase {
  std::string name;
  std::vector<double> truth, predicted;
  std::vector<std::uint32_t> weights;
  nlohmann::json golden;

  Predictions predictions() const { return Predictions::of_numbers(truth, predicted); }
};

inline std::vector<NumberCase> golden_number_cases() {
  std::ifstream file(SONDE_TEST_DATA "/metrics/regression.json");
  const nlohmann::json data = nlohmann::json::parse(file);
  std::vector<NumberCase> cases;
  for (const nlohmann::json& given : data["cases"]) {
    NumberCase c{
        .name = given["name"], .truth = given["truth"], .predicted = given["predicted"], .golden = given};
    if (!given["weights"].is_null()) c.weights = given["weights"].get<std::vector<std::uint32_t>>();
    cases.push_back(std::move(c));
  }
  return cases;
}

inline double value_of(const NumberCase& c, std::string_view metric) {
  return MetricSet(c.predictions()).evaluate(c.weights)[metric_index(metric, Task::numbers)];
}

inline std::int32_t largest_of(std::span<const float> row) {
  return static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
}

inline std::vector<Case> golden_cases() {
  std::ifstream file(SONDE_TEST_DATA "/metrics/scikit_learn.json");
  const nlohmann::json data = nlohmann::json::parse(file);
  std::vector<Case> cases;
  for (const nlohmann::json& given : data["cases"]) {
    Case c{.name = given["name"], .classes = given["classes"], .truth = given["truth"], .golden = given};
    if (!given["weights"].is_null()) c.weights = given["weights"].get<std::vector<std::uint32_t>>();
    c.scores = Matrix(static_cast<std::int64_t>(c.truth.size()), c.classes);
    for (std::size_t i = 0; i < c.truth.size(); ++i) {
      const auto row = given["scores"][i].get<std::vector<float>>();
      std::copy(row.begin(), row.end(), c.scores.row(static_cast<std::int64_t>(i)).begin());
      c.predicted.push_back(largest_of(row));
    }
    cases.push_back(std::move(c));
  }
  return cases;
}

/// Hold one metric of every recorded case against scikit-learn's value.
inline void expect_golden(std::string_view metric) {
  const std::size_t index = metric_index(metric);
  const std::vector<Case> cases = golden_cases();
  ASSERT_GE(cases.size(), 10u);
  for (const Case& c : cases) {
    // The sums differ from numpy's only in their order: a few units in the last place.
    EXPECT_NEAR(MetricSet(c.predictions()).evaluate(c.weights)[index],
                c.golden["values"][metric].get<double>(), 1e-12)
        << metric << ", " << c.name;
  }
}

/// Rows that give a confusion matrix of two classes.
inline Case from_confusion(const std::vector<std::vector<int>>& counts) {
  Case c{.classes = static_cast<int>(counts.size())};
  for (int t = 0; t < c.classes; ++t) {
    for (int p = 0; p < c.classes; ++p) {
      c.truth.insert(c.truth.end(), counts[t][p], t);
      c.predicted.insert(c.predicted.end(), counts[t][p], p);
    }
  }
  return c;
}

inline double value_of(const Case& c, std::string_view metric) {
  return MetricSet(c.predictions()).evaluate(c.weights)[metric_index(metric)];
}

}  // namespace sonde::metrics
