// PCG64 (XSL-RR 128/64), the bit generator of numpy's default_rng.
#pragma once

#include <cstdint>

namespace sonde::replay {

/// A stream of 64-bit words.
/// Source: O'Neill 2014, "PCG: a family of simple fast space-efficient statistically good algorithms for
/// random number generation", section 6.3.3; seeding and halves as in numpy 2.4.6, random/_pcg64.pyx.
class Pcg64 {
 public:
  /// Seed as np.random.PCG64(seed) does.
  explicit Pcg64(std::uint64_t seed);

  /// Draw 64 uniform bits.
  std::uint64_t next64();
  /// Draw 32 uniform bits: the low half of a fresh word, and at the next call its high half.
  std::uint32_t next32();

 private:
  using Wide = unsigned __int128;
  void step();

  Wide state_ = 0, increment_ = 0;
  std::uint32_t held_ = 0;
  bool holds_ = false;
};

}  // namespace sonde::replay
