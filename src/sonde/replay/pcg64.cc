#include "sonde/replay/pcg64.h"

#include <bit>
#include <vector>

#include "sonde/replay/numpy_seed_sequence.h"

namespace sonde::replay {

Pcg64::Pcg64(std::uint64_t seed) {
  const auto wide = [](std::uint64_t high, std::uint64_t low) { return (Wide{high} << 64) | low; };
  const std::vector<std::uint64_t> words = numpy_seed_words(seed, 4);
  increment_ = (wide(words[2], words[3]) << 1) | 1;
  step();
  state_ += wide(words[0], words[1]);
  step();
}

void Pcg64::step() {
  constexpr Wide kFactor = (Wide{2549297995355413924u} << 64) | 4865540595714422341u;
  state_ = state_ * kFactor + increment_;
}

std::uint64_t Pcg64::next64() {
  step();
  const std::uint64_t folded = static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
  return std::rotr(folded, static_cast<int>(state_ >> 122));
}

std::uint32_t Pcg64::next32() {
  holds_ = !holds_;
  if (!holds_) return held_;
  const std::uint64_t word = next64();
  held_ = static_cast<std::uint32_t>(word >> 32);
  return static_cast<std::uint32_t>(word);
}

}  // namespace sonde::replay
