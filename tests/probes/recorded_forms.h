// What the tests of the closed-form probes read from tests/data/probes/closed_forms.json.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "sonde/probes/probe.h"

namespace sonde::probes {

/// The recorded cases of one probe.
inline nlohmann::json closed_forms(const std::string& kind) {
  std::ifstream file(SONDE_TEST_DATA "/probes/closed_forms.json");
  return nlohmann::json::parse(file)[kind];
}

/// The rows of a recorded case: the first are trained on, the rest are new.
struct RecordedRows {
  Matrix x;
  std::int64_t train = 0;

  explicit RecordedRows(const nlohmann::json& given)
      : x(static_cast<std::int64_t>(given["x"].size()), static_cast<std::int64_t>(given["x"][0].size())),
        train(given["train"]) {
    for (std::int64_t i = 0; i < x.rows(); ++i)
      std::ranges::copy(given["x"][i].get<std::vector<float>>(), x.row(i).begin());
  }
  ProbeInput first() const { return ProbeInput::of_features({x.data(), train, x.cols(), x.cols()}); }
  ProbeInput rest() const {
    return ProbeInput::of_features({x.data() + train * x.cols(), x.rows() - train, x.cols(), x.cols()});
  }
};

}  // namespace sonde::probes
