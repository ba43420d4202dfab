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

}  // namespace sonde::report
