// The Mersenne Twister with both of its published ways of seeding, which numpy's legacy generator, torch's
// CPU generator and Python's `random` share. It draws words only; what a library makes of them stands in that
// library's file.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace sonde::replay {

/// A stream of 32-bit words.
/// Source: Matsumoto and Nishimura 1998, "Mersenne Twister", with the seeding of mt19937ar (2002).
class Mt19937 {
 public:
  /// Seed with one word (init_genrand): numpy's RandomState and torch do.
  explicit Mt19937(std::uint32_t seed);
  /// Seed with a key of at least one word (init_by_array): Python does.
  explicit Mt19937(std::span<const std::uint32_t> key);

  /// Draw 32 uniform bits.
  std::uint32_t next();
  /// Draw 64 uniform bits: the first word drawn is the high half.
  std::uint64_t next64();
  /// Draw a uniform double in [0, 1) with 53 bits of two words (genrand_res53).
  double next_double();

 private:
  static constexpr int kWords = 624;
  void fill(std::uint32_t seed);
  void twist();

  std::array<std::uint32_t, kWords> state_;
  int position_ = kWords;
};

}  // namespace sonde::replay
