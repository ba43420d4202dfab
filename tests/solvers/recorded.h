// Logistic regressions that a golden file records, as problems to solve again.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "sonde/solvers/logistic.h"

namespace sonde::solvers {

inline Matrix matrix_of(const nlohmann::json& rows) {
  Matrix x(static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()));
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    const auto row = rows[i].get<std::vector<float>>();
    std::copy(row.begin(), row.end(), x.row(i).begin());
  }
  return x;
}

/// One recorded problem with everything a LogisticProblem points to.
struct Recorded {
  nlohmann::json golden;
  Matrix x;
  std::vector<std::int32_t> y;
  ColumnStatistics scaler;
  std::vector<double> weights;
  DenseDesign design;

  explicit Recorded(const nlohmann::json& given)
      : golden(given),
        x(matrix_of(given["x"])),
        y(given["y"]),
        scaler(column_statistics(x.view())),
        design(x.view()) {
    if (!given["balanced"]) return;
    const std::vector<double> per_class = balanced_class_weights(y, given["classes"]);
    for (const std::int32_t label : y) weights.push_back(per_class[label]);
  }

  LogisticProblem problem() const {
    return {.x = &design,
            .labels = y,
            .classes = golden["classes"],
            .sample_weights = weights,
            .scaler = golden["standardize"] ? &scaler : nullptr,
            .c = golden["c"],
            .l1_ratio = golden.value("l1_ratio", 0.0),
            .intercept = golden["intercept"] ? Intercept::fit : Intercept::none};
  }
};

}  // namespace sonde::solvers
