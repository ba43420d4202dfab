#include "sonde/replay/pcg64.h"

#include <gmock/gmock.h>

namespace sonde::replay {
namespace {

// numpy 2.4.6: np.random.PCG64(42).random_raw(4).
TEST(Pcg64, GivesNumpysWords) {
  Pcg64 words(42);
  for (const std::uint64_t expected :
       {14276969152011380360u, 8095878257575067585u, 15838336090824644132u, 12864169557245331597u})
    EXPECT_EQ(words.next64(), expected);
}

TEST(Pcg64, HandsOutTheLowHalfFirstAndKeepsTheHighOne) {
  Pcg64 wide(3), narrow(3);
  const std::uint64_t first = wide.next64(), second = wide.next64();
  EXPECT_EQ(narrow.next32(), static_cast<std::uint32_t>(first));
  EXPECT_EQ(narrow.next64(), second);
  EXPECT_EQ(narrow.next32(), static_cast<std::uint32_t>(first >> 32));
}

}  // namespace
}  // namespace sonde::replay
