#include "sonde/replay/python_random.h"

#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "sonde/core/error.h"

namespace sonde::replay {
namespace {

// The absolute value in 32-bit words, lowest first, without leading zeros but at least one word.
Mt19937 seeded(std::int64_t seed) {
  const std::uint64_t size =
      seed < 0 ? 0 - static_cast<std::uint64_t>(seed) : static_cast<std::uint64_t>(seed);
  std::vector<std::uint32_t> key{static_cast<std::uint32_t>(size)};
  if (size >> 32 != 0) key.push_back(static_cast<std::uint32_t>(size >> 32));
  return Mt19937(key);
}

// How large a population must be for CPython to remember what was chosen in a set instead of copying it.
double set_size(std::int64_t count) {
  if (count <= 5) return 21;
  return 21 + std::pow(4.0, std::ceil(std::log(static_cast<double>(3 * count)) / std::log(4.0)));
}

}  // namespace

PythonRandom::PythonRandom(std::int64_t seed) : words_(seeded(seed)) {}

std::uint64_t PythonRandom::getrandbits(int bits) {
  SONDE_ASSERT(bits >= 1 && bits <= 64);
  if (bits <= 32) return words_.next() >> (32 - bits);
  const std::uint64_t low = words_.next();  // lowest word first; only the last one drawn is cut
  return low | (std::uint64_t{words_.next() >> (64 - bits)} << 32);
}

std::int64_t PythonRandom::randrange(std::int64_t stop) {
  SONDE_ASSERT(stop > 0);
  const auto bound = static_cast<std::uint64_t>(stop);
  const int bits = std::bit_width(bound);
  std::uint64_t value = getrandbits(bits);
  while (value >= bound) value = getrandbits(bits);
  return static_cast<std::int64_t>(value);
}

std::vector<std::int64_t> PythonRandom::sample(std::int64_t n, std::int64_t count) {
  SONDE_ASSERT(count >= 0 && count <= n);
  std::vector<std::int64_t> chosen;
  if (static_cast<double>(n) <= set_size(count)) {
    std::vector<std::int64_t> left(n);
    std::iota(left.begin(), left.end(), 0);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t j = randrange(n - i);
      chosen.push_back(left[j]);
      left[j] = left[n - i - 1];
    }
    return chosen;
  }
  std::unordered_set<std::int64_t> seen;
  while (static_cast<std::int64_t>(chosen.size()) < count) {
    const std::int64_t drawn = randrange(n);
    if (seen.insert(drawn).second) chosen.push_back(drawn);
  }
  return chosen;
}

std::vector<std::int64_t> PythonRandom::shuffled(std::int64_t n) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  shuffle(std::span(order));
  return order;
}

}  // namespace sonde::replay
