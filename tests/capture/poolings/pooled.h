// Runs a pooling over one text cut into runs of rows in every way that one or two cuts allow, and row by row.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "../../files/scratch_folder.h"
#include "sonde/capture/pooling.h"
#include "sonde/core/random.h"

namespace sonde::capture {

inline constexpr std::int64_t kWidth = 5;

/// One text's rows, with marks of special tokens.
struct PooledText {
  Matrix rows;
  std::vector<std::uint8_t> special;
  std::optional<std::int64_t> target = {};

  explicit PooledText(std::vector<std::uint8_t> marks)
      : rows(static_cast<std::int64_t>(marks.size()), kWidth), special(std::move(marks)) {
    const RandomStream stream(2, "rows");
    for (std::int64_t i = 0; i < rows.rows() * kWidth; ++i) {
      rows.data()[i] = static_cast<float>(2 * stream.uniform(i) - 1.5);  // mostly negative, for max
    }
  }
  TokenSpan whole() const { return {0, rows.rows(), special, target}; }
};

/// Texts of one token, a few and many, with special tokens at both ends, one end and none.
inline std::vector<PooledText> pooled_texts() {
  std::vector<PooledText> texts;
  texts.emplace_back(std::vector<std::uint8_t>{0});
  texts.emplace_back(std::vector<std::uint8_t>{1, 0, 1});
  texts.emplace_back(std::vector<std::uint8_t>{0, 0, 0, 1, 0, 0, 1});
  std::vector<std::uint8_t> many(40, 0);
  many.front() = many.back() = 1;
  texts.emplace_back(many);
  return texts;
}

/// Pool a text given in runs that begin at `cuts`, of which the pooling gets the rows that it reads.
inline std::vector<float> pool_in_runs(const Pooling& pooling, const PooledText& text,
                                       const std::vector<std::int64_t>& cuts) {
  Matrix kept(pooling.keeps_every_token() ? text.rows.rows() : 1, kWidth);
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const TokenRange reads = pooling.reads(text.whole());
    const std::int64_t first = std::max(reads.first, cuts[i]);
    const std::int64_t end = std::min(reads.end, i + 1 < cuts.size() ? cuts[i + 1] : text.rows.rows());
    if (first >= end) continue;
    const MatrixView run{text.rows.row(first).data(), end - first, kWidth, kWidth};
    pooling.add(run, {first, text.rows.rows(), text.special, text.target}, kept.view());
  }
  pooling.finish(text.whole(), kept.view());
  return {kept.data(), kept.data() + kept.rows() * kWidth};
}

/// Pool a text whole, and expect the same bits however it is cut.
inline std::vector<float> pool_every_way(const Pooling& pooling, const PooledText& text) {
  pooling.check(text.whole(), 0);
  const std::int64_t tokens = text.rows.rows();
  const std::vector<float> expected = pool_in_runs(pooling, text, {0});
  std::vector<std::vector<std::int64_t>> ways(1);
  for (std::int64_t first = 0; first < tokens; ++first) ways.front().push_back(first);
  for (std::int64_t first = 1; first < tokens; ++first) {
    ways.push_back({0, first});
    for (std::int64_t second = first + 1; second < tokens; ++second) ways.push_back({0, first, second});
  }
  for (const std::vector<std::int64_t>& cuts : ways) {
    EXPECT_EQ(pool_in_runs(pooling, text, cuts), expected) << "cuts " << ::testing::PrintToString(cuts);
  }
  return expected;
}

/// Expect `pooling` to give, for every text, the mean of the tokens that `takes` chooses.
template <class Takes>
void expect_mean_of(const Pooling& pooling, Takes takes) {
  for (const PooledText& text : pooled_texts()) {
    const std::vector<float> got = pool_every_way(pooling, text);
    for (std::int64_t j = 0; j < kWidth; ++j) {
      double sum = 0, count = 0;
      for (std::int64_t i = 0; i < text.rows.rows(); ++i) {
        if (!takes(text, i)) continue;
        sum += text.rows.row(i)[j];
        ++count;
      }
      EXPECT_NEAR(got[j], sum / count, 2e-6) << text.rows.rows() << " tokens";
    }
  }
}

/// Expect `pooling` to give, for every text, the very row that `choose` names.
template <class Choose>
void expect_row(const Pooling& pooling, Choose choose) {
  for (const PooledText& text : pooled_texts()) {
    const std::span<const float> row = text.rows.row(choose(text.rows.rows()));
    EXPECT_THAT(pool_every_way(pooling, text), ::testing::ElementsAreArray(row)) << text.rows.rows();
  }
}

}  // namespace sonde::capture
