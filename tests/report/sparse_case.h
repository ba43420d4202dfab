// The recorded result as an L1 probe with a sweep of C would have given it.
#pragma once

#include "report_cases.h"

namespace sonde::report {

/// Two of four columns read by the best probe, 3 and 2 rows of two classes, densities at C = 1, 10 and 100.
inline result::Result sparse_result() {
  result::Result r = recorded_result();
  result::SparseWeights& sparse = r.best.sparse;
  sparse.width = 4;
  sparse.nonzero = 2;
  sparse.coefficients = {{1, -2.5}, {3, 0.5}};
  sparse.histogram = {"", -2.5, 0.5, {1, 0, 1}};
  sparse.activations = {{"fresh", -1, 3, {1000, 0, 10, 2}}, {"rotten", 0, 4, {900, 1, 1, 0}}};
  sparse.selected = {{1, -2.5, {{"fresh", {0, 1, 2}}, {"rotten", {3, 4}}}},
                     {3, 0.5, {{"fresh", {-1, 0, 1}}, {"rotten", {0.5, 1.5}}}}};
  const auto point = [](double c, double density) {
    return nlohmann::ordered_json{{"c", c}, {"density", density}, {"kkt", 1e-9}};
  };
  for (result::AddressResult& row : r.results) {
    if (row.at != r.best.at) continue;
    row.details["path"] = {point(1, 0.25), point(10, 0.5), point(100, 1)};
    row.details["exact_path"] = {point(1, 0), point(10, 0.25), point(100, 0.5)};
  }
  return r;
}

/// Find the first series of a figure with a mark and a role.
inline const Series* series_of(const Figure& figure, Mark mark, Role role, int index = 0) {
  for (const Series& series : figure.series) {
    if (series.mark == mark && series.role == role && series.index == index) return &series;
  }
  return nullptr;
}

}  // namespace sonde::report
