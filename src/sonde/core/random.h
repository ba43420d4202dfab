// A counter-based random stream: the number at (seed, purpose, index) is a pure function of the three, so
// results do not depend on the order or the thread in which numbers are drawn. Compatible replays of other
// libraries' generators live with the splits that need them, not here.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sonde {

/// A stream of random numbers keyed by seed and purpose.
/// Source: Philox4x32-10, Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", table 2.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view purpose);

  /// Draw 64 uniform bits at position `index`.
  std::uint64_t bits(std::uint64_t index) const;
  /// Draw a uniform double in [0, 1) with 53 bits at position `index`.
  double uniform(std::uint64_t index) const { return static_cast<double>(bits(index) >> 11) * 0x1.0p-53; }
  /// Draw a uniform integer in [0, bound) at position `index`. `bound` must be positive.
  std::uint64_t below(std::uint64_t bound, std::uint64_t index) const;
  /// Give a uniformly random permutation of 0 … n-1 (Fisher–Yates over indices 0 … n-1).
  std::vector<std::int64_t> permutation(std::int64_t n) const;
  /// Give the stream of a sub-purpose, independent of this one.
  RandomStream substream(std::uint64_t key) const;

 private:
  RandomStream(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 2> nonce)
      : key_(key), nonce_(nonce) {}
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 2> nonce_;
};

}  // namespace sonde
