// numpy's legacy generator, np.random.RandomState, which np.random.seed and scikit-learn's random_state use.
// Its stream is frozen by numpy's policy. Seeds are integers of 32 bits, as numpy demands.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sonde/replay/mt19937.h"

namespace sonde::replay {

/// np.random.RandomState(seed); every draw advances it.
/// Source: numpy 2.4.6, random/mtrand.pyx, src/legacy/legacy-distributions.c and src/distributions.
class NumpyRandomState {
 public:
  /// Errors: usage for a seed outside 0 … 2³² − 1, which numpy refuses too.
  explicit NumpyRandomState(std::int64_t seed);

  /// Draw a double in [0, 1): random_sample, rand.
  double random_sample() { return words_.next_double(); }
  /// Draw a standard normal (polar method, two at a time): standard_normal, randn.
  double standard_normal();
  /// Draw an integer in [low, high): randint with its default dtype int64. `low` must be below `high`.
  std::int64_t randint(std::int64_t low, std::int64_t high);
  /// Draw `count` integers in [low, high): randint(low, high, count), or choice with replacement for low 0.
  std::vector<std::int64_t> randint(std::int64_t low, std::int64_t high, std::int64_t count);
  /// Give a random order of 0 … n-1: permutation(n).
  std::vector<std::int64_t> permutation(std::int64_t n);

  /// Shuffle in place: shuffle.
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[below_or_equal(i)]);
  }
  /// Give `count` different entries of `values` in random order: choice without replacement.
  std::vector<std::int64_t> choose(std::span<const std::int64_t> values, std::int64_t count);

 private:
  std::uint64_t below_or_equal(std::uint64_t most);

  Mt19937 words_;
  std::optional<double> second_normal_;
};

}  // namespace sonde::replay
