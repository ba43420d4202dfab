// The random stream against Philox as its paper defines it, and what its draws promise.
#include "sonde/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

namespace sonde {
namespace {

struct Counter {
  std::uint64_t low, high;
  bool operator==(const Counter&) const = default;
};

// Philox4x32-10, written from section 3.3 and table 2 of Salmon et al. 2011 with the counter as two 64-bit
// words.
Counter reference_philox(Counter c, std::uint64_t key) {
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    const std::uint64_t left = (c.low & 0xffffffffu) * 0xD2511F53u;
    const std::uint64_t right = (c.high & 0xffffffffu) * 0xCD9E8D57u;
    const std::uint64_t x0 = (right >> 32) ^ (c.low >> 32) ^ k0, x2 = (left >> 32) ^ (c.high >> 32) ^ k1;
    c = {(right << 32) | x0, (left << 32) | x2};
  }
  return c;
}

std::uint64_t reference_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211u;
  return hash;
}

// The paper's known answers, from kat_vectors of its Random123 library.
TEST(RandomStreamTest, ReferenceGivesThePublishedAnswers) {
  EXPECT_EQ(reference_philox({0, 0}, 0), (Counter{0xe169c58d6627e8d5, 0x9b00dbd8bc57ac4c}));
  EXPECT_EQ(reference_philox({~0ull, ~0ull}, ~0ull), (Counter{0x41c83b0e408f276d, 0x6d5451fda20bc7c6}));
  EXPECT_EQ(reference_philox({0x85a308d3243f6a88, 0x0370734413198a2e}, 0x299f31d0a4093822),
            (Counter{0x94fdccebd16cfe09, 0x24126ea15001e420}));
}

TEST(RandomStreamTest, BitsAreTheLowHalfOfPhiloxAtIndexAndPurpose) {
  // These eight bytes hash to 0, so that the stream meets the first published answer itself.
  const std::string zero_hash = "\xd5\x6b\xb9\x53\x42\x87\x08\x36";
  ASSERT_EQ(reference_hash(zero_hash), 0u);
  EXPECT_EQ(RandomStream(0, zero_hash).bits(0), 0xe169c58d6627e8d5u);
  for (const std::uint64_t seed : {0ull, 42ull, 0xfedcba9876543210ull}) {
    for (const char* purpose : {"", "split", "bootstrap"}) {
      for (const std::uint64_t index : {0ull, 1ull, 0xffffffffull, 0x100000000ull, ~0ull}) {
        EXPECT_EQ(RandomStream(seed, purpose).bits(index),
                  reference_philox({index, reference_hash(purpose)}, seed).low);
      }
    }
  }
}

TEST(RandomStreamTest, SeedPurposeIndexAndSubstreamAllMatter) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t index = 0; index < 100; ++index) {
    seen.insert(RandomStream(1, "a").bits(index));
    seen.insert(RandomStream(2, "a").bits(index));
    seen.insert(RandomStream(1, "b").bits(index));
    seen.insert(RandomStream(1, "a").substream(0).bits(index));
    seen.insert(RandomStream(1, "a").substream(1).bits(index));
    seen.insert(RandomStream(1, "a").substream(0).substream(0).bits(index));
  }
  EXPECT_EQ(seen.size(), 600u);
  EXPECT_EQ(RandomStream(1, "a").substream(7).bits(3), RandomStream(1, "a").substream(7).bits(3));
}

TEST(RandomStreamTest, UniformDrawsFillTheUnitIntervalEvenly) {
  const RandomStream stream(3, "uniform");
  constexpr int kDraws = 100000, kBins = 100;
  std::vector<int> bins(kBins);
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = stream.uniform(i);
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++bins[static_cast<int>(u * kBins)];
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 4 * std::sqrt(1.0 / 12 / kDraws));
  EXPECT_NEAR(squares / kDraws, 1.0 / 3, 4 * std::sqrt(4.0 / 45 / kDraws));
  double chi_squared = 0;
  for (const int count : bins) chi_squared += std::pow(count - kDraws / kBins, 2) / (kDraws / kBins);
  EXPECT_LT(chi_squared, 149);  // 99.9 % point of 99 degrees of freedom
}

TEST(RandomStreamTest, BelowStaysBelowAndMeetsEveryValueEvenly) {
  const RandomStream stream(4, "below");
  for (const std::uint64_t bound : {1ull, 2ull, 7ull}) {
    std::vector<int> counts(bound);
    for (std::uint64_t i = 0; i < 7000; ++i) {
      const std::uint64_t drawn = stream.below(bound, i);
      ASSERT_LT(drawn, bound);
      ++counts[drawn];
    }
    for (const int count : counts) EXPECT_NEAR(count, 7000.0 / bound, 4.5 * std::sqrt(7000.0 / bound));
  }
  EXPECT_LT(stream.below(~0ull, 5), ~0ull);
}

TEST(RandomStreamTest, PermutationHoldsEveryIndexOnce) {
  for (const std::int64_t n : {0, 1, 2, 257}) {
    std::vector<std::int64_t> order = RandomStream(5, "permutation").permutation(n);
    EXPECT_EQ(order, RandomStream(5, "permutation").permutation(n));
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(order[i], i);
    EXPECT_EQ(static_cast<std::int64_t>(order.size()), n);
  }
}

TEST(RandomStreamTest, EveryPermutationIsEquallyLikely) {
  constexpr int kDraws = 24000;
  std::map<std::vector<std::int64_t>, int> counts;
  for (int seed = 0; seed < kDraws; ++seed) ++counts[RandomStream(seed, "permutation").permutation(4)];
  EXPECT_EQ(counts.size(), 24u);
  double chi_squared = 0;
  for (const auto& [order, count] : counts) chi_squared += std::pow(count - kDraws / 24, 2) / (kDraws / 24);
  EXPECT_LT(chi_squared, 49.7);  // 99.9 % point of 23 degrees of freedom
}

}  // namespace
}  // namespace sonde
