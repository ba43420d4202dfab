#include "sonde/projections/neighbour_graph.h"

#include <gtest/gtest.h>

namespace sonde::projections {
namespace {

// 0 names 1 and 2, 1 names 0 and 2, 2 names 1 and 3, 3 names 2 and 0.
TEST(NeighbourGraph, CombinesBothOpinionsOfAPair) {
  const solvers::NearestNeighbours nearest{2, {1, 2, 0, 2, 1, 3, 2, 0}, std::vector<double>(8)};
  const std::vector<double> weights = {1, 2, 3, 4, 5, 6, 7, 0};
  const NeighbourGraph graph = symmetric_graph(
      nearest, weights, [](double mine, double theirs) { return mine + 10 * theirs + mine * theirs; });
  EXPECT_EQ(graph.begin, (std::vector<std::int64_t>{0, 2, 4, 7, 8}));  // 3 and 0: both 0, no edge
  EXPECT_EQ(graph.columns, (std::vector<std::int32_t>{1, 2, 0, 2, 0, 1, 3, 2}));
  EXPECT_EQ(graph.weights, (std::vector<float>{1 + 30 + 3, 2, 3 + 10 + 3, 4 + 50 + 20, 20, 5 + 40 + 20,
                                               6 + 70 + 42, 7 + 60 + 42}));
}

}  // namespace
}  // namespace sonde::projections
