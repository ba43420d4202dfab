#include <cmath>

#include "peers.h"
#include "sonde/core/error.h"
#include "sonde/projections/projection.h"
#include "sonde/projections/trustworthiness.h"

namespace sonde::projections {
namespace {

// Means over ten orders of the rows, on which every layout depends.
TEST(Tsne, IsAsTrueAsScikitLearnsAndRtsnes) {
  for (const PeerSet& set : peer_sets()) {
    const auto golden = set.record["tsne"];
    double truth = 0, divergence = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      Matrix x(set.x.rows(), set.x.cols());
      const std::vector<std::int64_t> order = RandomStream(seed, "order").permutation(x.rows());
      for (std::int64_t i = 0; i < x.rows(); ++i)
        std::copy_n(set.x.row(order[i]).data(), x.cols(), x.row(i).data());
      const Projected projected = make_projection("tsne")->project(x.view(), 2, {.threads = 2});
      truth += trustworthiness(x.view(), projected.points.view(), peers()["neighbours"], {}) / 10;
      divergence += projected.details["kl_divergence"].get<double>() / 10;
    }
    // Two means of ten, apart by chance by up to three deviations of their difference.
    const auto apart = [](const nlohmann::json& peer) {
      return 3 * peer["deviation"].get<double>() * std::sqrt(2 / 10.0);
    };
    for (const nlohmann::json& peer : {golden["trustworthiness"], pictures_of_r(set.name(), "tsne")})
      EXPECT_GE(truth, peer["mean"].get<double>() - apart(peer)) << set.name();
    const nlohmann::json& divergences = golden["kl_divergence"];
    EXPECT_LE(divergence, divergences["mean"].get<double>() + apart(divergences)) << set.name();
  }
}

TEST(Tsne, DivergenceFallsAfterExaggeration) {
  for (const PeerSet& set : peer_sets()) {
    const auto projection = make_projection("tsne", {{"perplexity", 20}});
    const nlohmann::json details = projection->project(set.x.view(), 2, {}).details;
    EXPECT_LT(details["kl_divergence"], details["kl_after_exaggeration"]);
    EXPECT_GT(details["kl_divergence"], 0);
  }
}

TEST(Tsne, RandomStartsFollowTheSeed) {
  const Matrix x = planted_clusters(60, 10, 3);
  const auto projection = make_projection("tsne", {{"init", "random"}, {"perplexity", 10}});
  const auto run = [&](std::uint64_t seed) {
    return bits(projection->project(x.view(), 2, {.seed = seed}).points);
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Tsne, RefusesAPerplexityThatRowsCannotReach) {
  try {
    make_projection("tsne")->project(planted_clusters(31, 10, 3).view(), 2, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "projection tsne: a perplexity of 30 is too large for 31 rows; expected below 30; set perplexity=10");
  }
  EXPECT_NO_THROW(
      make_projection("tsne", {{"iterations", 2}})->project(planted_clusters(32, 10, 3).view(), 2, {}));
}

}  // namespace
}  // namespace sonde::projections
