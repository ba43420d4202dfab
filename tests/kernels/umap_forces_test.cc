#include "sonde/kernels/umap_forces.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "numbers.h"

namespace sonde::kernels {
namespace {

struct Places {
  std::int64_t n, dims, stride;
  std::vector<float> values;

  Places(std::int64_t count, std::int64_t of_dims)
      : n(count),
        dims(of_dims),
        stride(padded_points(count + kSparePoints)),
        values(draw("places", of_dims * stride)) {}
  PointsView view() const { return {values.data(), n, dims}; }
};

std::uint32_t scrambled(std::uint32_t x) {
  x = (x ^ x >> 16) * 0x85ebca6bU;
  x = (x ^ x >> 13) * 0xc2b2ae35U;
  return x ^ x >> 16;
}

// The same in plain loops, following layouts.py of umap-learn for one edge.
struct Reference {
  const UmapForces& f;
  const Places& before;
  std::vector<double> places;

  double square(std::int64_t i, const double* other) const {
    double sum = 0;
    for (std::int64_t c = 0; c < before.dims; ++c)
      sum += std::pow(places[c * before.stride + i] - other[c], 2);
    return sum;
  }
  double clip(double x) const { return std::clamp(x, -4.0, 4.0); }
  void work(std::int64_t i, std::int64_t j, std::uint32_t counter) {
    double other[3];
    for (std::int64_t c = 0; c < before.dims; ++c) other[c] = places[c * before.stride + j];
    double s = square(i, other);
    const double pull = -2.0 * f.a * f.b * std::pow(s, f.b - 1) / (1 + f.a * std::pow(s, double(f.b)));
    for (std::int64_t c = 0; c < before.dims; ++c) {
      const double step = f.rate * clip(pull * (places[c * before.stride + i] - other[c]));
      places[c * before.stride + i] += step;
      places[c * before.stride + j] -= step;
    }
    for (std::int64_t r = 0; r < f.negatives; ++r) {
      const auto k = static_cast<std::int64_t>((scrambled(counter + r) >> 8) * 0x1.0p-24 * before.n);
      if (k == i) continue;
      for (std::int64_t c = 0; c < before.dims; ++c) other[c] = before.values[c * before.stride + k];
      s = square(i, other);
      const double push = 2.0 * f.repulsion * f.b / ((0.001 + s) * (1 + f.a * std::pow(s, double(f.b))));
      for (std::int64_t c = 0; c < before.dims; ++c) {
        double& place = places[c * before.stride + i];
        place += f.rate * clip(push * (place - other[c]));
      }
    }
  }
};

using UmapForcesSimdTest = SimdTest;

TEST_P(UmapForcesSimdTest, EqualTheLoopOfTheReference) {
  for (const auto& [n, dims] : {std::pair{9, 2}, {50, 2}, {50, 3}, {200, 2}}) {
    const Places before(n, dims);
    const UmapForces forces{.rate = 0.3F, .key = 77};
    std::vector<std::int32_t> heads, tails, numbers;
    for (std::int32_t i = 0; i + 1 < n; i += 2) {
      heads.push_back(i);
      tails.push_back(i + 1);
      numbers.push_back(5 * i + 3);
    }
    Places mine = before;
    umap_pass({heads, tails, numbers}, forces, before.view(), mine.values.data());
    Reference reference{forces, before, {before.values.begin(), before.values.end()}};
    for (std::size_t e = 0; e < heads.size(); ++e) {
      const std::uint32_t counter = numbers[e] * 2 * forces.negatives + forces.key;
      reference.work(heads[e], tails[e], counter);
      reference.work(tails[e], heads[e], counter + forces.negatives);
    }
    for (std::int64_t c = 0; c < dims; ++c) {
      // A dozen steps of up to 1.2, each from a chain of about 20 float32 operations; near a repelling point
      // the force changes a thousandfold within its 0.03.
      for (std::int64_t i = 0; i < n; ++i)
        EXPECT_NEAR(mine.values[c * mine.stride + i], reference.places[c * mine.stride + i], 3e-4);
    }
  }
}

TEST_P(UmapForcesSimdTest, AnEdgeDoesNotDependOnItsNeighbours) {
  const Places before(60, 2);
  const std::vector<std::int32_t> heads = {0,  2,  4,  6,  8,  10, 12, 14, 16, 18,
                                           20, 22, 24, 26, 28, 30, 32, 34, 36},
                                  numbers = heads;
  std::vector<std::int32_t> tails = heads;
  for (std::int32_t& tail : tails) ++tail;
  Places together = before, alone = before;
  const UmapForces forces{.rate = 0.5F, .key = 3};
  umap_pass({heads, tails, numbers}, forces, before.view(), together.values.data());
  for (std::size_t e = 0; e < heads.size(); ++e) {
    const EdgesView one{std::span(heads).subspan(e, 1), std::span(tails).subspan(e, 1),
                        std::span(numbers).subspan(e, 1)};
    umap_pass(one, forces, before.view(), alone.values.data());
  }
  for (std::int64_t c = 0; c < 2; ++c) {
    for (std::int64_t i = 0; i < before.n; ++i)
      EXPECT_EQ(together.values[c * before.stride + i], alone.values[c * before.stride + i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, UmapForcesSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
