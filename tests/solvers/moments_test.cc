#include <gtest/gtest.h>

#include <cmath>

#include "sonde/core/random.h"
#include "sonde/solvers/design.h"
#include "sonde/solvers/moment_sum.h"

namespace sonde::solvers {
namespace {

constexpr std::int64_t kColumns = 37, kTargets = 2, kClasses = 3;
constexpr MomentShape kShape{.columns = kColumns, .targets = kTargets, .classes = kClasses};

// Rows whose columns have means far from 0 and drift with the row, with two targets and three classes.
struct Rows {
  Matrix x;
  std::vector<double> targets;
  std::vector<std::int32_t> labels;

  explicit Rows(std::int64_t n) : x(n, kColumns) {
    const RandomStream stream(4, "moments");
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < kColumns; ++j) {
        const double drift = 3.0 * static_cast<double>(i) / static_cast<double>(n);
        x.row(i)[j] = static_cast<float>(50 * (j % 4) + drift + 2 * stream.uniform(i * 100 + j));
      }
      for (std::int64_t t = 0; t < kTargets; ++t)
        targets.push_back(x.row(i)[t] - 20 + stream.uniform(i * 100 + 50 + t));
      labels.push_back(static_cast<std::int32_t>(stream.below(kClasses, i * 100 + 60)));
    }
  }
  MomentRows part(std::int64_t first, std::int64_t last) const {
    return {{x.data() + first * kColumns, last - first, kColumns, kColumns},
            std::span(targets).subspan(first * kTargets, (last - first) * kTargets),
            std::span(labels).subspan(first, last - first)};
  }
  MomentRows all() const { return part(0, x.rows()); }
};

// The definition, in two passes.
Moments by_definition(const Rows& rows) {
  Moments m(kShape);
  m.count = rows.x.rows();
  const double n = static_cast<double>(m.count);
  for (std::int64_t i = 0; i < m.count; ++i) {
    for (std::int64_t j = 0; j < kColumns; ++j) {
      m.mean[j] += rows.x.row(i)[j] / n;
      m.class_sum[rows.labels[i] * kColumns + j] += rows.x.row(i)[j];
    }
    for (std::int64_t t = 0; t < kTargets; ++t) m.target_mean[t] += rows.targets[i * kTargets + t] / n;
    ++m.class_count[rows.labels[i]];
  }
  for (std::int64_t i = 0; i < m.count; ++i) {
    const auto x = rows.x.row(i);
    const double* y = rows.targets.data() + i * kTargets;
    for (std::int64_t a = 0; a < kColumns; ++a) {
      for (std::int64_t b = a; b < kColumns; ++b) m.gram.at(a, b) += (x[a] - m.mean[a]) * (x[b] - m.mean[b]);
      for (std::int64_t t = 0; t < kTargets; ++t)
        m.cross[t * kColumns + a] += (y[t] - m.target_mean[t]) * (x[a] - m.mean[a]);
    }
    for (std::int64_t t = 0; t < kTargets * kTargets; ++t) {
      const std::int64_t a = t / kTargets, b = t % kTargets;
      m.target_gram[t] += (y[a] - m.target_mean[a]) * (y[b] - m.target_mean[b]);
    }
  }
  return m;
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_NEAR(a[i], b[i], tolerance * std::max(1.0, std::abs(b[i])));
}

// Products within `tolerance` of the sizes of the two columns; everything else to the rounding of float64, as
// sums of up to 3000 terms of about 150 leave it.
void expect_same(const Moments& a, const Moments& b, double tolerance) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.class_count, b.class_count);
  expect_near(a.mean, b.mean, 1e-11);
  expect_near(a.target_mean, b.target_mean, 1e-11);
  expect_near(a.target_gram, b.target_gram, 1e-9);
  expect_near(a.class_sum, b.class_sum, 1e-11);
  for (std::int64_t i = 0; i < kColumns; ++i) {
    for (std::int64_t j = i; j < kColumns; ++j)
      EXPECT_NEAR(a.gram(i, j), b.gram(i, j), tolerance * std::sqrt(b.gram(i, i) * b.gram(j, j)));
    for (std::int64_t t = 0; t < kTargets; ++t) {
      const double size = std::sqrt(b.gram(i, i) * b.target_gram[t * (kTargets + 1)]);
      EXPECT_NEAR(a.cross[t * kColumns + i], b.cross[t * kColumns + i], tolerance * size);
    }
  }
}

// Of float32: 128 products are summed with an error of up to about 128 · 2⁻²⁴ / 2 of their size in the worst
// case, the square root of that in the usual one. Of float64: the sums here.
double tolerance_of(MomentPrecision precision) {
  return precision == MomentPrecision::float64 ? 1e-11 : 5e-7;
}

constexpr MomentPrecision kBoth[] = {MomentPrecision::float32_strips, MomentPrecision::float64};

TEST(Moments, EqualTheDefinition) {
  for (const std::int64_t n : {1, 2, 127, 128, 1024, 1025, 2600}) {
    const Rows rows(n);
    for (const MomentPrecision precision : kBoth)
      expect_same(moments_of(rows.all(), kShape, precision, {}), by_definition(rows),
                  tolerance_of(precision));
  }
}

TEST(Moments, AgreeWithBatchStatistics) {
  const Rows rows(2600);
  const Moments moments = moments_of(rows.all(), kShape, MomentPrecision::float64, {});
  const ColumnStatistics batch = column_statistics(rows.x.view());
  for (std::int64_t j = 0; j < kColumns; ++j) {
    EXPECT_NEAR(moments.mean[j], batch.mean[j], 1e-10);  // sums of 2600 terms of up to 150
    EXPECT_NEAR(std::sqrt(moments.gram(j, j) / 2600), batch.scale[j], 1e-11);
  }
}

void expect_same_bits(const Moments& a, const Moments& b) {
  EXPECT_EQ(a.mean, b.mean);
  EXPECT_EQ(a.cross, b.cross);
  EXPECT_EQ(a.target_gram, b.target_gram);
  EXPECT_EQ(a.class_sum, b.class_sum);
  for (std::int64_t i = 0; i < kColumns; ++i) {
    for (std::int64_t j = i; j < kColumns; ++j) ASSERT_EQ(a.gram(i, j), b.gram(i, j));
  }
}

TEST(Moments, DependOnNeitherThreadsNorHowRowsAreCut) {
  const Rows rows(2600);
  for (const MomentPrecision precision : kBoth) {
    const Moments whole = moments_of(rows.all(), kShape, precision, {.threads = 1});
    expect_same_bits(moments_of(rows.all(), kShape, precision, {.threads = 3}), whole);
    MomentSum sum(kShape, precision);
    std::int64_t first = 0;
    for (const std::int64_t last : {1, 2, 700, 1024, 2400, 2400, 2600}) {
      sum.add(rows.part(first, last), {.threads = 2});
      first = last;
    }
    expect_same_bits(sum.take({}), whole);
  }
}

TEST(Moments, MergeLikeRowsThatWereAddedTogether) {
  const Rows rows(900);
  for (const std::int64_t cut : {0, 1, 300, 899, 900}) {
    Moments merged = moments_of(rows.part(0, cut), kShape, MomentPrecision::float64, {});
    merged.merge(moments_of(rows.part(cut, 900), kShape, MomentPrecision::float64, {}));
    expect_same(merged, by_definition(rows), 1e-11);
  }
}

TEST(Moments, SubtractedFoldLeavesTheOtherRows) {
  const Rows rows(900);
  Moments left = moments_of(rows.all(), kShape, MomentPrecision::float64, {});
  left.subtract(moments_of(rows.part(0, 300), kShape, MomentPrecision::float64, {}));
  // What is taken out is of the size of what is left, so that no digits are lost.
  expect_same(left, moments_of(rows.part(300, 900), kShape, MomentPrecision::float64, {}), 1e-11);
  left.subtract(left);
  EXPECT_EQ(left.count, 0);
}

// More blocks than distances between their means are kept, each far from the one before.
TEST(Moments, OfVeryManyRowsEqualTheirMergedParts) {
  constexpr std::int64_t kRows = 133'000, kPart = 40'000;
  constexpr MomentShape kOneColumn{.columns = 1};
  Matrix x(kRows, 1);
  for (std::int64_t i = 0; i < kRows; ++i) x.row(i)[0] = static_cast<float>((i / 1024 * 37) % 11 - i % 3);
  const auto of = [&](std::int64_t first, std::int64_t last, MomentPrecision precision) {
    return moments_of({{x.data() + first, last - first, 1, 1}, {}, {}}, kOneColumn, precision, {});
  };
  Moments parts(kOneColumn);
  for (std::int64_t first = 0; first < kRows; first += kPart)
    parts.merge(of(first, std::min(first + kPart, kRows), MomentPrecision::float64));
  for (const MomentPrecision precision : kBoth)
    EXPECT_NEAR(of(0, kRows, precision).gram(0, 0) / parts.gram(0, 0), 1, tolerance_of(precision));
}

TEST(Moments, OfNoRowsAreZero) {
  MomentSum sum(kShape);
  const Moments none = sum.take({});
  EXPECT_EQ(none.count, 0);
  EXPECT_EQ(none.gram(3, 1), 0);
}

}  // namespace
}  // namespace sonde::solvers
