#include "sonde/replay/scikit_learn_rows.h"

#include <utility>

#include "sonde/core/error.h"
#include "sonde/replay/numpy_random_state.h"

namespace sonde::replay {
namespace {

// Give 31 bits. Zero is a fixed point of a xorshift, so 1 stands in for it.
std::uint32_t next_bits(std::uint32_t& word) {
  if (word == 0) word = 1;
  word ^= word << 13;
  word ^= word >> 17;
  word ^= word << 5;
  return word & 0x7fffffffU;
}

}  // namespace

ScikitLearnRows::ScikitLearnRows(std::int64_t random_state)
    : word_(static_cast<std::uint32_t>(NumpyRandomState(random_state).randint(1, kScikitLearnMost))) {}

std::int64_t ScikitLearnRows::next(std::int64_t n) {
  SONDE_ASSERT(n > 0);
  return static_cast<std::int64_t>(next_bits(word_)) % n;
}

void shuffle_as_scikit_learn(std::uint32_t seed, std::span<std::int64_t> rows) {
  for (std::size_t i = 0; i + 1 < rows.size(); ++i)
    std::swap(rows[i], rows[i + next_bits(seed) % (rows.size() - i)]);
}

}  // namespace sonde::replay
