#include "sonde/replay/mt19937.h"

#include <gmock/gmock.h>

#include <random>

namespace sonde::replay {
namespace {

// The C++ library has the same generator, seeded by one word.
TEST(Mt19937, IsTheStandardLibrarysGenerator) {
  for (const std::uint32_t seed : {0u, 1u, 5489u, 0xffffffffu}) {
    Mt19937 ours(seed);
    std::mt19937 theirs(seed);
    for (int i = 0; i < 2000; ++i) ASSERT_EQ(ours.next(), theirs()) << seed << ", word " << i;
  }
}

// The first numbers of mt19937ar.out, which the authors publish for this key.
TEST(Mt19937, StartsFromAKeyAsPublished) {
  const std::uint32_t key[] = {0x123, 0x234, 0x345, 0x456};
  Mt19937 words(key);
  for (const std::uint32_t expected : {1067595299u, 955945823u, 477289528u, 4107218783u, 4228976476u}) {
    EXPECT_EQ(words.next(), expected);
  }
}

TEST(Mt19937, PutsTheFirstWordHigh) {
  Mt19937 wide(7), narrow(7);
  const std::uint64_t high = narrow.next(), low = narrow.next();
  EXPECT_EQ(wide.next64(), high << 32 | low);
}

}  // namespace
}  // namespace sonde::replay
