// Attention against a plain loop in doubles over odd shapes, and what it promises: rows of weights sum to 1,
// later tokens change nothing under a causal mask, a window is not paid for outside it and changes no bit,
// heads share keys as told.
#include "sonde/kernels/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "numbers.h"

namespace sonde::kernels {
namespace {

struct Case {
  AttentionShape shape;
  std::int64_t tokens;
};

struct Sequence {
  Buffer query, key, value, context;
  std::vector<float> weights;

  explicit Sequence(const Case& c)
      : query(Buffer::drawn("query", c.tokens, c.shape.heads * c.shape.head_width, 3)),
        key(Buffer::drawn("key", c.tokens, c.shape.key_heads * c.shape.head_width, 1)),
        value(Buffer::drawn("value", c.tokens, c.shape.key_heads * c.shape.head_width, 2)),
        context(c.tokens, c.shape.heads * c.shape.head_width, 4),
        weights(c.shape.heads * c.tokens * c.tokens, -1.0f) {}

  void run(const AttentionShape& shape, std::int64_t tokens, std::int64_t room) {
    AttentionScratch scratch(shape, room);
    attend(shape,
           {query.rows(0, tokens), key.rows(0, tokens), value.rows(0, tokens), context.rows(0, tokens),
            weights.data()},
           scratch);
  }
};

// weights of one head and token in doubles
std::vector<double> exact_weights(Sequence& s, const Case& c, std::int64_t head, std::int64_t token) {
  const std::int64_t e = c.shape.head_width, group = head / (c.shape.heads / c.shape.key_heads);
  std::vector<double> weights(c.tokens, 0.0);
  double sum = 0;
  for (std::int64_t t = 0; t < c.tokens; ++t) {
    if (c.shape.mask == AttentionMask::causal && t > token) continue;
    if (c.shape.window > 0 && std::abs(t - token) >= c.shape.window) continue;
    double score = 0;
    for (std::int64_t j = 0; j < e; ++j) {
      score +=
          static_cast<double>(s.query.view().row(token)[head * e + j]) * s.key.view().row(t)[group * e + j];
    }
    score *= c.shape.scale;
    if (c.shape.soft_cap > 0) score = c.shape.soft_cap * std::tanh(score / c.shape.soft_cap);
    sum += weights[t] = std::exp(score);
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

void expect_right(const Case& c) {
  Sequence s(c);
  s.run(c.shape, c.tokens, c.tokens + 3);
  const std::int64_t e = c.shape.head_width;
  for (std::int64_t head = 0; head < c.shape.heads; ++head) {
    const std::int64_t group = head / (c.shape.heads / c.shape.key_heads);
    for (std::int64_t token = 0; token < c.tokens; ++token) {
      const std::vector<double> expected = exact_weights(s, c, head, token);
      const float* got = s.weights.data() + (head * c.tokens + token) * c.tokens;
      double total = 0;
      for (std::int64_t t = 0; t < c.tokens; ++t) {
        ASSERT_NEAR(got[t], expected[t], 2e-6) << head << " " << token << " " << t;
        if (expected[t] == 0) {
          ASSERT_EQ(got[t], 0.0f);
        }
        total += got[t];
      }
      EXPECT_NEAR(total, 1.0, 1e-6 * static_cast<double>(c.tokens));
      for (std::int64_t j = 0; j < e; ++j) {
        double mixed = 0;
        for (std::int64_t t = 0; t < c.tokens; ++t)
          mixed += expected[t] * s.value.view().row(t)[group * e + j];
        ASSERT_NEAR(s.context.view().row(token)[head * e + j], mixed, 2e-6) << head << " " << token;
      }
    }
  }
  EXPECT_TRUE(s.context.spare_columns_untouched());
}

using AttentionSimdTest = SimdTest;

TEST_P(AttentionSimdTest, AgreesWithDoublesOnOddShapes) {
  for (const AttentionMask mask : {AttentionMask::all, AttentionMask::causal}) {
    for (const std::int64_t tokens : {1, 2, 5, 11, 12, 13, 31, 32, 33, 67}) {
      for (const std::int64_t e : {1, 5, 10, 16, 33}) expect_right({{3, 3, e, 0.7f, mask}, tokens});
      expect_right({{4, 2, 6, 1.3f, mask}, tokens});
      expect_right({{6, 1, 9, 0.4f, mask}, tokens});
    }
  }
}

TEST_P(AttentionSimdTest, ATokenSeesItsWindowOnly) {
  for (const AttentionMask mask : {AttentionMask::all, AttentionMask::causal}) {
    for (const std::int64_t tokens : {1, 6, 13, 33, 67, 150}) {
      for (const std::int64_t window : {1, 2, 7, 16, 33, 100})
        expect_right({{4, 2, 6, 1.3f, mask, window}, tokens});
    }
  }
}

TEST_P(AttentionSimdTest, FarBeyondTheWindowNothingIsRead) {
  constexpr std::int64_t kTokens = 200, kWindow = 5, kFar = 64;  // beyond every strip and panel
  for (const AttentionMask mask : {AttentionMask::all, AttentionMask::causal}) {
    const Case c{{2, 1, 6, 0.8f, mask, kWindow}, kTokens};
    Sequence clean(c), spoiled(c);
    for (float& x : spoiled.key.view().row(100)) x = std::numeric_limits<float>::quiet_NaN();
    for (float& x : spoiled.value.view().row(100)) x = std::numeric_limits<float>::quiet_NaN();
    clean.run(c.shape, kTokens, kTokens);
    spoiled.run(c.shape, kTokens, kTokens);
    EXPECT_TRUE(std::isnan(spoiled.context.view().row(100)[0]));
    for (std::int64_t i = 0; i < kTokens; ++i) {
      if (std::abs(i - 100) < kFar) continue;
      EXPECT_TRUE(same_bits(clean.context.view().row(i), spoiled.context.view().row(i))) << i;
    }
  }
}

TEST_P(AttentionSimdTest, ScoresAreCappedSoftly) {
  for (const std::int64_t tokens : {1, 13, 67}) {
    for (const float cap : {0.3f, 2.0f, 50.0f}) {
      expect_right({{3, 3, 6, 1.3f, AttentionMask::all, 0, cap}, tokens});
      expect_right({{4, 2, 9, 1.3f, AttentionMask::causal, 7, cap}, tokens});
    }
  }
}

// One token's row as the arithmetic without a window gives it: the same keys, but for those before the
// window, which are so far from this query that their weights are exactly 0.
std::vector<float> row_without_window(const Case& c, std::int64_t token) {
  const std::int64_t e = c.shape.head_width;
  Sequence s(c);
  for (std::int64_t t = 0; t <= token - c.shape.window; ++t) {
    for (std::int64_t j = 0; j < e; ++j) s.key.view().row(t)[j] = -1e20f * s.query.view().row(token)[j];
  }
  AttentionShape shape = c.shape;
  shape.window = 0;
  s.run(shape, c.tokens, c.tokens);
  const std::span<const float> row = s.context.view().row(token);
  std::vector<float> result(row.begin(), row.end());
  result.insert(result.end(), s.weights.begin() + token * c.tokens,
                s.weights.begin() + (token + 1) * c.tokens);
  return result;
}

TEST_P(AttentionSimdTest, LeavingOutWhatNoWindowReachesChangesNoBit) {
  for (const std::int64_t window : {1, 2, 5, 12, 16, 33, 40}) {
    const Case c{{1, 1, 10, 0.8f, AttentionMask::causal, window}, 97};
    Sequence s(c);
    s.run(c.shape, c.tokens, c.tokens);
    for (std::int64_t token = 0; token < c.tokens; ++token) {
      const std::span<const float> context = s.context.view().row(token);
      std::vector<float> got(context.begin(), context.end());
      got.insert(got.end(), s.weights.begin() + token * c.tokens, s.weights.begin() + (token + 1) * c.tokens);
      ASSERT_TRUE(same_bits(got, row_without_window(c, token))) << "window " << window << ", token " << token;
    }
  }
}

TEST_P(AttentionSimdTest, WhatNoRowOfABlockSeesIsNeverRead) {
  // A value that is not finite spoils every sum it enters, with weight 0 too. Rows from 100 on are more than
  // a panel (32) and a block of rows (12) away from the last such value.
  const Case c{{2, 1, 10, 0.8f, AttentionMask::causal, 7}, 130};
  Sequence s(c);
  for (std::int64_t t = 0; t < 50; ++t) {
    std::ranges::fill(s.key.view().row(t), std::nanf(""));
    std::ranges::fill(s.value.view().row(t), std::nanf(""));
  }
  s.run(c.shape, c.tokens, c.tokens);
  for (std::int64_t token = 0; token < c.tokens; ++token) {
    const float x = s.context.view().row(token)[0];
    if (token < 50) {
      EXPECT_TRUE(std::isnan(x)) << token;
    } else if (token >= 100) {
      EXPECT_TRUE(std::isfinite(x)) << token;
    }
  }
}

TEST_P(AttentionSimdTest, ACapHidesNoScoreThatIsNotFinite) {
  const AttentionShape shape{1, 1, 4, 1.0f, AttentionMask::all, 0, 5.0f};
  Sequence s({shape, 3});
  std::ranges::fill(s.query.view().row(1), std::numeric_limits<float>::max());
  std::ranges::fill(s.key.view().row(2), 1.0f);  // their product is infinite
  s.run(shape, 3, 3);
  EXPECT_TRUE(std::isnan(s.context.view().row(1)[0]));
  EXPECT_TRUE(std::isfinite(s.context.view().row(0)[0]));
}

TEST_P(AttentionSimdTest, LaterTokensChangeNoBitUnderACausalMask) {
  const Case c{{4, 2, 10, 0.5f, AttentionMask::causal}, 50};
  Sequence whole(c);
  whole.run(c.shape, c.tokens, c.tokens);
  for (std::int64_t tokens = 1; tokens < c.tokens; ++tokens) {
    Sequence part(c);
    part.run(c.shape, tokens, tokens);
    for (std::int64_t i = 0; i < tokens; ++i) {
      ASSERT_TRUE(same_bits(part.context.view().row(i), whole.context.view().row(i)))
          << "token " << i << " of " << tokens;
    }
  }
}

// Some queries of a sequence whose keys lie apart in a larger matrix, behind rows that are not finite.
struct Scattered {
  Buffer key, value, context;
  std::vector<RowRun> runs;

  Scattered(Sequence& s, const Case& c, const std::vector<std::int64_t>& cuts)
      : key(Buffer::drawn("apart", 3 * c.tokens + 2, c.shape.key_heads * c.shape.head_width)),
        value(Buffer::drawn("apart", 3 * c.tokens + 2, c.shape.key_heads * c.shape.head_width)),
        context(c.tokens, c.shape.heads * c.shape.head_width) {
    for (std::int64_t i = 0; i < 3 * c.tokens + 2; ++i) {
      std::ranges::fill(key.view().row(i), std::nanf(""));
      std::ranges::fill(value.view().row(i), std::nanf(""));
    }
    std::int64_t at = 1, token = 0;
    for (const std::int64_t cut : cuts) {
      runs.push_back({at, cut - token});
      for (; token < cut; ++token, ++at) {
        std::ranges::copy(s.key.view().row(token), key.view().row(at).begin());
        std::ranges::copy(s.value.view().row(token), value.view().row(at).begin());
      }
      at += 2;
    }
  }
};

TEST_P(AttentionSimdTest, AQueryAloneWithKeysThatLieApartHasTheSameBits) {
  for (const std::int64_t window : {0, 9}) {
    for (const AttentionMask mask : {AttentionMask::all, AttentionMask::causal}) {
      const Case c{{4, 2, 10, 0.5f, mask, window}, 50};
      Sequence whole(c);
      whole.run(c.shape, c.tokens, c.tokens);
      Scattered apart(whole, c, {1, 17, 18, 40, 50});
      AttentionScratch scratch(c.shape, c.tokens);
      for (std::int64_t first = 0; first < c.tokens; first += 7) {
        for (const std::int64_t count : {1, 5, 14}) {
          if (first + count > c.tokens) continue;
          std::vector<float> weights(c.shape.heads * count * c.tokens);
          attend(c.shape,
                 {.query = whole.query.rows(first, count),
                  .key = apart.key.view(),
                  .value = apart.value.view(),
                  .context = apart.context.rows(0, count),
                  .weights = weights.data(),
                  .key_rows = apart.runs,
                  .first_query = first},
                 scratch);
          for (std::int64_t i = 0; i < count; ++i) {
            ASSERT_TRUE(same_bits(apart.context.view().row(i), whole.context.view().row(first + i)))
                << first << " " << i;
            ASSERT_TRUE(std::equal(weights.begin() + i * c.tokens, weights.begin() + (i + 1) * c.tokens,
                                   whole.weights.begin() + (first + i) * c.tokens));
          }
        }
      }
    }
  }
}

// The keys a query sees must not depend on where the sequence of keys ends or begins around it.
TEST_P(AttentionSimdTest, QueriesBesideTheKeysSeeWhatTheirMaskAllows) {
  constexpr std::int64_t kKeys = 20, kBefore = 6, kQueries = 40;
  for (const std::int64_t window : {0, 4}) {
    for (const AttentionMask mask : {AttentionMask::all, AttentionMask::causal}) {
      const Case c{{1, 1, 5, 0.7f, mask, window}, kQueries};
      Sequence s(c);
      AttentionScratch scratch(c.shape, kQueries);
      std::vector<float> weights(kQueries * kKeys, -1.0f);
      attend(c.shape,
             {.query = s.query.view(),
              .key = s.key.rows(0, kKeys),
              .value = s.value.rows(0, kKeys),
              .context = s.context.view(),
              .weights = weights.data(),
              .first_query = -kBefore},
             scratch);
      for (std::int64_t i = 0; i < kQueries; ++i) {
        const std::int64_t place = i - kBefore;
        std::int64_t seen = 0;
        double total = 0;
        for (std::int64_t k = 0; k < kKeys; ++k) {
          const bool sees =
              (mask == AttentionMask::all || k <= place) && (window == 0 || std::abs(k - place) < window);
          seen += sees ? 1 : 0;
          EXPECT_EQ(weights[i * kKeys + k] > 0, sees) << "query " << i << ", key " << k;
          total += weights[i * kKeys + k];
        }
        EXPECT_NEAR(total, seen > 0 ? 1.0 : 0.0, 1e-6) << i;
        if (seen > 0) continue;
        EXPECT_TRUE(std::ranges::all_of(s.context.view().row(i), [](float x) { return x == 0; })) << i;
      }
    }
  }
}

TEST_P(AttentionSimdTest, ScratchOfALongerSequenceLeavesNoTrace) {
  const AttentionShape shape{2, 2, 7, 0.5f, AttentionMask::all};
  Sequence fresh({shape, 9}), reused({shape, 9}), longer({shape, 60});
  fresh.run(shape, 9, 9);
  AttentionScratch scratch(shape, 60);
  attend(shape, {longer.query.view(), longer.key.view(), longer.value.view(), longer.context.view()},
         scratch);
  attend(shape, {reused.query.view(), reused.key.view(), reused.value.view(), reused.context.view()},
         scratch);
  for (std::int64_t i = 0; i < 9; ++i) {
    EXPECT_TRUE(same_bits(fresh.context.view().row(i), reused.context.view().row(i)));
  }
}

TEST_P(AttentionSimdTest, LargeScoresDoNotOverflow) {
  const AttentionShape shape{1, 1, 4, 1.0f, AttentionMask::all};
  Sequence s({shape, 3});
  for (std::int64_t i = 0; i < 3; ++i) {
    for (float& x : s.query.view().row(i)) x = 100.0f;
    for (float& x : s.key.view().row(i)) x = 100.0f * static_cast<float>(i);
  }
  s.run(shape, 3, 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(s.weights[i * 3 + 0], 0.0f);
    EXPECT_EQ(s.weights[i * 3 + 1], 0.0f);
    EXPECT_EQ(s.weights[i * 3 + 2], 1.0f);
    EXPECT_TRUE(same_bits(s.context.view().row(i), s.value.view().row(2)));
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, AttentionSimdTest, ::testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         simd_name);

}  // namespace
}  // namespace sonde::kernels
