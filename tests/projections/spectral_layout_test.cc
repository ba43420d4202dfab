#include "sonde/projections/spectral_layout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace sonde::projections {
namespace {

// A ring of n points: eigenvectors cos(2πki/n) and sin(2πki/n) with eigenvalue 1 − cos(2πk/n), twice each.
NeighbourGraph ring(std::int32_t n) {
  NeighbourGraph graph{.begin = {0}};
  for (std::int32_t i = 0; i < n; ++i) {
    const std::int32_t before = (i + n - 1) % n, after = (i + 1) % n;
    for (const std::int32_t j : {std::min(before, after), std::max(before, after)}) {
      graph.columns.push_back(j);
      graph.weights.push_back(0.5F);
    }
    graph.begin.push_back(std::ssize(graph.columns));
  }
  return graph;
}

TEST(SpectralLayout, LaysAPathOutInOrder) {
  // A path: the first function after the constant one rises along it.
  NeighbourGraph path{.begin = {0}};
  const std::int32_t n = 50;
  for (std::int32_t i = 0; i < n; ++i) {
    for (const std::int32_t j : {i - 1, i + 1}) {
      if (j < 0 || j >= n) continue;
      path.columns.push_back(j);
      path.weights.push_back(1);
    }
    path.begin.push_back(std::ssize(path.columns));
  }
  const Matrix layout = spectral_layout(path, 2, {});
  // D^½ times the random walk's function, cos(πi/(n−1)).
  double along = 0, length = 0;
  for (std::int32_t i = 0; i < n; ++i) {
    const double truth = std::sqrt(i == 0 || i == n - 1 ? 1 : 2) * std::cos(std::numbers::pi * i / (n - 1));
    along += truth * layout.row(i)[0];
    length += truth * truth;
  }
  EXPECT_NEAR(std::abs(along) / std::sqrt(length), 1, 1e-3);  // the residual is below 1e-4, the gap 6e-3
}

TEST(SpectralLayout, LaysARingOutInTheSpaceOfItsSlowestWaves) {
  const std::int32_t n = 40;
  const Matrix layout = spectral_layout(ring(n), 2, {});
  double in_plane = 0;
  for (int c = 0; c < 2; ++c) {
    double cosine = 0, sine = 0;
    for (std::int32_t i = 0; i < n; ++i) {
      cosine += layout.row(i)[c] * std::cos(2 * std::numbers::pi * i / n);
      sine += layout.row(i)[c] * std::sin(2 * std::numbers::pi * i / n);
    }
    in_plane += (cosine * cosine + sine * sine) * 2 / n;
  }
  EXPECT_NEAR(in_plane, 2, 1e-2);
}

TEST(SpectralLayout, CountsParts) {
  NeighbourGraph graph = ring(6);
  EXPECT_EQ(connected_parts(graph), 1);
  // Two pairs and a point alone.
  graph = {.begin = {0, 1, 2, 2, 3, 4}, .columns = {1, 0, 4, 3}, .weights = {1, 1, 1, 1}};
  EXPECT_EQ(connected_parts(graph), 3);
}

}  // namespace
}  // namespace sonde::projections
