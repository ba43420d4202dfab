#include "sonde/solvers/nearest_neighbours.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

Matrix drawn(std::int64_t n, std::int64_t d) {
  const RandomStream stream(3, "neighbours");
  Matrix x(n, d);
  for (std::int64_t i = 0; i < n * d; ++i) x.data()[i] = static_cast<float>(stream.uniform(i));
  return x;
}

TEST(NearestNeighbours, EqualSortingAllRows) {
  for (const auto& [n, d, k] : {std::tuple{2, 3, 1}, {10, 1, 9}, {200, 20, 15}, {300, 5, 91}}) {
    const Matrix x = drawn(n, d);
    const NearestNeighbours nearest = nearest_neighbours(x.view(), k, {});
    ASSERT_EQ(nearest.size(), n);
    for (std::int64_t i = 0; i < n; ++i) {
      std::vector<double> apart(n);
      for (std::int64_t j = 0; j < n; ++j) {
        for (std::int64_t c = 0; c < d; ++c) apart[j] += std::pow(double(x.row(i)[c]) - x.row(j)[c], 2);
      }
      std::vector<std::int32_t> order(n);
      std::iota(order.begin(), order.end(), 0);
      std::erase(order, static_cast<std::int32_t>(i));
      std::ranges::stable_sort(order, {}, [&](std::int32_t j) { return apart[j]; });
      for (std::int64_t j = 0; j < k; ++j) {
        EXPECT_EQ(nearest.rows_of(i)[j], order[j]) << n << " rows, row " << i << ", neighbour " << j;
        // Centring rounds coordinates below 1 to 6e-8.
        EXPECT_NEAR(nearest.distances_of(i)[j], std::sqrt(apart[order[j]]), 1e-6);
      }
    }
  }
}

TEST(NearestNeighbours, OfEqualRowsTheLowerComesFirst) {
  Matrix x(6, 2);
  x.row(5)[0] = 1;
  const NearestNeighbours nearest = nearest_neighbours(x.view(), 3, {});
  EXPECT_EQ(std::vector<std::int32_t>(nearest.rows_of(2).begin(), nearest.rows_of(2).end()),
            (std::vector<std::int32_t>{0, 1, 3}));
  EXPECT_EQ(nearest.distances_of(2)[2], 0);
}

TEST(NearestNeighbours, DoNotDependOnThreads) {
  const Matrix x = drawn(500, 30);
  const NearestNeighbours one = nearest_neighbours(x.view(), 20, {.threads = 1});
  for (const int threads : {2, 3}) {
    const NearestNeighbours more = nearest_neighbours(x.view(), 20, {.threads = threads});
    EXPECT_EQ(more.rows, one.rows);
    EXPECT_EQ(more.distances, one.distances);
  }
}

}  // namespace
}  // namespace sonde::solvers
