#include "sonde/solvers/discriminant.h"

#include <gtest/gtest.h>

#include <cmath>

#include "sonde/core/random.h"
#include "sonde/solvers/moment_sum.h"

namespace sonde::solvers {
namespace {

struct Labelled {
  Matrix x;
  std::vector<std::int32_t> labels;

  Moments moments(std::int64_t classes) const {
    return moments_of({.x = x.view(), .labels = labels}, {.columns = x.cols(), .classes = classes},
                      MomentPrecision::float64, {});
  }
};

Labelled labelled(std::int64_t n, std::int64_t d, int classes) {
  const RandomStream stream(6, "discriminant");
  Labelled rows{.x = Matrix(n, d)};
  for (std::int64_t i = 0; i < n; ++i) {
    rows.labels.push_back(static_cast<std::int32_t>(stream.below(classes, i * 100 + 99)));
    for (std::int64_t j = 0; j < d; ++j) {
      const double common = stream.uniform(i * 100 + 98);
      rows.x.row(i)[j] = static_cast<float>(2 * stream.uniform(i * 100 + j) + (j % 2) * common +
                                            (j % classes == rows.labels[i] ? 0.7 : 0));
    }
  }
  return rows;
}

TEST(Discriminant, CovarianceWithinClassesEqualsItsDefinition) {
  const Labelled rows = labelled(60, 5, 3);
  const SymmetricMatrix covariance = within_covariance(rows.moments(3));
  double means[3][5] = {}, counts[3] = {};
  for (int i = 0; i < 60; ++i) ++counts[rows.labels[i]];
  for (int i = 0; i < 60; ++i) {
    for (int j = 0; j < 5; ++j) means[rows.labels[i]][j] += rows.x.row(i)[j] / counts[rows.labels[i]];
  }
  for (int a = 0; a < 5; ++a) {
    for (int b = a; b < 5; ++b) {
      double sum = 0;
      for (int i = 0; i < 60; ++i) {
        const double* mean = means[rows.labels[i]];
        sum += (rows.x.row(i)[a] - mean[a]) * (rows.x.row(i)[b] - mean[b]);
      }
      EXPECT_NEAR(covariance(a, b), sum / 60, 1e-13);  // sums of 60 terms of about 1
    }
  }
}

TEST(Discriminant, WhitenedMassMeanIsTheDirectionOfLda) {
  const Labelled rows = labelled(80, 6, 2);
  const Moments moments = rows.moments(2);
  const Discriminant white = mass_mean(moments, Whitening::within, {});
  const Discriminant lda = gaussian_discriminant(class_means(moments), within_covariance(moments), {});
  // The direction, from its definition: covariance · weights = difference of the class means.
  const SymmetricMatrix covariance = within_covariance(moments);
  for (int i = 0; i < 6; ++i) {
    EXPECT_DOUBLE_EQ(white.weights[i], lda.weights[i]);
    double product = 0;
    for (int j = 0; j < 6; ++j) product += covariance(i, j) * white.weights[j];
    const double apart = moments.class_sum[6 + i] / static_cast<double>(moments.class_count[1]) -
                         moments.class_sum[i] / static_cast<double>(moments.class_count[0]);
    EXPECT_NEAR(product, apart, 1e-12);
  }
}

// Along its direction the margin is that of two one-dimensional Gaussians with the pooled variance.
TEST(Discriminant, MassMeanPointsFromMeanToMeanWithAGaussianMargin) {
  const Labelled rows = labelled(80, 6, 2);
  const Moments moments = rows.moments(2);
  const Discriminant found = mass_mean(moments, Whitening::none, {});
  double direction[6], count[2], mean[2] = {}, variance = 0;
  for (int c = 0; c < 2; ++c) count[c] = static_cast<double>(moments.class_count[c]);
  for (int j = 0; j < 6; ++j)
    direction[j] = moments.class_sum[6 + j] / count[1] - moments.class_sum[j] / count[0];
  std::vector<double> projected(80);
  for (int i = 0; i < 80; ++i) {
    for (int j = 0; j < 6; ++j) projected[i] += direction[j] * rows.x.row(i)[j];
    mean[rows.labels[i]] += projected[i] / count[rows.labels[i]];
  }
  for (int i = 0; i < 80; ++i) variance += std::pow(projected[i] - mean[rows.labels[i]], 2) / 80;
  for (int i = 0; i < 80; ++i) {
    const auto density = [&](int c) {
      return count[c] * std::exp(-std::pow(projected[i] - mean[c], 2) / (2 * variance));
    };
    double margin = found.bias[0];
    for (int j = 0; j < 6; ++j) margin += found.weights[j] * rows.x.row(i)[j];
    EXPECT_NEAR(margin, std::log(density(1) / density(0)), 1e-9);
  }
}

TEST(Discriminant, ClassesWithTheSameMeanLeaveOnlyTheirShares) {
  Labelled rows{.x = Matrix(6, 1), .labels = {0, 0, 1, 1, 1, 1}};
  const float values[] = {-1, 1, -2, 2, -1, 1};
  for (int i = 0; i < 6; ++i) rows.x.row(i)[0] = values[i];
  for (const Whitening whitening : {Whitening::none, Whitening::within}) {
    const Discriminant found = mass_mean(rows.moments(2), whitening, {});
    EXPECT_DOUBLE_EQ(found.weights[0], 0);
    EXPECT_DOUBLE_EQ(found.bias[0], std::log(2.0));
  }
}

TEST(Discriminant, ClassesThatDoNotVaryGetAFiniteMargin) {
  Labelled rows{.x = Matrix(4, 2), .labels = {0, 0, 1, 1}};
  for (int i = 2; i < 4; ++i) rows.x.row(i)[0] = 1;
  const Discriminant found = mass_mean(rows.moments(2), Whitening::none, {});
  EXPECT_TRUE(std::isfinite(found.weights[0]));
  EXPECT_GT(found.weights[0] + found.bias[0], 100);  // the second class, for certain
  EXPECT_LT(found.bias[0], -100);
}

TEST(Discriminant, ShrinkageKeepsTheTotalVariance) {
  SymmetricMatrix a(2);
  a.at(0, 0) = 3;
  a.at(0, 1) = 1;
  a.at(1, 1) = 1;
  shrink(a, 0.5);
  EXPECT_DOUBLE_EQ(a(0, 0), 2.5);
  EXPECT_DOUBLE_EQ(a(1, 0), 0.5);
  EXPECT_DOUBLE_EQ(a(1, 1), 1.5);
}

}  // namespace
}  // namespace sonde::solvers
