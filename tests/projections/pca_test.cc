// Against scikit-learn's full SVD, signs included.
#include <cmath>
#include <numeric>

#include "peers.h"
#include "sonde/projections/projection.h"

namespace sonde::projections {
namespace {

TEST(Pca, EqualsScikitLearn) {
  for (const PeerSet& set : peer_sets()) {
    const auto golden = set.record["pca"];
    const auto variance = golden["variance"].get<std::vector<double>>();
    const auto points = golden["points"].get<std::vector<double>>();
    const Projected projected = make_projection("pca")->project(set.x.view(), 3, {});
    for (int c = 0; c < 3; ++c) {
      // Nine digits are recorded.
      EXPECT_NEAR(projected.details["explained_variance"][c], variance[c], 1e-7 * variance[c]);
      EXPECT_NEAR(projected.details["explained_variance_ratio"][c], golden["ratio"][c], 1e-8);
    }
    ASSERT_EQ(std::ssize(points), set.x.rows() * 3);
    // Points are rounded to float32.
    const double scale = std::sqrt(variance[0]);
    for (std::size_t i = 0; i < points.size(); ++i)
      ASSERT_NEAR(projected.points.data()[i], points[i], 1e-6 * scale) << set.name() << " value " << i;
  }
}

// Three columns: all of the variance is shown.
TEST(Pca, ExplainedVariancesSumToTheTotal) {
  Matrix x = planted_clusters(50, 3, 3);
  const Projected projected = make_projection("pca")->project(x.view(), 3, {});
  double sum = 0, total = 0;
  for (const double share : projected.details["explained_variance_ratio"]) sum += share;
  EXPECT_NEAR(sum, 1, 1e-12);
  for (std::int64_t j = 0; j < 3; ++j) {
    double mean = 0;
    for (std::int64_t i = 0; i < 50; ++i) mean += x.row(i)[j] / 50.0;
    for (std::int64_t i = 0; i < 50; ++i) total += std::pow(x.row(i)[j] - mean, 2) / 49;
  }
  EXPECT_NEAR(projected.details["total_variance"], total, 1e-10 * total);
}

}  // namespace
}  // namespace sonde::projections
