#include "sonde/solvers/design.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sonde/core/random.h"

namespace sonde::solvers {
namespace {

// Random values with about half of them 0, dense and sparse.
struct Pair {
  Matrix dense;
  SparseRows sparse;
};

Pair random_pair(std::int64_t n, std::int64_t d) {
  const RandomStream stream(3, "design");
  Pair pair{Matrix(n, d), {.cols = d}};
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < d; ++j) {
      const float value = static_cast<float>(stream.uniform(i * d + j) - 0.5);
      if (value < 0) continue;
      pair.dense.row(i)[j] = value;
      pair.sparse.columns.push_back(static_cast<std::int32_t>(j));
      pair.sparse.values.push_back(value);
    }
    pair.sparse.offsets.push_back(static_cast<std::int64_t>(pair.sparse.values.size()));
  }
  return pair;
}

TEST(Design, MultipliesAsTheDefinitionDenseAndSparse) {
  constexpr std::int64_t n = 23, d = 71, k = 3;
  const Pair pair = random_pair(n, d);
  const DenseDesign dense(pair.dense.view());
  const SparseDesign sparse(pair.sparse);
  const RandomStream stream(4, "weights");
  std::vector<double> weights(k * d), residuals(11 * k);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = stream.uniform(i) - 0.5;
  for (std::size_t i = 0; i < residuals.size(); ++i) residuals[i] = stream.uniform(1000 + i) - 0.5;
  for (const Design* design : {static_cast<const Design*>(&dense), static_cast<const Design*>(&sparse)}) {
    std::vector<double> margins(11 * k), gradient(k * d, 1.0);
    design->margins({5, 16}, weights, margins);
    design->add_gradient({5, 16}, residuals, gradient);
    for (std::int64_t c = 0; c < k; ++c) {
      for (std::int64_t r = 0; r < 11; ++r) {
        double sum = 0;
        for (std::int64_t j = 0; j < d; ++j) sum += pair.dense.row(5 + r)[j] * weights[c * d + j];
        EXPECT_NEAR(margins[r * k + c], sum, 1e-14);
      }
      for (std::int64_t j = 0; j < d; ++j) {
        double sum = 1;
        for (std::int64_t r = 0; r < 11; ++r) sum += residuals[r * k + c] * pair.dense.row(5 + r)[j];
        EXPECT_NEAR(gradient[c * d + j], sum, 1e-14);
      }
    }
    EXPECT_NEAR(design->squared_norm(), dense.squared_norm(), 1e-12);
  }
}

TEST(Design, ReadsRowsOfAStridedView) {
  Matrix wide(3, 5);
  for (int i = 0; i < 15; ++i) wide.data()[i] = static_cast<float>(i);
  const DenseDesign design(MatrixView{wide.data() + 1, 3, 2, 5});
  std::vector<double> margins(3);
  design.margins({0, 3}, std::vector<double>{1, 10}, margins);
  EXPECT_EQ(margins, (std::vector<double>{1 + 20, 6 + 70, 11 + 120}));
}

TEST(Design, MeasuresMeanAndPopulationDeviation) {
  Matrix x(4, 3);
  const float values[] = {1, 5, 1e6f, 2, 5, 1e6f, 3, 5, 1e6f + 0.125f, 6, 5, 1e6f};
  std::copy(std::begin(values), std::end(values), x.data());
  const ColumnStatistics s = column_statistics(x.view());
  EXPECT_DOUBLE_EQ(s.mean[0], 3);
  EXPECT_DOUBLE_EQ(s.scale[0], std::sqrt((4 + 1 + 0 + 9) / 4.0));
  EXPECT_EQ(s.mean[1], 5);
  EXPECT_EQ(s.scale[1], 1);                                   // constant: left alone
  EXPECT_NEAR(s.scale[2], 0.125 * std::sqrt(3.0) / 4, 1e-9);  // tiny beside the mean, yet not constant
}

}  // namespace
}  // namespace sonde::solvers
