#include "sonde/study/sparse_weights.h"

#include <gtest/gtest.h>

#include <numeric>

#include "sonde/core/random.h"

namespace sonde::study {
namespace {

TEST(SparseWeights, BinsAsNumpyDoes) {
  // np.histogram([-1, 0, 0.5, 1, 3], 4): edges -1, 0, 1, 2, 3.
  const std::vector<double> values{-1, 0, 0.5, 1, 3};
  const result::ValueHistogram histogram = histogram_of(values, 4);
  EXPECT_EQ(histogram.low, -1);
  EXPECT_EQ(histogram.high, 3);
  EXPECT_EQ(histogram.counts, (std::vector<std::int64_t>{1, 2, 1, 1}));
  // np.histogram([2, 2], 2): edges 1.5, 2, 2.5.
  EXPECT_EQ(histogram_of(std::vector<double>{2, 2}, 2).counts, (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(histogram_of({}, 3).counts, (std::vector<std::int64_t>{0, 0, 0}));
}

// 500 rows of 60 columns, of which 50 tell the classes apart.
struct Case {
  Matrix rows{500, 60};
  std::vector<std::int32_t> labels;
  std::vector<std::string> classes{"a", "b"};

  Case() {
    const RandomStream stream(1, "sparse");
    for (std::int64_t i = 0; i < 500; ++i) {
      labels.push_back(static_cast<std::int32_t>(i % 2));
      for (std::int64_t j = 0; j < 60; ++j) {
        const double lean = j < 50 ? 0.1 * static_cast<double>(labels[i]) : 0.0;
        rows.row(i)[j] = static_cast<float>(stream.uniform(i * 60 + j) + lean);
      }
    }
  }
  std::unique_ptr<probes::FittedProbe> fit(const nlohmann::json& options) const {
    return probes::make_probe("logistic", options)
        ->fit({probes::ProbeInput::of_features(rows.view()), labels, classes, {}}, {});
  }
};

TEST(SparseWeights, DescribesWhatAProbeReads) {
  const Case all;
  const auto fitted = all.fit({{"l1_ratio", 1}, {"c", 1}});
  const result::SparseWeights sparse = describe_sparse(*fitted, all.rows.view(), all.labels, all.classes);
  EXPECT_EQ(sparse.width, 60);
  ASSERT_GT(sparse.nonzero, 40);
  ASSERT_LT(sparse.nonzero, 60);
  EXPECT_EQ(static_cast<std::int64_t>(sparse.coefficients.size()), sparse.nonzero);
  for (const result::Coefficient& c : sparse.coefficients)
    EXPECT_EQ(c.weight, fitted->linear()->weight.row(0)[c.column]);
  const auto total = [](const result::ValueHistogram& h) {
    return std::accumulate(h.counts.begin(), h.counts.end(), std::int64_t{0});
  };
  EXPECT_EQ(total(sparse.histogram), sparse.nonzero);
  ASSERT_EQ(sparse.activations.size(), 2u);
  EXPECT_EQ(sparse.activations[1].name, "b");
  for (const result::ValueHistogram& h : sparse.activations) EXPECT_EQ(total(h), 250 * 60);
  ASSERT_EQ(sparse.selected.size(), 40u);  // of the largest weights, in the order of columns
  double weakest = 1e9, strongest_left = 0;
  for (const result::SelectedColumn& column : sparse.selected)
    weakest = std::min(weakest, std::abs(column.weight));
  for (const result::Coefficient& c : sparse.coefficients) {
    const bool taken =
        std::ranges::any_of(sparse.selected, [&](const auto& s) { return s.column == c.column; });
    if (!taken) strongest_left = std::max(strongest_left, std::abs(c.weight));
  }
  EXPECT_LE(strongest_left, weakest);
  ASSERT_EQ(sparse.selected[0].classes[1].values.size(), 100u);
  EXPECT_EQ(sparse.selected[0].classes[1].values[0], all.rows.row(1)[sparse.selected[0].column]);
}

TEST(SparseWeights, SaysNothingOfAProbeThatReadsAll) {
  const Case all;
  const auto fitted = all.fit({{"c", 1}});
  EXPECT_EQ(describe_sparse(*fitted, all.rows.view(), all.labels, all.classes).width, 0);
}

}  // namespace
}  // namespace sonde::study
