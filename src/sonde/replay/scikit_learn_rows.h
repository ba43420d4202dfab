// How scikit-learn's stochastic solvers draw and order their rows: a 32-bit xorshift that a random_state of
// numpy seeds.
#pragma once

#include <cstdint>
#include <span>

namespace sonde::replay {

/// The largest int32, below which scikit-learn draws its seeds.
inline constexpr std::int64_t kScikitLearnMost = 0x7fffffff;

/// The rows that SAG and SAGA visit, one after the other, with replacement.
/// Source: scikit-learn 1.9.1, utils/_random.pxd (our_rand_r; Marsaglia 2003, "Xorshift RNGs"),
/// utils/_seq_dataset.pyx.tp and linear_model/_base.py (make_dataset).
class ScikitLearnRows {
 public:
  /// Errors: usage for a random_state outside 0 … 2³² − 1.
  explicit ScikitLearnRows(std::int64_t random_state);

  /// Draw a row of 0 … n-1. `n` must be positive.
  std::int64_t next(std::int64_t n);

 private:
  std::uint32_t word_;
};

/// Shuffle rows in place, as SGDClassifier does before each pass with a seed that it drew.
/// Source: scikit-learn 1.9.1, utils/_seq_dataset.pyx.tp, shuffle.
void shuffle_as_scikit_learn(std::uint32_t seed, std::span<std::int64_t> rows);

}  // namespace sonde::replay
