// Published trainings that tests/golden/probes_published.py re-enacts, and the rows it draws.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>

#include "sonde/core/matrix.h"
#include "sonde/replay/numpy_random_state.h"

namespace sonde::probes {

inline nlohmann::json published(const char* name) {
  std::ifstream file(SONDE_TEST_DATA "/probes/published.json");
  return nlohmann::json::parse(file)[name];
}

/// RandomState(seed).random_sample((n, d)) - 0.5, changed by `change(row, column, value)`, in float32.
template <class Change>
Matrix published_rows(std::int64_t seed, std::int64_t n, std::int64_t d, Change change) {
  replay::NumpyRandomState draws(seed);
  Matrix rows(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < d; ++j)
      rows.row(i)[j] = static_cast<float>(change(i, j, draws.random_sample() - 0.5));
  }
  return rows;
}

}  // namespace sonde::probes
