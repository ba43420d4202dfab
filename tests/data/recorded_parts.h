// Splits that scikit-learn and others made, as tests/golden/replay_streams.py recorded them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/data/split.h"

namespace sonde::data {

inline const nlohmann::json& recorded() {
  static const nlohmann::json data =
      nlohmann::json::parse(std::ifstream(std::string(SONDE_TEST_DATA) + "/replay/streams.json"));
  return data;
}

inline std::vector<int> codes(const std::vector<Part>& parts) {
  std::vector<int> numbers;
  for (const Part part : parts) numbers.push_back(static_cast<int>(part));
  return numbers;
}

/// Rows with labels and named groups, the groups numbered by appearance as a table's are.
struct NamedRows {
  std::vector<std::int32_t> labels;
  std::vector<std::string> classes, names;
  std::vector<std::int64_t> groups;

  explicit NamedRows(const nlohmann::json& recorded) : labels(recorded["labels"]) {
    for (int c = 0; c <= *std::ranges::max_element(labels); ++c) classes.push_back(std::to_string(c));
    for (const std::string name : recorded["groups"]) {
      const auto found = std::ranges::find(names, name);
      groups.push_back(found - names.begin());
      if (found == names.end()) names.push_back(name);
    }
  }

  SplitInput input() const {
    return {.rows = static_cast<std::int64_t>(labels.size()),
            .labels = labels,
            .classes = classes,
            .groups = groups,
            .group_names = names};
  }
};

}  // namespace sonde::data
