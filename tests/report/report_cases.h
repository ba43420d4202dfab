// The recorded result that the report's tests draw, and ways to bend it into other outcomes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
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

/// The recorded result with controls, as `--honesty` adds them: hidden[4] reaches 78.3 %, no shuffle does.
inline result::Result honest_result() {
  result::Result r = recorded_result();
  r.honesty.at = r.best.at;
  r.honesty.probe = r.best.probe;
  r.honesty.metric = "accuracy";
  const double none = std::numeric_limits<double>::quiet_NaN();
  const auto add = [&](const char* name, result::Metrics numbers) -> result::Control& {
    result::Control control;
    control.name = name;
    control.summary = "how to read it";
    control.numbers = std::move(numbers);
    r.honesty.controls.push_back(std::move(control));
    return r.honesty.controls.back();
  };
  result::Control& shuffled = add("shuffled_labels", {{"p", {0.05, none, none}},
                                                      {"value", {0.783, none, none}},
                                                      {"shuffled", {0.51, 0.47, 0.55}},
                                                      {"moved", {0.48, none, none}}});
  for (int i = 0; i < 19; ++i) shuffled.draws.push_back(0.465 + 0.005 * i);
  add("control_task", {{"selectivity", {0.27, 0.25, 0.29}},
                       {"task_accuracy", {0.783, none, none}},
                       {"control_accuracy", {0.513, 0.5, 0.52}},
                       {"ceiling", {0.555, none, none}},
                       {"task_train_accuracy", {0.81, none, none}},
                       {"control_train_accuracy", {0.62, 0.61, 0.63}},
                       {"seen", {0.01, none, none}},
                       {"types", {7412, none, none}}})
      .note = "a type is a text";
  add("codelength", {{"compression", {1.38, none, none}},
                     {"codelength", {5381, none, none}},
                     {"uniform_codelength", {7414, none, none}},
                     {"bits_per_row", {0.726, none, none}}});
  result::Control& curve = add(
      "learning_curve",
      {{"last_step", {0.012, none, none}}, {"first", {0.701, 0.69, 0.71}}, {"last", {0.783, none, none}}});
  curve.points = {result::ControlPoint{741, {0.701, 0.69, 0.71}},
                  result::ControlPoint{3707, {0.771, 0.765, 0.776}},
                  result::ControlPoint{7414, {0.783, none, none}}};
  add("seeds", {{"refits", {0.779, 0.772, 0.785}},
                {"total", {0.779, 0.762, 0.797}},
                {"deviation", {0.004, none, none}},
                {"seed_only", {0, none, none}}});
  add("random_weights", {{"value", {0.61, 0.59, 0.63}}, {"best_minus_this", {0.173, 0.15, 0.195}}});
  add("erasure", {{"erased", {0.51, 0.49, 0.53}},
                  {"over_floor", {0.004, -0.01, 0.018}},
                  {"real", {0.783, none, none}},
                  {"floor", {0.506, none, none}}});
  add("nullspace", {{"directions", {3, none, none}},
                    {"left", {0.52, 0.5, 0.54}},
                    {"over_floor", {0.014, -0.002, 0.03}},
                    {"real", {0.783, none, none}},
                    {"floor", {0.506, none, none}}})
      .draws = {0.7, 0.6, 0.52};
  return r;
}

/// The recorded result as the corrected edition of a recipe whose published one reached 61 % at hidden[1].
inline result::Result recipe_result() {
  result::Result r = recorded_result();
  r.recipe = {.name = "layer-study",
              .title = "A study of layers",
              .source = "a lesson",
              .edition = "corrected",
              .slips = {{"padding & mean", "pads are averaged in", "pads are left out"}}};
  const result::EditionScore score{"hidden[1]", r.best.probe, "", {0.61, 0.5, 0.7}};
  r.recipe.other = {.edition = "published",
                    .metric = "accuracy",
                    .report = "../published/report.html",
                    .scores = {score},
                    .best = score};
  return r;
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
  r.probes = {{.name = "ridge"}};
  return r;
}

}  // namespace sonde::report
