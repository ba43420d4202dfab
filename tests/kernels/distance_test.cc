// Attention with distance terms against a plain loop in doubles, for tables of either kind, both and none,
// odd shapes, several tiles of queries, and rows that distances share.
#include "sonde/kernels/distance.h"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>

#include "numbers.h"
#include "sonde/kernels/attention.h"

namespace sonde::kernels {
namespace {

enum class Tables { none, keys, queries, both };

struct Case {
  std::int64_t heads, head_width, tokens, longest;
  Tables tables;
  AttentionMask mask = AttentionMask::all;
};

constexpr std::int64_t kRows = 9;  // of the relative table

// Distances beyond ±4 share the outermost rows.
std::vector<std::int64_t> rows_by_distance(std::int64_t longest) {
  std::vector<std::int64_t> rows(2 * longest - 1);
  for (std::int64_t i = 0; i < std::ssize(rows); ++i)
    rows[i] = std::clamp<std::int64_t>(i - (longest - 1) + 4, 0, kRows - 1);
  return rows;
}

struct Sequence {
  Buffer query, key, value, context, key_table, query_table;
  std::vector<float> weights;
  std::vector<std::int64_t> rows;
  std::optional<DistanceTable> keys, queries;

  explicit Sequence(const Case& c)
      : query(Buffer::drawn("query", c.tokens, c.heads * c.head_width, 3)),
        key(Buffer::drawn("key", c.tokens, c.heads * c.head_width, 1)),
        value(Buffer::drawn("value", c.tokens, c.heads * c.head_width, 2)),
        context(c.tokens, c.heads * c.head_width, 4),
        key_table(Buffer::drawn("key table", kRows, c.heads * c.head_width, 5)),
        query_table(Buffer::drawn("query table", kRows, c.heads * c.head_width)),
        weights(c.heads * c.tokens * c.tokens, -1.0f),
        rows(rows_by_distance(c.longest)) {
    const DistanceShape shape{c.heads, c.head_width, c.longest, DistanceOrder::falling};
    DistanceShape rising = shape;
    rising.order = DistanceOrder::rising;
    if (c.tables == Tables::keys || c.tables == Tables::both) keys.emplace(key_table.view(), rows, shape);
    if (c.tables == Tables::queries || c.tables == Tables::both)
      queries.emplace(query_table.view(), rows, rising);
  }

  void run(const Case& c, DistanceScratch& scratch) {
    const AttentionShape shape{c.heads, c.heads, c.head_width, 0.6f, c.mask};
    const DistanceTerms terms{keys ? &*keys : nullptr, queries ? &*queries : nullptr, &scratch};
    AttentionScratch memory(shape, c.longest);
    attend(shape, {query.view(), key.view(), value.view(), context.view(), weights.data(), &terms}, memory);
  }

  double score(std::int64_t head, std::int64_t e, std::int64_t q, std::int64_t k) {
    const std::int64_t row = rows[q - k + std::ssize(rows) / 2];
    double sum = 0;
    for (std::int64_t j = head * e; j < (head + 1) * e; ++j) {
      const double x = query.view().row(q)[j], y = key.view().row(k)[j];
      sum += x * y;
      if (keys) sum += x * key_table.view().row(row)[j];
      if (queries) sum += y * query_table.view().row(row)[j];
    }
    return sum;
  }
};

void expect_right(const Case& c) {
  Sequence s(c);
  DistanceScratch scratch(c.longest);
  s.run(c, scratch);
  for (std::int64_t head = 0; head < c.heads; ++head) {
    for (std::int64_t q = 0; q < c.tokens; ++q) {
      const std::int64_t seen = c.mask == AttentionMask::causal ? q + 1 : c.tokens;
      std::vector<double> expected(c.tokens, 0.0);
      for (std::int64_t k = 0; k < seen; ++k)
        expected[k] = std::exp(0.6f * s.score(head, c.head_width, q, k));
      const double sum = std::accumulate(expected.begin(), expected.end(), 0.0);
      std::vector<double> mixed(c.head_width, 0.0);
      for (std::int64_t k = 0; k < c.tokens; ++k) {
        expected[k] /= sum;
        ASSERT_NEAR(s.weights[(head * c.tokens + q) * c.tokens + k], expected[k], 3e-6)
            << "head " << head << " query " << q << " key " << k << " of " << c.tokens;
        for (std::int64_t j = 0; j < c.head_width; ++j)
          mixed[j] += expected[k] * s.value.view().row(k)[head * c.head_width + j];
      }
      for (std::int64_t j = 0; j < c.head_width; ++j)
        ASSERT_NEAR(s.context.view().row(q)[head * c.head_width + j], mixed[j], 3e-6);
    }
  }
  EXPECT_TRUE(s.context.spare_columns_untouched());
}

using DistanceSimdTest = SimdTest;

TEST_P(DistanceSimdTest, AgreesWithDoublesOnOddShapes) {
  for (const Tables tables : {Tables::none, Tables::keys, Tables::queries, Tables::both}) {
    for (const std::int64_t tokens : {1, 2, 5, 12, 13, 31, 33, 67}) {
      expect_right({2, 5, tokens, tokens, tables});
      expect_right({3, 10, tokens, tokens + 7, tables});
    }
    expect_right({1, 16, 40, 512, tables});
    expect_right({2, 6, 37, 40, tables, AttentionMask::causal});
  }
}

TEST_P(DistanceSimdTest, AgreesWithDoublesOverSeveralTilesOfQueries) {
  for (const std::int64_t tokens : {95, 96, 97, 193, 230}) expect_right({1, 4, tokens, 240, Tables::both});
}

TEST_P(DistanceSimdTest, NoBitDependsOnTheLongestTextOrOnEarlierOnes) {
  const Case alone{2, 7, 50, 50, Tables::both}, beside{2, 7, 50, 333, Tables::both},
      longer{2, 7, 300, 333, Tables::both};
  Sequence a(alone), b(beside), other(longer);
  DistanceScratch fresh(50), used(333);
  a.run(alone, fresh);
  other.run(longer, used);
  b.run(beside, used);
  EXPECT_TRUE(same_bits(a.weights, b.weights));
  for (std::int64_t i = 0; i < 50; ++i)
    EXPECT_TRUE(same_bits(a.context.view().row(i), b.context.view().row(i)));
}

TEST_P(DistanceSimdTest, TablesThatDoNotFitAreOurBug) {
  const Buffer table = Buffer::drawn("table", 4, 6);
  const std::vector<std::int64_t> rows(5, 0);
  Buffer projected = table;
  EXPECT_THROW(DistanceTable(projected.view(), rows, {2, 3, 2, DistanceOrder::rising}), Error);
  EXPECT_THROW(DistanceTable(projected.view(), rows, {2, 2, 3, DistanceOrder::rising}), Error);
  EXPECT_GE(DistanceTable(projected.view(), rows, {2, 3, 3, DistanceOrder::rising}).bytes(), 5 * 6 * 4);
}

INSTANTIATE_TEST_SUITE_P(Levels, DistanceSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
