#include "sonde/projections/trustworthiness.h"

#include "peers.h"

namespace sonde::projections {
namespace {

TEST(Trustworthiness, EqualsScikitLearn) {
  for (const PeerSet& set : peer_sets()) {
    const auto golden = set.record["pca"];
    const auto values = golden["points"].get<std::vector<float>>();
    Matrix points(set.x.rows(), 2);
    for (std::int64_t i = 0; i < points.rows(); ++i)
      std::copy_n(values.data() + 3 * i, 2, points.row(i).data());
    for (const auto& [k, value] : golden["trustworthiness"].items()) {
      // Rows of integers are often equally far, and scikit-learn ranks such rows as they come.
      EXPECT_NEAR(trustworthiness(set.x.view(), points.view(), std::stoll(k), {}), value, 2e-4)
          << set.name() << ", " << k << " neighbours";
    }
  }
}

// Five rows on a line, shown with the first at the other end; by hand with k = 1.
TEST(Trustworthiness, ByHand) {
  Matrix x(5, 1), points(5, 1);
  for (std::int64_t i = 0; i < 5; ++i) x.row(i)[0] = static_cast<float>(i * i);
  std::copy_n(x.data(), 5, points.data());
  EXPECT_EQ(trustworthiness(x.view(), points.view(), 1, {}), 1);
  points.row(0)[0] = 18;
  // Shown next to 0 is 4 (at 16), the farthest of all: rank 4, 3 too many. Shown next to 4 is 0, rank 4.
  // Shown next to 1, 2 and 3: rows 2, 1 and 2, of rank 2, 1 and 1 for them (row 0 was nearer to 1).
  EXPECT_NEAR(trustworthiness(x.view(), points.view(), 1, {}), 1 - 2.0 / (5 * 1 * (10 - 3 - 1)) * (3 + 3 + 1),
              1e-12);
}

TEST(Trustworthiness, DoesNotDependOnThreads) {
  const Matrix x = planted_clusters(300, 9, 3);
  const MatrixView points{x.data(), 300, 2, 9};
  const double one = trustworthiness(x.view(), points, 7, {.threads = 1});
  EXPECT_EQ(trustworthiness(x.view(), points, 7, {.threads = 3}), one);
}

}  // namespace
}  // namespace sonde::projections
