// The rows and values that tests/golden/projections_peers.py recorded, and rows with planted clusters.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/core/matrix.h"
#include "sonde/core/random.h"

namespace sonde::projections {

inline const nlohmann::json& peers() {
  static const nlohmann::json recorded = [] {
    std::ifstream file(SONDE_TEST_DATA "/projections/peers.json");
    return nlohmann::json::parse(file);
  }();
  return recorded;
}

/// How true the pictures are that R's packages make of a recorded data set, from
/// tests/golden/projections_r.py.
inline nlohmann::json pictures_of_r(const std::string& set, const char* kind) {
  std::ifstream file(SONDE_TEST_DATA "/projections/peers_r.json");
  return nlohmann::json::parse(file)["sets"][set][kind];
}

/// A recorded data set by name.
struct PeerSet {
  const nlohmann::json& record;
  Matrix x;

  explicit PeerSet(const nlohmann::json& of) : record(of), x(of["rows"], of["columns"]) {
    const auto values = of["values"].get<std::vector<float>>();
    std::copy(values.begin(), values.end(), x.data());
  }
  std::string name() const { return record["name"]; }
};

inline std::vector<PeerSet> peer_sets() {
  std::vector<PeerSet> sets;
  for (const nlohmann::json& record : peers()["sets"]) sets.emplace_back(record);
  return sets;
}

/// Rows around `clusters` far corners, row i around corner i % clusters.
inline Matrix planted_clusters(std::int64_t n, std::int64_t d, std::int64_t clusters, double apart = 12) {
  const RandomStream stream(9, "clusters");
  Matrix x(n, d);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < d; ++j) {
      double noise = -6;  // of deviation 1, Irwin and Hall
      for (int draw = 0; draw < 12; ++draw) noise += stream.uniform((i * d + j) * 12 + draw);
      x.row(i)[j] = static_cast<float>(noise + (j == i % clusters ? apart : 0));
    }
  }
  return x;
}

/// The share of points whose nearest point is of the same cluster.
inline double share_beside_their_own(const Matrix& points, std::int64_t clusters) {
  std::int64_t own = 0;
  for (std::int64_t i = 0; i < points.rows(); ++i) {
    std::int64_t best = -1;
    double least = 0;
    for (std::int64_t j = 0; j < points.rows(); ++j) {
      double square = 0;
      for (std::int64_t c = 0; c < points.cols(); ++c) {
        const double apart = double(points.row(i)[c]) - points.row(j)[c];
        square += apart * apart;
      }
      if (j == i || (best >= 0 && square >= least)) continue;
      best = j;
      least = square;
    }
    own += best % clusters == i % clusters ? 1 : 0;
  }
  return static_cast<double>(own) / static_cast<double>(points.rows());
}

inline std::vector<float> bits(const Matrix& points) {
  return {points.data(), points.data() + points.rows() * points.cols()};
}

}  // namespace sonde::projections
