#include "sonde/projections/neighbour_graph.h"

#include <algorithm>

#include "sonde/core/error.h"

namespace sonde::projections {
namespace {

// One row's opinions, of itself and of others, sorted by column.
struct Opinion {
  std::int32_t column;
  double mine, theirs;
};

}  // namespace

NeighbourGraph symmetric_graph(const solvers::NearestNeighbours& nearest, std::span<const double> weights,
                               Combine combine) {
  const std::int64_t n = nearest.size(), k = nearest.count;
  SONDE_ASSERT(std::ssize(weights) == n * k);
  std::vector<std::vector<Opinion>> rows(n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < k; ++j) {
      const std::int32_t other = nearest.rows[i * k + j];
      rows[i].push_back({other, weights[i * k + j], 0});
      rows[other].push_back({static_cast<std::int32_t>(i), 0, weights[i * k + j]});
    }
  }
  NeighbourGraph graph{.begin = {0}};
  for (std::vector<Opinion>& row : rows) {
    std::ranges::stable_sort(row, {}, &Opinion::column);
    for (std::size_t e = 0; e < row.size(); ++e) {
      Opinion both = row[e];
      if (e + 1 < row.size() && row[e + 1].column == both.column) {
        ++e;
        both = {both.column, both.mine + row[e].mine, both.theirs + row[e].theirs};
      }
      const auto weight = static_cast<float>(combine(both.mine, both.theirs));
      if (weight <= 0) continue;
      graph.columns.push_back(both.column);
      graph.weights.push_back(weight);
    }
    graph.begin.push_back(std::ssize(graph.columns));
  }
  return graph;
}

}  // namespace sonde::projections
