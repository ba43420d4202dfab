// numpy's present generator, np.random.default_rng(seed): uniforms, integers, permutations. It refuses no
// seed of 64 bits and draws no normals (numpy's ziggurat tables are not here).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sonde/replay/pcg64.h"

namespace sonde::replay {

/// np.random.default_rng(seed); every draw advances it.
/// Source: numpy 2.4.6, random/_generator.pyx and src/distributions/distributions.c.
class NumpyGenerator {
 public:
  explicit NumpyGenerator(std::uint64_t seed) : words_(seed) {}

  /// Draw a double in [0, 1) with 53 bits: random().
  double random() { return static_cast<double>(words_.next64() >> 11) * 0x1.0p-53; }
  /// Draw an integer in [low, high): integers(low, high). `low` must be below `high`.
  /// Source: Lemire 2019, "Fast random integer generation in an interval", algorithm 5.
  std::int64_t integers(std::int64_t low, std::int64_t high);
  /// Draw `count` integers in [low, high): integers(low, high, count).
  std::vector<std::int64_t> integers(std::int64_t low, std::int64_t high, std::int64_t count);
  /// Give a random order of 0 … n-1: permutation(n). Hugging Face datasets' shuffle(seed) is this order.
  std::vector<std::int64_t> permutation(std::int64_t n);

  /// Shuffle in place: shuffle.
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[masked(i)]);
  }

 private:
  std::uint64_t below_or_equal(std::uint64_t most);
  std::uint64_t masked(std::uint64_t most);

  Pcg64 words_;
};

}  // namespace sonde::replay
