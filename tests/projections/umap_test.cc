#include <cmath>

#include "peers.h"
#include "sonde/core/error.h"
#include "sonde/projections/projection.h"
#include "sonde/projections/trustworthiness.h"

namespace sonde::projections {
namespace {

double mean_truth(const PeerSet& set) {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Projected projected =
        make_projection("umap")->project(set.x.view(), 2, {.threads = 2, .seed = seed});
    sum += trustworthiness(set.x.view(), projected.points.view(), peers()["neighbours"], {});
  }
  return sum / 10;
}

TEST(Umap, IsAsTrueAsUmapLearnsAndUwots) {
  for (const PeerSet& set : peer_sets()) {
    const double truth = mean_truth(set);
    for (const auto& golden : {set.record["umap"]["trustworthiness"], pictures_of_r(set.name(), "umap")}) {
      // Means over ten seeds each: apart by chance by up to two deviations of such a mean.
      EXPECT_GE(truth, golden["mean"].get<double>() - 2 * golden["deviation"].get<double>() / std::sqrt(10.0))
          << set.name();
    }
  }
}

TEST(Umap, FollowsTheSeed) {
  const Matrix x = planted_clusters(60, 10, 1);
  const auto run = [&](std::uint64_t seed) {
    return bits(make_projection("umap")->project(x.view(), 2, {.seed = seed}).points);
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

// Clusters without an edge between them: the start is that of PCA, and the result says in how many parts.
TEST(Umap, CountsPartsOfTheGraph) {
  const Matrix x = planted_clusters(90, 10, 3, 40);
  const Projected projected = make_projection("umap", {{"neighbours", 5}})->project(x.view(), 2, {});
  EXPECT_GE(projected.details["parts"], 3);
  EXPECT_EQ(share_beside_their_own(projected.points, 3), 1);
}

TEST(Umap, RefusesFewerRowsThanNeighbours) {
  try {
    make_projection("umap")->project(planted_clusters(14, 10, 3).view(), 2, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "projection umap: fewer rows than neighbours; got 14 rows, expected at least 15; set neighbours=4");
  }
  EXPECT_NO_THROW(make_projection("umap")->project(planted_clusters(15, 10, 3).view(), 2, {}));
  EXPECT_THROW(make_projection("umap", {{"min_dist", 2}})->project(planted_clusters(60, 10, 3).view(), 2, {}),
               Error);
}

}  // namespace
}  // namespace sonde::projections
