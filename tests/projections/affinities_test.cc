#include "sonde/projections/affinities.h"

#include <cmath>
#include <numeric>

#include "peers.h"

namespace sonde::projections {
namespace {

TEST(Affinities, EntropyHitsThePerplexity) {
  for (const PeerSet& set : peer_sets()) {
    for (const double perplexity : {2.0, 10.0, 29.5}) {
      const auto nearest = solvers::nearest_neighbours(set.x.view(), 90, {});
      const std::vector<double> p = conditional_affinities(nearest, perplexity);
      for (std::int64_t i = 0; i < set.x.rows(); ++i) {
        double sum = 0, entropy = 0;
        for (std::int64_t j = 0; j < 90; ++j) {
          const double value = p[i * 90 + j];
          sum += value;
          entropy -= value > 0 ? value * std::log(value) : 0;
        }
        EXPECT_NEAR(sum, 1, 1e-12);
        EXPECT_NEAR(std::exp(entropy), perplexity, 1e-5) << set.name() << " row " << i;
      }
    }
  }
}

TEST(Affinities, JointOnesAreSymmetricAndSumToOne) {
  for (const PeerSet& set : peer_sets()) {
    const NeighbourGraph p = joint_affinities(solvers::nearest_neighbours(set.x.view(), 31, {}), 10);
    // Weights are float32.
    EXPECT_NEAR(std::accumulate(p.weights.begin(), p.weights.end(), 0.0), 1, 1e-6);
    for (std::int64_t i = 0; i < p.size(); ++i) {
      for (std::int64_t e = p.begin[i]; e < p.begin[i + 1]; ++e) {
        const std::int64_t j = p.columns[e];
        const auto first = p.columns.begin() + p.begin[j], last = p.columns.begin() + p.begin[j + 1];
        const auto back = std::lower_bound(first, last, static_cast<std::int32_t>(i));
        ASSERT_TRUE(back != last && *back == i);
        EXPECT_EQ(p.weights[back - p.columns.begin()], p.weights[e]);
      }
    }
  }
}

TEST(Affinities, EqualScikitLearns) {
  for (const PeerSet& set : peer_sets()) {
    if (!set.record.contains("graphs")) continue;
    const auto golden = set.record["graphs"]["joint"];
    const MatrixView rows{set.x.data(), 60, set.x.cols(), set.x.cols()};
    const NeighbourGraph p = joint_affinities(solvers::nearest_neighbours(rows, 31, {}), 10);
    EXPECT_EQ(p.begin, golden["begin"].get<std::vector<std::int64_t>>());
    EXPECT_EQ(p.columns, golden["columns"].get<std::vector<std::int32_t>>());
    const auto weights = golden["weights"].get<std::vector<double>>();
    ASSERT_EQ(p.weights.size(), weights.size());
    // scikit-learn bisects the entropy to 1e-5 and takes sums in float32.
    for (std::size_t e = 0; e < weights.size(); ++e)
      EXPECT_NEAR(p.weights[e], weights[e], 5e-5 * weights[e] + 1e-9);
  }
}

// More copies of a row than the perplexity: nothing tells them apart, and nothing is NaN.
TEST(Affinities, EqualRowsShareEvenly) {
  Matrix x(20, 2);
  for (std::int64_t i = 0; i < 20; ++i) x.row(i)[0] = i < 15 ? 0 : static_cast<float>(i);
  const std::vector<double> p = conditional_affinities(solvers::nearest_neighbours(x.view(), 10, {}), 5);
  for (std::int64_t j = 0; j < 10; ++j) EXPECT_NEAR(p[j], 0.1, 1e-12);
}

}  // namespace
}  // namespace sonde::projections
