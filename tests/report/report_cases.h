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

}  // namespace sonde::report
