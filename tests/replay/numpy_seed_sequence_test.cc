#include "sonde/replay/numpy_seed_sequence.h"

#include <gmock/gmock.h>

namespace sonde::replay {
namespace {

// numpy 2.4.6: np.random.SeedSequence(seed).generate_state(2, np.uint64).
TEST(NumpySeedSequence, GivesNumpysWords) {
  EXPECT_EQ(numpy_seed_words(0, 2),
            (std::vector<std::uint64_t>{15793235383387715774u, 12390638538380655177u}));
  EXPECT_EQ(numpy_seed_words(42, 2),
            (std::vector<std::uint64_t>{11465652750463011511u, 15382171918060459190u}));
  EXPECT_EQ(numpy_seed_words((std::uint64_t{1} << 40) + 5, 2),
            (std::vector<std::uint64_t>{15772757452565124875u, 9517702402565589804u}));
}

}  // namespace
}  // namespace sonde::replay
