// The recorded result that the report's tests draw, and ways to bend it into other outcomes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "sonde/report/figure_catalogue.h"
#include "sonde/report/reading.h"
#include "sonde/report/svg.h"

namespace sonde::report {

/// Read tests/data/report/result.json: 37 addresses of MiniLM on film reviews.
inline result::Result recorded_result() {
  std::ifstream in(SONDE_TEST_DATA "/report/result.json", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return result::from_json(nlohmann::ordered_json::parse(text));
}

/// Set the paired difference of every address to the bag-of-words.
inline void set_against_words(result::Result& r, metrics::Interval difference) {
  for (auto& row : r.results) row.differences = {{"bag_of_words", {{"accuracy", difference}}}};
  for (auto& baseline : r.baselines) {
    if (baseline.name == "bag_of_words") baseline.best_minus_this = {{"accuracy", difference}};
  }
}

/// Move every address below the majority class.
inline void set_to_chance(result::Result& r) {
  for (auto& row : r.results) row.metrics[0].second = {0.591, 0.574, 0.608};
}

/// The recorded result as a study of a rating would have given it: R² in place of accuracy, the mean of train
/// in place of the majority class, the length in place of the bag of words.
inline result::Result recorded_numbers() {
  result::Result r = recorded_result();
  r.task = "numbers";
  r.metric = r.best.chosen_by = "r2";
  r.best.probe = "ridge";
  r.data.classes.clear();
  r.data.label_noun = "rating";
  r.data.target = {.min = 1, .median = 6, .mean = 5.5, .max = 10, .whole = true};
  const auto number_metrics = [](result::Metrics& metrics) {
    metrics = {
        {"r2", metrics.at(0).second}, {"mae", {1.25, 1.2, 1.3}}, {"rounded_accuracy", {0.31, 0.29, 0.33}}};
  };
  const auto number_values = [](result::Values& values) {
    if (!values.empty()) values = {{"r2", values[0].second}};
  };
  for (auto& row : r.results) {
    row.task = "numbers";
    row.probe = "ridge";
    number_metrics(row.metrics);
    number_values(row.valid_metrics);
    number_values(row.train_metrics);
    if (!row.minus_best.empty()) row.minus_best = {{"r2", row.minus_best[0].second}};
    row.differences = {{"length", {{"r2", {0.3, 0.2, 0.4}}}}};
  }
  number_metrics(r.best.metrics);
  r.baselines = {
      {"length", "a line", {{"r2", {0.05, 0.01, 0.09}}}, {{"r2", {0.3, 0.2, 0.4}}}, "numbers"},
      {"mean", "always 5.5", {{"r2", {-0.001, -0.01, 0}}}, {{"r2", {0.784, 0.77, 0.8}}}, "numbers"}};
  r.best.confusion = {};
  r.best.per_class.clear();
  r.best.mistakes.clear();
  r.best.mistakes_total = 0;
  r.best.calibration = {};
  r.best.numbers = {{{1, 1.5}, {10, 7.25}}, {{17, "a text of one row", "", 10, 7.25}}, 0.5};
  return r;
}

}  // namespace sonde::report
