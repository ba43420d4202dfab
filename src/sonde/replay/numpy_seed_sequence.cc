#include "sonde/replay/numpy_seed_sequence.h"

#include <array>

namespace sonde::replay {
namespace {

// A hash whose multiplier moves on with every word it has seen.
class Hash {
 public:
  Hash(std::uint32_t start, std::uint32_t factor) : constant_(start), factor_(factor) {}

  std::uint32_t operator()(std::uint32_t word) {
    word ^= constant_;
    constant_ *= factor_;
    word *= constant_;
    return word ^ (word >> 16);
  }

 private:
  std::uint32_t constant_, factor_;
};

std::uint32_t mix(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t sum = 0xca01f9ddu * a - 0x4973f715u * b;
  return sum ^ (sum >> 16);
}

}  // namespace

std::vector<std::uint64_t> numpy_seed_words(std::uint64_t seed, int count) {
  // A seed has two words at most, fewer than the pool; the hash of a missing word is that of zero.
  std::array<std::uint32_t, 4> pool{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  Hash in(0x43b0d7e5u, 0x931e8875u);
  for (std::uint32_t& word : pool) word = in(word);
  for (std::size_t from = 0; from < pool.size(); ++from) {
    for (std::size_t to = 0; to < pool.size(); ++to) {
      if (from != to) pool[to] = mix(pool[to], in(pool[from]));
    }
  }
  Hash out(0x8b51f9ddu, 0x58f38dedu);
  std::vector<std::uint64_t> words(count);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint64_t low = out(pool[2 * i % 4]);
    words[i] = low | (std::uint64_t{out(pool[(2 * i + 1) % 4])} << 32);
  }
  return words;
}

}  // namespace sonde::replay
