// Python's `random` module seeded with an integer: random, getrandbits, randrange, shuffle, sample. Seeds
// that are texts, and the distributions other than the uniform, are not here.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sonde/replay/mt19937.h"

namespace sonde::replay {

/// random.Random(seed); every draw advances it.
/// Source: CPython 3.11, Lib/random.py and Modules/_randommodule.c.
class PythonRandom {
 public:
  /// A negative seed counts as its absolute value, as in Python.
  explicit PythonRandom(std::int64_t seed);

  /// Draw a double in [0, 1): random().
  double random() { return words_.next_double(); }
  /// Draw `bits` uniform bits, 1 to 64: getrandbits(bits).
  std::uint64_t getrandbits(int bits);
  /// Draw an integer in [0, stop): randrange(stop). `stop` must be positive.
  std::int64_t randrange(std::int64_t stop);
  /// Draw an integer in [start, stop): randrange(start, stop), and randint(start, stop - 1).
  std::int64_t randrange(std::int64_t start, std::int64_t stop) { return start + randrange(stop - start); }
  /// Draw `count` different numbers of 0 … n-1: sample(range(n), count).
  std::vector<std::int64_t> sample(std::int64_t n, std::int64_t count);
  /// Give 0 … n-1 after shuffle(list(range(n))).
  std::vector<std::int64_t> shuffled(std::int64_t n);

  /// Shuffle in place: shuffle.
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i-- > 1;) {
      std::swap(values[i], values[randrange(static_cast<std::int64_t>(i) + 1)]);
    }
  }

 private:
  Mt19937 words_;
};

}  // namespace sonde::replay
