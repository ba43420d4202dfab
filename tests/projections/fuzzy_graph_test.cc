#include "sonde/projections/fuzzy_graph.h"

#include <cmath>

#include "peers.h"

namespace sonde::projections {
namespace {

TEST(FuzzyGraph, LocalMembershipsReachLogTwoOfTheNeighbours) {
  for (const PeerSet& set : peer_sets()) {
    for (const std::int64_t k : {5, 15, 50}) {
      const auto nearest = solvers::nearest_neighbours(set.x.view(), k - 1, {});
      const std::vector<LocalScale> scales = local_scales(nearest);
      for (std::int64_t i = 0; i < set.x.rows(); ++i) {
        double sum = 0;
        for (const double distance : nearest.distances_of(i))
          sum += std::exp(-std::max(0.0, distance - scales[i].nearest) / scales[i].width);
        EXPECT_NEAR(sum, std::log2(static_cast<double>(k)), 1e-5) << set.name() << " row " << i;
        EXPECT_EQ(scales[i].nearest, nearest.distances_of(i)[0]);
      }
    }
  }
}

TEST(FuzzyGraph, EqualsUmapLearns) {
  for (const PeerSet& set : peer_sets()) {
    if (!set.record.contains("graphs")) continue;
    const auto golden = set.record["graphs"]["fuzzy"];
    const MatrixView rows{set.x.data(), 60, set.x.cols(), set.x.cols()};
    const NeighbourGraph graph = fuzzy_graph(solvers::nearest_neighbours(rows, 14, {}));
    EXPECT_EQ(graph.begin, golden["begin"].get<std::vector<std::int64_t>>());
    EXPECT_EQ(graph.columns, golden["columns"].get<std::vector<std::int32_t>>());
    const auto weights = golden["weights"].get<std::vector<double>>();
    ASSERT_EQ(graph.weights.size(), weights.size());
    // Both bisect the sum of memberships to 1e-5, umap-learn in float32.
    for (std::size_t e = 0; e < weights.size(); ++e) EXPECT_NEAR(graph.weights[e], weights[e], 5e-5);
  }
}

// Copies of a row are at distance 0; the nearest that is not the same decides.
TEST(FuzzyGraph, CopiesBelongFully) {
  Matrix x(8, 1);
  for (std::int64_t i = 0; i < 8; ++i) x.row(i)[0] = i < 3 ? 0 : static_cast<float>(i * i);
  const auto nearest = solvers::nearest_neighbours(x.view(), 4, {});
  const std::vector<LocalScale> scales = local_scales(nearest);
  EXPECT_NEAR(scales[0].nearest, 9, 1e-6);
  const NeighbourGraph graph = fuzzy_graph(nearest);
  EXPECT_EQ(graph.columns[0], 1);
  EXPECT_EQ(graph.weights[0], 1);
}

TEST(FuzzyGraph, CurveEqualsScipysFit) {
  for (const auto& curve : peers()["curves"]) {
    const UmapCurve mine = fit_curve(curve["min_dist"], curve["spread"]);
    // scipy stops at a relative change of 1.5e-8 of the squares; near the optimum these are flat.
    EXPECT_NEAR(mine.a, curve["a"], 1e-4 * curve["a"].get<double>());
    EXPECT_NEAR(mine.b, curve["b"], 1e-4);
  }
}

}  // namespace
}  // namespace sonde::projections
